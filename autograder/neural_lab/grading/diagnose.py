"""Names the mistake behind a wrong answer: it is what a known wrong model of the function would have answered.

Where no known mistake matches, states what can be proved of the answers themselves: negated, a constant factor, another
layer's array … Owns no words of hints (those are the lab's) and no marks. Runs only when something is wrong.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading.compare import as_number, near, same, size_of
from neural_lab.grading.mutants import Mutants
from neural_lab.grading.reference import Reference
from neural_lab.isolation.limits import Limits
from neural_lab.schema.schema import Answers, Aside, Function, Kept, Mistake, Probe

# A relation is claimed only where it holds this closely, far closer than chance and as closely as float32 allows.
CLOSE = 1e-5
SHOWN = 3  # answers that are listed one by one
# A fraction with a larger denominator is written as a decimal number.
LARGEST_DENOMINATOR = 1e6
MOST_PLACES = 1_000  # of arrays and numbers in an answer; a list of more is looked at no further


class Diagnosis(NamedTuple):
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
    limits: Limits = Limits(),  # noqa: B008 (a frozen record)
) -> Diagnosis:
    """Find the known mistakes that answer to every probe as the submission did, or else a relation.

    :param answers: for each probe of the function what was answered in the run that counts
    :param rng: the numbers each probe drew its inputs from
    :param limits: what a mutant may use
    """
    # a wrong model mostly differs at the first probe; let that be the cheapest
    probes = sorted(answers, key=lambda probe: size_of(list(answers[probe].values())))
    expected = {probe: reference.answers(probe, rng(probe)) for probe in probes}
    if all(_match(answers[probe], expected[probe]) for probe in probes):
        return Diagnosis()
    candidates = [mistake for mistake in reference.lab.mistakes if mistake.function == function.label]
    exact: set[str] = set()  # ids of those that differ in nothing, not even in what no mark depends on
    with Mutants(reference, function, rng, limits) as mutants:
        for number, probe in enumerate(probes):
            models = mutants.answers(candidates, probe, expected[probe])
            alike = [(c, models[c.id]) for c in candidates if c.id in models and _match(answers[probe], models[c.id])]
            also = {c.id for c, model in alike if _match(answers[probe], model, Aside)}
            exact = exact & also if number else also
            candidates = [c for c, _ in alike]
            if not candidates:
                with np.errstate(all="ignore"):  # answers may be as large as floats go
                    return Diagnosis(relation=_relation(answers, expected))
    return Diagnosis(tuple(c for c in candidates if c.id in exact) or tuple(candidates))


def _match(given: Answers, model: Answers, kind: type | None = None) -> bool:
    """Whether the answers are the same: those that are judged, or those of one kind."""
    labels = [label for label, answer in model.items() if isinstance(answer, Aside) == (kind is Aside)]
    return all(label in given and same(given[label], model[label]) for label in labels)


# -- what is true of the answers by themselves ------------------------------------------------------------------------


class _Pair(NamedTuple):
    """A wrong answer and what was expected, as arrays by their place in the answer: "[0][2]", "" for a single one."""

    label: str
    got: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]

    @property
    def wrong(self) -> list[tuple[np.ndarray, np.ndarray]] | None:
        """The arrays that are wrong, with what was expected; None if their places or shapes differ."""
        if {p: a.shape for p, a in self.got.items()} != {p: a.shape for p, a in self.expected.items()}:
            return None
        return [(a, self.expected[p]) for p, a in self.got.items() if not _near(a, self.expected[p])]


def _relation(answers: Mapping[Probe, Answers], expected: Mapping[Probe, Answers]) -> str:
    """The first relation that holds for all wrong answers, in one sentence; "" if none does."""
    wrong = [
        (label, answers[probe].get(label), wanted, _start(expected[probe], label))
        for probe in expected
        for label, wanted in expected[probe].items()
        if not isinstance(wanted, Aside | Kept) and not same(answers[probe].get(label), wanted)
    ]
    pairs = [_pair(label, got, wanted) for label, got, wanted, _ in wrong]
    changes = [_change(*case) for case in wrong if case[3] is not None]
    for found, relations in ((pairs, _OF_ENTRIES), (changes, _OF_ENTRIES[:2]), (pairs, _OF_PLACES)):
        proved = [pair for pair in found if pair is not None]
        if proved and len(proved) == len(found):
            sentence = next(filter(None, (relation(proved) for relation in relations)), "")
            if sentence:
                return sentence
    return ""


def _pair(label: str, got: Any, wanted: Any) -> _Pair | None:
    arrays, others = (dict(itertools.islice(_arrays(value), MOST_PLACES + 1)) for value in (got, wanted))
    if not others or len(arrays) > MOST_PLACES or any(array is None for array in [*arrays.values(), *others.values()]):
        return None
    return _Pair(label, arrays, others)


def _change(label: str, got: Any, wanted: Any, start: Any) -> _Pair | None:
    """The changes since before the call."""
    pair, before = _pair(label, got, wanted), dict(_arrays(start))
    if pair is None or pair.wrong is None or before.keys() != pair.got.keys():
        return None
    got, wanted = ({p: a - before[p] for p, a in side.items()} for side in (pair.got, pair.expected))
    return _Pair(f"the change in {label}", got, wanted)


def _start(expected: Answers, label: str) -> Any:
    """What was there before the call, where the probe tells it: an Aside named `start of LABEL`."""
    aside = expected.get(f"start of {label}")
    return aside.value if isinstance(aside, Aside) else None


def _arrays(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The arrays and numbers in an answer with their places; None where there is anything else."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _arrays(item, f"{place}[{index}]")
    elif isinstance(value, np.ndarray):
        yield place, value if value.dtype.kind in "biuf" else None
    else:
        number = as_number(value)
        yield place, None if number is None else np.array(number)


def _near(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and near(one, other, CLOSE)


def _flat(arrays: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([array.ravel() for array in arrays]).astype(float)


# Relations that hold entry by entry, in all arrays that are wrong. One number is a multiple of any other, and as far
# from it as from any other, so these ask for two numbers that differ.


def _entries(pairs: list[_Pair]) -> tuple[np.ndarray, np.ndarray] | None:
    """All entries of the wrong arrays, actual and expected; None if they don't correspond or prove nothing."""
    wrong = [pair.wrong for pair in pairs]
    if not all(wrong):
        return None
    got, expected = (_flat(arrays[side] for found in wrong for arrays in found or ()) for side in (0, 1))
    return (got, expected) if np.isfinite(got).all() and np.unique(expected).size > 1 else None


