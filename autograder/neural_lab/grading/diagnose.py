"""Names the mistake behind a wrong answer: it is what a mutant of the function would have answered.

It may also be what another version of the lab asks for: that version is named beside a mistake that answers the same.
Where there is neither, two mistakes together may answer so. Otherwise there may be a simple relation between the
answers and what was expected (see `relations.py`). This runs only when something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, compress, islice
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading.compare import leaves, same, size_of_all
from neural_lab.grading.facts import Noticed, find_facts
from neural_lab.grading.mutants import Mutants
from neural_lab.grading.records import Diagnosis
from neural_lab.grading.reference import Reference, fit_together
from neural_lab.grading.relations import find_relation
from neural_lab.isolation.limits import Limits
from neural_lab.runtime.protocol import Failure
from neural_lab.schema.lab import Edit, Function, Mistake, Probe
from neural_lab.schema.observations import Observations, Role

MOST_PAIRS = 300  # that are tried, of which some 0.4 ms to 1.3 ms of CPU each


def diagnose(
    reference: Reference,
    function: Function,
    answers: Mapping[Probe, Observations],
    rng: Callable[[Probe], np.random.Generator],
    limits: Limits = Limits(),  # noqa: B008 (a frozen record)
    noticed: Mapping[Probe, Noticed] = MappingProxyType({}),
    substituted: Mapping[Probe, tuple[str, ...]] = MappingProxyType({}),
) -> Diagnosis:
    """Find the known mistakes that answer to every probe as the submission did, or two together, or else a relation.

    :param answers: for each probe of the function what was answered in the run that counts
    :param rng: the numbers each probe drew its inputs from
    :param limits: what a mutant may use
    :param noticed: where in the submission a number stopped being one
    :param substituted: for each probe, labels of the functions that the reference answered for in that run
    """
    # a mutant that is not it mostly differs at the first probe; let that be the cheapest
    probes = sorted(answers, key=lambda probe: size_of_all(answers[probe]))
    expected = {probe: reference.answers(probe, rng(probe)) for probe in probes}
    if all(_match(answers[probe], expected[probe]) for probe in probes):
        return Diagnosis()
    looks = [_first_look(reference, probes[0], answers, expected, rng)]
    looks += [_Look(probe, None, answers[probe], expected[probe]) for probe in probes]
    rows = [mistake for mistake in reference.lab.mistakes if mistake.function == function.label]
    versions = _versions(reference, function)
    candidates = [*rows, *versions]
    beginnings: dict[str, Observations] = {}
    exact = {row.id for row in candidates}  # those that differ in nothing, not even in what no mark depends on
    with Mutants(reference, function, rng, limits, substituted) as mutants:
        for look in looks:
            told = look.answers(mutants, candidates)
            beginnings = beginnings or told
            candidates = [c for c in candidates if c.id in told and look.fits(told[c.id])]
            exact &= {c.id for c in candidates if look.fits(told[c.id], aside=True)}
            if not candidates:
                break
        else:
            named = [c for c in candidates if c not in versions]
            recognised = [c for c in candidates if c in versions]
            recognised = [c for c in recognised if c.id in exact] or recognised
            return Diagnosis(
                tuple(c for c in named if c.id in exact) or tuple(named),
                elsewhere=tuple(dict.fromkeys(versions[c] for c in recognised)),
            )
        pair = _pair(mutants, reference.function_text(function), rows, looks, beginnings)
    if pair:
        return Diagnosis(pair=pair)
    with np.errstate(all="ignore"):  # answers may be as large as floats go
        return Diagnosis((), find_relation(answers, expected), find_facts(answers, expected, noticed))


class _Look(NamedTuple):
    """A probe, or the beginning of one, on which mutants are compared with the submission.

    :param questions: how many questions of the probe are asked; None for all
    :param given: what the submission answered
    :param expected: what the reference answers
    :param reached: for each observation whether those questions decide it; empty where all are asked
    """

    probe: Probe
    questions: int | None
    given: Observations
    expected: Observations
    reached: tuple[bool, ...] = ()

    def answers(self, mutants: Mutants, rows: Sequence[Mistake]) -> dict[str, Observations]:
        return mutants.answers(rows, self.probe, self.expected, self.questions)

    def decided(self, observed: Observations) -> Observations:
        """What those questions decide. An array of one number is the number, where a number is expected."""
        pairs = zip(observed, self.expected, strict=True)
        plain = (one._replace(value=_plain(one.value, right.value)) for one, right in pairs)
        return tuple(compress(plain, self.reached)) if self.questions is not None else tuple(plain)

    def fits(self, mutant: Observations, aside: bool = False) -> bool:
        return _match(self.decided(self.given), self.decided(mutant), aside)


def _first_look(
    reference: Reference,
    probe: Probe,
    answers: Mapping[Probe, Observations],
    expected: Mapping[Probe, Observations],
    rng: Callable[[Probe], np.random.Generator],
) -> _Look:
    """The first question of a probe, which most mutants answer otherwise: it takes a fraction of the probe's time."""
    short = reference.answers(probe, rng(probe), questions=1)
    pairs = zip(short, expected[probe], strict=True)
    reached = (one.role is Role.JUDGED and same(one.value, whole.value) for one, whole in pairs)
    return _Look(probe, 1, answers[probe], short, tuple(reached))


