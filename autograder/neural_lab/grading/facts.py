"""Plain facts about wrong answers, each true by construction: what a call has changed, what was never filled, what is
right the first time alone. They need no guess at a formula, so they come before any relation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading import compare
from neural_lab.runtime.protocol import finite
from neural_lab.schema.lab import Probe
from neural_lab.schema.observations import Call, Each, Observation, Observations, Occasion, Role

MOST_PLACES = 200  # of a nested answer that are looked at

Path = tuple[int, ...]


class Sort(Enum):
    """What a fact is about."""

    CHANGED = auto()  # the calls have changed what they should leave as it is
    OVERFLOW = auto()  # there is NaN or infinity, and a number became too large in a line
    DIVISION = auto()  # there is NaN or infinity, and something was divided by zero in a line
    NO_RESULT = auto()  # there is NaN or infinity, and an operation had no result in a line
    UNFILLED = auto()  # there is None where an array should be
    ZERO = auto()  # an array is all zeros, and should not be
    UNCHANGED = auto()  # an array is as it was before the call, and should have changed
    ALIKE = auto()  # all entries are the same number, and should differ
    ONCE = auto()  # the call is right, the same call made once more is not
    FIRST_PARAMETERS = auto()  # right until other weights and biases are set
    ONE = auto()  # right for one of something, wrong for several
    FROM_EPOCH = auto()  # right in the first epochs, wrong from one on
    EQUAL_WIDTHS = auto()  # right only where all layers have the same width
    OTHER_WIDTHS = auto()  # wrong only where all layers have the same width


class Fact(NamedTuple):
    """One of them, with the call it is seen in.

    :param places: where in the answer
    :param names: of what was changed, of the size that is one, or of the file of the line
    :param number: the first wrong epoch, or the line; from 1
    """

    sort: Sort
    call: Call
    places: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    number: int = 0


class Noticed(NamedTuple):
    """What NumPy noticed first in a call that gave NaN or infinity, as the untrusted worker says."""

    sort: Sort
    module: str
    line: int


NOTICED = {"overflow": Sort.OVERFLOW, "divide by zero": Sort.DIVISION, "invalid value": Sort.NO_RESULT}  # NumPy's names


class _Seen(NamedTuple):
    call: Call
    got: Any
    wanted: Any
    right: bool
    before: Any = None


def find_facts(
    answers: Mapping[Probe, Observations],
    expected: Mapping[Probe, Observations],
    noticed: Mapping[Probe, Noticed],
) -> tuple[Fact, ...]:
    """Facts about a function's answers, the one that says most first; of each sort at most one."""
    both = [(got, wanted) for p in expected for got, wanted in zip(answers[p], expected[p], strict=True)]
    changed = _changed([got for got, wanted in both if wanted.role is Role.KEPT])
    seen = [
        _Seen(wanted.call, got.value, wanted.value, _is_right(got, wanted), wanted.before)
        for got, wanted in both
        if wanted.role is Role.JUDGED
    ]
    found = [changed, _not_finite(answers, expected, noticed), *(fact for find in _FACTS for fact in [find(seen)])]
    return tuple(fact for fact in found if fact is not None)


def _is_right(got: Observation, wanted: Observation) -> bool:
    return compare.compare(got.value, wanted.value).worth == 1


def _changed(kept: Sequence[Observation]) -> Fact | None:
    changes = [change for one in kept if isinstance(one.value, tuple) for change in one.value]
    names = tuple(dict.fromkeys(change.thing for change in changes))
    return Fact(Sort.CHANGED, kept[0].call, names=names) if names else None


def _not_finite(
    answers: Mapping[Probe, Observations], expected: Mapping[Probe, Observations], noticed: Mapping[Probe, Noticed]
) -> Fact | None:
    """Where a number stopped being one, if the smallest wrong answer is not finite: else something else is wrong."""
    wrong = [
        (probe, got)
        for probe in expected
        for got, wanted in zip(answers[probe], expected[probe], strict=True)
        if wanted.role is Role.JUDGED and not _is_right(got, wanted)
    ]
    probe, smallest = min(wrong, key=lambda one: compare.size_of(one[1].value), default=(None, None))
    if probe is None or smallest is None or probe not in noticed or finite(smallest.value):
        return None
    sort, module, line = noticed[probe]
    return Fact(sort, smallest.call, names=(module,), number=line)


def _arrays(got: Any, wanted: Any, place: Path = ()) -> Iterator[tuple[Path, Any, np.ndarray]]:
    """What stands where an array is expected."""
    if isinstance(wanted, np.ndarray):
        yield place, got, wanted
    elif isinstance(wanted, list | tuple) and isinstance(got, list | tuple) and len(got) == len(wanted):
        for index, (one, other) in enumerate(zip(got, wanted, strict=True)):
            yield from _arrays(one, other, (*place, index))


