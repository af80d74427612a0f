"""The judge: what is right, half right and wrong, on both sides of every line that it draws."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_lab.grading import compare as judge
from neural_lab.grading.compare import (
    FOLLOWS,
    FORM,
    KILLED,
    MISSING,
    MUTATED,
    NONFINITE,
    NOT_REACHED,
    NOT_WRITTEN,
    RAISED,
    RIGHT,
    SHAPE,
    TIMEOUT,
    TOLERANCE,
    TYPE,
    VALUE,
    compare,
)
from neural_lab.grading.forms import HISTORY_BACKWARDS, LAYERS_BACKWARDS, SWAPPED
from neural_lab.grading.reference import Reference
from neural_lab.labs.q1 import probes
from neural_lab.runtime.protocol import Failure, Opaque, inert
from neural_lab.runtime.session import Change
from neural_lab.schema.schema import Aside, Kept, Part, load_lab

LAB = load_lab("q1")
REFERENCE = Reference(LAB)
COLUMN = np.array([[3.0], [4.0]])  # of norm 5


def part(at=(), scale=0.0, follows=None, forms=()) -> Part:
    return Part("part", "a part", 1, probes.sigmoid, at, scale, forms=forms, follows=follows)


CHANGE = Change("f(x)", "x", COLUMN, COLUMN + 1)


def kind(got, expected, **more) -> str:
    return judge.judge_answer(part(**more), got, expected).kind


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "verdict"), [(0.9, RIGHT), (1.1, VALUE)])
def test_the_tolerance_is_a_share_of_the_norm(share, verdict):
    error = np.array([[0.0], [share * TOLERANCE * 5]])
    assert kind(COLUMN + error, COLUMN) == verdict
    assert kind(1e-8 * (COLUMN + error), 1e-8 * COLUMN) == verdict  # small gradients are held to their own size
    assert kind([1.0, 2.0 + share * TOLERANCE * np.sqrt(5)], [1.0, 2.0]) == verdict
    assert kind(2.0 + share * TOLERANCE * 2, 2.0) == verdict


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1e-160, 1e160, 1e300])
def test_numbers_of_any_size_are_held_to_their_own(size):
    """Their squares overflow, or vanish."""
    for share, verdict in ((0.9, RIGHT), (1.1, VALUE)):
        error = np.array([[0.0], [share * TOLERANCE * 5]])
        assert kind(size * (COLUMN + error), size * COLUMN) == verdict
        assert judge.same(size * (COLUMN + error), size * COLUMN) == (verdict == RIGHT)
    assert kind(size * COLUMN, np.zeros((2, 1))) == VALUE
    assert kind(size * COLUMN, np.zeros((2, 1)), scale=1.0) == (RIGHT if size < 1 else VALUE)
    assert kind(np.zeros((2, 1)), size * COLUMN) == VALUE
    assert kind(size, 3.0) == VALUE
    assert kind([1.0, size], [1.0, 2.0]) == VALUE
    assert judge.judge_answer(part(), np.array([[3.0], [size]]), COLUMN).where == "entry [1, 0]"


@pytest.mark.parametrize(
    "got", [np.full((2, 1), 1.7e308), np.array([[-1.7e308], [1.7e308]]), np.array([[5e-324], [0]])]
)
def test_the_largest_and_smallest_numbers_are_wrong_values_like_any_other(got):
    assert kind(got, COLUMN) == VALUE
    assert kind(got, -got) == VALUE
    assert kind(got, got) == RIGHT


@pytest.mark.parametrize(("share", "verdict"), [(0.9, RIGHT), (1.1, VALUE)])
def test_a_natural_scale_is_the_least_that_an_answer_is_held_to(share, verdict):
    tiny = np.array([[9.4e-14]])  # the sigmoid at -30
    assert kind(tiny + share * TOLERANCE, tiny, scale=1.0) == verdict
    assert kind(tiny + 1e-16, tiny) == VALUE


def test_the_first_wrong_entry_is_named():
    got = COLUMN + np.array([[0.0], [1.0]])
    assert judge.judge_answer(part(), got, COLUMN).where == "entry [1, 0]"
    verdict = judge.judge_answer(part(at=(1,)), ([COLUMN], [COLUMN, got]), ([COLUMN], [COLUMN, COLUMN]))
    assert (verdict.kind, verdict.where) == (VALUE, "item 1 item 1 entry [1, 0]")
    assert judge.judge_answer(part(), [1.0, 2.0, 5.0], [1.0, 2.0, 3.0]).where == "item 2"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_never_right(bad):
    verdict = judge.judge_answer(part(), np.array([[3.0], [bad]]), COLUMN)
    assert (verdict.kind, verdict.where) == (NONFINITE, "entry [1, 0]")
    assert kind(bad, 1.0) == NONFINITE
    assert kind([1.0, bad], [1.0, 2.0]) == NONFINITE
    assert not judge.near(COLUMN, np.array([[3.0], [bad]]))
    assert not judge.near(np.array([[3.0], [bad]]), np.array([[3.0], [bad]]))


@pytest.mark.parametrize("number", [2, 2.0, np.array(2.0), np.array([[2.0]]), np.array([2], dtype=np.float32)])
def test_a_number_may_be_the_only_entry_of_an_array(number):
    assert kind(number, 2.0) == RIGHT


def test_whole_numbers_and_single_precision_count_as_what_they_are():
    assert kind(np.array([[3], [4]]), COLUMN) == RIGHT
    assert kind(COLUMN.astype(np.float32), COLUMN) == RIGHT
    assert kind(COLUMN.astype(complex), COLUMN) == TYPE


# -- shapes, types and forms ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("got", [COLUMN.ravel(), COLUMN.T, COLUMN[None], COLUMN.tolist(), [3.0, 4.0]])
def test_right_numbers_in_another_form_earn_half(got):
    verdict = judge.judge_answer(part(), got, COLUMN)
    assert (verdict.kind, verdict.worth) == (FORM, 0.5)
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
    assert kind(got, COLUMN) == SHAPE


def test_a_transposed_matrix_is_right_but_for_its_form_square_or_not():
    square = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert kind(square.T, square) == FORM
    assert kind(square[::-1], square) == VALUE
    assert kind(square.T * 1.001, square) == VALUE
    tall = np.arange(6.0).reshape(3, 2)
    assert kind(tall.T, tall) == FORM
    assert kind(tall.reshape(2, 3), tall) == SHAPE  # reshaped is not transposed


@pytest.mark.parametrize("got", [None, "3", Opaque("generator"), {"a": "b"}, {}, [[1.0], [2.0, 3.0]], [None, COLUMN]])
def test_what_is_not_an_array_is_of_the_wrong_type(got):
    assert kind(got, COLUMN) == TYPE
    assert kind(got, 1.0) == TYPE


def test_a_list_that_would_make_a_giant_array_is_looked_at_first():
    """np.asarray would hold 55,001 texts of 2,000 characters: 440 MB."""
    texts = ["x" * 2000] + [1] * 55_000
    tracemalloc.start()
    assert kind(texts, COLUMN) == TYPE
    assert kind([COLUMN, texts], [COLUMN, COLUMN]) == TYPE
    assert kind(np.zeros(2 << 20, np.uint8), [COLUMN, COLUMN]) == SHAPE  # nor is it listed, number by number
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 << 20


def test_lists_must_have_the_right_length():
    assert kind([COLUMN], [COLUMN, COLUMN]) == SHAPE
    assert kind(([COLUMN, COLUMN, COLUMN], [COLUMN]), ([COLUMN, COLUMN], [COLUMN]), at=(0, 1)) == SHAPE
    assert kind((COLUMN, COLUMN), [COLUMN, COLUMN]) == RIGHT
    assert kind(np.stack([COLUMN, COLUMN]), [COLUMN, COLUMN]) == RIGHT
    assert kind([], [1.0]) == SHAPE
    assert kind(1.0, [1.0]) == TYPE


LISTS = (SWAPPED, LAYERS_BACKWARDS)


def test_lists_exchanged_or_from_last_to_first_earn_half_where_the_part_takes_these_forms():
    b = [np.array([[1.0], [2.0]]), np.array([[3.0]])]
    w = [np.ones((3, 2)), np.ones((2, 1))]
    for got in ((w, b), (b[::-1], w[::-1]), (w[::-1], b[::-1])):
        assert kind(got, (b, w), at=(0,), forms=LISTS) == FORM
        assert kind(got, (b, w), at=(1, 0), forms=LISTS) == FORM
        assert kind(got, (b, w), at=(0,)) in (SHAPE, VALUE)  # nobody has declared that it is a form
    assert kind((b[::-1], w), (b, w), at=(1,)) == RIGHT  # the other list is another part's affair
    assert kind((b[::-1], w), (b, w), at=(0, 1), forms=LISTS) == FORM
    assert kind((w, b), (b, w), at=(0,), forms=(LAYERS_BACKWARDS,)) == SHAPE
    both = judge.judge_answer(part(at=(0,), forms=LISTS), {"w": w[::-1], "b": b[::-1]}, (b, w))
    words = "they come in a dict, and the two results are swapped, and lists run from the last layer to the first"
    assert (both.kind, both.detail) == (FORM, words)


def test_a_history_from_its_end_earns_half_where_the_part_takes_that_form():
    for costs in ([1.0, 2.0], [3.0, 2.0, 1.0]):
        assert kind(costs[::-1], costs, forms=(HISTORY_BACKWARDS,)) == FORM
        assert kind(costs[::-1], costs) == VALUE
    for other, expected in ((2.0, 1.0), (COLUMN + 1, COLUMN), ([2.0, 3.0], [1.0, 2.0]), ([], []), ([1.0], [2.0])):
        assert kind(other, expected, forms=(HISTORY_BACKWARDS, SWAPPED)) in (VALUE, RIGHT)


def test_an_order_that_suits_a_single_layer_is_no_form():
    b = [np.array([[1.0], [2.0]]), np.array([[3.0], [4.0], [5.0]])]
    w = [np.ones((2, 2)), 2 * np.ones((2, 3))]
    nothing = [0.0, 0.0]
    for got in (([b[1], 0.0], [w[1], 0.0]), (nothing, [b[0], 0.0]), ([w[0], 0.0], nothing)):
        assert [kind(got, (b, w), at=(side, layer), forms=LISTS) for side in (0, 1) for layer in (0, 1)] == [SHAPE] * 4
    assert kind((nothing, b[::-1]), (b, w), at=(0, 1), forms=LISTS) == FORM
    assert kind(([b[0], 0.0], w), (b, w), at=(0, 0)) == RIGHT  # where it belongs, a layer counts by itself


def test_lists_tuples_stacked_and_object_arrays_are_one_thing():
    b, w = [COLUMN, 2 * COLUMN], [np.eye(2), 2 * np.eye(2)]
    objects = np.empty((2, 2), dtype=object)
    for index in np.ndindex(2, 2):
        objects[index] = (b, w)[index[0]][index[1]]
    for got in ([b, w], (tuple(b), tuple(w)), (np.array(b), np.array(w)), objects):
        assert kind(inert(got), (b, w)) == RIGHT
    costs = [1.0, 2.0]
    for history in (costs, tuple(costs), np.array([1, 2]), np.array(costs, np.float32), np.array(costs, object)):
        assert kind(inert(history), costs) == RIGHT


def test_right_items_in_another_container_or_with_more_beside_them_earn_half():
    b, w = [np.array([[1.0], [2.0]]), np.array([[3.0]])], [np.ones((3, 2)), np.ones((2, 1))]
    listed = [item.tolist() for item in b], [item.tolist() for item in w]
    numbered = dict(enumerate(b, start=1)), dict(enumerate(w, start=1))
    for got in (listed, (b, w, 0.5), [b, w, None, "more"], {"b": b, "w": w}, {"b": b, "w": w, "x": 1.0}, numbered):
        for at in ((0,), (1, 0)):
            verdict = judge.judge_answer(part(at=at), inert(got), (b, w))
            assert (verdict.kind, verdict.worth) == (FORM, 0.5)
            assert verdict.detail
    assert kind((b, w, 0.5), (b, [w[0], 2 * w[1]]), at=(1, 1)) == SHAPE
    assert kind((b, w, 0.5), (b, [w[0], 2 * w[1]]), at=(1, 0)) == FORM  # nothing has changed its place
    assert kind((w, b, 0.5), (b, w), at=(1, 0), forms=LISTS) == FORM
    assert kind((0.5, b, w), (b, w), at=(1,)) == SHAPE  # what is meant as the answer comes first: no two guesses
    singles: list = [((COLUMN, 1), COLUMN), ({"z": COLUMN}, COLUMN), ([5.0], 5.0), ((5.0, 1), 5.0)]
    assert [kind(*single) for single in singles] == [FORM] * 4
    assert kind((-COLUMN, COLUMN), COLUMN) == SHAPE
    assert kind(([1.0, 2.0], "net"), [1.0, 2.0]) == FORM
    assert kind([1.0, 2.0, 3.0], [1.0, 2.0]) == SHAPE  # of the wrong length: no result of its own is beside it


def test_what_follows_from_an_earlier_slip_earns_half():
    """dC_dw = a dC_db^T with the student's own wrong dC_db."""
    a, db = np.array([[1.0], [2.0], [3.0]]), np.array([[0.1], [0.2]])
    line = next(line for line in LAB.lines if line.number == "1.8")
    layered = line.parts[-1]._replace(at=(1,))
    expected = ([db], [a @ db.T])
    slip = np.array([[0.3], [-0.2]])
    assert judge.judge_answer(layered, ([slip], [a @ slip.T]), expected).kind == FOLLOWS
    assert judge.judge_answer(layered, ([slip], [a @ db.T]), expected).kind == RIGHT
    assert judge.judge_answer(layered, ([slip], [2 * a @ slip.T]), expected).kind == VALUE
    zero = np.zeros_like(db)
    assert judge.judge_answer(layered, ([zero], [a @ zero.T]), expected).kind == VALUE
    odd: list = [(np.array(0.0), None), (1.0, 2.0), ([], []), None]
    assert [judge.judge_answer(layered, answer, expected).worth for answer in odd] == [0, 0, 0, 0]
    nan = np.full_like(db, np.nan)
    assert judge.judge_answer(layered, ([nan], [a @ nan.T]), expected).kind == NONFINITE


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
            FOLLOWS if size == 1e200 and dw is rightly else NONFINITE if np.isinf(dw).any() else VALUE
        )


