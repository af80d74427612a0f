"""The diagnosis: it names what it has matched, says what it can prove of anything else, and never guesses."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_lab.feedback.facts import statement
from neural_lab.feedback.relations import sentence
from neural_lab.grading.compare import judge, same
from neural_lab.grading.diagnose import diagnose
from neural_lab.grading.records import Diagnosis
from neural_lab.grading.reference import Reference
from neural_lab.grading.relations import EachScaled, Misplaced, Negated, Scaled
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Edit, Mistake, Probe
from neural_lab.schema.observations import Observations, Occasion, Role

pytestmark = [
    pytest.mark.filterwarnings("ignore:Conversion of an array:DeprecationWarning"),
    # the mutants' process needs none of NumPy's threads
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

LAB = load_lab("q1")
REFERENCE = Reference(LAB)
WORST_SECONDS = 1.0  # of CPU
SHARES = 6  # of the bank, of which a run names one; a sample of it is graded in every run, too


def numbers(seed: int):
    return lambda probe: np.random.default_rng([seed, probe.stream])


def answers(function: str, edits=(), seed: int = 1) -> dict[Probe, Observations]:
    label = LAB.function(function)
    used = dict.fromkeys(part.probe for line in LAB.lines_of(label) for part in line.parts)
    return {probe: REFERENCE.answers(probe, numbers(seed)(probe), label, edits) for probe in used}


def diagnosed(function: str, *edits: tuple[str, str], seed: int = 1, reference: Reference = REFERENCE) -> Diagnosis:
    given_answers = answers(function, tuple(Edit(*edit) for edit in edits), seed)
    return diagnose(reference, LAB.function(function), given_answers, numbers(seed))


def changed(observed: Observations, change) -> Observations:
    """The observations with each value, and what was called, put through `change`."""
    return tuple(one if one.role is Role.KEPT else one._replace(value=change(one.value, one.call)) for one in observed)


def names(diagnosis: Diagnosis) -> list[str]:
    return [mistake.id for mistake in diagnosis.named]


def told(diagnosis: Diagnosis) -> str:
    """The relation in words; "" if there is none."""
    return sentence(diagnosis.relation) if diagnosis.relation is not None else ""


# -- naming -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.one_in(SHARES)
@pytest.mark.parametrize("share", range(SHARES))
def test_every_known_mistake_is_named_or_its_class(share):
    for mistake in LAB.mistakes[share::SHARES]:
        wrong = answers(mistake.function, mistake.edits)
        found = diagnose(REFERENCE, LAB.function(mistake.function), wrong, numbers(1))
        assert set(names(found)) == {mistake.id, *mistake.also}, mistake.id
        assert found.relation is None


def elsewhere(function: str, version: str) -> Edit:
    """The function of another version, in the place of this one's."""
    texts = [one.text for one in LAB.elsewhere() if (one.function, one.version) == (function, version)]
    return Edit(REFERENCE.function_text(LAB.function(function)), texts[0])


def test_what_another_version_asks_for_is_recognised_by_that_versions_name():
    found = diagnosed("back_propagation", elsewhere("back_propagation", "2027-a"))
    assert found == Diagnosis(elsewhere=("2027-a",))


def test_a_known_mistake_that_another_version_asks_for_keeps_its_name():
    found = diagnosed("sigmoid", elsewhere("sigmoid", "2028-b"))
    assert names(found) == ["sig-tanh"] and found.elsewhere == ("2027-a", "2028-b")


def test_a_slip_in_another_versions_function_is_not_taken_for_it():
    find, put = elsewhere("back_propagation", "2027-a")
    assert (
        diagnosed("back_propagation", (find, put.replace("- y", "+ y").replace("zs[layer]", "zs[-1]"))).elsewhere == ()
    )


def test_another_way_of_writing_a_mistake_is_the_same_mistake():
    assert names(diagnosed("sigmoid", ("1 / (1 + np.exp(-z))", "1 - 1 / (1 + np.exp(-z))"))) == ["sig-no-minus"]
    assert names(diagnosed("forward_pass", ("W.T @ a + b", "np.dot(a.T, W).T"))) == ["fwd-no-bias"]
    row = ("dC_db[layer] = delta", "dC_db[layer] = delta.reshape(1, -1)")
    assert names(diagnosed("back_propagation", row)) == ["bp-db-row"]


