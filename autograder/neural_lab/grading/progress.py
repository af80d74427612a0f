"""What is better and what broke since an earlier hand-in: from the marks of both, for no marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from neural_lab.schema.lab import Lab, Line


class HandIn(NamedTuple):
    """The results of one hand-in, as far as two can be compared.

    :param marks: {number of a line: marks}
    :param seed: equal for the same file under the same secret
    :param grader: its version, and its secret's fingerprint
    """

    marks: Mapping[str, float]
    seed: str
    grader: tuple[str, str]


class Moved(NamedTuple):
    """A line of the rubric with other marks than before."""

    line: Line
    before: float
    after: float


class Progress(NamedTuple):
    """What has changed from one hand-in to the next.

    :param compared: how many lines are in both
    """

    better: tuple[Moved, ...]
    broken: tuple[Moved, ...]
    compared: int
    same_file: bool
    same_grader: bool


def progress(before: HandIn, now: HandIn, lab: Lab) -> Progress:
    """Compare two hand-ins, line by line; what only one of them has is left out."""
    both = [line for line in lab.lines if line.number in before.marks and line.number in now.marks]
    moved = [Moved(line, before.marks[line.number], now.marks[line.number]) for line in both]
    return Progress(
        tuple(one for one in moved if one.after > one.before),
        tuple(one for one in moved if one.after < one.before),
        len(both),
        bool(now.seed) and before.seed == now.seed,
        before.grader == now.grader,
    )
