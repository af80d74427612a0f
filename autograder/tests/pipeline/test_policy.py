"""The marking policy of q1, each sentence on both sides of its line, through the whole pipeline."""

from __future__ import annotations

import itertools
import json
import sys

import pytest

from neural_lab.feedback import files
from neural_lab.grading import pipeline
from neural_lab.grading.compare import Kind
from neural_lab.grading.reference import Reference
from neural_lab.intake.submission import Submission
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox
from neural_lab.runtime.protocol import FailureKind
from neural_lab.tools.course.grader import Grader
from tests.engine_copy import ROOT, copy_engine
from tests.hand_ins import (
    LAB,
    MARKS,
    SOLUTION,
    hand_in,
    lines_of,
    losing,
    lost_all_of,
    marks_but,
    marks_of,
    parts_of,
    with_bodies,
    without,
)


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A grader with short time limits, and a secret of its own."""
    engine = copy_engine(tmp_path_factory.mktemp("engine") / "source", "root" if ROOT else "ordinary user")
    with Grader("q1", engine.grading, engine.python) as grader:
        yield grader


@pytest.fixture
def grade(grader, tmp_path):
    """Grade a text as q1.py."""

    def grade(text, **more):
        for name, content in more.items():
            hand_in(tmp_path, content, f"{name}.py")
        file = hand_in(tmp_path, text)
        return grader.grade(tmp_path if more else file)

    return grade


def edited(*changes: tuple[str, str]) -> str:
    """The solution with texts replaced, each found exactly once."""
    text = SOLUTION
    for find, put in changes:
        assert text.count(find) == 1, find
        text = text.replace(find, put)
    return text


def answering(function: str, *changes: tuple[str, str]) -> str:
    """The solution with edits in one of its functions."""
    start = SOLUTION.index(f"    def {function}(")
    ends = [SOLUTION.find(mark, start + 1) for mark in ("\n    def ", "\n    @staticmethod", "\ndef main")]
    end = min(position for position in ends if position > 0)
    text = SOLUTION[start:end]
    for find, put in changes:
        assert find in text, find
        text = text.replace(find, put)
    return SOLUTION[:start] + text + SOLUTION[end:]


# -- a mistake costs its marks once -----------------------------------------------------------------------------------

WRONG = {
    "sigmoid": "@staticmethod\ndef sigmoid(z):\n    return np.tanh(z)\n",
    "sigmoid_derivative": "def sigmoid_derivative(self, z):\n    return self.sigmoid(z) * (1 + self.sigmoid(z))\n",
    "cost": """
        def cost(self, training_data):
            return sum(np.sum((self.forward_pass(x) - y) ** 2) for x, y in training_data)
        """,
    "cost_derivative": "@staticmethod\ndef cost_derivative(a, y):\n    return 2 * (a - y)\n",
    "forward_pass": """
        def forward_pass(self, x):
            for W, b in zip(self.weights, self.biases):
                x = self.sigmoid(W.T @ x - b)
            return x
        """,
    "back_propagation": """
        def back_propagation(self, x, y):
            return [b + 1 for b in self.biases], [np.ones_like(W) for W in self.weights]
        """,
    "mini_batch_GD": """
        def mini_batch_GD(self, training_data, epochs, mini_batch_size, eta, test_data):
            for x, y in training_data:
                db, dw = self.back_propagation(x, y)
                self.biases = [b - eta * d for b, d in zip(self.biases, db)]
                self.weights = [W - eta * d for W, d in zip(self.weights, dw)]
            return [self.cost(training_data)] * epochs
        """,
}


@pytest.mark.parametrize("function", WRONG)
@pytest.mark.one_in(2)
def test_a_wrong_function_costs_only_its_own_marks(grade, function):
    assert marks_of(grade(with_bodies({function: WRONG[function]}))) == lost_all_of([function])


@pytest.mark.parametrize(
    "functions", list(itertools.combinations(["sigmoid", "cost_derivative", "forward_pass", "back_propagation"], 2))
)
@pytest.mark.one_in(3)
def test_two_wrong_functions_cost_the_sum_of_their_marks(grade, functions):
    assert marks_of(grade(with_bodies({name: WRONG[name] for name in functions}))) == lost_all_of(functions)


@pytest.mark.parametrize(
    "functions",
    [
        ("sigmoid", "sigmoid_derivative", "cost_derivative"),
        ("sigmoid", "cost", "mini_batch_GD"),
        ("sigmoid_derivative", "forward_pass", "cost", "mini_batch_GD"),
        ("sigmoid", "sigmoid_derivative", "cost_derivative", "forward_pass", "cost"),
        tuple(WRONG),
    ],
)
@pytest.mark.one_in(5)
def test_several_wrong_functions_cost_the_sum_of_their_marks(grade, functions):
    assert marks_of(grade(with_bodies({name: WRONG[name] for name in functions}))) == lost_all_of(functions)


@pytest.mark.parametrize("function", MARKS)
def test_a_missing_function_costs_only_its_own_marks(grade, function):
    assert marks_of(grade(without(function))) == lost_all_of([function])


@pytest.mark.parametrize("function", MARKS)
def test_a_function_not_written_yet_is_said_to_be_that_and_costs_only_its_own_marks(grade, function):
    signature = next(line for line in SOLUTION.splitlines() if line.startswith(f"    def {function}("))
    static = "@staticmethod\n" if "self" not in signature else ""
    data = grade(with_bodies({function: f"{static}{signature.strip()}\n    raise NotImplementedError('{function}')\n"}))
    assert marks_of(data) == lost_all_of([function])
    for test in data["tests"]:
        if test["tags"] == [function]:
            assert "Not written yet" in test["output"]
            assert {part["verdict"] for part in test["extra_data"]["parts"]} == {"not written yet"}
            assert test["extra_data"]["mistakes"] == []


def test_a_helper_not_written_yet_does_not_make_its_users_wrong(grade):
    stub = "@staticmethod\ndef sigmoid(z):\n    raise NotImplementedError('sigmoid')\n"
    data = grade(with_bodies({"sigmoid": stub, "forward_pass": WRONG["forward_pass"]}))
    assert marks_of(data) == lost_all_of(["sigmoid", "forward_pass"])


def test_a_later_function_never_stands_in_for_an_earlier_one(grade):
    text = with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return NeuralNetwork.forward_pass(z)\n"})
    assert marks_of(grade(text)) == lost_all_of(["sigmoid"])


# -- the given parts --------------------------------------------------------------------------------------------------

GIVEN = {
    "an __init__ that raises": {"__init__": "def __init__(self, sizes):\n    self.sizes = sizes\n"},
    "an __init__ that keeps nothing": {"__init__": "def __init__(self, *arguments):\n    pass\n"},
    "an __init__ with other numbers": {
        "__init__": """
            def __init__(self, num_layers, num_neurons_per_layer_list, seed=400):
                self.seed = seed
                self.num_layers = num_layers
                self.biases = [np.ones((n, 1)) for n in num_neurons_per_layer_list[1:]]
                self.weights = [np.ones(s) for s in zip(num_neurons_per_layer_list, num_neurons_per_layer_list[1:])]
            """
    },
    "a test_accuracy that raises": {"test_accuracy": "def test_accuracy(self, data):\n    return data.accuracy\n"},
    "both": {
        "__init__": "def __init__(self):\n    pass\n",
        "test_accuracy": "def test_accuracy(self):\n    pass\n",
    },
}
STATEFUL = {
    "forward_pass": """
        def forward_pass(self, x):
            self.a, self.z = [x], []
            for W, b in zip(self.weights, self.biases):
                self.z.append(W.T @ self.a[-1] + b)
                self.a.append(self.sigmoid(self.z[-1]))
            return self.a[-1]
        """,
    "back_propagation": """
        def back_propagation(self, x, y):
            self.forward_pass(x)
            delta, db, dw = self.cost_derivative(self.a[-1], y), [], []
            for l in reversed(range(len(self.weights))):
                delta = delta * self.sigmoid_derivative(self.z[l])
                db.insert(0, delta)
                dw.insert(0, self.a[l] @ delta.T)
                delta = self.weights[l] @ delta
            return db, dw
        """,
}


NEEDS = {  # what does not run, or not as it should, on such a given part
    "an __init__ that raises": tuple(MARKS),
    "an __init__ that keeps nothing": ("mini_batch_GD",),
    "a test_accuracy that raises": ("mini_batch_GD",),
    "both": tuple(MARKS),
}


@pytest.mark.parametrize("broken", GIVEN)
@pytest.mark.parametrize(
    "others",
    [{}, STATEFUL, {**STATEFUL, "sigmoid": WRONG["sigmoid"]}],
    ids=["with the solution", "with shared state", "with shared state and a wrong sigmoid"],
)
@pytest.mark.one_in(8)
def test_a_broken_given_part_costs_what_does_not_run_on_it(grade, broken, others):
    """Given parts are taken as they are: the reference stands in for none of them."""
    data = grade(with_bodies({**others, **GIVEN[broken]}))
    assert marks_of(data) == lost_all_of({*NEEDS.get(broken, ()), *({"sigmoid"} & set(others))})


def test_a_network_that_is_made_in_another_shape_costs_a_part_of_the_training_that_fails_on_it(grade):
    turned = ("            np.random.randn(n_in, n_out)\n", "            np.random.randn(n_out, n_in)\n")
    assert marks_of(grade(edited(turned))) == marks_but(**losing("mini_batch_GD", spares=("handout", "ragged")))


def test_a_network_that_is_made_with_other_numbers_costs_nothing(grade):
    scaled = (
        "            np.random.randn(n_in, n_out)\n",
        "            np.random.randn(n_in, n_out) / np.sqrt(n_in)\n",
    )
    assert marks_of(grade(edited(scaled))) == marks_but()


def test_an_init_with_attributes_of_its_own_is_used_as_it_is(grade):
    text = edited(("        self.seed = seed\n", "        self.seed = seed\n        self.trace = []\n"))
    loop = "        a = x\n        for W, b"
    assert loop in text
    text = text.replace(loop, f"        self.trace.append(1)\n{loop}")
    assert marks_of(grade(text)) == marks_but()
    assert marks_of(grade(with_bodies({"sigmoid": WRONG["sigmoid"]}, text))) == lost_all_of(["sigmoid"])


# -- a forward_pass that hands over more than the contract asks -------------------------------------------------------

ALWAYS_HANDING_OVER = {
    "forward_pass": """
        def forward_pass(self, x):
            zs, activations = [], [x]
            for W, b in zip(self.weights, self.biases):
                zs.append(W.T @ activations[-1] + b)
                activations.append(self.sigmoid(zs[-1]))
            return activations[-1], zs, activations
        """,
    "cost": """
        def cost(self, training_data):
            return float(sum(0.5 * np.sum((self.forward_pass(x)[0] - y) ** 2) for x, y in training_data))
        """,
    "test_accuracy": """
        def test_accuracy(self, test_data):
            return sum(int(np.argmax(self.forward_pass(x)[0]) == label) for x, label in test_data)
        """,
    "back_propagation": """
        def back_propagation(self, x, y):
            a, zs, activations = self.forward_pass(x)
            delta, db, dw = self.cost_derivative(a, y), [], []
            for l in reversed(range(len(zs))):
                delta = delta * self.sigmoid_derivative(zs[l])
                db.insert(0, delta)
                dw.insert(0, activations[l] @ delta.T)
                delta = self.weights[l] @ delta
            return db, dw
        """,
}


def test_a_forward_pass_that_returns_more_costs_its_own_marks_and_not_those_of_what_uses_it(grade):
    """More than was asked for is a matter of form: half."""
    assert marks_of(grade(with_bodies(ALWAYS_HANDING_OVER))) == marks_but(forward_pass=5.0)


def test_what_uses_more_than_the_contract_gives_does_not_work_on_a_substitute(grade):
    """Another wrong helper has both replaced by the reference, whose forward_pass returns the activations alone."""
    earned = marks_of(grade(with_bodies({**ALWAYS_HANDING_OVER, "sigmoid": WRONG["sigmoid"]})))
    assert earned["cost"] == 0 and earned["back_propagation"] < 10


# -- right but for its form -------------------------------------------------------------------------------------------


def half_of(function):
    return losing(function, halves=("*",))


LAST_OF_BACK = "        return dC_db, dC_dw\n"
# of three reversed lists the one in the middle keeps its place: hidden layer 2 of the handout net has its marks
REVERSED = losing("back_propagation", spares=("*-hidden-2",), halves=("*",))
FORMS = {
    "sigmoid flattened": (
        ("return 1 / (1 + np.exp(-z))", "return (1 / (1 + np.exp(-z))).ravel()"), half_of("sigmoid")),
    "sigmoid as a row": (("return 1 / (1 + np.exp(-z))", "return (1 / (1 + np.exp(-z))).T"), half_of("sigmoid")),
    "sigmoid_derivative flattened": (
        ("return a * (1 - a)", "return (a * (1 - a))[:, 0]"), half_of("sigmoid_derivative")),
    "cost_derivative as a row": (
        ("return output_activations - y", "return (output_activations - y).reshape(1, -1)"),
        half_of("cost_derivative")),
    "gradients swapped": ((LAST_OF_BACK, "        return dC_dw, dC_db\n"), half_of("back_propagation")),
    "gradients from the last layer": (
        (LAST_OF_BACK, "        return dC_db[::-1], dC_dw[::-1]\n"), REVERSED),
    "gradients from the last layer, in a list of two": (
        (LAST_OF_BACK, "        return [dC_db[::-1], dC_dw[::-1]]\n"), REVERSED),
    "gradients swapped, from the last layer": (
        (LAST_OF_BACK, "        return dC_dw[::-1], dC_db[::-1]\n"), half_of("back_propagation")),
    "gradients of the weights transposed": (
        (LAST_OF_BACK, "        return dC_db, [dw.T for dw in dC_dw]\n"),
        losing("back_propagation", spares=("db-*",), halves=("dw-*",))),
    "gradients of the biases flattened": (
        (LAST_OF_BACK, "        return [db.ravel() for db in dC_db], dC_dw\n"),
        losing("back_propagation", spares=("dw-*",), halves=("db-*",))),
    "the history from the last epoch": (
        ("        return cost_history\n", "        return cost_history[::-1]\n"), {"mini_batch_GD": 5.0}),
    "a third result": ((LAST_OF_BACK, "        return dC_db, dC_dw, activations\n"), {"back_propagation": 30.0}),
    "a dict of both lists": (
        (LAST_OF_BACK, "        return {'dC_db': dC_db, 'dC_dw': dC_dw}\n"), {"back_propagation": 30.0}),
    "the biases' gradients in a dict by layer": (
        (LAST_OF_BACK, "        return {l + 1: db for l, db in enumerate(dC_db)}, dC_dw\n"),
        {"back_propagation": 12.5}),
    "the biases' gradients as nested lists": (
        (LAST_OF_BACK, "        return [db.tolist() for db in dC_db], dC_dw\n"), {"back_propagation": 12.5}),
    "a sigmoid in a list": (
        ("return 1 / (1 + np.exp(-z))", "return [1 / (1 + np.exp(-z))]"), {"sigmoid": 2.5}),
    "a cost with the number of samples": (
        ("return float(total)", "return float(total), len(training_data)"), {"cost": 2.5}),
    "the history with the last cost": (
        ("        return cost_history\n", "        return cost_history, cost_history[-1]\n"), {"mini_batch_GD": 5.0}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.one_in(3)
def test_an_answer_that_is_right_but_for_its_form_earns_half(grade, form):
    change, lost = FORMS[form]
    assert marks_of(grade(edited(change))) == marks_but(**lost)


def test_a_flattened_forward_pass_earns_half_of_its_own_marks(grade):
    text = answering("forward_pass", ("return a\n", "return a.ravel()\n"))
    assert marks_of(grade(text)) == marks_but(**half_of("forward_pass"))


def test_half_for_form_needs_the_right_numbers(grade):
    text = edited(("return 1 / (1 + np.exp(-z))", "return (1 / (1 + np.exp(z))).ravel()"))
    assert marks_of(grade(text)) == lost_all_of(["sigmoid"])


def test_reversed_lists_earn_half_where_the_layers_are_stacked_in_one_array(grade):
    stacked = (
        "        if len({dw.shape for dw in dC_dw}) == 1:\n"
        "            return np.array(dC_db[::-1]), np.array(dC_dw[::-1])\n"
        "        return dC_db[::-1], dC_dw[::-1]\n"
    )
    assert marks_of(grade(edited((LAST_OF_BACK, stacked)))) == marks_but(**REVERSED)


OUTPUT_LAYER_ALONE = {
    "first in a list": ("return [dC_db[-1], 0, 0], [dC_dw[-1], 0, 0]", 60.0),
    "in the lists' own order": ("return [0, 0, dC_db[-1]], [0, 0, dC_dw[-1]]", 48.0),
    "exchanged": ("return [0, 0, dC_dw[-1]], [0, 0, dC_db[-1]]", 60.0),
}


@pytest.mark.parametrize("how", OUTPUT_LAYER_ALONE)
@pytest.mark.one_in(3)
def test_a_form_is_judged_on_a_whole_list(grade, how):
    """On the handout's net, where the list has three layers: what suits one of them alone is no form."""
    answer, lost = OUTPUT_LAYER_ALONE[how]
    text = answering("back_propagation", ("return dC_db, dC_dw", answer))
    assert marks_of(grade(text)) == marks_but(back_propagation=lost)


