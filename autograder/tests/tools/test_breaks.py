"""The edits that `make proof` makes to the engine: each can still be made, and runs where it was made."""

from __future__ import annotations

import subprocess

import pytest

from neural_lab.schema.places import AUTOGRADER, PACKAGE
from tests import mutate


@pytest.mark.fast
@pytest.mark.parametrize("broken", mutate.BREAKS, ids=lambda broken: broken.name)
def test_each_edit_can_still_be_made_and_names_tests_that_are_there(broken):
    assert (PACKAGE / broken.file).read_text("utf-8").count(broken.found) == 1
    assert [file for file in broken.seen_by.split() if not (AUTOGRADER / "tests" / file).is_file()] == []


def test_what_is_started_from_a_copy_is_the_copys(tmp_path):
    tree = mutate.copy(tmp_path)
    command = [str(tree / ".venv" / "bin" / "python"), "-s", "-c", "import neural_lab; print(neural_lab.__file__)"]
    found = subprocess.run(command, env={}, capture_output=True, text=True, check=True)
    assert found.stdout == f"{tree}/autograder/neural_lab/__init__.py\n"
