"""Names the mistake behind a wrong answer: it is what a known wrong model of the function would have answered.

Where no known mistake matches, states what can be proved of the answers themselves: negated, a constant factor, another
layer's array … Owns no words of hints (those are the lab's) and no marks. Runs only when something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grading.judge import as_number, same, size_of
from grading.models import Reference
from grading.rubric import Answers, Aside, Function, Kept, Mistake, Probe

# A relation is claimed only where it holds this closely, far closer than chance and as closely as float32 allows.
CLOSE = 1e-5


@dataclass(frozen=True)
class Diagnosis:
    """What is known about the wrong answers of one function.

    named     the known mistakes that answer just as the submission did; several if they can't be told apart
    relation  one sentence about the answers, proved on all of them; only where nothing is named
    """

    named: tuple[Mistake, ...] = ()
    relation: str = ""


def diagnose(
    reference: Reference,
    function: Function,
    answers: Mapping[Probe, Answers],
    rng: Callable[[Probe], np.random.Generator],
) -> Diagnosis:
    """Find the known mistakes that answer to every probe as the submission did, or else a relation.

    :param answers: for each probe of the function what was answered in the run that counts
    :param rng: the numbers each probe drew its inputs from
    """
    # a wrong model mostly differs at the first probe; let that be the cheapest
    probes = sorted(answers, key=lambda probe: size_of(list(answers[probe].values())))
    expected = {probe: reference.answers(probe, rng(probe)) for probe in probes}
    if all(_match(answers[probe], expected[probe]) for probe in probes):
        return Diagnosis()
    candidates = [mistake for mistake in reference.lab.mistakes if mistake.function == function.label]
    exact: set[str] = set()  # ids of those that differ in nothing, not even in what no mark depends on
    for number, probe in enumerate(probes):
        models = [reference.answers(probe, rng(probe), function, mistake.edits) for mistake in candidates]
        alike = [(c, model) for c, model in zip(candidates, models) if _match(answers[probe], model)]
        also = {c.id for c, model in alike if _match(answers[probe], model, Aside)}
        exact = exact & also if number else also
        candidates = [c for c, _ in alike]
        if not candidates:
            return Diagnosis(relation=_relation(answers, expected))
    return Diagnosis(tuple(c for c in candidates if c.id in exact) or tuple(candidates))


def _match(given: Answers, model: Answers, kind: type | None = None) -> bool:
    """Whether the answers are the same: those that are judged, or those of one kind."""
    labels = [label for label, answer in model.items() if isinstance(answer, Aside) == (kind is Aside)]
    return all(label in given and same(given[label], model[label]) for label in labels)


# -- what is true of the answers by themselves ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pair:
    """An answer and what was expected, as arrays in order."""

    label: str
    got: list[np.ndarray]
    expected: list[np.ndarray]


def _relation(answers: Mapping[Probe, Answers], expected: Mapping[Probe, Answers]) -> str:
    """The first relation that holds for all wrong answers, in one sentence; "" if none does."""
    wrong = [
        (label, answers[probe].get(label), wanted, _start(expected[probe], label))
        for probe in answers
        for label, wanted in expected[probe].items()
        if not isinstance(wanted, Aside | Kept) and not same(answers[probe].get(label), wanted)
    ]
    pairs = [_pair(label, got, wanted) for label, got, wanted, _ in wrong]
    changes = [_change(*case) for case in wrong if case[3] is not None]
    for found, relations in ((pairs, _RELATIONS), (changes, _RELATIONS_OF_CHANGES)):
        proved = [pair for pair in found if pair is not None]
        if proved and len(proved) == len(found):
            sentence = next(filter(None, (relation(proved) for relation in relations)), "")
            if sentence:
                return sentence
    return ""


def _pair(label: str, got: Any, wanted: Any) -> _Pair | None:
    arrays, others = list(_arrays(got)), list(_arrays(wanted))
    if not others or any(array is None for array in [*arrays, *others]):
        return None
    return _Pair(label, arrays, others)


def _change(label: str, got: Any, wanted: Any, start: Any) -> _Pair | None:
    """The changes since before the call."""
    pair, before = _pair(label, got, wanted), list(_arrays(start))
    if pair is None or not [a.shape for a in pair.got] == [a.shape for a in pair.expected] == [a.shape for a in before]:
        return None
    got, wanted = ([a - b for a, b in zip(side, before)] for side in (pair.got, pair.expected))
    return _Pair(f"the change in {label}", got, wanted)


def _start(expected: Answers, label: str) -> Any:
    """What was there before the call, where the probe tells it: an Aside named `start of LABEL`."""
    aside = expected.get(f"start of {label}")
    return aside.value if isinstance(aside, Aside) else None


def _arrays(value: Any) -> Iterator[Any]:
    """The arrays and numbers in an answer, in order; None where there is anything else."""
    number = as_number(value)
    if number is not None and not isinstance(value, np.ndarray):
        yield np.array(number)
    elif isinstance(value, np.ndarray):
        yield value.astype(float) if value.dtype.kind in "biuf" else None
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _arrays(item)
    elif value is not None:
        yield None


def _aligned(pair: _Pair) -> bool:
    return [a.shape for a in pair.got] == [a.shape for a in pair.expected]


def _near(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape or not np.isfinite(one).all():
        return False
    return bool(np.linalg.norm(one - other) <= CLOSE * np.linalg.norm(other))


def _flat(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays])


def _factor(pair: _Pair) -> float | None:
    """c where got = c expected, for all entries together; None if there is no such c."""
    if not _aligned(pair):
        return None
    got, expected = _flat(pair.got), _flat(pair.expected)
    if not np.isfinite(got).all() or not expected.any() or (expected.size < 2 and pair.got[0].ndim):
        return None
    c = float(got @ expected / (expected @ expected))
    return c if c and _near(got, c * expected) else None


def _negated(pairs: list[_Pair]) -> str:
    if all(_aligned(pair) and _near(-_flat(pair.got), _flat(pair.expected)) for pair in pairs):
        return "Every entry has the right size and the wrong sign."
    return ""


def _scaled(pairs: list[_Pair]) -> str:
    """One factor for all answers; or a factor for each, where it goes with a number in the call."""
    factors = [(pair, c) for pair in pairs if (c := _factor(pair)) is not None]
    # a single number is a multiple of any other: only what varies can prove a factor
    entries = sum(_flat(pair.expected).size for pair, _ in factors)
    if len(factors) < len(pairs) or entries < 2:
        return ""
    if all(abs(c - factors[0][1]) <= CLOSE * abs(c) for _, c in factors):
        what = pairs[0].label if len(pairs) == 1 else "every wrong answer"
        return f"In {what}, every entry is {_factor_text(factors[0][1])} times what it should be{_counted(factors)}."
    if all(_flat(pair.expected).size > 1 or _number_in(pair.label, c) for pair, c in factors):
        told = "; ".join(f"{_factor_text(c)} for {pair.label}" for pair, c in factors[:3])
        return f"Each wrong answer is the expected one, times a factor of its own: {told}{_counted(factors)}."
    return ""


def _factor_text(c: float) -> str:
    """A factor as people write it: 4, 1/4, 0.37."""
    number = round(1 / abs(c))
    if number > 1 and abs(1 / abs(c) - number) <= CLOSE * number:
        return f"{'-' if c < 0 else ''}1/{number}"
    return f"{c:.6g}"


def _counted(factors: Sequence[tuple[_Pair, float]]) -> str:
    """A remark where every factor is a number that stands in its call, such as the batch size."""
    if all(_number_in(pair.label, c) for pair, c in factors):
        return "; the factor is a number in the call: which one, and does it belong in your formula?"
    return ""


def _number_in(label: str, c: float) -> bool:
    words = label.replace("-", " ").replace(",", " ").split()
    numbers = {int(word) for word in words if word.isdecimal()} - {0, 1}
    return any(abs(factor - number) <= CLOSE * number for number in numbers for factor in (abs(c), 1 / abs(c)))


def _shifted(pairs: list[_Pair]) -> str:
    if not all(_aligned(pair) for pair in pairs):
        return ""
    shifts = np.concatenate([_flat(pair.got) - _flat(pair.expected) for pair in pairs])
    if shifts.size > 1 and np.isfinite(shifts).all() and np.ptp(shifts) <= CLOSE * abs(shifts[0]):
        return f"Every entry is off by the same amount, {shifts[0]:+.6g}."
    return ""


def _transposed(pairs: list[_Pair]) -> str:
    matrices = [
        (a, b) for pair in pairs if len(pair.got) == len(pair.expected) for a, b in zip(pair.got, pair.expected)
    ]
    turned = [(a, b) for a, b in matrices if not _near(a, b)]
    if turned and len(matrices) == sum(len(p.expected) for p in pairs) and all(_near(a.T, b) for a, b in turned):
        return "Your arrays are right, but rows and columns are exchanged."
    return ""


def _reversed(pairs: list[_Pair]) -> str:
    def backwards(pair: _Pair) -> bool:
        got, expected = pair.got[::-1], pair.expected
        return len(got) == len(expected) > 1 and all(_near(a, b) for a, b in zip(got, expected))

    return "Your arrays are right, but in the reverse order." if all(map(backwards, pairs)) else ""


def _misplaced(pairs: list[_Pair]) -> str:
    """Arrays that are right for another place in the answer."""
    for pair in pairs:
        for i, array in enumerate(pair.got):
            for j, other in enumerate(pair.expected):
                right = i < len(pair.expected) and _near(array, pair.expected[i])
                if i != j and not right and other.size > 1 and _near(array, other):
                    return f"In {pair.label}, array {i + 1} of yours is what array {j + 1} should be."
    return ""


def _partly_right(pairs: list[_Pair]) -> str:
    """Which of several arrays are right, or up to which entry a history is."""
    pair = pairs[0]
    if len(pair.got) != len(pair.expected) or len(pair.got) < 2:
        return ""
    right = [_near(a, b) for a, b in zip(pair.got, pair.expected)]
    if not any(right):
        return ""
    numbers = all(array.ndim == 0 for array in pair.expected)
    noun = "entry" if numbers else "array"
    nouns = "entries" if numbers else "arrays"
    good = [str(i + 1) for i, ok in enumerate(right) if ok]
    bad = [str(i + 1) for i, ok in enumerate(right) if not ok]
    return (
        f"In {pair.label}, {noun if len(good) == 1 else nouns} {_listed(good)} of {len(right)} "
        f"{'is' if len(good) == 1 else 'are'} right, {_listed(bad)} {'is' if len(bad) == 1 else 'are'} not."
    )


def _another_shape(pairs: list[_Pair]) -> str:
    """An array with the shape that another place in the answer should have."""
    for pair in pairs:
        for i, (array, own) in enumerate(zip(pair.got, pair.expected)):
            shapes = [other.shape for other in pair.expected]
            if array.shape != own.shape and array.ndim and array.shape in shapes:
                place = shapes.index(array.shape) + 1
                return f"In {pair.label}, array {i + 1} of yours has the shape that array {place} should have."
    return ""


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


_RELATIONS: tuple[Callable[[list[_Pair]], str], ...] = (
    _negated, _scaled, _shifted, _transposed, _reversed, _misplaced, _another_shape, _partly_right,
)  # fmt: skip
_RELATIONS_OF_CHANGES: tuple[Callable[[list[_Pair]], str], ...] = (_negated, _scaled)