def test_exchanged_entries_are_not_a_matter_of_form(grade):
    text = edited(("return output_activations - y", "return (output_activations - y)[::-1]"))
    assert marks_of(grade(text)) == lost_all_of(["cost_derivative"])


# -- what follows from the student's own slip -------------------------------------------------------------------------


def test_weights_gradients_that_follow_from_a_slip_in_the_biases_gradients_earn_half(grade):
    text = answering("back_propagation", ("delta = dC_da * self.sigmoid_derivative(zs[layer])",
                                          "delta = dC_da * self.sigmoid_derivative(zs[layer]) * 1.5"))  # fmt: skip
    data = grade(text)
    full = {line.number: line.marks for line in LAB.lines}
    assert lines_of(data) == full | {"1.7": 0, "1.8": full["1.8"] / 2}
    verdicts = {verdict for _, verdict in parts_of(data, "1.8").values()}
    assert verdicts == {"follows from an earlier slip"}


def test_a_slip_in_one_layer_leaves_the_layers_behind_it_their_marks(grade):
    step = "dC_da = self.weights[layer] @ delta"
    text = answering("back_propagation", (step, f"{step} * (1 if layer > 1 else -1)"))
    earned = parts_of(grade(text), "1.8")
    full = {part.name: part.marks for line in LAB.lines if line.number == "1.8" for part in line.parts}
    *right, behind = [f"handout net, {layer}" for layer in ("output layer", "hidden layer 2", "hidden layer 1")]
    assert [earned[name] for name in right] == [(full[name], "right") for name in right]
    assert earned[behind] == (full[behind] / 2, "follows from an earlier slip")


