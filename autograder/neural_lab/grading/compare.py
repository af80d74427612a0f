"""Compares what was answered with what is expected, within a tolerance, and gives a verdict.

Nothing here knows a lab. An answer is inert data (numbers, arrays, lists, tuples) or a `Failure`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.runtime.session import Change
from neural_lab.schema.lab import Form, FormName, Part
from neural_lab.schema.observations import Call, Observation, Observations, Role

# Right work in float32 differs by up to 4e-7 of an array's norm, right work in float64 by 1e-13; the smallest
# mistake tried differs by 5e-5 (a sigmoid clipped at 10), the others by 7e-3 and more.
TOLERANCE = 1e-5


class Kind(str, Enum):
    """What an answer is; the texts stand in results.json."""

    RIGHT = "right"
    FORM = "right but for its form"
    FOLLOWS = "follows from an earlier slip"
    NOT_WRITTEN = "not written yet"
    RAISED = "raised"
    MISSING = "missing"
    TIMEOUT = "timed out"
    KILLED = "killed"
    NOT_REACHED = "not reached"
    TYPE = "wrong type"
    SHAPE = "wrong shape"
    NONFINITE = "not finite"
    MUTATED = "mutated"
    VALUE = "wrong value"

    def __str__(self) -> str:
        return self.value


WORTH = {Kind.RIGHT: 1.0, Kind.FORM: 0.5, Kind.FOLLOWS: 0.5}
_FAILURES = {
    FailureKind.NOT_WRITTEN: Kind.NOT_WRITTEN,
    FailureKind.RAISED: Kind.RAISED,
    FailureKind.MISSING: Kind.MISSING,
    FailureKind.REFUSED: Kind.KILLED,
    FailureKind.TIMEOUT: Kind.TIMEOUT,
    FailureKind.KILLED: Kind.KILLED,
    FailureKind.MALFORMED: Kind.KILLED,
    FailureKind.NOT_REACHED: Kind.NOT_REACHED,
}


class Reason(Enum):
    """What is wrong with the type, shape or form of an answer."""

    NUMBER = "a number was expected"
    ONE_NUMBER = "one number was expected, there are several"
    NUMBERS = "a list of numbers was expected"
    ITEMS = "a list or tuple of so many was expected"
    ARRAY = "an array was expected"
    LENGTH = "so many items were expected"
    SHAPE = "this shape was expected"
    LISTED = "a list that should be an array"
    TRANSPOSED = "rows and columns are exchanged"
    FLATTENED = "a column or row with its entries in order"
    FORM = "other forms that the answer may have"


class Detail(NamedTuple):
    """A reason with its numbers.

    :param expected: a shape, or the length of a list
    :param actual: the same of what came
    :param name: of the type that was expected
    :param forms: in which the answer is right, the outermost first
    """

    reason: Reason
    expected: tuple[int, ...] = ()
    actual: tuple[int, ...] = ()
    name: str = ""
    forms: tuple[FormName, ...] = ()


class Place(NamedTuple):
    """Where in an answer a piece is: items of the lists on the way, then the entry of an array or list of numbers."""

    items: tuple[int, ...] = ()
    entry: tuple[int, ...] = ()

    def inside(self, *items: int) -> Place:
        """The same place seen from further out."""
        return Place((*items, *self.items), self.entry)


class Verdict(NamedTuple):
    """What is true of one answer.

    :param call: what was called; None where it is the whole run that is told of
    :param where: the piece of it that is told of
    :param got: the piece, inert; a Failure if there is no answer
    :param expected: what it should be
    :param detail: why it is not right, where that is more than its numbers
    :param change: what a call changed and should have left alone; got and expected are then its value now and before
    :param scale: the natural scale of what was judged (see `compare`)
    """

    kind: Kind
    call: Call | None = None
    where: Place = Place()
    got: Any = None
    expected: Any = None
    detail: Detail | None = None
    change: Change | None = None
    scale: float = 0.0

    @property
    def worth(self) -> float:
        """The share of the marks: all, half or nothing."""
        return WORTH.get(self.kind, 0.0)


def judge(part: Part, observed: Observations, alternatives: Sequence[Observations]) -> Verdict:
    """The verdict on a part: that of its worst answer, the smallest case first; the best over the alternatives.

    :param alternatives: what the reference answers, then what accepted variants of it answer
    """
    return max((_against(part, observed, expected) for expected in alternatives), key=lambda verdict: verdict.worth)


def _against(part: Part, observed: Observations, expected: Observations) -> Verdict:
    verdicts = [
        _verdict(part, got, wanted)
        for got, wanted in zip(observed, expected, strict=True)
        if wanted.role is not Role.ASIDE
    ]
    worst = min(verdict.worth for verdict in verdicts)
    candidates = [verdict for verdict in verdicts if verdict.worth == worst]
    return min(candidates, key=lambda verdict: (verdict.kind == Kind.MUTATED, size_of(verdict.expected)))


def _verdict(part: Part, got: Observation, expected: Observation) -> Verdict:
    if expected.role is not Role.KEPT:
        return judge_answer(part, got.value, expected.value)._replace(call=expected.call, scale=part.scale)
    return judge_changes(got.value)._replace(call=expected.call)


def judge_answer(part: Part, got: Any, expected: Any) -> Verdict:
    """The verdict on one answer, by the part's piece of it."""
    if isinstance(got, Failure):
        return _failed(got)
    first = _at(part.at, got, expected, part.scale)
    if first.worth:
        return first
    if part.follows is not None and _kind(part, part.at, got, expected) in WORTH:
        return first._replace(kind=Kind.FOLLOWS)
    for forms, whole, reading in _forms(part, got, expected):
        if _kind(part, whole, reading, expected) in WORTH:
            kind = _kind(part, part.at, reading, expected)
            form = Detail(Reason.FORM, forms=forms)
            return first._replace(kind=Kind.FOLLOWS if kind == Kind.FOLLOWS else Kind.FORM, detail=form)
    return first


