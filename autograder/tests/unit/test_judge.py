"""The judge: what is right, half right and wrong, on both sides of every line that it draws."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_lab.grading import compare as judge
from neural_lab.grading.compare import TOLERANCE, Detail, Kind, Place, Reason, compare
from neural_lab.grading.forms import HISTORY_BACKWARDS, LAYERS_BACKWARDS, SWAPPED
from neural_lab.grading.reference import Reference
from neural_lab.labs.q1 import probes
from neural_lab.runtime.protocol import Failure, FailureKind, Opaque, inert
from neural_lab.runtime.session import Change
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import FormName, Part
from neural_lab.schema.lab import probe as declared
from neural_lab.schema.observations import Call, Observation, Observations, Role

LAB = load_lab("q1")
REFERENCE = Reference(LAB)
COLUMN = np.array([[3.0], [4.0]])  # of norm 5


def part(at=(), scale=0.0, follows=None, forms=()) -> Part:
    return Part("part", "a part", 1, probes.sigmoid, at, scale, forms=forms, follows=follows)


CHANGE = Change("f(x)", "x", COLUMN, COLUMN + 1)


def kind(got, expected, **more) -> str:
    return judge.judge_answer(part(**more), got, expected).kind


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "verdict"), [(0.9, Kind.RIGHT), (1.1, Kind.VALUE)])
def test_the_tolerance_is_a_share_of_the_norm(share, verdict):
    error = np.array([[0.0], [share * TOLERANCE * 5]])
    assert kind(COLUMN + error, COLUMN) == verdict
    assert kind(1e-8 * (COLUMN + error), 1e-8 * COLUMN) == verdict  # small gradients are held to their own size
    assert kind([1.0, 2.0 + share * TOLERANCE * np.sqrt(5)], [1.0, 2.0]) == verdict
    assert kind(2.0 + share * TOLERANCE * 2, 2.0) == verdict


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-160, 1e160, 1e300])
def test_numbers_of_any_size_are_held_to_their_own(size):
    """Their squares overflow, or vanish."""
    for share, verdict in ((0.9, Kind.RIGHT), (1.1, Kind.VALUE)):
        error = np.array([[0.0], [share * TOLERANCE * 5]])
        assert kind(size * (COLUMN + error), size * COLUMN) == verdict
        assert judge.same(size * (COLUMN + error), size * COLUMN) == (verdict == Kind.RIGHT)
    assert kind(size * COLUMN, np.zeros((2, 1))) == Kind.VALUE
    assert kind(size * COLUMN, np.zeros((2, 1)), scale=1.0) == (Kind.RIGHT if size < 1 else Kind.VALUE)
    assert kind(np.zeros((2, 1)), size * COLUMN) == Kind.VALUE
    assert kind(size, 3.0) == Kind.VALUE
    assert kind([1.0, size], [1.0, 2.0]) == Kind.VALUE
    assert judge.judge_answer(part(), np.array([[3.0], [size]]), COLUMN).where == Place(entry=(1, 0))


@pytest.mark.parametrize(
    "got", [np.full((2, 1), 1.7e308), np.array([[-1.7e308], [1.7e308]]), np.array([[5e-324], [0]])]
)
def test_the_largest_and_smallest_numbers_are_wrong_values_like_any_other(got):
    assert kind(got, COLUMN) == Kind.VALUE
    assert kind(got, -got) == Kind.VALUE
    assert kind(got, got) == Kind.RIGHT


@pytest.mark.parametrize(("share", "verdict"), [(0.9, Kind.RIGHT), (1.1, Kind.VALUE)])
def test_a_natural_scale_is_the_least_that_an_answer_is_held_to(share, verdict):
    tiny = np.array([[9.4e-14]])  # the sigmoid at -30
    assert kind(tiny + share * TOLERANCE, tiny, scale=1.0) == verdict
    assert kind(tiny + 1e-16, tiny) == Kind.VALUE


def test_the_first_wrong_entry_is_named():
    got = COLUMN + np.array([[0.0], [1.0]])
    assert judge.judge_answer(part(), got, COLUMN).where == Place(entry=(1, 0))
    verdict = judge.judge_answer(part(at=(1,)), ([COLUMN], [COLUMN, got]), ([COLUMN], [COLUMN, COLUMN]))
    assert (verdict.kind, verdict.where) == (Kind.VALUE, Place((1, 1), (1, 0)))
    assert judge.judge_answer(part(), [1.0, 2.0, 5.0], [1.0, 2.0, 3.0]).where == Place(entry=(2,))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_never_right(bad):
    verdict = judge.judge_answer(part(), np.array([[3.0], [bad]]), COLUMN)
    assert (verdict.kind, verdict.where) == (Kind.NONFINITE, Place(entry=(1, 0)))
    assert kind(bad, 1.0) == Kind.NONFINITE
    assert kind([1.0, bad], [1.0, 2.0]) == Kind.NONFINITE
    assert not judge.near(COLUMN, np.array([[3.0], [bad]]))
    assert not judge.near(np.array([[3.0], [bad]]), np.array([[3.0], [bad]]))


@pytest.mark.parametrize("number", [2, 2.0, np.array(2.0), np.array([[2.0]]), np.array([2], dtype=np.float32)])
def test_a_number_may_be_the_only_entry_of_an_array(number):
    assert kind(number, 2.0) == Kind.RIGHT


def test_whole_numbers_and_single_precision_count_as_what_they_are():
    assert kind(np.array([[3], [4]]), COLUMN) == Kind.RIGHT
    assert kind(COLUMN.astype(np.float32), COLUMN) == Kind.RIGHT
    assert kind(COLUMN.astype(complex), COLUMN) == Kind.TYPE


# -- shapes, types and forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("got", [COLUMN.ravel(), COLUMN.T, COLUMN[None], COLUMN.tolist(), [3.0, 4.0]])
def test_right_numbers_in_another_form_earn_half(got):
    verdict = judge.judge_answer(part(), got, COLUMN)
    assert (verdict.kind, verdict.worth) == (Kind.FORM, 0.5)
    assert verdict.detail


@pytest.mark.parametrize(
    "got",
    [
        np.array([[3.0], [4.0], [0.0]]),
        np.array([3.0]),
        np.zeros((2, 2)),
        np.array([4.0, 3.0]),
        np.zeros((0, 1)),
        np.array(3.0),
    ],
)
def test_another_shape_with_other_numbers_earns_nothing(got):
    assert kind(got, COLUMN) == Kind.SHAPE


def test_a_transposed_matrix_is_right_but_for_its_form_square_or_not():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert kind(square.T, square) == Kind.FORM
    assert kind(square[::-1], square) == Kind.VALUE
    assert kind(square.T * 1.001, square) == Kind.VALUE
    tall = np.arange(6.0).reshape(3, 2)
    assert kind(tall.T, tall) == Kind.FORM
    assert kind(tall.reshape(2, 3), tall) == Kind.SHAPE  # reshaped is not transposed


@pytest.mark.parametrize("got", [None, "3", Opaque("generator"), {"a": "b"}, {}, [[1.0], [2.0, 3.0]], [None, COLUMN]])
def test_what_is_not_an_array_is_of_the_wrong_type(got):
    assert kind(got, COLUMN) == Kind.TYPE
    assert kind(got, 1.0) == Kind.TYPE


def test_a_list_that_would_make_a_giant_array_is_looked_at_first():
    """np.asarray would hold 55,001 texts of 2,000 characters: 440 MB."""
    texts = ["x" * 2000] + [1] * 55_000
    tracemalloc.start()
    assert kind(texts, COLUMN) == Kind.TYPE
    assert kind([COLUMN, texts], [COLUMN, COLUMN]) == Kind.TYPE
    assert kind(np.zeros(2 << 20, np.uint8), [COLUMN, COLUMN]) == Kind.SHAPE  # nor is it listed, number by number
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 << 20


def test_lists_must_have_the_right_length():
    assert kind([COLUMN], [COLUMN, COLUMN]) == Kind.SHAPE
    assert kind(([COLUMN, COLUMN, COLUMN], [COLUMN]), ([COLUMN, COLUMN], [COLUMN]), at=(0, 1)) == Kind.SHAPE
    assert kind((COLUMN, COLUMN), [COLUMN, COLUMN]) == Kind.RIGHT
    assert kind(np.stack([COLUMN, COLUMN]), [COLUMN, COLUMN]) == Kind.RIGHT
    assert kind([], [1.0]) == Kind.SHAPE
    assert kind(1.0, [1.0]) == Kind.TYPE


def test_what_is_wrong_is_said_in_numbers():
    def detail(got, expected, **more):
        return judge.judge_answer(part(**more), got, expected).detail

    assert detail([COLUMN], [COLUMN, COLUMN]) == Detail(Reason.LENGTH, (2,), (1,))
    assert detail(COLUMN[:, :0], COLUMN) == Detail(Reason.SHAPE, (2, 1), (2, 0))
    assert detail(COLUMN.T, COLUMN) == Detail(Reason.TRANSPOSED, (2, 1), (1, 2))
    assert detail(COLUMN.ravel(), COLUMN) == Detail(Reason.FLATTENED, (2, 1), (2,))
    assert detail(1.0, ([COLUMN], [COLUMN]), at=(0,)) == Detail(Reason.ITEMS, (2,), name="tuple")
    assert detail(([COLUMN], 1.0), ([COLUMN], [2 * COLUMN]), at=(1, 0)) == Detail(Reason.ITEMS, (1,), name="list")
    assert judge.judge_answer(part(at=(1, 0)), ([COLUMN], 1.0), ([COLUMN], [2 * COLUMN])).where == Place((1,))


LISTS = (SWAPPED, LAYERS_BACKWARDS)


def test_lists_exchanged_or_from_last_to_first_earn_half_where_the_part_takes_these_forms():
    b = [np.array([[1.0], [2.0]]), np.array([[3.0]])]
    w = [np.ones((3, 2)), np.ones((2, 1))]
    for got in ((w, b), (b[::-1], w[::-1]), (w[::-1], b[::-1])):
        assert kind(got, (b, w), at=(0,), forms=LISTS) == Kind.FORM
        assert kind(got, (b, w), at=(1, 0), forms=LISTS) == Kind.FORM
        assert kind(got, (b, w), at=(0,)) in (Kind.SHAPE, Kind.VALUE)  # nobody has declared that it is a form
    assert kind((b[::-1], w), (b, w), at=(1,)) == Kind.RIGHT  # the other list is another part's affair
    assert kind((b[::-1], w), (b, w), at=(0, 1), forms=LISTS) == Kind.FORM
    assert kind((w, b), (b, w), at=(0,), forms=(LAYERS_BACKWARDS,)) == Kind.SHAPE
    both = judge.judge_answer(part(at=(0,), forms=LISTS), {"w": w[::-1], "b": b[::-1]}, (b, w))
    forms = (FormName.IN_DICT, FormName.SWAPPED, FormName.LAYERS_BACKWARDS)
    assert (both.kind, both.detail) == (Kind.FORM, Detail(Reason.FORM, forms=forms))


def test_a_history_from_its_end_earns_half_where_the_part_takes_that_form():
    for costs in ([1.0, 2.0], [3.0, 2.0, 1.0]):
        assert kind(costs[::-1], costs, forms=(HISTORY_BACKWARDS,)) == Kind.FORM
        assert kind(costs[::-1], costs) == Kind.VALUE
    for other, expected in ((2.0, 1.0), (COLUMN + 1, COLUMN), ([2.0, 3.0], [1.0, 2.0]), ([], []), ([1.0], [2.0])):
        assert kind(other, expected, forms=(HISTORY_BACKWARDS, SWAPPED)) in (Kind.VALUE, Kind.RIGHT)


def test_an_order_that_suits_a_single_layer_is_no_form():
    b = [np.array([[1.0], [2.0]]), np.array([[3.0], [4.0], [5.0]])]
    w = [np.ones((2, 2)), 2 * np.ones((2, 3))]
    nothing = [0.0, 0.0]
    for got in (([b[1], 0.0], [w[1], 0.0]), (nothing, [b[0], 0.0]), ([w[0], 0.0], nothing)):
        assert [kind(got, (b, w), at=(side, layer), forms=LISTS) for side in (0, 1) for layer in (0, 1)] == [
            Kind.SHAPE
        ] * 4
    assert kind((nothing, b[::-1]), (b, w), at=(0, 1), forms=LISTS) == Kind.FORM
    assert kind(([b[0], 0.0], w), (b, w), at=(0, 0)) == Kind.RIGHT  # where it belongs, a layer counts by itself


def test_lists_tuples_stacked_and_object_arrays_are_one_thing():
    b, w = [COLUMN, 2 * COLUMN], [np.eye(2), 2 * np.eye(2)]
    objects = np.empty((2, 2), dtype=object)
    for index in np.ndindex(2, 2):
        objects[index] = (b, w)[index[0]][index[1]]
    for got in ([b, w], (tuple(b), tuple(w)), (np.array(b), np.array(w)), objects):
        assert kind(inert(got), (b, w)) == Kind.RIGHT
    costs = [1.0, 2.0]
    for history in (costs, tuple(costs), np.array([1, 2]), np.array(costs, np.float32), np.array(costs, object)):
        assert kind(inert(history), costs) == Kind.RIGHT


def test_right_items_in_another_container_or_with_more_beside_them_earn_half():
    b, w = [np.array([[1.0], [2.0]]), np.array([[3.0]])], [np.ones((3, 2)), np.ones((2, 1))]
    listed = [item.tolist() for item in b], [item.tolist() for item in w]
    numbered = dict(enumerate(b, start=1)), dict(enumerate(w, start=1))
    for got in (listed, (b, w, 0.5), [b, w, None, "more"], {"b": b, "w": w}, {"b": b, "w": w, "x": 1.0}, numbered):
        for at in ((0,), (1, 0)):
            verdict = judge.judge_answer(part(at=at), inert(got), (b, w))
            assert (verdict.kind, verdict.worth) == (Kind.FORM, 0.5)
            assert verdict.detail
    assert kind((b, w, 0.5), (b, [w[0], 2 * w[1]]), at=(1, 1)) == Kind.SHAPE
    assert kind((b, w, 0.5), (b, [w[0], 2 * w[1]]), at=(1, 0)) == Kind.FORM  # nothing has changed its place
    assert kind((w, b, 0.5), (b, w), at=(1, 0), forms=LISTS) == Kind.FORM
    assert kind((0.5, b, w), (b, w), at=(1,)) == Kind.SHAPE  # what is meant as the answer comes first: no two guesses
    singles: list = [((COLUMN, 1), COLUMN), ({"z": COLUMN}, COLUMN), ([5.0], 5.0), ((5.0, 1), 5.0)]
    assert [kind(*single) for single in singles] == [Kind.FORM] * 4
    assert kind((-COLUMN, COLUMN), COLUMN) == Kind.SHAPE
    assert kind(([1.0, 2.0], "net"), [1.0, 2.0]) == Kind.FORM
    assert kind([1.0, 2.0, 3.0], [1.0, 2.0]) == Kind.SHAPE  # of the wrong length: no result of its own is beside it


def test_what_follows_from_an_earlier_slip_earns_half():
    """dC_dw = a dC_db^T with the student's own wrong dC_db."""
    a, db = np.array([[1.0], [2.0], [3.0]]), np.array([[0.1], [0.2]])
    line = next(line for line in LAB.lines if line.number == "1.8")
    layered = line.parts[-1]._replace(at=(1,))
    expected = ([db], [a @ db.T])
    slip = np.array([[0.3], [-0.2]])
    assert judge.judge_answer(layered, ([slip], [a @ slip.T]), expected).kind == Kind.FOLLOWS
    assert judge.judge_answer(layered, ([slip], [a @ db.T]), expected).kind == Kind.RIGHT
    assert judge.judge_answer(layered, ([slip], [2 * a @ slip.T]), expected).kind == Kind.VALUE
    zero = np.zeros_like(db)
    assert judge.judge_answer(layered, ([zero], [a @ zero.T]), expected).kind == Kind.VALUE
    odd: list = [(np.array(0.0), None), (1.0, 2.0), ([], []), None]
    assert [judge.judge_answer(layered, answer, expected).worth for answer in odd] == [0, 0, 0, 0]
    nan = np.full_like(db, np.nan)
    assert judge.judge_answer(layered, ([nan], [a @ nan.T]), expected).kind == Kind.NONFINITE


