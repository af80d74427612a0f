"""Names the mistake behind a wrong answer: it is what a mutant of the function would have answered.

Where no known mistake matches, there may be a simple relation between the answers and what was expected (see
`relations.py`). This runs only when something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from neural_lab.grading.compare import same, size_of_all
from neural_lab.grading.facts import Fact, find_facts
from neural_lab.grading.mutants import Mutants
from neural_lab.grading.reference import Reference
from neural_lab.grading.relations import Relation, find_relation
from neural_lab.isolation.limits import Limits
from neural_lab.schema.lab import Function, Mistake, Probe
from neural_lab.schema.observations import Observations, Role


class Diagnosis(NamedTuple):
    """What is known about the wrong answers of one function.

    named     the known mistakes that answer just as the submission did; several if they can't be told apart
    relation  what is true of all the wrong answers; only where nothing is named
    facts     what is plainly true of them, said before any relation; only where nothing is named
    """

    named: tuple[Mistake, ...] = ()
    relation: Relation | None = None
    facts: tuple[Fact, ...] = ()


def diagnose(
    reference: Reference,
    function: Function,
    answers: Mapping[Probe, Observations],
    rng: Callable[[Probe], np.random.Generator],
    limits: Limits = Limits(),  # noqa: B008 (a frozen record)
) -> Diagnosis:
    """Find the known mistakes that answer to every probe as the submission did, or else a relation.

    :param answers: for each probe of the function what was answered in the run that counts
    :param rng: the numbers each probe drew its inputs from
    :param limits: what a mutant may use
    """
    # a wrong model mostly differs at the first probe; let that be the cheapest
    probes = sorted(answers, key=lambda probe: size_of_all(answers[probe]))
    expected = {probe: reference.answers(probe, rng(probe)) for probe in probes}
    if all(_match(answers[probe], expected[probe]) for probe in probes):
        return Diagnosis()
    candidates = [mistake for mistake in reference.lab.mistakes if mistake.function == function.label]
    exact: set[str] = set()  # ids of those that differ in nothing, not even in what no mark depends on
    with Mutants(reference, function, rng, limits) as mutants:
        for number, probe in enumerate(probes):
            models = mutants.answers(candidates, probe, expected[probe])
            alike = [(c, models[c.id]) for c in candidates if c.id in models and _match(answers[probe], models[c.id])]
            also = {c.id for c, model in alike if _match(answers[probe], model, aside=True)}
            exact = exact & also if number else also
            candidates = [c for c, _ in alike]
            if not candidates:
                with np.errstate(all="ignore"):  # answers may be as large as floats go
                    return Diagnosis((), find_relation(answers, expected), find_facts(answers, expected))
    return Diagnosis(tuple(c for c in candidates if c.id in exact) or tuple(candidates))


def _match(given: Observations, model: Observations, aside: bool = False) -> bool:
    """Whether the answers are the same: those that marks depend on, or those that are only looked at."""
    return all(
        same(one.value, other.value)
        for one, other in zip(given, model, strict=True)
        if (other.role is Role.ASIDE) == aside
    )