PAIRS = {
    "flattened": "[db.ravel() for db in dC_db], dC_dw",
    "as rows": "[db.T for db in dC_db], dC_dw",
    "as nested lists": "[db.tolist() for db in dC_db], dC_dw",
    "from the last layer": "dC_db[::-1], dC_dw",
    "both from the last layer": "dC_db[::-1], dC_dw[::-1]",
    "exchanged": "dC_dw, dC_db",
    "with a third result": "dC_db, dC_dw, zs",
}


@pytest.mark.parametrize("form", PAIRS)
@pytest.mark.one_in(3)
def test_weights_gradients_follow_from_a_slip_whatever_its_form(grade, form):
    """So the two together cost no more than each alone: 42.5 for the slip, 10 or more for the form."""
    step = "delta = dC_da * self.sigmoid_derivative(zs[layer])"
    text = answering("back_propagation", (step, f"{step} * 1.5"), ("return dC_db, dC_dw", f"return {PAIRS[form]}"))
    assert marks_of(grade(text)) == marks_but(back_propagation=42.5)


@pytest.mark.parametrize("size", ["1e-320", "1e-200", "1e-9", "1e200", "1e308", "float(2**1023)"])
@pytest.mark.one_in(6)
def test_nothing_follows_from_constants_however_small_or_large(grade, size):
    answer = f"return [np.full(b.shape, {size}) for b in self.biases], [np.zeros(W.shape) for W in self.weights]"
    assert marks_of(grade(answering("back_propagation", ("return dC_db, dC_dw", answer)))) == marks_but(
        back_propagation=60.0
    )