@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-200, 1e-17, 1e200, 1e308])
def test_nothing_follows_from_constants_of_no_size_or_any(size):
    """A dC_db that could not be told from zero, or one so large that its products overflow, with zeros for dC_dw."""
    a, db = np.array([[1.0], [2.0], [3.0]]), np.array([[0.1], [0.2]])
    layered = next(line for line in LAB.lines if line.number == "1.8").parts[-1]
    constant = np.full_like(db, size)
    with np.errstate(over="ignore"):
        rightly = a @ constant.T
    for dw in (np.zeros((3, 2)), np.full((3, 2), size), rightly):
        verdict = judge.judge_answer(layered, ([constant], [dw]), ([db], [a @ db.T]))
        assert verdict.kind == (
            Kind.FOLLOWS if size == 1e200 and dw is rightly else Kind.NONFINITE if np.isinf(dw).any() else Kind.VALUE
        )


@pytest.mark.parametrize(("share", "verdict"), [(0.9, Kind.VALUE), (1.1, Kind.FOLLOWS)])
def test_what_follows_does_so_from_more_than_rounding_leaves(share, verdict):
    a, db = np.array([[1.0], [2.0], [3.0]]), np.array([[0.3], [0.4]])
    layered = next(line for line in LAB.lines if line.number == "1.8").parts[-1]
    slip = np.array([[-0.5], [0.0]]) * share * np.finfo(float).eps
    assert judge.judge_answer(layered, ([slip], [a @ slip.T]), ([db], [a @ db.T])).kind == verdict