def test_a_mistake_in_single_precision_is_the_same_mistake():
    edit = ("return output_activations - y", "return (y - output_activations).astype(np.float32)")
    assert names(diagnosed("cost_derivative", edit)) == ["cd-sign"]


def test_mistakes_that_answer_the_same_are_named_together():
    assert names(diagnosed("back_propagation", ("(activations[-1], y)", "(y, activations[-1])"))) == [
        "bp-sign",
        "bp-negated",
    ]


@pytest.mark.parametrize(
    ("id", "number", "array"),
    [
        ("cost-mean-samples", "return float(total", "return np.array([[1.0]]) * float(total"),
        ("gd-no-eta", "cost_history.append(self.cost(training_data))",
         "cost_history.append(np.array([self.cost(training_data)]))"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_where_a_number_is_in_an_array_of_its_own(id, number, array):
    """It costs nothing either."""
    (mistake,) = (row for row in LAB.mistakes if row.id == id)
    wrong = answers(mistake.function, (*mistake.edits, Edit(number, array)))
    assert names(diagnose(REFERENCE, LAB.function(mistake.function), wrong, numbers(1))) == [id]


def test_right_answers_are_no_mistake():
    assert diagnosed("back_propagation") == Diagnosis()
    assert diagnosed("sigmoid", ("1 / (1 + np.exp(-z))", "0.5 * (1 + np.tanh(z / 2))")) == Diagnosis()


def test_two_mistakes_at_once_are_not_called_either_of_them():
    found = diagnosed("cost", ("0.5 * ", ""), ("float(total)", "float(total) / len(training_data)"))
    assert names(found) == []


def test_a_mistake_that_differs_in_a_single_call_is_not_named():
    wrong = answers("sigmoid", (Edit("np.exp(-z)", "np.exp(z)"),))
    (probe,) = wrong
    first = next(one.call for one in wrong[probe] if one.call.occasion is Occasion.AGAIN)
    wrong[probe] = changed(wrong[probe], lambda value, call: value * (1 + 1e-4) if call is first else value)
    assert names(diagnose(REFERENCE, LAB.function("sigmoid"), wrong, numbers(1))) == []


def test_an_empty_bank_names_nothing():
    reference = Reference(replace(LAB, mistakes=()))
    found = diagnosed("cost", ("0.5 * ", "7 * "), reference=reference)
    assert found.named == () and found.relation


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([row for row in LAB.mistakes if row.function != "mini_batch_GD"]))
def test_whatever_the_inputs_a_mistake_is_named(seed, mistake: Mistake):
    wrong = answers(mistake.function, mistake.edits, seed)
    found = diagnose(REFERENCE, LAB.function(mistake.function), wrong, numbers(seed))
    assert mistake.id in names(found)
    assert set(names(found)) <= {mistake.id, *mistake.also}


@settings(max_examples=10, deadline=None)
@given(st.floats(1e-3, 3), st.integers(0, 2**32 - 1))
def test_noise_is_never_given_a_name(size, seed):
    wrong = answers("forward_pass")
    rng = np.random.default_rng(seed)

    def noisy(value, call):
        return value + size * rng.normal(size=value.shape) if isinstance(value, np.ndarray) else value

    wrong = {probe: changed(observed, noisy) for probe, observed in wrong.items()}
    assert diagnose(REFERENCE, LAB.function("forward_pass"), wrong, numbers(1)).named == ()


# -- what can be proved -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "edit", "said"),
    [
        ("sigmoid", ("return 1", "return -1"), "right size and the wrong sign"),
        ("sigmoid", ("1 / (1", "3 / (1"), "3 times what it should be"),
        ("sigmoid", ("return 1", "return 0.1 + 1"), "off by the same amount, +0.1"),
        ("cost", ("float(total)", "7 * float(total)"), "7 times what it should be"),
        ("cost", ("float(total)", "float(total) * len(training_data)"), "is the number of samples times"),
        ("forward_pass", ("return a", "return a[::-1]"), "in another order"),
        ("back_propagation", ("return dC_db, dC_dw", "return dC_db, [dw / 2 for dw in dC_dw]"), "1/2 times"),
        ("back_propagation", ("return dC_db, dC_dw", "return dC_db, [dw + 1 for dw in dC_dw]"), "same amount, +1"),
        ("back_propagation", ("return dC_db, dC_dw", "return dC_db, [dw.T for dw in dC_dw[::-1]]"), "layer are right"),
        ("back_propagation", ("return dC_db, dC_dw", "return dC_db, dC_dw[-1:] * len(dC_dw)"), "of the output layer"),
        ("mini_batch_GD", ("eta / mini_batch_size", "eta * mini_batch_size"), "49 times"),
        ("mini_batch_GD", ("- step * total", "+ 2 * step * total"), "-2 times"),
    ],
)  # fmt: skip
def test_a_simple_relation_is_stated(function, edit, said):
    found = diagnosed(function, edit)
    assert found.named == ()
    assert said in told(found)


def test_a_factor_that_is_a_product_of_the_calls_sizes_is_told_by_their_names():
    found = diagnosed("cost", ("float(total)", "float(total) * (len(training_data) * len(y))"))
    assert "the number of samples times the number of outputs" in told(found)


@pytest.mark.parametrize(
    ("function", "edits", "said"),
    [
        ("forward_pass", [("z = W.T @ a + b", "b += W.T @ a\n        z = b")], "Your call changed"),
        ("back_propagation", [("dC_dw = [np.zeros_like(W) for W in self.weights]", "dC_dw = [None] * (last + 1)"),
                              ("    last = len(self.weights) - 1\n", ""),
                              ("dC_db = [np.zeros", "last = len(self.weights) - 1\n    dC_db = [np.zeros"),
                              ("range(last, -1, -1)", "range(last, 0, -1)")],
         "`dC_dw` of the hidden layer is still `None`"),
        ("back_propagation", [("dC_dw[layer] = activations", "activations")], "still all zeros"),
        ("cost", [("(a - y) ** 2", "(a - y) ** 2"), ("total = 0.0", "total = len(training_data) - 1.0")],
         "right for one sample and wrong for several samples"),
        ("mini_batch_GD", [("step = eta / mini_batch_size", "step = eta / mini_batch_size * 0.9 ** epoch")],
         "right before epoch 2 and wrong from epoch 2 on"),
        ("mini_batch_GD", [("sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]",
                            "sum_dw = [total + dw for total, dw in zip(sum_dw, [2 * dC_dw[0], *sum_dw[1:]])]")],
         "`weights` of the output layer is as before the call: nothing was changed there"),
        ("forward_pass", [("a = x\n", 'a = x + getattr(self, "old", 0) * 0.1\n    self.old = 1\n')],
         "The same call made once more is wrong"),
    ],
)  # fmt: skip
def test_a_plain_fact_is_said_of_what_no_known_mistake_answers(function, edits, said):
    found = diagnosed(function, *edits)
    assert found.named == ()
    assert said in " ".join(map(statement, found.facts))


def test_right_answers_and_known_mistakes_have_no_facts():
    assert diagnosed("back_propagation").facts == ()
    assert diagnosed("sigmoid", ("np.exp(-z)", "np.exp(z)")).facts == ()


def test_a_relation_is_a_record_with_its_evidence():
    negated = diagnosed("sigmoid", ("return 1", "return -1")).relation
    assert isinstance(negated, Negated) and {call.function for call in negated.evidence.calls} == {"sigmoid"}
    scaled = diagnosed("mini_batch_GD", ("eta / mini_batch_size", "eta * mini_batch_size")).relation
    assert isinstance(scaled, Scaled) and scaled.evidence.change and scaled.factor == pytest.approx(49)
    each = diagnosed("cost", ("float(total)", "float(total) * len(training_data)")).relation
    assert isinstance(each, EachScaled)
    assert (each.sizes, each.divided) == (("samples",), False)
    layer = diagnosed("back_propagation", ("return dC_db, dC_dw", "return dC_db, dC_dw[-1:] * len(dC_dw)")).relation
    assert isinstance(layer, Misplaced) and (layer.place, layer.belongs) == ((1, 0), (1, 1))


def test_an_array_that_stands_in_a_list_by_mistake_is_told_in_a_whole_sentence():
    twice = diagnosed("sigmoid", ("return 1 / (1 + np.exp(-z))", "return [1 / (1 + np.exp(-z))] * 2"))
    assert told(twice).endswith("your item 1 of the result is what the whole result should be.")


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (("return dC_db, dC_dw", "return dC_db[::-1], dC_dw[::-1]"), "in the reverse order"),
        (("activations[layer] @ delta.T", "delta @ activations[layer].T"), "rows and columns are exchanged"),
        (("return dC_db, dC_dw", "return dC_dw, dC_db"), "should be"),
    ],
)
def test_exchanged_places_are_seen_where_no_mistake_matches(edit, said):
    reference = Reference(replace(LAB, mistakes=()))
    assert said in told(diagnosed("back_propagation", edit, reference=reference))