@pytest.mark.parametrize("factor", ["-2", "1e-3", "1e6", "1 / len(x)"])
@pytest.mark.one_in(2)
def test_what_follows_from_a_factor_at_every_layer_keeps_its_half(grade, factor):
    text = answering("back_propagation", ("delta = dC_da", f"delta = {factor} * dC_da"))
    assert marks_of(grade(text)) == marks_but(back_propagation=42.5)


@pytest.mark.parametrize("slip", ["0 * ", "np.nan * "], ids=["zeros", "NaN"])
def test_nothing_follows_from_gradients_that_are_zero_or_no_numbers(grade, slip):
    text = answering("back_propagation", ("delta = dC_da", f"delta = {slip}dC_da"))
    assert marks_of(grade(text)) == lost_all_of(["back_propagation"])


def test_weights_gradients_that_do_not_follow_from_the_own_slip_earn_nothing(grade):
    text = answering("back_propagation", ("delta = dC_da * self.sigmoid_derivative(zs[layer])",
                                          "delta = dC_da * self.sigmoid_derivative(zs[layer]) * 1.5"),
                     ("dC_dw[layer] = activations[layer] @ delta.T",
                      "dC_dw[layer] = 2 * activations[layer] @ delta.T"))  # fmt: skip
    assert lines_of(grade(text))["1.8"] == 0


# -- what costs marks -------------------------------------------------------------------------------------------------

