"""What all tests share: which of them are the fast ones, and one long-lived grader for each lab."""

from __future__ import annotations

import os
from unittest import mock

# One thread: each core runs tests already, and threads that wait for each other made some take twenty times as long.
# For the tests' own process alone: what they start must see to it by itself.
with mock.patch.dict(os.environ, OPENBLAS_NUM_THREADS="1"):
    import numpy  # noqa: F401

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural_lab.tools.course.grader import Grader

UNITS = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` runs the units, and what is marked fast elsewhere. A mark on a unit's test would say nothing new."""
    for item in items:
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