def test_nothing_is_claimed_of_answers_that_only_resemble():
    """Numbers nearly in one proportion, an answer that is missing, a result of another kind."""
    nearly = ("return 1 / (1 + np.exp(-z))", "return 1 / (1 + np.exp(-z)) * (2 + 1e-3 * z)")
    assert diagnosed("sigmoid", nearly).relation is None
    assert diagnosed("sigmoid", ("return 1 / (1 + np.exp(-z))", "return 'text'")).relation is None
    failing = answers("cost", (Edit("float(total)", "3 * float(total)"),))
    for probe, (first, *others) in failing.items():
        failing[probe] = (first._replace(value=Failure(FailureKind.RAISED, "ValueError")), *others)
    assert diagnose(REFERENCE, LAB.function("cost"), failing, numbers(1)) == Diagnosis()


@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-200, 1e-20, 1e20, 1e160, 1e300])
@pytest.mark.parametrize("how", ["return 1 / (1 + np.exp(-z)) * {}", "return 0 * z + {}", "return np.sign(z - 1) * {}"])
def test_answers_of_any_size_are_diagnosed(size, how):
    """A factor's reciprocal may be infinite, and squares overflow or vanish."""
    with np.errstate(all="raise", under="ignore"):
        relation = told(diagnosed("sigmoid", ("return 1 / (1 + np.exp(-z))", how.format(repr(size)))))
    assert ("times what it should be" in relation) == how.startswith("return 1")
    assert "same amount" not in relation