COSTLY = {
    "a list with one gradient too many": (answering("back_propagation", (
        "return dC_db, dC_dw", "return [*dC_db, dC_db[-1]], [*dC_dw, dC_dw[-1]]")), losing("back_propagation")),
    "a list of the weights' gradients without the first": (answering("back_propagation", (
        "return dC_db, dC_dw", "return dC_db, dC_dw[1:]")), {"back_propagation": 35.0}),
    "a cost before the first epoch": (answering("mini_batch_GD", (
        "cost_history = []", "cost_history = [self.cost(training_data)]")), losing("mini_batch_GD")),
    "no history": (answering("mini_batch_GD", ("return cost_history", "return None")), losing("mini_batch_GD")),
    "z changed by sigmoid": (answering("sigmoid", (
        "return 1 / (1 + np.exp(-z))", "z *= -1\n        return 1 / (1 + np.exp(z))")), losing("sigmoid")),
    "z sorted by sigmoid_derivative": (answering("sigmoid_derivative", (
        "return a * (1 - a)", "z.sort(axis=0)\n        return a * (1 - a)")), losing("sigmoid_derivative")),
    "a changed by cost_derivative": (answering("cost_derivative", (
        "return output_activations - y", "output_activations -= y\n        return output_activations")),
        losing("cost_derivative")),
    "weights scaled by forward_pass": (answering("forward_pass", (
        "return a\n", "self.weights[0] *= 1.001\n        return a\n")), losing("forward_pass")),
    "biases dropped by forward_pass": (answering("forward_pass", (
        "return a\n", "self.biases = self.biases[:1]\n        return a\n")), losing("forward_pass")),
    "x shifted by forward_pass": (answering("forward_pass", (
        "a = x\n", "a = x.copy()\n        x -= x.mean()\n")), losing("forward_pass")),
    "data sorted by cost": (answering("cost", (
        "total = 0.0", "training_data.sort(key=lambda pair: pair[0][0, 0])\n        total = 0.0")), losing("cost")),
    "data emptied by cost": (answering("cost", (
        "return float(total)", "training_data.clear()\n        return float(total)")), losing("cost")),
    "y changed by cost": (answering("cost", (
        "total += 0.5 * np.sum((a - y) ** 2)", "y -= a\n            total += 0.5 * np.sum(y**2)")), losing("cost")),
    "weights updated by back_propagation": (answering("back_propagation", (
        "return dC_db, dC_dw", "self.weights[-1] -= 0.01 * dC_dw[-1]\n        return dC_db, dC_dw")),
        losing("back_propagation")),
    "NaN in one entry": (answering("cost_derivative", (
        "return output_activations - y", "d = output_activations - y\n        d[-1] = np.nan\n        return d")),
        losing("cost_derivative")),
    "infinity for a cost": (answering("cost", ("return float(total)", "return float('inf')")), losing("cost")),
    "NaN within 30": (answering("sigmoid", (
        "return 1 / (1 + np.exp(-z))", "return np.where(abs(z) < 11, 1 / (1 + np.exp(-z)), np.nan)")),
        losing("sigmoid")),
    "the last batch dropped": (answering("mini_batch_GD", (
        "range(0, len(training_data), mini_batch_size)",
        "range(0, len(training_data) - mini_batch_size + 1, mini_batch_size)")),
        losing("mini_batch_GD", spares=("handout", "other"))),
    "the sum over the batch not divided": (answering("mini_batch_GD", (
        "step = eta / mini_batch_size", "step = eta")), losing("mini_batch_GD")),
    "the last batch divided by all samples": (answering("mini_batch_GD", (
        "step = eta / mini_batch_size",
        "step = eta / (mini_batch_size if len(mini_batch) == mini_batch_size else len(training_data))")),
        losing("mini_batch_GD", spares=("handout", "other"))),
    "a cost averaged over the samples": (answering("cost", (
        "return float(total)", "return float(total) / len(training_data)")), losing("cost")),
    "a depth of three written down": (with_bodies({"forward_pass": """
        def forward_pass(self, x):
            a1 = self.sigmoid(self.weights[0].T @ x + self.biases[0])
            a2 = self.sigmoid(self.weights[1].T @ a1 + self.biases[1])
            return self.sigmoid(self.weights[2].T @ a2 + self.biases[2])
        """}), losing("forward_pass", spares=("handout",))),
    "ten outputs written down": (answering("cost", (
        "np.sum((a - y) ** 2)", "sum((a[i, 0] - y[i, 0]) ** 2 for i in range(10))")),
        losing("cost", spares=("handout",))),
}  # fmt: skip


@pytest.mark.parametrize("what", COSTLY)
@pytest.mark.one_in(3)
def test_a_fault_costs_the_marks_of_its_parts_and_no_others(grade, what):
    text, lost = COSTLY[what]
    assert marks_of(grade(text)) == marks_but(**lost)


@pytest.mark.parametrize(
    "first, later", [("a", "np.ones_like(a)"), ("np.ones_like(a)", "a")], ids=["first call", "second call"]
)
def test_an_answer_that_is_right_only_on_one_call_earns_nothing(grade, first, later):
    counted = "self.calls = getattr(self, 'calls', 0) + 1\n"
    text = answering(
        "forward_pass", ("return a\n", f"{counted}        return {first} if self.calls == 1 else {later}\n")
    )
    assert marks_of(grade(text)) == lost_all_of(["forward_pass"])


def test_gradients_that_add_up_over_calls_earn_nothing(grade):
    text = answering(
        "back_propagation",
        ("return dC_db, dC_dw", "self.sums = [s + d for s, d in zip(getattr(self, 'sums', dC_db), dC_db)]\n"
                                "        return self.sums, dC_dw"),
    )  # fmt: skip
    data = grade(text)
    assert marks_of(data) == marks_but(**losing("back_propagation", spares=("dw-*",)))


# -- what costs nothing -----------------------------------------------------------------------------------------------

FREE = {
    "overflow, and NaN beyond 700": edited(("return 1 / (1 + np.exp(-z))", "return np.exp(z) / (1 + np.exp(z))")),
    "the last batch over its own length": edited(("step = eta / mini_batch_size", "step = eta / len(mini_batch)")),
    "prints": answering("forward_pass", ("return a\n", "print('a', a)\n        return a\n")),
    "no hyperparameters": SOLUTION.replace("HYPERPARAMETERS", "SETTINGS"),
    "a class of another name": SOLUTION.replace("NeuralNetwork", "Network"),
    "warnings as errors": SOLUTION + "\nnp.seterr(all='warn')\n",
    "errors of NumPy's arithmetic switched on inside": answering("cost", (
        "total = 0.0", "np.seterr(all='ignore')\n        total = 0.0")),
    "extra attributes and methods": edited(("    def cost(self, training_data):", (
        "    def layers(self):\n        self.counted = len(self.weights)\n        return self.counted\n\n"
        "    def cost(self, training_data):"))),
    "random numbers drawn all over": answering("forward_pass", ("a = x\n", "np.random.rand(3)\n        a = x\n")),
    "parameters changed in place by mini_batch_GD": answering("mini_batch_GD", (
        "self.weights = [W - step * total for W, total in zip(self.weights, sum_dw)]",
        "for W, total in zip(self.weights, sum_dw):\n                    np.subtract(W, step * total, out=W)")),
    "annotations of modules that are not there": "from __future__ import annotations\nimport torch\n" + answering(
        "sigmoid", ("def sigmoid(z)", "def sigmoid(z: torch.Tensor) -> torch.Tensor")),
}  # fmt: skip


@pytest.mark.parametrize("what", FREE)
def test_style_costs_nothing(grade, what):
    assert marks_of(grade(FREE[what])) == marks_but()


# -- module-level twins -----------------------------------------------------------------------------------------------