def test_what_follows_does_so_whatever_the_form_of_the_slip():
    a = [np.array([[1.0], [2.0], [3.0]]), np.array([[4.0], [5.0]])]
    db = [np.array([[0.1], [0.2]]), np.array([[0.3]])]
    dw = [before @ column.T for before, column in zip(a, db)]
    slip = [-2 * db[0], 3 * db[1]]
    follows = [before @ column.T for before, column in zip(a, slip)]
    parts = [part._replace(at=at) for part in LAB.lines[-1].parts[-1:] for at in ((1,), (1, 0), (1, 1))]
    forms = (
        [c.ravel() for c in slip],
        [c.T for c in slip],
        [c.tolist() for c in slip],
        slip[::-1],
        dict(enumerate(slip)),
    )
    for got in (*((form, follows) for form in forms), (slip[::-1], follows[::-1]), (follows, slip), (slip, follows, 1)):
        assert [judge.judge_answer(layer, inert(got), (db, dw)).kind for layer in parts] == [Kind.FOLLOWS] * 3
        assert judge.judge_answer(parts[0]._replace(at=(0,), follows=None), inert(got), (db, dw)).worth == 0
    assert judge.judge_answer(parts[1], ([0.0, slip[0]], [0.0, follows[0]]), (db, dw)).worth == 0
    assert judge.judge_answer(parts[1], ([slip[0], 0.0], [follows[0], 0.0]), (db, dw)).kind == Kind.FOLLOWS