def test_one_wrong_number_proves_no_factor():
    """Any number is a multiple of any other."""
    wrong = answers("cost")
    probe = next(probe for probe in wrong if "other" in probe.id)
    dozens = max(one.call.sizes.get("samples", 0) for one in wrong[probe])
    tripled = changed(wrong[probe], lambda value, call: 3 * value if call.sizes.get("samples") == dozens else value)
    assert wrong[probe] != tripled
    wrong[probe] = tripled
    assert "times" not in told(diagnose(REFERENCE, LAB.function("cost"), wrong, numbers(1)))


# -- cost -------------------------------------------------------------------------------------------------------------


def cpu() -> float:
    """Seconds used by this process and those that it has reaped."""
    return sum(os.times()[:4])


@pytest.mark.sweep
def test_the_slowest_diagnosis_stays_within_its_budget():
    """The training of the longest list of mistakes, where nothing matches before the last probe."""
    worst = 0.0
    for mistake in LAB.mistakes:
        if mistake.function in ("mini_batch_GD", "back_propagation"):
            wrong = answers(mistake.function, mistake.edits)
            started = cpu()
            diagnose(REFERENCE, LAB.function(mistake.function), wrong, numbers(1))
            worst = max(worst, cpu() - started)
    assert worst < WORST_SECONDS


UNKNOWN = {
    "cost": ("0.5 * np.sum((a - y) ** 2)", "0.37 * np.sum((a - y) ** 4)"),
    "forward_pass": ("W.T @ a + b", "W.T @ a + 0.3 * b**2"),
    "back_propagation": ("dC_db[layer] = delta", "dC_db[layer] = delta**2"),
    "mini_batch_GD": ("step = eta / mini_batch_size", "step = eta**1.3 / mini_batch_size"),
}