def _kind(part: Part, path: tuple[int, ...], got: Any, expected: Any) -> Kind:
    """The kind of verdict on the piece at a path, with what follows from the student's own slip; of a list, that of its
    worst item."""
    wanted = piece(expected, expected, path)
    if isinstance(wanted, list | tuple) and not _is_numbers(wanted):
        worst = Kind.RIGHT
        for index in range(len(wanted)):
            kind = _kind(part, (*path, index), got, expected)
            if kind not in WORTH:
                return kind
            worst = kind if kind != Kind.RIGHT and worst != Kind.FOLLOWS else worst
        return worst
    kind = _at(path, got, expected, part.scale).kind
    if kind in WORTH or part.follows is None:
        return kind
    following = part.follows(got, expected, path)
    follows = following is not None and compare(piece(got, expected, path), following, part.scale).worth
    return Kind.FOLLOWS if follows else kind


def judge_changes(changes: tuple[Change, ...] | Failure) -> Verdict:
    """The verdict on what the calls have changed: that on the smallest."""
    if isinstance(changes, Failure):
        return _failed(changes)
    if not changes:
        return Verdict(Kind.RIGHT)
    change = min(changes, key=lambda change: size_of(change.before))
    if isinstance(change.now, Failure):
        return _failed(change.now)._replace(change=change)
    return Verdict(Kind.MUTATED, got=change.now, expected=change.before, change=change)


def _failed(failure: Failure) -> Verdict:
    return Verdict(_FAILURES[failure.kind], got=failure)


def _at(path: tuple[int, ...], got: Any, expected: Any, scale: float) -> Verdict:
    """Compare the pieces at a path; the lists on the way must be of the right length."""
    for depth, index in enumerate(path):
        items, where = as_items(got), Place(path[:depth])
        if items is None:
            return Verdict(Kind.TYPE, where=where, got=got, expected=expected, detail=_wanted_list(expected))
        if len(items) != len(expected):
            return _length(items, expected, where)
        got, expected = items[index], expected[index]
    verdict = compare(got, expected, scale)
    return verdict._replace(where=verdict.where.inside(*path))


def piece(value: Any, expected: Any, path: Sequence[int]) -> Any:
    """The piece of an answer at a path; None where the lists on the way are not as long as expected."""
    for index in path:
        items = as_items(value)
        if items is None or len(items) != len(expected):
            return None
        value, expected = items[index], expected[index]
    return value