def _negated(pairs: list[_Pair]) -> str:
    entries = _entries(pairs)
    if entries is None or not _near(-entries[0], entries[1]):
        return ""
    return f"{_where(pairs)}, every entry has the right size and the wrong sign."


def _scaled(pairs: list[_Pair]) -> str:
    """One factor for all answers; or a factor for each, if every factor is a number in its call."""
    entries = _entries(pairs)
    if entries is None:
        return ""
    factor = _factor(*entries)
    if factor is not None:
        remark = "; that is a number in the call: does it belong in the formula?" if _called(pairs, [factor]) else "."
        return f"{_where(pairs)}, every entry is {_said(factor)} times what it should be{remark}"
    factors = [_factor(_flat(a for a, _ in pair.wrong or ()), _flat(b for _, b in pair.wrong or ())) for pair in pairs]
    found = [factor for factor in factors if factor is not None]
    if len(found) < len(pairs) or not _called(pairs, found):
        return ""
    told = list(dict.fromkeys(f"{_said(c)} times for {pair.label}" for c, pair in zip(found, pairs)))
    shown = "; ".join([*told[:SHOWN], *(["…"] if len(told) > SHOWN else [])])
    return f"Each wrong answer is a number in its call times what it should be: {shown}."


def _factor(got: np.ndarray, expected: np.ndarray) -> float | None:
    """c where got = c expected; None if there is no such c."""
    if not expected.any() or not np.isfinite(got).all():
        return None
    largest = int(np.abs(expected).argmax())
    c = float(got[largest]) / float(expected[largest])  # sums of products would overflow
    return c if c and _near(got, c * expected) else None


def _said(c: float) -> str:
    """A factor as people write it: 4, 1/4, 0.37."""
    reciprocal = 1 / abs(c)
    number = round(min(reciprocal, LARGEST_DENOMINATOR))
    if number > 1 and abs(reciprocal - number) <= CLOSE * number:
        return f"{'-' if c < 0 else ''}1/{number}"
    return f"{c:.6g}"


