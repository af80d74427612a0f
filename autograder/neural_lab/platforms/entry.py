"""How the grader is run where marks count: each platform's module makes one `Platform`, and `cli` goes through it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from neural_lab.grading.records import Report
from neural_lab.isolation.self_test import Isolation
from neural_lab.schema.lab import Lab

NAMES = ("gradescope", "prairielearn", "autolab", "github", "junit")


class Asked(NamedTuple):
    """Of what platform's run the grader was asked.

    :param environment: what the entry handed on
    :param submission: a file or folder, where the platform has no place of its own for it
    :param results: the same for what is written
    """

    lab: Lab
    environment: Mapping[str, str]
    submission: Path | None = None
    results: Path | None = None


class Graded(NamedTuple):
    """A run that has ended; with `withhold` it may give no marks."""

    report: Report
    isolation: Isolation
    fingerprint: str
    withhold: bool = False


class Platform(NamedTuple):
    """A platform's places, and how it is told what came of a submission.

    :param closed: what no submission may read, besides the grader's own files
    :param extras: whether the lab's extras are run, which may double the work
    :param staff_only: whether what the grader prints is shown to the staff alone
    :param tell: hands over what was found
    :param fault: says that the grader failed, in a way that is no mark; takes a short reason
    :param refused: the exit status for a submission that can't be graded, where the platform goes by it
    """

    submission: Path
    tell: Callable[[Graded], None]
    fault: Callable[[str], None]
    closed: tuple[Path, ...] = ()
    extras: bool = False
    staff_only: bool = True
    refused: int = 0


def platform(name: str, asked: Asked) -> Platform:
    """The platform of one of `NAMES`; only its own module is loaded, for others need what it does not.

    :raises ValueError: there is no such platform, or a place that it needs was not named
    """
    if name not in NAMES:
        raise ValueError(f"there is no platform {name!r} to grade for; there are: {', '.join(NAMES)}")
    made: Platform = importlib.import_module(f"neural_lab.platforms.{name}").platform(asked)
    return made