def compare(got: Any, expected: Any, scale: float = 0.0) -> Verdict:
    """Compare inert data with what is expected, by type, shape, finiteness and value, in this order.

    :param scale: an array counts as right within TOLERANCE of its norm, or of this natural size of the quantity if that
        is larger: a one-entry column sigma(-30) = 9e-14 can't be held to its own size
    """
    if expected is None:
        return Verdict(Kind.RIGHT)
    if isinstance(expected, bool | int | float):
        return _compare_number(got, float(expected), scale)
    if isinstance(expected, np.ndarray):
        return _compare_array(got, expected, scale)
    if isinstance(expected, list | tuple):
        if expected and all(isinstance(item, int | float) for item in expected):
            return _compare_numbers(got, expected, scale)
        return _compare_items(got, expected, scale)
    kind = Kind.RIGHT if type(got) is type(expected) and got == expected else Kind.VALUE
    return Verdict(kind, got=got, expected=expected)


def _compare_number(got: Any, expected: float, scale: float) -> Verdict:
    number = as_number(got)
    if number is not None:
        return _close(np.array(number), np.array(expected), scale, got, expected)
    if (isinstance(got, np.ndarray) and got.dtype.kind in "biuf") or _is_numbers(got):
        return Verdict(Kind.SHAPE, got=got, expected=expected, detail=Detail(Reason.ONE_NUMBER))
    return Verdict(Kind.TYPE, got=got, expected=expected, detail=Detail(Reason.NUMBER))


def _compare_numbers(got: Any, expected: Sequence[float], scale: float) -> Verdict:
    items = as_items(got)
    if items is None:
        return Verdict(Kind.TYPE, got=got, expected=expected, detail=Detail(Reason.NUMBERS))
    if len(items) != len(expected):
        return _length(items, expected, Place())
    numbers = [as_number(item) for item in items]
    if any(number is None for number in numbers):
        index = next(i for i, number in enumerate(numbers) if number is None)
        verdict = _compare_number(items[index], float(expected[index]), scale)
        return verdict._replace(where=Place((index,)))
    return _close(np.array(numbers, float), np.array(expected, float), scale, got, expected)


def _compare_items(got: Any, expected: Sequence[Any], scale: float) -> Verdict:
    items = as_items(got)
    if items is None:
        return Verdict(Kind.TYPE, got=got, expected=expected, detail=_wanted_list(expected))
    if len(items) != len(expected):
        return _length(items, expected, Place())
    verdicts = []
    for index, (item, wanted) in enumerate(zip(items, expected, strict=True)):
        verdict = compare(item, wanted, scale)
        verdicts.append(verdict._replace(where=verdict.where.inside(index)))
    return min(verdicts, key=lambda verdict: verdict.worth) if verdicts else Verdict(Kind.RIGHT)


def _compare_array(got: Any, expected: np.ndarray, scale: float) -> Verdict:
    listed = isinstance(got, list | tuple)
    array = as_array(got, 4 * expected.size)
    if array is None:
        return Verdict(Kind.TYPE, got=got, expected=expected, detail=Detail(Reason.ARRAY))
    if array.shape == expected.shape:
        verdict = _close(array, expected, scale, got, expected)
        if listed and verdict.kind == Kind.RIGHT:
            return verdict._replace(kind=Kind.FORM, detail=Detail(Reason.LISTED))
        if verdict.kind == Kind.VALUE and _is_square(expected):  # its shape can't show it, its numbers do
            turned = near(array.T, expected, scale=scale)
            return verdict._replace(kind=Kind.FORM, detail=Detail(Reason.TRANSPOSED)) if turned else verdict
        return verdict
    detail = Detail(Reason.SHAPE, expected.shape, array.shape)
    shape = Verdict(Kind.SHAPE, got=got, expected=expected, detail=detail)
    for form, candidate in _array_forms(array, expected):
        if near(candidate, expected, scale=scale):
            return shape._replace(kind=Kind.FORM, detail=detail._replace(reason=form))
    return shape


def _is_square(array: np.ndarray) -> bool:
    return array.ndim == 2 and array.shape[0] == array.shape[1]


def _array_forms(array: np.ndarray, expected: np.ndarray) -> Iterator[tuple[Reason, np.ndarray]]:
    if array.ndim == 2 and array.T.shape == expected.shape:
        yield Reason.TRANSPOSED, array.T
    if array.size == expected.size and max(expected.shape, default=1) == expected.size:
        yield Reason.FLATTENED, array.reshape(expected.shape)  # a column or row: no entry can change its place