FORMS = {
    "swapped": lambda db, dw: (dw, db),
    "from the last layer": lambda db, dw: (db[::-1], dw[::-1]),
    "one of them from the last layer": lambda db, dw: (db[::-1], dw),
    "flattened": lambda db, dw: ([np.ravel(column) for column in db], dw),
    "rows": lambda db, dw: ([np.reshape(column, (1, -1)) for column in db], dw),
    "nested lists": lambda db, dw: tuple([np.asarray(array).tolist() for array in side] for side in (db, dw)),
    "transposed": lambda db, dw: (db, [np.transpose(array) for array in dw]),
    "a third result": lambda db, dw: (db, dw, 1.0),
    "a dict": lambda db, dw: {"dC_db": db, "dC_dw": dw},
    "flattened, from the last layer": lambda db, dw: ([np.ravel(column) for column in db[::-1]], dw[::-1]),
}


def lost(answers, expected) -> float:
    """Marks that the judge takes for these answers of back_propagation."""
    parts = [part for line in LAB.lines if line.function == "back_propagation" for part in line.parts]
    return sum(p.marks * (1 - judge.judge(p, answers[p.probe], [expected[p.probe]]).worth) for p in parts)


def in_form(answers, form):
    def formed(one: Observation) -> Observation:
        failed = one.role is not Role.JUDGED or not isinstance(one.value, tuple)
        return one if failed else one._replace(value=form(*one.value))

    return {probe: tuple(map(formed, observed)) for probe, observed in answers.items()}


