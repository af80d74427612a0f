"""Finds the first call that two submissions answer differently, on the same inputs: for a person who compares them.

No mark rests on it. Both run with their own helpers, in workers of their own, on the inputs that the first was graded
on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from neural_lab.grading import compare, policy
from neural_lab.grading.compare import Verdict
from neural_lab.grading.pipeline import Grading
from neural_lab.grading.records import Attempt
from neural_lab.schema.lab import Function, Part, Probe
from neural_lab.schema.observations import Role


class Difference(NamedTuple):
    """A call that two submissions answer differently, and what each answer is."""

    function: Function
    part: Part
    verdicts: tuple[Verdict, Verdict]


def first_difference(one: Grading, other: Grading, labels: Sequence[str] = ()) -> Difference | None:
    """The first call on which they differ and are not both right: the functions in the order of their dependence,
    small nets first; None if there is none.

    :param labels: of the functions to ask first
    :raises Unusable: one of them can't be graded at all
    """
    other.seed = one.seed  # the same inputs for both
    for grading in (one, other):
        try:
            grading.load()
        finally:
            grading.end()
    for function in sorted(one.lab.functions, key=lambda function: function.label not in labels):
        lines = one.lab.lines_of(function)
        for probe in one.probes(lines):
            parts = [part for line in lines for part in line.parts if part.probe is probe]
            found = _on(function, probe, parts, one, other)
            if found is not None:
                return found
    return None


def _on(function: Function, probe: Probe, parts: Sequence[Part], one: Grading, other: Grading) -> Difference | None:
    """The first answer to a probe that differs, judged by the part to which it makes the largest difference."""
    answers = [grading.answers(probe) for grading in (one, other)]
    for wanted, first, second in zip(one.expects(probe), *answers, strict=True):
        if wanted.role is Role.ASIDE or compare.same(first.value, second.value):
            continue
        attempts = [Attempt(policy.FRESH_OWN, observed) for observed in answers]
        if all(one.verdict(function, part, attempt).worth == 1 for part in parts for attempt in attempts):
            return None  # both are right, each in its way
        judged = [(part, [compare.judge(part, (answer,), [(wanted,)]) for answer in (first, second)]) for part in parts]
        part, verdicts = max(judged, key=lambda pair: abs(pair[1][0].worth - pair[1][1].worth))
        return Difference(function, part, (verdicts[0], verdicts[1]))
    return None