def _close(array: np.ndarray, expected: np.ndarray, scale: float, got: Any, wanted: Any) -> Verdict:
    if near(array, expected, scale=scale):
        return Verdict(Kind.RIGHT, got=got, expected=wanted)
    finite = np.isfinite(array)
    kind, off = (Kind.VALUE, entries_off(array, expected, scale)) if finite.all() else (Kind.NONFINITE, ~finite)
    entry = tuple(np.argwhere(off)[0].tolist()) if array.ndim and off.any() else ()
    return Verdict(kind, where=Place(entry=entry), got=got, expected=wanted)


def near(one: np.ndarray, other: np.ndarray, tolerance: float = TOLERANCE, scale: float = 0.0) -> bool:
    """Whether two arrays of one shape are finite and differ by no more than a share of the other's norm, or of a
    natural scale."""
    apart, norm, scale = distances(one, other, scale)
    return apart <= tolerance * max(norm, scale)


# Norms between these need no unit of their own: what their squares lose is far below any tolerance.
LEAST, MOST = 1e-100, 1e100


def distances(one: np.ndarray, other: np.ndarray, scale: float = 0.0) -> tuple[float, float, float]:
    """The norms of the difference of two arrays of one shape and of the second of them, and the scale: all three in one
    unit, so that no square overflows, nor vanishes where it counts."""
    apart, norm = _norms(one, other)
    if LEAST < norm < MOST and apart < MOST and scale < MOST:
        return apart, norm, scale
    one, other, scale = in_one_unit(one, other, scale)
    return *_norms(one, other), scale


def _norms(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    one, other = one.astype(float, copy=False).ravel(), other.astype(float, copy=False).ravel()
    with np.errstate(all="ignore"):
        difference = one - other
        return math.sqrt(difference @ difference), math.sqrt(other @ other)


def entries_off(one: np.ndarray, other: np.ndarray, scale: float = 0.0) -> np.ndarray:
    """Which entries of two arrays of one shape differ by more than an entry's share of the tolerance."""
    one, other, scale = in_one_unit(one, other, scale)
    bound = TOLERANCE * max(float(np.linalg.norm(other)), scale) / max(1.0, np.sqrt(other.size))
    return np.asarray(~(np.abs(one - other) <= bound))


def in_one_unit(one: np.ndarray, other: np.ndarray, scale: float = 0.0) -> tuple[np.ndarray, np.ndarray, float]:
    """All three divided by the largest size among them, so that no square overflows, nor vanishes where it counts:
    numbers around 1e300 or 1e-310 have a norm, too. What is not finite becomes NaN, which is near nothing."""
    one, other = one.astype(float, copy=False), other.astype(float, copy=False)
    largest = _largest(one, other, scale)
    if not np.isfinite(largest):
        one, other = (np.where(np.isfinite(array), array, np.nan) for array in (one, other))
        largest = _largest(np.nan_to_num(one), np.nan_to_num(other), scale)
    return (one / largest, other / largest, scale / largest) if largest else (one, other, scale)


def _largest(one: np.ndarray, other: np.ndarray, scale: float) -> float:
    return float(np.abs(other).max(initial=np.abs(one).max(initial=scale)))


def _length(items: Sequence[Any], expected: Sequence[Any], where: Place) -> Verdict:
    detail = Detail(Reason.LENGTH, (len(expected),), (len(items),))
    return Verdict(Kind.SHAPE, where=where, got=items, expected=expected, detail=detail)


def _wanted_list(expected: Sequence[Any]) -> Detail:
    return Detail(Reason.ITEMS, (len(expected),), name=type(expected).__name__)


def as_items(value: Any) -> Any:
    """A list, a tuple or an array stacked from items; None for anything else. No copy: an array may be of millions."""
    return value if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim) else None


def as_number(value: Any) -> float | None:
    """A number, or the only entry of an array; None for anything else."""
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, np.ndarray | np.generic) and value.size == 1 and value.dtype.kind in "biuf":
        return float(value.item())
    return None


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, int | float) for item in value)


def as_array(value: Any, most: int) -> np.ndarray | None:
    """An array of real numbers from an array, a number or a nested list of numbers; None if it isn't one.

    :param most: numbers or arrays that a list may hold. Lists are looked through before NumPy does: of one with a long
        text it would make an array of texts as long, and one of 50,000 numbers takes its time whenever it is read
    """
    found = list(itertools.islice(leaves(value), most + 1))
    if len(found) > most or not all(map(_is_real, found)):
        return None
    try:
        return np.asarray(value)
    except ValueError:  # a ragged list
        return None