@pytest.mark.slow
@pytest.mark.one_in(3)
@pytest.mark.parametrize("share", range(3))
def test_a_form_and_a_slip_cost_no_more_together_than_each_alone(share):
    function = LAB.function("back_propagation")
    used = dict.fromkeys(part.probe for line in LAB.lines_of(function) for part in line.parts)
    expected = {probe: REFERENCE.answers(probe, np.random.default_rng(1)) for probe in used}
    alone = {name: lost(in_form(expected, form), expected) for name, form in FORMS.items()}
    slips = [row for row in LAB.mistakes if row.function == function.label and row.id != "bp-return-swapped"]
    for slip in slips[share::3]:
        answers = {probe: REFERENCE.answers(probe, np.random.default_rng(1), function, slip.edits) for probe in used}
        by_itself = lost(answers, expected)
        for name, form in FORMS.items():
            assert lost(in_form(answers, form), expected) <= by_itself + alone[name] + 1e-9, (slip.id, name)


# -- failures, what was kept, and the worst of many -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (FailureKind.NOT_WRITTEN, Kind.NOT_WRITTEN),
        (FailureKind.RAISED, Kind.RAISED),
        (FailureKind.MISSING, Kind.MISSING),
        (FailureKind.TIMEOUT, Kind.TIMEOUT),
        (FailureKind.KILLED, Kind.KILLED),
        (FailureKind.MALFORMED, Kind.KILLED),
        (FailureKind.NOT_REACHED, Kind.NOT_REACHED),
    ],
)
def test_every_failure_has_a_verdict_worth_nothing(failure, verdict):
    found = judge.judge_answer(part(), Failure(failure), COLUMN)
    assert (found.kind, found.worth) == (verdict, 0.0)