@pytest.mark.parametrize(("share", "verdict"), [(0.9, VALUE), (1.1, FOLLOWS)])
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
        assert [judge.judge_answer(layer, inert(got), (db, dw)).kind for layer in parts] == [FOLLOWS] * 3
        assert judge.judge_answer(parts[0]._replace(at=(0,), follows=None), inert(got), (db, dw)).worth == 0
    assert judge.judge_answer(parts[1], ([0.0, slip[0]], [0.0, follows[0]]), (db, dw)).worth == 0
    assert judge.judge_answer(parts[1], ([slip[0], 0.0], [follows[0], 0.0]), (db, dw)).kind == FOLLOWS


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
    pair = lambda answer: isinstance(answer, tuple) and len(answer) == 2  # noqa: E731 (no failure)
    return {
        probe: {label: form(*answer) if pair(answer) else answer for label, answer in given_answers.items()}
        for probe, given_answers in answers.items()
    }


@pytest.mark.slow
def test_a_form_and_a_slip_cost_no_more_together_than_each_alone():
    function = LAB.function("back_propagation")
    used = dict.fromkeys(part.probe for line in LAB.lines_of(function) for part in line.parts)
    expected = {probe: REFERENCE.answers(probe, np.random.default_rng(1)) for probe in used}
    alone = {name: lost(in_form(expected, form), expected) for name, form in FORMS.items()}
    slips = [row for row in LAB.mistakes if row.function == function.label and row.id != "bp-return-swapped"]
    for slip in slips:
        answers = {probe: REFERENCE.answers(probe, np.random.default_rng(1), function, slip.edits) for probe in used}
        by_itself = lost(answers, expected)
        for name, form in FORMS.items():
            assert lost(in_form(answers, form), expected) <= by_itself + alone[name] + 1e-9, (slip.id, name)