def leaves(value: Any) -> Iterator[Any]:
    """What stands in nested lists and tuples, in its order."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def _is_real(value: Any) -> bool:
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "biuf"
    return isinstance(value, bool | int | float)


# -- forms ------------------------------------------------------------------------------------------------------------


def _forms(part: Part, got: Any, expected: Any) -> Iterator[tuple[tuple[FormName, ...], tuple[int, ...], Any]]:
    """Other forms that an answer may have: (their names, the path of what must be right, what it then reads).

    What is only wrapped in something can be read in one way. But a form can be found that happens to suit a single item
    of a list ([delta, 0, 0] is right in its last item if read backwards), so there the whole result must be right.
    """
    unwrapped: list[tuple[tuple[FormName, ...], Any]] = [((form,), one) for form, one in _unwrapped(got, expected)]
    for wrapping, reading in unwrapped:
        yield wrapping, part.at, reading
    for wrapping, reading in [((), got), *unwrapped]:
        for forms, other in _declared(part.forms, reading, expected):
            yield (*wrapping, *forms), part.at[:1], other


def _unwrapped(got: Any, expected: Any) -> Iterator[tuple[FormName, Any]]:
    """The answer without a dict around its items, or without what is beside them."""
    listed = _without_dicts(got)
    if listed is not got:
        yield FormName.IN_DICT, listed
    if not isinstance(listed, list | tuple):
        return
    if isinstance(expected, tuple):
        if len(listed) > len(expected):
            yield FormName.MORE_BESIDE, listed[: len(expected)]
    elif listed:  # a number, an array, or a list of layers or epochs, is one result
        yield FormName.MORE_BESIDE if len(listed) > 1 else _CONTAINERS[type(got)], listed[0]


_CONTAINERS: dict[type, FormName] = {dict: FormName.IN_DICT, list: FormName.IN_LIST, tuple: FormName.IN_TUPLE}


def _without_dicts(value: Any) -> Any:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        value = [_without_dicts(item) for item in value]
    return value


def _declared(forms: Sequence[Form], got: Any, expected: Any) -> Iterator[tuple[tuple[FormName, ...], Any]]:
    """The answer as the part's forms read it: each form by itself, then several at once."""
    for count in range(1, len(forms) + 1):
        for several in itertools.combinations(forms, count):
            readings = [got]
            for form in several:
                readings = [reading for one in readings for reading in form.readings(one, expected)]
            for reading in readings:
                yield tuple(form.name for form in several), reading


def same(one: Any, other: Any, scale: float = 0.0) -> bool:
    """Whether two answers, right or wrong, are equal: type, shape, values within the tolerance; of two failures kind,
    type, message and what Python was doing: many mistakes raise a ValueError."""
    if isinstance(one, Failure) or isinstance(other, Failure):
        return (
            isinstance(one, Failure)
            and isinstance(other, Failure)
            and (one.kind, one.type_name, one.message, one.operation)
            == (other.kind, other.type_name, other.message, other.operation)
        )
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(same(a, b, scale) for a, b in zip(one, other, strict=True))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and _equal(one, other, scale)
    if isinstance(one, int | float) and isinstance(other, int | float):
        return _equal(np.array(float(one)), np.array(float(other)), scale)
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and same([*one.values()], [*other.values()], scale)
    return type(one) is type(other) and one == other


def _equal(one: np.ndarray, other: np.ndarray, scale: float) -> bool:
    if one.dtype.kind not in "biuf" or other.dtype.kind not in "biuf":
        return False
    one, other = one.astype(float), other.astype(float)
    finite = np.isfinite(other)
    if not np.array_equal(np.where(finite, 0.0, one), np.where(finite, 0.0, other), equal_nan=True):
        return False
    return near(one[finite], other[finite], scale=scale)


def size_of_all(observed: Observations) -> int:
    """How many numbers there are in what a probe observed, and in what its calls were given."""
    return sum(one.call.sizes["numbers"] if one.role is Role.KEPT else size_of(one.value) for one in observed)


def size_of(value: Any) -> int:
    """How many numbers there are in a value."""
    if isinstance(value, np.ndarray):
        return int(value.size)
    if isinstance(value, list | tuple):
        return sum(size_of(item) for item in value)
    return 1
