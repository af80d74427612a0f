"""What a call leaves behind, through the whole pipeline: changed inputs and parameters, state kept between calls, and
answers that are right for some sizes alone lose the marks of their function; what only looks like it loses none.
"""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pytest

from neural_lab.grading.reference import edited_module
from neural_lab.runtime.host import Host
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import Failure, FailureKind, Opaque
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Edit
from neural_lab.schema.places import ROOT
from tests.hand_ins import MARKS, SOLUTION, hand_in, marks_but, marks_of

# Ends a submission: `between` makes a method change something when it returns, and undo that when it is called next.
BETWEEN = """

def between(method, change):
    found = vars(NeuralNetwork)[method]
    static = isinstance(found, staticmethod)
    inner = found.__func__ if static else found
    undo = []

    def outer(*arguments):
        while undo:
            undo.pop()()
        answer = inner(*arguments)
        undo.append(change(*arguments))
        return answer

    setattr(NeuralNetwork, method, staticmethod(outer) if static else outer)


def reverse(items):
    items.reverse()
    return items.reverse


def negate(array):
    np.negative(array, out=array)
    return lambda: np.negative(array, out=array)


def exchange(a, b):
    def swap():
        a[:], b[:] = b.copy(), a.copy()

    swap()
    return swap


def turn(array):
    def shape():
        array.shape = array.shape[::-1]

    shape()
    return shape
"""
UNDONE = {
    "z is negated": ("sigmoid", "lambda z: negate(z)"),
    "z changes its shape": ("sigmoid_derivative", "lambda self, z: turn(z)"),
    "the weights run backwards": ("sigmoid_derivative", "lambda self, z: reverse(self.weights)"),
    "a and y change places": ("cost_derivative", "lambda a, y: exchange(a, y)"),
    "x is negated": ("forward_pass", "lambda self, x: negate(x)"),
    "the layers run backwards": ("forward_pass", "lambda self, x: reverse(self.weights)"),
    "the biases are negated": ("forward_pass", "lambda self, x: negate(self.biases[0])"),
    "the samples run backwards": ("cost", "lambda self, data: reverse(data)"),
    "a target is negated": ("cost", "lambda self, data: negate(data[0][1])"),
    "the lists of the parameters run backwards": ("back_propagation", "lambda self, x, y: reverse(self.biases)"),
    "y is negated": ("back_propagation", "lambda self, x, y: negate(y)"),
}
RETURN_A, RETURN_GRADIENTS = ("    return a\n", "    return dC_db, dC_dw\n")
NOT_STATIC = ("@staticmethod\n", "")
CHANGED: dict[str, tuple[Any, ...]] = {
    "sigmoid scales the weights by a millionth": (
        "sigmoid",
        NOT_STATIC,
        ("sigmoid(z)", "sigmoid(self, z)"),
        ("    return", "    self.weights[0] *= 1 + 1e-6\n    return"),
    ),
    "cost_derivative moves the biases": (
        "cost_derivative",
        NOT_STATIC,
        ("cost_derivative(", "cost_derivative(self, "),
        ("    return", "    self.biases[-1] += 1e-9\n    return"),
    ),
    "forward_pass makes slightly larger weights": (
        "forward_pass",
        (RETURN_A, "    self.weights = [W * (1 + 1e-6) for W in self.weights]\n" + RETURN_A),
    ),
    "forward_pass keeps weights in single precision": (
        "forward_pass",
        (RETURN_A, "    self.weights = [W.astype(np.float32) for W in self.weights]\n" + RETURN_A),
    ),
    "forward_pass restores the weights at the third call": (
        "forward_pass",
        (
            "    a = x\n",
            "    self.calls = getattr(self, 'calls', 0) + 1\n"
            "    if self.calls == 1:\n        self.first = [W.copy() for W in self.weights]\n"
            "    weights = self.first if self.calls < 4 else self.weights\n"
            "    a = x\n",
        ),
        ("zip(self.weights", "zip(weights"),
        (
            RETURN_A,
            "    if self.calls < 3:\n        self.weights[0][:] = self.first[0] * self.calls * 2\n"
            "    elif self.calls == 3:\n        self.weights[0][:] = self.first[0]\n" + RETURN_A,
        ),
    ),
    "cost counts a sample twice from then on": (
        "cost",
        ("    return", "    training_data.append(training_data[0])\n    return"),
        ("in training_data:", "in training_data[:self.seen.setdefault(id(training_data), len(training_data))]:"),
        ("    total = 0.0", "    self.seen = getattr(self, 'seen', {})\n    total = 0.0"),
    ),
    "back_propagation flattens the biases": (
        "back_propagation",
        (RETURN_GRADIENTS, "    self.biases[0] = self.biases[0].ravel()\n" + RETURN_GRADIENTS),
        ("    a = x\n", "    self.biases[0] = self.biases[0].reshape(-1, 1)\n    a = x\n"),
    ),
    "back_propagation changes the sample before": (
        "back_propagation",
        ("    a = x\n", "    for old in getattr(self, 'old', []):\n        old *= 0.5\n    self.old = []\n    a = x\n"),
        (RETURN_GRADIENTS, "    self.old = [self.last] if hasattr(self, 'last') else []\n" + RETURN_GRADIENTS),
        ("    zs = []", "    self.old, self.last = [], x * 1.0\n    y += 1e-8\n    zs = []"),
    ),
}
STALE: dict[str, tuple[Any, ...]] = {
    "transposes from the first call": (
        "forward_pass",
        ("    a = x\n", "    self.T = getattr(self, 'T', [W.T.copy() for W in self.weights])\n    a = x\n"),
        ("for W, b in zip(self.weights,", "for T, b in zip(self.T,"),
        ("W.T @ a", "T @ a"),
    ),
    "outputs remembered by x": (
        "forward_pass",
        ("    a = x\n", "    seen = self.__dict__.setdefault('seen', {})\n    key = x.tobytes()\n    a = x\n"),
        (RETURN_A, "    return seen.setdefault(key, a)\n"),
    ),
    "gradients remembered by x": (
        "back_propagation",
        ("    a = x\n", "    seen = self.__dict__.setdefault('seen', {})\n    key = x.tobytes()\n    a = x\n"),
        (RETURN_GRADIENTS, "    return seen.setdefault(key, (dC_db, dC_dw))\n"),
    ),
    "the first weights of each structure": (
        "back_propagation",
        (
            "    a = x\n",
            "    kept = NeuralNetwork.__dict__.get('kept') or {}\n    NeuralNetwork.kept = kept\n"
            "    weights = kept.setdefault(tuple(W.shape for W in self.weights), list(self.weights))\n    a = x\n",
        ),
        ("zip(self.weights,", "zip(weights,"),
        ("self.weights[layer]", "weights[layer]"),
    ),
    "four samples": ("cost", ("in training_data:", "in training_data[:4]:")),
    "ten samples": ("cost", ("in training_data:", "in training_data[:10]:")),
    "one cost for each length of the list": (
        "cost",
        ("    return", "    seen = self.__dict__.setdefault('costs', {})\n    return"),
        ("float(total)", "seen.setdefault(len(training_data), float(total))"),
    ),
    "ten rows of z": ("sigmoid", ("np.exp(-z)", "np.exp(-z * (np.arange(len(z)) < 10)[:, None])")),
    "ten rows of the slope": (
        "sigmoid_derivative",
        ("return a * (1 - a)", "return a * (1 - a) * (np.arange(len(z)) < 10)[:, None]"),
    ),
    "ten outputs": (
        "cost_derivative",
        ("return output_activations - y", "return (output_activations - y) * (np.arange(len(y)) < 10)[:, None]"),
    ),
}
RIGHT: dict[str, tuple[Any, ...]] = {
    "in column-major order": (
        "forward_pass",
        (RETURN_A, "    self.weights = [np.asfortranarray(W) for W in self.weights]\n" + RETURN_A),
    ),
    "tuples for lists": (
        "back_propagation",
        (RETURN_GRADIENTS, "    self.weights = tuple(self.weights)\n" + RETURN_GRADIENTS),
    ),
    "object arrays for lists": (
        "cost",
        (
            "    return",
            "    weights = np.empty(len(self.weights), dtype=object)\n"
            "    for i, W in enumerate(self.weights):\n        weights[i] = W\n    self.weights = weights\n    return",
        ),
    ),
    "differences that restore what they shift": (
        "back_propagation",
        (
            "    a = x\n",
            "    for array in [*self.weights, *self.biases, x]:\n"
            "        array += 1e-5\n        array -= 1e-5\n    a = x\n",
        ),
    ),
    "transposes kept as long as the weights are the same": (
        "forward_pass",
        (
            "    a = x\n",
            "    if getattr(self, 'kept', None) is not self.weights:\n"
            "        self.kept, self.T = self.weights, [W.T for W in self.weights]\n    a = x\n",
        ),
        ("for W, b in zip(self.weights,", "for T, b in zip(self.T,"),
        ("W.T @ a", "T @ a"),
    ),
    "parameters updated in place": (
        "mini_batch_GD",
        (
            "self.biases = [b - step * total for b, total in zip(self.biases, sum_db)]",
            "for b, total in zip(self.biases, sum_db):\n                b -= step * total",
        ),
        (
            "self.weights = [W - step * total for W, total in zip(self.weights, sum_dw)]",
            "for W, total in zip(self.weights, sum_dw):\n                W -= step * total",
        ),
    ),
    "test samples shuffled in training": (
        "mini_batch_GD",
        ("    return cost_history", "    random.shuffle(test_data)\n    return cost_history"),
    ),
}


