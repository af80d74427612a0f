"""What all tests share: which of them are the fast ones, and one long-lived grader for each lab."""

from __future__ import annotations

import os
import zlib
from collections import Counter
from unittest import mock

# One thread: each core runs tests already, and threads that wait for each other made some take twenty times as long.
# For the tests' own process alone: what they start must see to it by itself.
with mock.patch.dict(os.environ, OPENBLAS_NUM_THREADS="1"):
    import numpy  # noqa: F401

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural_lab.tools.course.grader import Grader
from tests import commit

UNITS = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs the units, and what is marked fast elsewhere. A mark on a unit's test would say nothing new.

    What is marked one_in(N) is a sweep, but for the share that the commit draws.
    """
    cases: Counter[str] = Counter()
    for item in items:
        for marker in item.iter_markers("one_in"):
            of, *together = marker.args
            test = item.nodeid.partition("[")[0]
            drawn_by = zlib.crc32((together or [test])[0].encode()) + (0 if together else cases[test])
            cases[test] += 1
            if not commit.draws(drawn_by, of):
                item.add_marker("sweep")
        if UNITS in item.path.parents and not any(item.iter_markers("slow")) and not any(item.iter_markers("sweep")):
            item.add_marker("fast")


@pytest.fixture(scope="session")
def graders() -> Iterator[Callable[[str], Grader]]:
    """A lab's grader: started when the first test asks for it. For tests that only grade, in no order of their own."""
    started: dict[str, Grader] = {}

    def grader(lab: str) -> Grader:
        if lab not in started:
            started[lab] = Grader(lab)
        return started[lab]

    yield grader
    for one in started.values():
        one.close()


@pytest.fixture(scope="session")
def grader(graders: Callable[[str], Grader]) -> Grader:
    """The grader of q1."""
    return graders("q1")
