"""Puts submissions together that answer a function alike, on the same inputs: so a class shows what its bank lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from neural_lab.grading.compare import same
from neural_lab.grading.pipeline import Grading
from neural_lab.grading.policy import Setting
from neural_lab.intake.submission import Unusable
from neural_lab.schema.lab import Probe
from neural_lab.schema.observations import Observations, Role

SEED = "5" * 64  # the same inputs for all, which nobody was graded on
NOWHERE = -1


class Asked(NamedTuple):
    """A function of a submission that is wrong.

    :param substituted: labels of the helpers for which the reference answers
    """

    grading: Grading
    function: str
    substituted: tuple[str, ...]


def groups(all_asked: Iterable[Asked]) -> list[int]:
    """For each the number of its group, counted from 0 as they are found; NOWHERE for what can't be run."""
    found: list[int] = []
    first: list[tuple[str, list[Observations]]] = []
    for asked in all_asked:
        try:
            answers = _answers(asked)
        except Unusable:
            found.append(NOWHERE)
            continue
        known = (
            n for n, (function, theirs) in enumerate(first) if function == asked.function and _same(theirs, answers)
        )
        number = next(known, len(first))
        if number == len(first):
            first.append((asked.function, answers))
        found.append(number)
    return found


def _answers(asked: Asked) -> list[Observations]:
    grading = asked.grading
    grading.seed = SEED
    try:
        grading.load()
    finally:
        grading.end()
    setting = Setting(shared=False, substituted=asked.substituted)
    lines = grading.lab.lines_of(grading.lab.function(asked.function))
    probes: list[Probe] = grading.probes(lines)
    return [grading.attempt(probe, setting).observed for probe in probes]


def _same(one: list[Observations], other: list[Observations]) -> bool:
    pairs = (pair for a, b in zip(one, other, strict=True) for pair in zip(a, b, strict=True))
    return all(same(a.value, b.value) for a, b in pairs if a.role is not Role.ASIDE)