@pytest.fixture(scope="module")
def grade(tmp_path_factory, grader):
    folder = tmp_path_factory.mktemp("submission")
    return lambda text: marks_of(grader.grade(hand_in(folder, text)))


def written(function: str, *edits: tuple[str, str]) -> str:
    return edited_module(SOLUTION, f"NeuralNetwork.{function}", [Edit(*edit) for edit in edits])


@pytest.mark.parametrize("row", UNDONE)
@pytest.mark.one_in(2)
def test_a_change_that_the_next_call_undoes_costs_the_functions_marks(grade, row):
    function, change = UNDONE[row]
    text = f"{SOLUTION}{BETWEEN}\n\nbetween({function!r}, {change})\n"
    assert grade(text) == marks_but(**{function: MARKS[function]})


@pytest.mark.parametrize("row", CHANGED)
@pytest.mark.one_in(2)
def test_a_call_that_changes_what_it_was_sent_costs_the_functions_marks(grade, row):
    function, *edits = CHANGED[row]
    assert grade(written(function, *edits)) == marks_but(**{function: MARKS[function]})


@pytest.mark.parametrize("row", STALE)
@pytest.mark.one_in(2)
def test_what_is_right_for_the_first_parameters_or_some_sizes_alone_loses_marks(grade, row):
    function, *edits = STALE[row]
    marks = grade(written(function, *edits))
    assert marks[function] < MARKS[function]
    assert marks == marks_but(**{function: MARKS[function] - marks[function]})