# -- failures, what was kept, and the worst of many -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        ("not written", NOT_WRITTEN),
        ("raised", RAISED),
        ("missing", MISSING),
        ("timeout", TIMEOUT),
        ("killed", KILLED),
        ("malformed", KILLED),
        ("not reached", NOT_REACHED),
        ("something new", KILLED),
    ],
)
def test_every_failure_has_a_verdict_worth_nothing(failure, verdict):
    found = judge.judge_answer(part(), Failure(failure), COLUMN)
    assert (found.kind, found.worth) == (verdict, 0.0)


def test_a_changed_input_is_a_verdict_of_its_own():
    assert kind(Kept(), Kept()) == RIGHT
    assert kind(Kept((CHANGE,)), Kept()) == MUTATED
    assert kind(Kept((CHANGE._replace(now=Failure("raised")),)), Kept()) == RAISED
    assert kind(Failure("not reached"), Kept()) == NOT_REACHED


def test_of_several_changes_the_smallest_is_shown_with_its_call():
    large = CHANGE._replace(thing="weights[0]", before=np.ones((5, 4)), now=np.zeros((5, 4)))
    verdict = judge.judge(part(), {"left": Kept((large, CHANGE))}, [{"left": Kept()}])
    assert (verdict.label, verdict.where) == ("f(x)", "x")