@pytest.mark.sweep
@pytest.mark.parametrize("function", UNKNOWN)
def test_what_no_mistake_answers_is_diagnosed_within_the_same_budget(function):
    """Only there are pairs tried."""
    wrong = answers(function, (Edit(*UNKNOWN[function]),))
    started = cpu()
    found = diagnose(REFERENCE, LAB.function(function), wrong, numbers(1))
    assert cpu() - started < WORST_SECONDS
    assert not found.named and not found.pair


def test_pairs_of_mistakes_are_not_all_tried_on_a_whole_training():
    """In trainings, and so on any machine. It was some 400 of them."""
    wrong = answers("mini_batch_GD", (Edit(*UNKNOWN["mini_batch_GD"]),))
    probe = next(probe for probe in wrong if probe.id == "training_other")

    def trainings(count: int) -> float:
        started = cpu()
        for _ in range(count):
            REFERENCE.answers(probe, numbers(1)(probe))
        return cpu() - started

    before = trainings(60)
    started = cpu()
    assert not diagnose(REFERENCE, LAB.function("mini_batch_GD"), wrong, numbers(1)).named
    used = cpu() - started
    assert used < 300 * (before + trainings(60)) / 120


@pytest.mark.parametrize(
    "answer",
    [["x" * 2000] + [1] * 50_000, [1.0] * 50_000, ([1.0] * 25_000,) * 2, ([[[1.0] * 8] * 800] * 3,) * 2],
    ids=["a long text among numbers", "numbers", "two lists of numbers", "lists of arrays as lists"],
)
def test_long_lists_are_judged_and_diagnosed_within_the_same_budget(answer):
    function = LAB.function("back_propagation")
    expected = answers("back_propagation")
    wrong = {probe: changed(observed, lambda value, call: answer) for probe, observed in expected.items()}
    started = time.process_time()
    for part in (part for line in LAB.lines_of(function) for part in line.parts):
        assert judge(part, wrong[part.probe], [expected[part.probe]]).worth == 0
    assert diagnose(REFERENCE, function, wrong, numbers(1)) == Diagnosis()
    assert time.process_time() - started < 2 * WORST_SECONDS


# ---------------------------------------------------------------- two at once


def known(*ids: str) -> tuple[tuple[str, str], ...]:
    rows = (row for id in ids for row in LAB.mistakes if row.id == id)
    return tuple((edit.find, edit.put) for row in rows for edit in row.edits)


@pytest.mark.parametrize(
    "function, one, other",
    [
        ("sigmoid_derivative", "der-on-activation", "der-half"),
        ("cost", "cost-mean-samples", "cost-square-of-sum"),
        ("mini_batch_GD", "gd-sum-not-mean", "gd-replaces"),
    ],
)
def test_two_known_mistakes_that_are_made_together_are_both_named(function, one, other):
    found = diagnosed(function, *known(one, other))
    assert not found.named
    assert {row.id for row in found.pair} == {one, other}


def test_no_pair_is_named_where_one_mistake_or_no_two_of_them_answer_the_same():
    assert not diagnosed("cost", *known("cost-mean-samples")).pair
    assert not diagnosed("cost", ("0.5 * np.sum((a - y) ** 2)", "0.37 * np.sum((a - y) ** 4)")).pair


@pytest.mark.parametrize("probe", LAB.probes, ids=lambda probe: probe.id)
def test_a_probe_that_is_cut_short_has_the_same_beginning(probe):
    whole = REFERENCE.answers(probe, numbers(1)(probe))
    short = REFERENCE.answers(probe, numbers(1)(probe), questions=1)
    assert [one.role for one in short] == [one.role for one in whole]
    alike = [same(one.value, other.value) for one, other in zip(short, whole) if one.role is Role.JUDGED]
    assert alike[0] and alike == sorted(alike, reverse=True)


def test_every_pair_that_is_tried_can_be_run():
    """One that never ends or breaks the process would leave each of the others a process of its own."""
    reference = Reference(LAB)
    for function in ("sigmoid", "cost", "forward_pass"):
        diagnosed(function, ("return", "return 0.123456 *"), reference=reference)
    assert reference.left_out == {}