def test_state_kept_from_one_training_to_the_next_loses_marks(grade):
    text = written("mini_batch_GD", ("cost_history = []", "cost_history = self.__dict__.setdefault('history', [])"))
    assert grade(text) == marks_but(mini_batch_GD=3.0)  # those of the structure that is trained twice


@pytest.mark.parametrize("row", RIGHT)
def test_what_leaves_the_same_numbers_in_another_form_costs_nothing(grade, row):
    function, *edits = RIGHT[row]
    assert grade(written(function, *edits)) == MARKS


# -- the warm-up labs -------------------------------------------------------------------------------------------------

WARM_UPS = [
    ("perceptron", "step", "step", ("return", "z *= -1\n    z *= -1 + 1e-9\n    return")),
    ("perceptron", "Perceptron.mse", "mse", ("return", "self.weights *= 1 + 1e-6\n    return")),
    ("perceptron", "Perceptron.predict", "predict",
     ("z = np.dot(x, self.weights)", "w = self.__dict__.setdefault('first', self.weights)\n    z = np.dot(x, w)")),
    ("perceptron", "Perceptron.fit", "fit", ("for _ in range(self.n_epochs)", "X *= 0.5\n    for _ in range(0)")),
    ("neuron", "evaluate_neuron", "evaluate_neuron", ("return y, a", "w *= 1 + 1e-6\n    return y, a")),
    ("neuron", "loss_function", "loss_function", ("np.sum((y - t) ** 2)", "np.sum((y - t)[:10] ** 2)")),
    ("network", "evaluate_network", "evaluate_network", ("return y", "x.shape = x.shape[::-1]\n    return y")),
    ("network", "update_weights", "update_weights", ("return w_new", "Wt += 1e-9\n    return w_new")),
    ("network", "evaluate_prediction", "evaluate_prediction",
     ("y, _, _, _ = evaluate_network(x,", "y, _, _, _ = evaluate_network(x[:10],")),
    ("layered", "forward_pass", "forward_pass", ("return zs", "weights.append(weights.pop(0))\n    return zs")),
    ("layered", "update", "update", ("return new_weights", "dC_dw.reverse()\n    return new_weights")),
    ("layered", "train", "train", ("return weights", "x *= 2\n    return weights")),
    ("ann", "ANN.losses", "losses", ("return", "self.W2 *= 1 + 1e-6\n    return")),
    ("ann", "ANN.forward", "forward",
     ("z1 = X @ self.W1", "z1 = X @ self.__dict__.setdefault('first', self.W1)")),
    ("ann", "ANN.train", "train", ("return history", "y *= 2\n    return history")),
    ("layers", "Dense.backward", "Dense.backward",
     ("self.weights.T", "self.__dict__.setdefault('T', self.weights.T.copy())")),
    ("layers", "Dense.forward", "Dense.forward", ("    return", "    self.biases += 1e-9\n    return")),
    ("layers", "mse_loss", "mse_loss", ("(y_pred - y_true) ** 2", "(y_pred - y_true)[:20] ** 2")),
    ("layers", "ActivationTanh.backward", "ActivationTanh.backward",
     ("self.dinputs =", "dvalues *= 2\n    self.dinputs = 0.5 *")),
]  # fmt: skip