def test_a_part_is_as_good_as_its_worst_answer_and_asides_do_not_count():
    expected = {"small": np.array([[1.0]]), "large": COLUMN, "aside": Aside(COLUMN), "kept": Kept()}
    assert judge.judge(part(), expected, [expected]).kind == RIGHT
    assert judge.judge(part(), expected | {"aside": Aside(None)}, [expected]).kind == RIGHT
    verdict = judge.judge(part(), expected | {"large": COLUMN + 1}, [expected])
    assert (verdict.kind, verdict.label) == (VALUE, "large")
    both = expected | {"large": COLUMN + 1, "small": np.array([[2.0]]), "kept": Kept((CHANGE,))}
    assert judge.judge(part(), both, [expected]).label == "small"  # the smallest case that failed is shown
    missing = {label: answer for label, answer in expected.items() if label != "large"}
    assert judge.judge(part(), missing, [expected]).kind == MISSING


def test_the_best_of_several_accepted_answers_counts():
    one, other = {"call": COLUMN}, {"call": COLUMN + 1}
    assert judge.judge(part(), {"call": COLUMN + 1}, [one, other]).kind == RIGHT
    assert judge.judge(part(), {"call": COLUMN + 2}, [one, other]).kind == VALUE


# -- the same ---------------------------------------------------------------------------------------------------------


