"""What can be proved of wrong answers that no known mistake gives: negated, a constant factor, another layer's array …

A relation is a record with its evidence; the sentence for it is made in `feedback/relations.py`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading.compare import as_number, near, same
from neural_lab.schema.lab import Probe
from neural_lab.schema.observations import Call, Observation, Observations, Role

# A relation is claimed only where it holds this closely, far closer than chance and as closely as float32 allows.
CLOSE = 1e-5
MOST_PLACES = 1_000  # of arrays and numbers in an answer; a list of more is looked at no further

Path = tuple[int, ...]  # (0, 2) is the third item of the first list; () is the whole answer


class Evidence(NamedTuple):
    """Where a relation holds.

    :param calls: those whose answers are wrong
    :param change: it holds for what the calls have changed, not for what is there afterwards
    :param some: beside the arrays for which it holds there are right ones
    """

    calls: tuple[Call, ...]
    change: bool
    some: bool


class Negated(NamedTuple):
    """Every entry has the right size and the wrong sign."""

    evidence: Evidence


class Scaled(NamedTuple):
    """Every entry is so many times what it should be."""

    evidence: Evidence
    factor: float


class EachScaled(NamedTuple):
    """Each answer has a factor of its own: the product of these sizes of its call, or one divided by it."""

    evidence: Evidence
    sizes: tuple[str, ...]
    divided: bool


class Shifted(NamedTuple):
    """Every entry is off by the same amount."""

    evidence: Evidence
    amount: float


class Reordered(NamedTuple):
    """The numbers of each array are right, but in another order."""

    evidence: Evidence


class Transposed(NamedTuple):
    """Rows and columns are exchanged."""

    evidence: Evidence


class Reversed(NamedTuple):
    """The arrays of each list are right, from the last to the first."""

    evidence: Evidence


class Misplaced(NamedTuple):
    """The array at one place is right for another."""

    call: Call
    place: Path
    belongs: Path


class ShapeOfAnother(NamedTuple):
    """The array at one place has the shape that another should have."""

    call: Call
    place: Path
    belongs: Path


class PartlyRight(NamedTuple):
    """Some places are right, such as layers or epochs, and others are not."""

    call: Call
    right: tuple[Path, ...]
    wrong: tuple[Path, ...]


Relation = (
    Negated | Scaled | EachScaled | Shifted | Reordered | Transposed | Reversed
    | Misplaced | ShapeOfAnother | PartlyRight
)  # fmt: skip


class _Pair(NamedTuple):
    """A wrong answer and what was expected, as arrays by their path in the answer."""

    call: Call
    got: dict[Path, np.ndarray]
    expected: dict[Path, np.ndarray]
    change: bool = False  # both since before the call

    @property
    def wrong(self) -> list[tuple[np.ndarray, np.ndarray]] | None:
        """The arrays that are wrong, with what was expected; None if their places or shapes differ."""
        if {p: a.shape for p, a in self.got.items()} != {p: a.shape for p, a in self.expected.items()}:
            return None
        return [(a, self.expected[p]) for p, a in self.got.items() if not _near(a, self.expected[p])]


def find_relation(answers: Mapping[Probe, Observations], expected: Mapping[Probe, Observations]) -> Relation | None:
    """The first relation that holds for all wrong answers; None if none does."""
    wrong = [
        (got.value, wanted)
        for probe in expected
        for got, wanted in zip(answers[probe], expected[probe], strict=True)
        if wanted.role is Role.JUDGED and not same(got.value, wanted.value)
    ]
    pairs = [_pair(got, wanted) for got, wanted in wrong]
    changes = [_change(got, wanted) for got, wanted in wrong if wanted.before is not None]
    for found, relations in ((pairs, _OF_ENTRIES), (changes, _OF_ENTRIES[:2]), (pairs, _OF_PLACES)):
        proved = [pair for pair in found if pair is not None]
        if proved and len(proved) == len(found):
            for relation in relations:
                if (holds := relation(proved)) is not None:
                    return holds
    return None


def _pair(got: Any, wanted: Observation) -> _Pair | None:
    arrays, others = (dict(itertools.islice(_arrays(value), MOST_PLACES + 1)) for value in (got, wanted.value))
    if not others or len(arrays) > MOST_PLACES or any(array is None for array in [*arrays.values(), *others.values()]):
        return None
    return _Pair(wanted.call, arrays, others)


def _change(got: Any, wanted: Observation) -> _Pair | None:
    """The changes since before the call."""
    pair, before = _pair(got, wanted), dict(_arrays(wanted.before))
    if pair is None or pair.wrong is None or before.keys() != pair.got.keys():
        return None
    changed, expected = ({p: a - before[p] for p, a in side.items()} for side in (pair.got, pair.expected))
    return _Pair(wanted.call, changed, expected, change=True)


def _arrays(value: Any, place: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The arrays and numbers in an answer with their paths; None where there is anything else."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _arrays(item, (*place, index))
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


def _negated(pairs: list[_Pair]) -> Relation | None:
    entries = _entries(pairs)
    return Negated(_evidence(pairs)) if entries is not None and _near(-entries[0], entries[1]) else None


def _scaled(pairs: list[_Pair]) -> Relation | None:
    """One factor for all answers; or a factor for each, if every factor is a number in its call."""
    entries = _entries(pairs)
    if entries is None:
        return None
    factor = _factor(*entries)
    if factor is not None:
        return Scaled(_evidence(pairs), factor)
    factors = [_factor(_flat(a for a, _ in pair.wrong or ()), _flat(b for _, b in pair.wrong or ())) for pair in pairs]
    found = [factor for factor in factors if factor is not None]
    return _by_sizes(pairs, found) if len(found) == len(pairs) else None


def _factor(got: np.ndarray, expected: np.ndarray) -> float | None:
    """c where got = c expected; None if there is no such c."""
    if not expected.any() or not np.isfinite(got).all():
        return None
    largest = int(np.abs(expected).argmax())
    c = float(got[largest]) / float(expected[largest])  # sums of products would overflow
    return c if c and _near(got, c * expected) else None


def _by_sizes(pairs: list[_Pair], factors: Sequence[float]) -> Relation | None:
    """The sizes whose product, or one divided by it, is the factor in every call. They differ from call to call, so
    that no width or number can be it by chance."""
    sizes = [{**pair.call.sizes, **({"outputs": pair.call.net[-1]} if pair.call.net else {})} for pair in pairs]
    names = [name for name in sizes[0] if all(name in of_call for of_call in sizes)]
    for several in (chosen for count in (1, 2) for chosen in itertools.combinations(names, count)):
        products = [math.prod(of_call[name] for name in several) for of_call in sizes]
        for divided in (False, True):
            wanted = [1 / product if divided else product for product in products if product]
            if len(wanted) == len(factors) and all(abs(c - w) <= CLOSE * w for c, w in zip(factors, wanted)):
                return EachScaled(_evidence(pairs), several, divided)
    return None


def _shifted(pairs: list[_Pair]) -> Relation | None:
    entries = _entries(pairs)
    if entries is None:
        return None
    shift = float((entries[0] - entries[1]).mean())
    return Shifted(_evidence(pairs), shift) if _near(entries[0] - shift, entries[1]) else None


def _reordered(pairs: list[_Pair]) -> Relation | None:
    if _entries(pairs) is None:
        return None
    arrays = [both for pair in pairs for both in pair.wrong or ()]
    alike = all(a.size > 1 and _near(np.sort(a, axis=None), np.sort(b, axis=None)) for a, b in arrays)
    return Reordered(_evidence(pairs)) if alike else None


def _evidence(pairs: list[_Pair]) -> Evidence:
    some = any(pair.wrong is not None and len(pair.wrong) < len(pair.expected) for pair in pairs)
    return Evidence(tuple(pair.call for pair in pairs), pairs[0].change, some)


# Relations between the places of a list of arrays.


def _transposed(pairs: list[_Pair]) -> Relation | None:
    def turned(pair: _Pair) -> bool:
        both = [(array, pair.expected.get(place)) for place, array in pair.got.items()]
        alike = (b is not None and (_near(a, b) or _near(a.T, b)) for a, b in both)
        return len(pair.got) == len(pair.expected) and all(alike)

    return Transposed(_evidence(pairs)) if all(map(turned, pairs)) else None


def _reversed(pairs: list[_Pair]) -> Relation | None:
    """Every list of arrays runs from its last to its first."""

    def backwards(pair: _Pair) -> bool:
        lists: dict[Path, list[Path]] = {}
        for place in pair.expected:
            lists.setdefault(place[:-1], []).append(place)
        return pair.got.keys() == pair.expected.keys() and all(
            _near(pair.got[place], pair.expected[other])
            for places in lists.values()
            for place, other in zip(places, places[::-1])
        )

    return Reversed(_evidence(pairs)) if all(map(backwards, pairs)) else None


def _misplaced(pairs: list[_Pair]) -> Relation | None:
    """An array that is right for another place."""
    for pair in pairs:
        for place, array in pair.got.items():
            if place in pair.expected and _near(array, pair.expected[place]):
                continue
            for other, wanted in pair.expected.items():
                if place != other and wanted.size > 1 and _near(array, wanted):
                    return Misplaced(pair.call, place, other)
    return None


def _another_shape(pairs: list[_Pair]) -> Relation | None:
    """An array of the shape that another place should have."""
    for pair in pairs:
        for place, array in pair.got.items():
            own = pair.expected.get(place, array).shape
            other = next((p for p, wanted in pair.expected.items() if wanted.shape == array.shape and array.ndim), None)
            if array.shape != own and other is not None:
                return ShapeOfAnother(pair.call, place, other)
    return None


def _partly_right(pairs: list[_Pair]) -> Relation | None:
    """Which places of the smallest case are right: layers, or epochs."""
    pair = pairs[0]
    right = [place for place, wanted in pair.expected.items() if _near(pair.got.get(place, np.array(np.nan)), wanted)]
    wrong = [place for place in pair.expected if place not in right]
    return PartlyRight(pair.call, tuple(right), tuple(wrong)) if right and wrong else None


_Relations = tuple[Callable[[list[_Pair]], Relation | None], ...]
_OF_ENTRIES: _Relations = (_negated, _scaled, _shifted, _reordered)
_OF_PLACES: _Relations = (_transposed, _reversed, _misplaced, _another_shape, _partly_right)