@pytest.mark.parametrize("lab", sorted({row[0] for row in WARM_UPS}))
@pytest.mark.one_in(6)
def test_in_the_warm_up_labs_too(lab, graders, tmp_path):
    rows = [row for row in WARM_UPS if row[0] == lab]
    modules = load_lab(lab).modules
    for number, (_, path, label, edit) in enumerate(rows):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name in modules:
            shutil.copy(ROOT / "solution" / "warmups" / f"{name}.py", folder)
        file = folder / f"{modules[-1]}.py"
        file.write_text(edited_module(file.read_text(), path, [Edit(*edit)]))
        results = graders(lab).grade(folder if len(modules) > 1 else file)
        lost = {test["tags"][0] for test in results["tests"] if test["score"] < test["max_score"]}
        assert lost == {label}, (path, edit)


# -- the engine, in process -------------------------------------------------------------------------------------------

KEEPER = """
def kept(x):
    return 0

def scaled(x, by):
    x *= by
    return 0

def emptied(items):
    items.clear()
    return 0

class Thing:
    def __init__(self, sizes):
        self.sizes = sizes
    def shrink(self):
        self.sizes.pop()
    def lose(self):
        del self.w
"""


@pytest.fixture
def session():
    host = Host()
    host.loader.load(LoadPlan(("q",), {"q": KEEPER}), untrusted=False)
    return Session(host.perform)


def test_each_changed_thing_is_told_once_with_what_it_was_and_is(session):
    x = session.put(np.ones((2, 1)), "x")
    session.call("q", "scaled", x, 2.0)
    session.call("q", "scaled", x, 3.0)
    session.call("q", "scaled", np.ones(3), 2.0)
    first, second = session.changes
    assert first[:2] == ("scaled(x, 2.0)", "x") and first.before[0, 0] == 1 and first.now[0, 0] == 2
    assert second[:2] == ("scaled(arguments[0], 2.0)", "arguments[0]")


@pytest.mark.parametrize(("share", "changes"), [(5e-13, 0), (5e-12, 1)])
def test_a_change_is_one_of_more_than_rounding_of_the_largest_entry(session, share, changes):
    session.call("q", "scaled", np.array([1.0, 1e6]), 1 + share)
    assert len(session.changes) == changes


def test_what_a_call_may_change_is_held_to_what_that_call_left(session):
    x, items = session.put(np.ones(2), "x"), session.put([np.ones(2)], "items")
    session.call("q", "scaled", x, 2.0, may_change=(x,))
    assert session.changes == []
    session.call("q", "emptied", items)
    session.call("q", "scaled", x, 0.5)
    emptied, scaled = session.changes
    assert (emptied.thing, emptied.now) == ("items", [])
    assert (scaled.thing, scaled.before, scaled.now[0]) == ("x", Opaque("what an earlier call left"), 1.0)


def test_arguments_of_the_constructor_and_attributes_that_were_set_are_looked_at(session):
    thing = session.new("q", "Thing", [5, 4, 3])
    session.set(thing, "w", [np.ones(2)])
    session.call(thing, "shrink")
    session.call(thing, "lose")
    shrunk, lost = session.changes
    assert (shrunk.call, shrunk.thing, shrunk.now) == ("Thing([5, 4, 3]).shrink()", "Thing.arguments[0]", [5, 4])
    assert (lost.thing, lost.now.type_name) == ("w", "AttributeError")


@pytest.mark.parametrize(
    "reply",
    [
        None, 3, "no", [], [[1]], [[1], 2], [[1], [3]], [[1], [[0, "", [], 1]] * 2], [[1], [[7, "", [], 1]]],
        [[1], [[[], "", [], 1]]], [[1], [[0, "", [9], 1]]], [[1], [[0, "", ["a"], 1]]], [[1], [[0, "", 5, 1]]],
        [[1], [["q", "w", [], 1]]], [[1, 2], []], {"a": 1}, np.ones(2),
    ],
)  # fmt: skip
def test_a_reply_that_makes_no_sense_is_a_failure(reply):
    session = Session(lambda operation: reply)
    answer = session.call("q", "kept", [np.ones(2)])
    assert answer == Failure(FailureKind.MALFORMED, message=answer.message)
    assert len(session.changes) == 0