def test_a_changed_input_is_a_verdict_of_its_own():
    assert judge.judge_changes(()).kind == Kind.RIGHT
    assert judge.judge_changes((CHANGE,)).kind == Kind.MUTATED
    assert judge.judge_changes((CHANGE._replace(now=Failure(FailureKind.RAISED)),)).kind == Kind.RAISED
    assert judge.judge_changes(Failure(FailureKind.NOT_REACHED)).kind == Kind.NOT_REACHED


def observed(role: Role = Role.JUDGED, **values: Any) -> Observations:
    """An observation of each value, known by the name of what was called."""
    return tuple(Observation(Call(name), value, role=role) for name, value in values.items())


def called(verdict) -> str:
    return verdict.call.function


def test_of_several_changes_the_smallest_is_shown_with_its_call():
    large = CHANGE._replace(thing="weights[0]", before=np.ones((5, 4)), now=np.zeros((5, 4)))
    verdict = judge.judge(part(), observed(Role.KEPT, left=(large, CHANGE)), [observed(Role.KEPT, left=())])
    assert (called(verdict), verdict.change) == ("left", CHANGE)


def test_a_part_is_as_good_as_its_worst_answer_and_asides_do_not_count():
    right: dict[str, Any] = {"small": np.array([[1.0]]), "large": COLUMN}

    def verdict(aside=COLUMN, kept=(), **changed):
        given = observed(**(right | changed)) + observed(Role.ASIDE, aside=aside) + observed(Role.KEPT, kept=kept)
        wanted = observed(**right) + observed(Role.ASIDE, aside=COLUMN) + observed(Role.KEPT, kept=())
        return judge.judge(part(), given, [wanted])

    assert verdict().kind == Kind.RIGHT
    assert verdict(aside=None).kind == Kind.RIGHT
    assert (verdict(large=COLUMN + 1).kind, called(verdict(large=COLUMN + 1))) == (Kind.VALUE, "large")
    both = verdict(large=COLUMN + 1, small=np.array([[2.0]]), kept=(CHANGE,))
    assert called(both) == "small"  # the smallest case that failed is shown
    assert verdict(large=Failure(FailureKind.MISSING)).kind == Kind.MISSING