def _called(pairs: list[_Pair], factors: Sequence[float]) -> bool:
    """Whether every factor, or its reciprocal, is a number that the call's label names, such as the batch size."""
    numbers = [{float(word) for word in re.findall(r"(?<![\w.])\d+(?![\w.])", pair.label)} - {0, 1} for pair in pairs]
    return all(
        any(abs(size - number) <= CLOSE * number for number in named for size in (abs(c), 1 / abs(c)))
        for named, c in zip(numbers, factors)
    )


def _shifted(pairs: list[_Pair]) -> str:
    entries = _entries(pairs)
    if entries is None:
        return ""
    shift = float((entries[0] - entries[1]).mean())
    if not _near(entries[0] - shift, entries[1]):
        return ""
    return f"{_where(pairs)}, every entry is off by the same amount, {shift:+.6g}."


def _reordered(pairs: list[_Pair]) -> str:
    if _entries(pairs) is None:
        return ""
    arrays = [both for pair in pairs for both in pair.wrong or ()]
    if all(a.size > 1 and _near(np.sort(a, axis=None), np.sort(b, axis=None)) for a, b in arrays):
        return f"{_where(pairs)}, the numbers are right, but in another order."
    return ""


def _where(pairs: list[_Pair]) -> str:
    if len(pairs) == 1:
        return f"In {pairs[0].label}"
    some = any(pair.wrong is not None and len(pair.wrong) < len(pair.expected) for pair in pairs)
    return "In every array that is wrong" if some else "In every wrong answer"


# Relations between the places of a list of arrays.


def _transposed(pairs: list[_Pair]) -> str:
    def turned(pair: _Pair) -> bool:
        both = [(array, pair.expected.get(place)) for place, array in pair.got.items()]
        alike = (b is not None and (_near(a, b) or _near(a.T, b)) for a, b in both)
        return len(pair.got) == len(pair.expected) and all(alike)

    return f"{_where(pairs)}, rows and columns are exchanged." if all(map(turned, pairs)) else ""


def _reversed(pairs: list[_Pair]) -> str:
    """Every list of arrays runs from its last to its first."""

    def backwards(pair: _Pair) -> bool:
        lists: dict[str, list[str]] = {}
        for place in pair.expected:
            lists.setdefault(place.rpartition("[")[0], []).append(place)
        return pair.got.keys() == pair.expected.keys() and all(
            _near(pair.got[place], pair.expected[other])
            for places in lists.values()
            for place, other in zip(places, places[::-1])
        )

    return f"{_where(pairs)}, the arrays are right, but in the reverse order." if all(map(backwards, pairs)) else ""


def _misplaced(pairs: list[_Pair]) -> str:
    """An array that is right for another place."""
    for pair in pairs:
        for place, array in pair.got.items():
            if place in pair.expected and _near(array, pair.expected[place]):
                continue
            for other, wanted in pair.expected.items():
                if place != other and wanted.size > 1 and _near(array, wanted):
                    return f"In {pair.label}, {_yours(place)} is what {_called_place(other)} should be."
    return ""


def _yours(place: str) -> str:
    return f"{place} of yours" if place else "your whole result"


def _called_place(place: str) -> str:
    return place or "the whole result"


def _another_shape(pairs: list[_Pair]) -> str:
    """An array of the shape that another place should have."""
    for pair in pairs:
        for place, array in pair.got.items():
            own = pair.expected.get(place, array).shape
            other = next((p for p, wanted in pair.expected.items() if wanted.shape == array.shape and array.ndim), None)
            if array.shape != own and other is not None:
                return f"In {pair.label}, {_yours(place)} has the shape that {_called_place(other)} should have."
    return ""


def _partly_right(pairs: list[_Pair]) -> str:
    """Which places of the smallest case are right: layers, or epochs."""
    pair = pairs[0]
    right = [place for place, wanted in pair.expected.items() if _near(pair.got.get(place, np.array(np.nan)), wanted)]
    wrong = [place for place in pair.expected if place not in right]
    if not right or not wrong:
        return ""
    return f"In {pair.label}, {_listed(right)} {_is(right)} right, {_listed(wrong)} {_is(wrong)} not."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _is(words: Sequence[str]) -> str:
    return "is" if len(words) == 1 else "are"


_Relations = tuple[Callable[[list[_Pair]], str], ...]
_OF_ENTRIES: _Relations = (_negated, _scaled, _shifted, _reordered)
_OF_PLACES: _Relations = (_transposed, _reversed, _misplaced, _another_shape, _partly_right)
