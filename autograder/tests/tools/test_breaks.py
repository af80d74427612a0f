"""The edits of `make proof` fit the engine as it is: one that fits no more would prove nothing.

Not among the fast tests, for those are run on the broken engine: this one would notice every edit.
"""

from __future__ import annotations

import pytest

from neural_lab.schema.places import PACKAGE, ROOT
from tests.mutate import BREAKS, TESTS


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.name)
def test_what_is_broken_stands_there_once_and_its_tests_are_there(one):
    assert (PACKAGE / one.file).read_text("utf-8").count(one.found) == 1
    assert all((ROOT / TESTS / file).is_file() for file in one.seen_by.split())