def test_the_best_of_several_accepted_answers_counts():
    accepted = [observed(call=COLUMN), observed(call=COLUMN + 1)]
    assert judge.judge(part(), observed(call=COLUMN + 1), accepted).kind == Kind.RIGHT
    assert judge.judge(part(), observed(call=COLUMN + 2), accepted).kind == Kind.VALUE


# -- the same ---------------------------------------------------------------------------------------------------------


def test_answers_are_the_same_whatever_they_are():
    for answer in (
        COLUMN,
        1.0,
        [COLUMN, 2.0],
        None,
        "text",
        Failure(FailureKind.RAISED, "ValueError"),
        np.array([np.nan, 1.0]),
    ):
        assert judge.same(answer, answer)
    assert judge.same(
        Failure(FailureKind.RAISED, "ValueError", "text", 3, "f"), Failure(FailureKind.RAISED, "ValueError", "text", 4)
    )
    assert judge.same((COLUMN,), [COLUMN])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COLUMN, COLUMN.T),
        (COLUMN, COLUMN * (1 + 2 * TOLERANCE)),
        (COLUMN, None),
        (1.0, 1.001),
        ([COLUMN], [COLUMN, COLUMN]),
        (Failure(FailureKind.RAISED, "ValueError"), Failure(FailureKind.RAISED, "IndexError")),
        (Failure(FailureKind.RAISED, "ValueError", "one text"), Failure(FailureKind.RAISED, "ValueError", "another")),
        (Failure(FailureKind.RAISED, operation="CALL"), Failure(FailureKind.RAISED, operation="BINARY_OP 0")),
        (Failure(FailureKind.RAISED), COLUMN),
        (np.array([np.nan, 1.0]), np.array([1.0, np.nan])),
        (np.array([np.inf]), np.array([-np.inf])),
        ((CHANGE,), (CHANGE._replace(now=COLUMN + 2),)),
        ((CHANGE,), ()),
    ],
)
def test_answers_that_differ_are_not_the_same(one, other):
    assert not judge.same(one, other)
    assert not judge.same(other, one)


# -- properties, on any network ---------------------------------------------------------------------------------------