def _versions(reference: Reference, function: Function) -> dict[Mistake, str]:
    """What the function is in other versions of the lab, as edits of this one, and the version's name."""
    text = reference.function_text(function)
    return {
        Mistake(f"{one.version} {number}", one.function, (Edit(text, one.text),), hint=""): one.version
        for number, one in enumerate(reference.lab.elsewhere())
        if one.function == function.label
    }


def _pair(
    mutants: Mutants,
    text: str,
    rows: Sequence[Mistake],
    looks: Sequence[_Look],
    beginnings: Mapping[str, Observations],
) -> tuple[Mistake, ...]:
    """Two mistakes that together answer to every probe as the submission did; none if several hints would fit.

    :param text: the function in the solution
    :param looks: the first of them takes least
    :param beginnings: what each row alone answers at the first look; broken rows are not there
    """
    first = looks[0]
    if any(isinstance(one.value, Failure) for one in first.given):
        return ()  # what raised is told by its line
    sound = [row for row in rows if row.id in beginnings]
    given, right = first.decided(first.given), first.decided(first.expected)
    near = {row.id for row in sound if _shares(given, right, first.decided(beginnings[row.id]))}
    pairs = {f"{one.id} + {other.id}": (one, other) for one, other in islice(_pairs(text, sound, near), MOST_PAIRS)}
    both = [Mistake(id, one.function, (*one.edits, *other.edits), hint="") for id, (one, other) in pairs.items()]
    for look in looks:
        told = look.answers(mutants, both)
        both = [pair for pair in both if pair.id in told and look.fits(told[pair.id])]
    hints = {tuple(row.hint for row in pairs[pair.id]) for pair in both}
    return pairs[both[0].id] if len(hints) == 1 else ()


def _shares(given: Observations, right: Observations, mutant: Observations) -> bool:
    """Whether a wrong array of the answers is a known mistake's too: then the mistake may be one of two."""
    for one, wanted, other in zip(given, right, mutant, strict=True):
        arrays = zip(leaves(one.value), leaves(wanted.value), leaves(other.value))
        if one.role is Role.JUDGED and any(same(a, b) and not same(a, c) for a, c, b in arrays):
            return True
    return False


def _pairs(text: str, rows: Sequence[Mistake], near: set[str]) -> Iterator[tuple[Mistake, Mistake]]:
    """Pairs of mistakes in different places of a function, those first of which one is near the answers."""
    for one, other in sorted(combinations(rows, 2), key=lambda pair: near.isdisjoint(row.id for row in pair)):
        if fit_together(text, one.edits, other.edits):
            yield one, other


def _plain(value: Any, expected: Any) -> Any:
    if type(value) in (list, tuple) and isinstance(expected, list | tuple) and len(value) == len(expected):
        return type(value)(_plain(one, right) for one, right in zip(value, expected, strict=True))
    number = isinstance(value, np.ndarray) and value.size == 1 and isinstance(expected, int | float)
    return value.item() if number else value


def _match(given: Observations, mutant: Observations, aside: bool = False) -> bool:
    """Whether the answers are the same: those that marks depend on, or those that are only looked at."""
    return all(
        same(one.value, other.value)
        for one, other in zip(given, mutant, strict=True)
        if (other.role is Role.ASIDE) == aside
    )