def _where(sort: Sort, holds: Callable[[Any, np.ndarray, Any], bool]) -> Callable[[Sequence[_Seen]], Fact | None]:
    """The fact for the first wrong answer in which it holds somewhere.

    :param holds: of what stands where an array is expected, that array, and what stood there before the call, if known
    """

    def find(seen: Sequence[_Seen]) -> Fact | None:
        for one in sorted(seen, key=lambda one: compare.size_of(one.wanted)):
            if not one.right:
                before = {place: array for place, array, _ in _arrays(one.before, one.wanted)}
                found = _arrays(one.got, one.wanted)
                places = [place for place, got, wanted in found if holds(got, wanted, before.get(place))]
                if places:
                    return Fact(sort, one.call, tuple(places[:MOST_PLACES]))
        return None

    return find


def _unfilled(got: Any, wanted: np.ndarray, before: Any) -> bool:
    return got is None


def _zero(got: Any, wanted: np.ndarray, before: Any) -> bool:
    return _is_of(got, wanted) and not got.any() and bool(wanted.any())


def _unchanged(got: Any, wanted: np.ndarray, before: Any) -> bool:
    return (
        before is not None
        and _is_of(got, wanted)
        and np.array_equal(got, before)
        and not np.array_equal(wanted, before)
    )


def _alike(got: Any, wanted: np.ndarray, before: Any) -> bool:
    return (
        _is_of(got, wanted)
        and bool(got.any())
        and bool((got == got.flat[0]).all())
        and not bool((wanted == wanted.flat[0]).all())
    )


def _is_of(got: Any, wanted: np.ndarray) -> bool:
    return isinstance(got, np.ndarray) and got.dtype.kind in "biuf" and got.shape == wanted.shape and got.size > 1


def _once(seen: Sequence[_Seen]) -> Fact | None:
    first = {_key(one.call): one.right for one in seen if one.call.occasion is Occasion.FIRST}
    for one in seen:
        if one.call.occasion is Occasion.AGAIN and not one.right and first.get(_key(one.call)):
            return Fact(Sort.ONCE, one.call)
    return None


def _first_parameters(seen: Sequence[_Seen]) -> Fact | None:
    earlier = [one for one in seen if one.call.occasion is not Occasion.OTHER_PARAMETERS]
    later = [one for one in seen if one.call.occasion is Occasion.OTHER_PARAMETERS]
    if later and earlier and all(one.right for one in earlier) and not any(one.right for one in later):
        return Fact(Sort.FIRST_PARAMETERS, later[0].call)
    return None


def _key(call: Call) -> tuple[Any, ...]:
    return call.function, call.phrase, call.net, tuple(call.sizes.items())


def _one(seen: Sequence[_Seen]) -> Fact | None:
    """Every call with one of something is right, every other is wrong."""
    for name in dict.fromkeys(name for one in seen for name in one.call.sizes):
        sized = [one for one in seen if name in one.call.sizes]
        both = {one.right for one in sized} == {True, False} and len(sized) == len(seen)
        if both and all(one.right == (one.call.sizes[name] == 1) for one in sized):
            return Fact(Sort.ONE, next(one.call for one in sized if not one.right), names=(name,))
    return None


def _from_epoch(seen: Sequence[_Seen]) -> Fact | None:
    """In every history some first epochs are right, and all after them are not."""
    found = []
    for one in seen:
        if one.call.each is not Each.EPOCH or not isinstance(one.wanted, list) or one.right or len(one.wanted) < 2:
            continue
        if not isinstance(one.got, list) or len(one.got) != len(one.wanted):
            return None
        right = [compare.compare(got, wanted).worth == 1 for got, wanted in zip(one.got, one.wanted, strict=True)]
        count = right.index(False)
        if not count or any(right[count:]):
            return None
        found.append(Fact(Sort.FROM_EPOCH, one.call, number=count + 1))
    return found[0] if found and len({fact.number for fact in found}) == 1 else None


def _widths(seen: Sequence[_Seen]) -> Fact | None:
    nets = [one for one in seen if len(one.call.net) > 2 and one.call.occasion is not Occasion.AGAIN]
    equal = {one.right for one in nets if len(set(one.call.net)) == 1}
    other = {one.right for one in nets if len(set(one.call.net)) > 1}
    if equal == {True} and other == {False}:
        return Fact(Sort.EQUAL_WIDTHS, nets[0].call)
    if equal == {False} and other == {True}:
        return Fact(Sort.OTHER_WIDTHS, nets[0].call)
    return None


_FACTS: tuple[Callable[[Sequence[_Seen]], Fact | None], ...] = (
    _where(Sort.UNFILLED, _unfilled),
    _where(Sort.ZERO, _zero),
    _where(Sort.UNCHANGED, _unchanged),
    _where(Sort.ALIKE, _alike),
    _once,
    _first_parameters,
    _one,
    _from_epoch,
    _widths,
)