networks = st.lists(st.integers(1, 12), min_size=2, max_size=7).map(tuple)  # one to six layers of weights
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=40, deadline=None)
PROBES: dict[str, Callable] = {
    "cost": partial(probes._cost, n=4),
    "forward_pass": probes._forward,
    "back_propagation": probes._gradients,
    "mini_batch_GD": lambda session, rng, sizes: probes._train(session, rng, probes.UPDATE._replace(sizes=sizes))[1],
}


def ask(function: str, sizes, seed, edits=()):
    @declared("any")
    def probe(session, rng):
        if function in ("sigmoid", "sigmoid_derivative"):
            return probes._elementwise(session, rng, function)
        if function == "cost_derivative":
            return probes.cost_derivative(session, rng)
        return PROBES[function](session, rng, sizes)

    return REFERENCE.answers(probe, np.random.default_rng(seed), LAB.function(function), edits)


def scale_of(function: str) -> float:
    return next(line.parts[0].scale for line in LAB.lines if line.function == function)


def in_single_precision(answer):
    if isinstance(answer, np.ndarray):
        return answer.astype(np.float32)
    if isinstance(answer, list | tuple):
        return type(answer)(map(in_single_precision, answer))
    return float(np.float32(answer)) if isinstance(answer, float) else answer


@few
@given(networks, seeds, st.sampled_from([function.label for function in LAB.functions if LAB.lines_of(function)]))
def test_the_reference_never_fails_against_itself(sizes, seed, function):
    expected = ask(function, sizes, seed)
    whole = part(scale=scale_of(function))
    assert judge.judge(whole, ask(function, sizes, seed), [expected]).kind == Kind.RIGHT
    single = tuple(one._replace(value=in_single_precision(one.value)) for one in expected)
    assert judge.judge(whole, single, [expected]).kind == Kind.RIGHT


@settings(max_examples=150, deadline=None)
@given(networks, seeds, st.sampled_from(LAB.variants))
def test_no_right_variant_ever_fails(sizes, seed, variant):
    expected = ask(variant.function, sizes, seed)
    answers = ask(variant.function, sizes, seed, variant.edits)
    single = tuple(one._replace(value=in_single_precision(one.value)) for one in answers)
    for given_answers in (answers, single):
        assert judge.judge(part(scale=scale_of(variant.function)), given_answers, [expected]).kind == Kind.RIGHT


def gradients(sizes, seed):
    return ask("back_propagation", sizes, seed)[0].value


@few
@given(networks, seeds, st.floats(-3, 3).filter(lambda c: abs(c - 1) > 1e-4))
def test_a_scaled_answer_never_passes(sizes, seed, factor):
    for side in gradients(sizes, seed):
        for array in side:
            assert compare(factor * array, array).worth == 0


@few
@given(networks, seeds, st.floats(1e-4, 10), st.booleans())
def test_a_shifted_answer_never_passes(sizes, seed, share, down):
    for side in gradients(sizes, seed):
        for array in side:
            shift = (-1 if down else 1) * share * np.linalg.norm(array)
            assert compare(array + shift, array).worth == 0


@few
@given(networks, seeds, st.randoms(use_true_random=False))
def test_a_permuted_answer_never_passes(sizes, seed, random):
    for side in gradients(sizes, seed):
        for array in side:
            order = list(range(array.size))
            random.shuffle(order)
            moved = array.ravel()[order].reshape(array.shape)
            if np.linalg.norm(moved - array) > 2 * TOLERANCE * np.linalg.norm(array):
                assert compare(moved, array).worth < 1
                assert compare(moved, array).worth == 0 or np.allclose(moved.T, array)


@few
@given(networks, seeds)
def test_gradients_of_another_layer_or_sample_never_pass(sizes, seed):
    db, dw = gradients(sizes, seed)
    for side in (db, dw):
        for i, array in enumerate(side):
            for j, other in enumerate(side):
                if i != j and np.ptp(array) > 0:  # two single entries might be equal by themselves
                    assert compare(other, array).worth < 1
    assert judge.judge_answer(part(), gradients(sizes, seed + 1), (db, dw)).worth < 1