def test_a_module_level_twin_of_a_wrong_helper_is_the_same_mistake(grade):
    twins = """
        def sigmoid(z):
            return 1 / (1 - np.exp(-z))


        def cost_derivative(output_activations, y):
            return y - output_activations
    """
    bodies = {
        "sigmoid": "@staticmethod\ndef sigmoid(z):\n    return sigmoid(z)\n",
        "sigmoid_derivative": "def sigmoid_derivative(self, z):\n    return sigmoid(z) * (1 - sigmoid(z))\n",
        "cost_derivative": "def cost_derivative(self, output_activations, y):\n"
                           "    return cost_derivative(output_activations, y)\n",
    }  # fmt: skip
    text = with_bodies(bodies, above=twins)
    text = text.replace("self.sigmoid(z)", "sigmoid(z)").replace("self.cost_derivative(", "cost_derivative(")
    assert marks_of(grade(text)) == lost_all_of(["sigmoid", "cost_derivative"])


# -- time -------------------------------------------------------------------------------------------------------------


def test_slow_but_right_work_is_right(grade):
    wait = "for _ in range(100_000):\n            pass\n        "
    assert marks_of(grade(answering("sigmoid", ("return 1 /", f"{wait}return 1 /")))) == marks_but()


def test_waiting_is_not_work(grade):
    text = answering("cost", ("total = 0.0", "import time\n        time.sleep(0.05)\n        total = 0.0"))
    assert marks_of(grade(text)) == marks_but()


SLOW = {
    "sleeping": "time.sleep(0.4)",
    "at work": "until = time.process_time() + 0.2\n            while time.process_time() < until: pass",
}


@pytest.fixture(scope="module")
def brief():
    """Grades a text with little time for a probe and more to load it, and searches for no line."""
    short = Limits(
        probe_cpu=0.5,
        probe_wall=1.0,
        shared_cpu=0.4,
        shared_wall=0.8,
        load_cpu=5.0,
        load_wall=10.0,
        repair_candidates=0,
        repair_candidates_all=0,
    )
    with Sandbox(short) as sandbox:
        reference = Reference(LAB)
        yield lambda text: pipeline.grade(reference, Submission({"q1": text}, b"slow"), b"secret", sandbox)


@pytest.mark.parametrize(
    "first", ["", "not_defined_anywhere\n"], ids=["the load report's worker", "a worker of its own"]
)
@pytest.mark.parametrize("how", SLOW)
def test_the_first_probe_has_no_more_time_on_the_worker_of_the_load_report(brief, how, first):
    slowly = f"if z.size < 10:\n            import time\n            {SLOW[how]}\n        return 1 /"
    text = without(*MARKS.keys() - {"sigmoid"}, source=answering("sigmoid", ("return 1 /", slowly)))
    report = brief(text + first)
    assert report.lines[0].parts[0].verdict.kind is Kind.TIMEOUT


def test_an_endless_function_costs_only_its_own_marks(impatient, tmp_path):
    text = answering("sigmoid", ("return 1 /", "while True:\n            z = z + 0\n        return 1 /"))
    data = impatient.grade(hand_in(tmp_path, text))
    assert marks_of(data) == lost_all_of(["sigmoid"])
    assert parts_of(data, "1.1").popitem()[1] == (0, "timed out")


def test_what_ends_on_small_nets_keeps_their_marks(impatient, tmp_path):
    text = answering("forward_pass", ("a = x\n", "a = x\n        while x.shape[0] > 100:\n            pass\n"))
    small = losing("forward_pass", spares=("deeper", "shallow"))
    assert marks_of(impatient.grade(hand_in(tmp_path, text))) == marks_but(**small)


# -- the file as it is ------------------------------------------------------------------------------------------------