def test_answers_are_the_same_whatever_they_are():
    for answer in (COLUMN, 1.0, [COLUMN, 2.0], None, "text", Failure("raised", "ValueError"), np.array([np.nan, 1.0])):
        assert judge.same(answer, answer)
        assert judge.same(Aside(answer), Aside(answer))
    assert judge.same(Failure("raised", "ValueError", "one text"), Failure("raised", "ValueError", "another"))
    assert judge.same((COLUMN,), [COLUMN])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (COLUMN, COLUMN.T),
        (COLUMN, COLUMN * (1 + 2 * TOLERANCE)),
        (COLUMN, None),
        (1.0, 1.001),
        ([COLUMN], [COLUMN, COLUMN]),
        (Failure("raised", "ValueError"), Failure("raised", "IndexError")),
        (Failure("raised"), COLUMN),
        (np.array([np.nan, 1.0]), np.array([1.0, np.nan])),
        (np.array([np.inf]), np.array([-np.inf])),
        (Kept((CHANGE,)), Kept((CHANGE._replace(now=COLUMN + 2),))),
        (Kept((CHANGE,)), Kept()),
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
    if isinstance(answer, Kept | Aside):
        return answer
    if isinstance(answer, list | tuple):
        return type(answer)(map(in_single_precision, answer))
    return float(np.float32(answer)) if isinstance(answer, float) else answer


@few
@given(networks, seeds, st.sampled_from([function.label for function in LAB.functions if LAB.lines_of(function)]))
def test_the_reference_never_fails_against_itself(sizes, seed, function):
    expected = ask(function, sizes, seed)
    whole = part(scale=scale_of(function))
    assert judge.judge(whole, ask(function, sizes, seed), [expected]).kind == RIGHT
    single = {label: in_single_precision(answer) for label, answer in expected.items()}
    assert judge.judge(whole, single, [expected]).kind == RIGHT


@settings(max_examples=150, deadline=None)
@given(networks, seeds, st.sampled_from(LAB.variants))
def test_no_right_variant_ever_fails(sizes, seed, variant):
    expected = ask(variant.function, sizes, seed)
    answers = ask(variant.function, sizes, seed, variant.edits)
    single = {label: in_single_precision(answer) for label, answer in answers.items()}
    for given_answers in (answers, single):
        assert judge.judge(part(scale=scale_of(variant.function)), given_answers, [expected]).kind == RIGHT


def gradients(sizes, seed):
    return next(iter(ask("back_propagation", sizes, seed).values()))


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