ENDINGS = {
    "a statement that fails": ("\nprint(undefined_name)\n", "NameError"),
    "data that is not there": ("\ntraining_data, test_data = load_data('mnist.npz')\n", "FileNotFoundError"),
    "an exit": ("\nimport sys\nsys.exit(0)\n", "SystemExit"),
    "a failing assertion": ("\nassert NeuralNetwork(2, [1, 1]).cost([]) == 1\n", "AssertionError"),
    "a plot": ("\nfrom torch.utils import data\ndata.DataLoader([1])\n", "ModuleNotFoundError"),
    "a class on a module that is not there": ("\nimport torch\n\n\nclass Net(torch.nn.Module):\n    pass\n", "Error"),
    "an interruption": ("\nraise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "several failures": ("\nfirst = 1 / 0\nsecond = first\n", "ZeroDivisionError"),
}  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_failing_statement_at_the_end_is_shown_and_the_rest_graded(grade, ending):
    statement, name = ENDINGS[ending]
    data = grade(SOLUTION + statement)
    assert marks_of(data) == marks_but()
    assert name in data["output"] and "line" in data["output"]


def test_a_failing_statement_above_the_class_is_shown_and_the_rest_graded(grade):
    head = "\nclass NeuralNetwork"
    data = grade(SOLUTION.replace(head, f"\nimages = open('train.csv').read()\n\n{head}"))
    assert marks_of(data) == marks_but()
    assert "FileNotFoundError" in data["output"]


TRAINING = """
network = NeuralNetwork(3, [20, 10, 4])
samples = [(np.random.rand(20, 1), np.random.rand(4, 1)) for _ in range(300)]
labelled = [(x, int(np.argmax(y))) for x, y in samples]
network.mini_batch_GD(samples, {epochs}, 5, 1.0, labelled)
"""


def test_a_short_training_without_a_guard_is_no_problem(grade):
    assert marks_of(grade(SOLUTION + TRAINING.format(epochs=1))) == marks_but()


def test_an_endless_training_without_a_guard_is_left_out_and_shown(impatient, tmp_path):
    data = impatient.grade(hand_in(tmp_path, SOLUTION + TRAINING.format(epochs=100_000)))
    assert marks_of(data) == marks_but()
    assert "ran too long" in data["output"]


def test_many_trainings_without_a_guard_are_left_out_and_shown(impatient, tmp_path):
    text = SOLUTION + TRAINING.format(epochs=100_000)
    text += "".join(f"network.mini_batch_GD(samples, 100_000, 5, {eta}, labelled)\n" for eta in range(1, 9))
    data = impatient.grade(hand_in(tmp_path, text))
    assert marks_of(data) == marks_but()
    assert "ran too long" in data["output"]


SWALLOWS = """
network = NeuralNetwork(2, [3, 1])
while True:
    try:
        network.cost([(np.ones((3, 1)), np.ones((1, 1)))])
    except:
        pass
"""
RIGHT_SIGMOID = "1 / (1 + np.exp(-z))"
FILLED = "TABLE = []\nfor number in range(1):\n    TABLE.append(1)\n"
FROM_TABLE = edited((RIGHT_SIGMOID, "TABLE[0] / (1 + np.exp(-z))"))
# A load that takes all its time: what only does something is left out, what defines or sets something is not.
WAITS = "\nimport time\n" + "time.sleep(60)\n" * 9
ENDLESS_LOADS = {
    "a right file": (SOLUTION + WAITS, {}),
    "names that functions use": (
        edited((RIGHT_SIGMOID, "1 / (1 + np.exp(SIGN * -z))")) + WAITS + "SIGN = int('1')\n",
        {},
    ),
    "a wrong function": (edited((RIGHT_SIGMOID, "1 / (1 + np.exp(z))")) + WAITS, losing("sigmoid")),
    "what only a loop fills": (FILLED + FROM_TABLE + WAITS, losing("sigmoid")),
}


@pytest.fixture(scope="module")
def hasty():
    """Grades a text with little time to load it."""
    short = Limits(load_cpu=5.0, load_wall=2.0, statement_cpu=0.2, statement_wall=0.4)
    with Sandbox(short) as sandbox:
        reference = Reference(LAB)
        yield lambda text: pipeline.grade(reference, Submission({"q1": text}, b"loads"), b"secret", sandbox)


@pytest.mark.parametrize("name", ENDLESS_LOADS)
@pytest.mark.one_in(2)
def test_definitions_are_loaded_without_what_eats_the_time_of_the_load_and_that_is_told(hasty, name):
    text, lost = ENDLESS_LOADS[name]
    report = hasty(text)
    assert {one.line.function: one.line.marks - one.marks for one in report.lines if one.marks < one.line.marks} == lost
    (note,) = [files.note(note) for note in report.notes]
    line = next(n for n, text in enumerate(text.split("\n"), 1) if text.startswith(("for", "time.sleep")))
    assert "took too long" in note and note.startswith(f"q1.py, line {line}: ") and "__main__" in note


def test_a_file_that_loads_in_time_keeps_what_its_loops_have_filled(hasty):
    report = hasty(FILLED + FROM_TABLE)
    assert report.marks == LAB.marks and report.notes == ()


def test_a_loop_that_swallows_exceptions_is_left_out_alone(impatient, tmp_path):
    data = impatient.grade(hand_in(tmp_path, FILLED + FROM_TABLE + SWALLOWS))
    assert marks_of(data) == marks_but()
    assert "ran too long and was left out" in data["output"] and "took too long" not in data["output"]


def test_a_definition_that_never_ends_is_not_left_out(hasty):
    why = hasty(SOLUTION + "\n\nclass A:\n    while True:\n        pass\n").refusal
    assert (why.wanted, why.failure.kind) == (("q1.py",), FailureKind.TIMEOUT)


MISSING_MODULES = {
    "imported and not used": ("import torch, torch.nn.functional as F\nfrom keras.layers import Dense\n", {}, {}),
    "imported with a star": ("from torch import *\n", {}, {}),
    "used in one function": (
        "from torch import special\n",
        {"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return special.expit(z)\n"},
        losing("sigmoid"),
    ),
    "imported in one function": (
        "",
        {"cost": "def cost(self, training_data):\n    import torch\n    return torch.sum(training_data)\n"},
        losing("cost"),
    ),
    "with a way to do without": (
        "try:\n    from torch import sigmoid as curve\nexcept ImportError:\n"
        "    def curve(z):\n        return 1 / (1 + np.exp(-z))\n",
        {"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return curve(z)\n"},
        {},
    ),
    "with a way to do without, in a function": (
        "",
        {"sigmoid": "@staticmethod\ndef sigmoid(z):\n    try:\n        import torch\n"
                    "        return torch.sigmoid(z)\n    except ImportError:\n        return 1 / (1 + np.exp(-z))\n"},
        {},
    ),
    "installed for the staff's tools, and not in the container": (
        "try:\n    import rich\nexcept ImportError:\n    rich = None\n",
        {"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return z if rich else 1 / (1 + np.exp(-z))\n"},
        {},
    ),
    "asked for before": (
        "import importlib.util\nTORCH = importlib.util.find_spec('torch') is not None\n",
        {"sigmoid": "@staticmethod\ndef sigmoid(z):\n    if TORCH:\n        import torch\n"
                    "        return torch.sigmoid(z)\n    return 1 / (1 + np.exp(-z))\n"},
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", MISSING_MODULES)
def test_a_module_that_is_not_installed_costs_only_what_uses_it(grade, how):
    imports, bodies, lost = MISSING_MODULES[how]
    assert marks_of(grade(with_bodies(bodies, above=imports))) == marks_but(**lost)


def test_a_class_that_lives_in_a_second_file_is_found(grade):
    head, class_, rest = SOLUTION.partition("\n\nclass NeuralNetwork")
    body, main_, end = rest.partition("\n\ndef main")
    data = grade(f"{head}\nfrom network import NeuralNetwork\n{main_}{end}", network=f"{head}{class_}{body}\n")
    assert marks_of(data) == marks_but()


# -- a submission written for the contract elsewhere ------------------------------------------------------------------

ELSEWHERE = '''
import numpy as np, random, logging
import tqdm

log = logging.getLogger(__name__)

def seed_everything(seed):
    random.seed(seed); np.random.seed(seed)

class NeuralNetwork(object):
    """My network."""
    learning_curve = []

    def __init__(self, num_layers, num_neurons_per_layer_list, seed=400):
        self.seed = seed
        seed_everything(seed)
        self.num_layers, self.num_neurons_per_layer_list = num_layers, num_neurons_per_layer_list
        self.biases = [np.random.randn(m, 1) for m in num_neurons_per_layer_list[1:]]
        sizes = zip(num_neurons_per_layer_list, num_neurons_per_layer_list[1:])
        self.weights = [np.random.randn(p, q) for p, q in sizes]

    def sigmoid(self, v):
        return 1. / (1. + np.exp(-v))

    @staticmethod
    def sigmoid_derivative(v):
        return NeuralNetwork.sigmoid(None, v) * (1 - NeuralNetwork.sigmoid(None, v))

    def cost_derivative(self, out, target):
        return out - target

    def forward_pass(self, inp):
        for k in range(self.num_layers - 1):
            inp = self.sigmoid(np.dot(self.weights[k].T, inp) + self.biases[k])
        return inp

    def cost(self, samples):
        return sum(0.5 * np.linalg.norm(self.forward_pass(p) - q) ** 2 for p, q in samples)

    def mini_batch_GD(self, samples, n_epochs, size, lr, held_out):
        curve = []
        for e in range(n_epochs):
            random.Random(self.seed).shuffle(samples)
            for k in range(0, len(samples), size):
                self._step(samples[k:k + size], lr, size)
            log.info("epoch %d: %.2f %%", e, self.test_accuracy(held_out))
            curve.append(self.cost(samples))
        self.learning_curve = curve
        return curve

    def _step(self, batch, lr, size):
        gb = [0 * b for b in self.biases]; gw = [0 * w for w in self.weights]
        for p, q in batch:
            db, dw = self.back_propagation(p, q)
            gb = [g + d for g, d in zip(gb, db)]; gw = [g + d for g, d in zip(gw, dw)]
        self.biases = [b - lr / size * g for b, g in zip(self.biases, gb)]
        self.weights = [w - lr / size * g for w, g in zip(self.weights, gw)]

    def back_propagation(self, inp, target):
        acts, pre = [inp], []
        for w, b in zip(self.weights, self.biases):
            pre.append(np.dot(w.T, acts[-1]) + b)
            acts.append(self.sigmoid(pre[-1]))
        err = self.cost_derivative(acts[-1], target) * self.sigmoid_derivative(pre[-1])
        db, dw = [err], [np.dot(acts[-2], err.T)]
        for k in range(2, self.num_layers):
            err = np.dot(self.weights[-k + 1], err) * self.sigmoid_derivative(pre[-k])
            db = [err] + db
            dw = [np.dot(acts[-k - 1], err.T)] + dw
        return db, dw

    def test_accuracy(self, pairs):
        return 100 * np.mean([np.argmax(self.forward_pass(p)) == label for p, label in pairs])

train, test = np.load("mnist.pkl", allow_pickle=True)
net = NeuralNetwork(4, [784, 8, 8, 10])
for epoch in tqdm.tqdm(range(15)):
    net.mini_batch_GD(train, 1, 10, 5.0, test)
'''


def test_a_submission_written_for_the_contract_elsewhere_is_graded_as_it_is(grade):
    assert marks_of(grade(ELSEWHERE)) == marks_but()


def test_its_mistakes_cost_what_they_cost_here(grade):
    text = ELSEWHERE.replace("1. / (1. + np.exp(-v))", "1. / (1. + np.exp(v))").replace("0.5 * np.linalg", "np.linalg")
    assert marks_of(grade(text)) == lost_all_of(["sigmoid", "cost"])


# -- nothing to grade -------------------------------------------------------------------------------------------------

NOTHING = {
    "no class": ("def sigmoid(z):\n    return z\n", "NeuralNetwork"),
    "a class of something else": ("class Perceptron:\n    def fit(self, x):\n        return x\n", "Perceptron"),
    "a syntax error": (SOLUTION + "\nfor\n", "not valid Python"),
    "newer syntax": (SOLUTION + "\n\ntry:\n    pass\nexcept* ValueError:\n    pass\n\ntype P[T] = T\n", "Python 3.1"),
}  # fmt: skip


@pytest.mark.parametrize("what", NOTHING)
def test_a_file_with_nothing_to_grade_gets_one_message_and_no_repetition(grade, what):
    text, said = NOTHING[what]
    if what == "newer syntax" and sys.version_info >= (3, 12):
        pytest.skip("this Python knows the syntax")
    data = grade(text)
    assert data["score"] == 0 and said in data["output"]
    assert [test["output"] for test in data["tests"]] == [""] * 8


# -- the same file, the same result -----------------------------------------------------------------------------------


def untimed(data):
    return json.dumps({**data, "execution_time": 0})


@pytest.mark.parametrize(
    "text",
    [
        with_bodies({name: WRONG[name] for name in ("sigmoid", "cost", "cost_derivative")}),
        answering("cost", ("total = 0.0", "raise ValueError(object())")),
        answering("sigmoid", ("return 1 /", "z = z + np.random.rand()\n        return 1 /")),
    ],
    ids=["wrong", "an object's address in a message", "random numbers"],
)
@pytest.mark.one_in(3)
def test_the_same_file_gets_the_same_results_from_another_grader(grade, tmp_path, text):
    first = grade(text)
    with Grader("q1") as another:
        second, third = (another.grade(hand_in(tmp_path, text)) for _ in range(2))
    assert untimed(first) == untimed(second) == untimed(third)


def test_one_changed_byte_or_another_secret_draws_other_inputs(grade, impatient, tmp_path):
    wrong = with_bodies({"sigmoid": WRONG["sigmoid"]})
    results = (grade(wrong), grade(wrong + "#"), impatient.grade(hand_in(tmp_path, wrong)))
    assert {marks_of(data)["sigmoid"] for data in results} == {0.0}
    assert len({data["extra_data"]["seed"] for data in results}) == 3
    assert len({data["tests"][0]["output"] for data in results}) == 3
    prints = [data["extra_data"]["fingerprint"] for data in results]
    assert prints[0] == prints[1] != prints[2]
