"""Remarks that cost no marks, and flags that only the staff reads: from real gradings."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from neural_lab.grading.reference import Reference, edited_module
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Edit
from neural_lab.schema.places import ROOT

LAB = load_lab("q1")
SOURCE = Reference(LAB).sources["q1"]
NUMERICAL = """\
def slopes(arrays):
        result = []
        for array in arrays:
            slope = np.zeros_like(array)
            for index in np.ndindex(array.shape):
                before = array[index]
                costs = []
                for step in (1e-5, -1e-5):
                    array[index] = before + step
                    costs.append(0.5 * np.sum((self.forward_pass(x) - y) ** 2))
                array[index] = before
                slope[index] = (costs[0] - costs[1]) / 2e-5
            result.append(slope)
        return result
    return slopes(self.biases), slopes(self.weights)
    a = x
"""
LOOPS = """\
dC_dw[layer] = np.zeros_like(self.weights[layer])
        for i, a_i in enumerate(activations[layer][:, 0]):
            for j, delta_j in enumerate(delta[:, 0]):
                for repeated in range(20):
                    dC_dw[layer][i, j] = a_i * delta_j
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory, grader) -> Callable[[str], dict]:
    file = tmp_path_factory.mktemp("advice") / "q1.py"

    def grade(source: str) -> dict:
        file.write_text(source, "utf-8")
        return grader.grade(file)

    return grade


def edit(function: str, find: str, put: str) -> str:
    return edited_module(SOURCE, LAB.function(function).path, [Edit(find, put)])


def advice(results: dict) -> str:
    """All advice, which must stand in what the student reads and cost nothing."""
    assert results["score"] == LAB.marks
    texts = results["extra_data"]["advice"]
    assert all(text in results["output"] for text in texts)
    return "\n".join(texts)


def test_the_solution_causes_no_remark(graded):
    results = graded(SOURCE)
    assert advice(results) == ""
    assert results["extra_data"]["flags"] == []


def test_prints_are_mentioned_with_the_function_that_prints(graded):
    said = advice(graded(edit("cost", "total = 0.0", 'total = 0.0\n    print("cost of", len(training_data))')))
    assert said.startswith("Something is printed while these run: `cost`, `mini_batch_GD`")


def test_edits_outside_the_todo_blocks_are_listed(graded):
    said = advice(graded(edit("mini_batch_GD", "for epoch in range(epochs):", "for epoch in range(0, epochs):")))
    assert "Outside the TODO blocks q1.py differs from the stub" in said
    assert "`for epoch in range(0, epochs):`" in said
    assert "`for epoch in range(epochs):` is gone" in said


def test_a_long_list_of_edits_is_cut(graded):
    helpers = "\n".join(f"def helper_{i}():\n    return {i}\n" for i in range(8))
    said = advice(graded(SOURCE.replace("def main():", f"{helpers}\n\ndef main():")))
    assert said.count("line ") == 5 and "and 11 more" in said


def test_a_file_that_does_not_come_from_the_stub_has_no_edits(graded):
    """The same work under other names, without the stub's comments and docstrings."""
    tree = ast.parse(SOURCE)
    network = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    for method in network.body:
        if isinstance(method, ast.FunctionDef) and ast.get_docstring(method):
            del method.body[0]
    own = ast.unparse(network).replace("training_data", "samples").replace("test_data", "others")
    own = own.replace("mini_batches", "parts").replace("logger.", "logging.")
    own = own.replace("seed_everything", "np.random.seed")
    head = "import random\nimport logging\nimport numpy as np\n"
    results = graded(head + own)
    assert results["score"] == LAB.marks
    assert "Outside" not in "".join(results["extra_data"]["advice"])


@pytest.mark.parametrize(
    ("attribute", "mentioned"),
    [
        ("activations = []", True),
        ("cache: dict = {}", True),
        ("ones = np.ones(3)", True),
        ("names = ('a', 'b')", False),
        ('"""\n    weights = [(n_0, n_1), …]\n    """', False),
        ("large = [] == [1]" + " == [1]" * 20_000, True),
        ("limit = 500", False),
    ],
)
def test_what_all_networks_share_is_mentioned(graded, attribute, mentioned):
    said = advice(graded(SOURCE.replace("class NeuralNetwork:\n", f"class NeuralNetwork:\n    {attribute}\n")))
    assert ("all objects share what is made there" in said) == mentioned
    assert not mentioned or f"`{attribute.split()[0].rstrip(':')}` in the body of `NeuralNetwork`" in said


CHAIN = """\
def slopes(deltas):
        a = [x]
        for W, b in zip(self.weights, self.biases):
            a.append(self.sigmoid(W.T @ a[-1] + b))
        return deltas, [before @ delta.T for before, delta in zip(a, deltas)]
    {body}
    a = x
"""
COMPLEX = CHAIN.format(
    body="""\
deltas, kept = [], self.biases
    for layer, b in enumerate(kept):
        delta = np.zeros(b.shape)
        for i in range(len(b)):
            step = np.zeros(b.shape, complex)
            step[i] = 1e-20j
            self.biases = [*kept[:layer], b + step, *kept[layer + 1:]]
            delta[i] = np.imag(0.5 * np.sum((self.forward_pass(x) - y) ** 2)) / 1e-20
        deltas.append(delta)
    self.biases = kept
    return slopes(deltas)"""
)
INLINED = CHAIN.format(
    body="""\
def loss(biases):
        out = x
        for W, b in zip(self.weights, biases):
            out = 1 / (1 + np.exp(-(W.T @ out + b)))
        return 0.5 * ((out - y) ** 2).sum()
    deltas = [np.zeros(b.shape) for b in self.biases]
    for layer, delta in enumerate(deltas):
        for i in range(len(delta)):
            steps = [np.zeros(b.shape, np.complex128) for b in self.biases]
            steps[layer][i] = 1e-30 * (-1) ** 0.5
            delta[i] = getattr(loss([b + s for b, s in zip(self.biases, steps)]), "im" "ag") / 1e-30
    return slopes(deltas)"""
)
BIASES = CHAIN.format(
    body="""\
deltas = []
    for b in self.biases:
        delta = np.zeros(b.shape)
        for i in range(len(b)):
            before, costs = b[i, 0], []
            for step in (1e-5, -1e-5):
                b[i, 0] = before + step
                out = x
                for W, c in zip(self.weights, self.biases):
                    out = self.sigmoid(W.T @ out + c)
                costs.append(0.5 * np.sum((out - y) ** 2))
            b[i, 0] = before
            delta[i] = (costs[0] - costs[1]) / 2e-5
        deltas.append(delta)
    return slopes(deltas)"""
)
ESTIMATED = {
    "differences of all parameters": (NUMERICAL, ["is off by", "calls forward_pass"]),
    "differences of the biases, and an outer product": (BIASES, ["is off by"]),
    "the complex step": (COMPLEX, ["complex numbers", "calls forward_pass"]),
    "the complex step on a net of its own, under other names": (INLINED, ["complex numbers"]),
}


@pytest.mark.parametrize("how", ESTIMATED)
@pytest.mark.parametrize("also", ["", "cost_derivative"], ids=["own helpers", "a helper substituted"])
@pytest.mark.one_in(3)
def test_numerical_differentiation_is_flagged_for_the_staff_and_not_decided(graded, how, also):
    body, words = ESTIMATED[how]
    source = edit("back_propagation", "a = x\n", body)
    if also:
        source = edited_module(source, "NeuralNetwork.cost_derivative", [Edit("- y", "+ y")])
    results = graded(source)
    assert results["score"] == (95 if also else 100)
    flags = results["extra_data"]["flags"]
    assert all(flag.startswith("back_propagation: ") and "numerical differentiation" in flag for flag in flags)
    assert all(any(word in flag for flag in flags) for word in words), flags
    assert "numerical" not in results["output"] + "".join(test["output"] for test in results["tests"])


def test_differences_that_are_made_only_with_a_substitute_are_flagged(graded):
    honest = "if type(type(self).__dict__['cost_derivative']) is not staticmethod:\n"
    body = honest + "        " + BIASES.removesuffix("    a = x\n").replace("\n", "\n    ").rstrip() + "\n    a = x\n"
    source = edited_module(
        edit("back_propagation", "a = x\n", body), "NeuralNetwork.cost_derivative", [Edit("- y", "+ y")]
    )
    results = graded(source)
    assert results["score"] == 95
    assert any("is off by" in flag for flag in results["extra_data"]["flags"])


ASKING = """\
class NeuralNetwork:
    def __init__(self, num_layers, num_neurons_per_layer_list, seed=400):
        pass

    def sigmoid(self, z):
        return z

    sigmoid_derivative = forward_pass = cost = lambda self, x: 0

    def cost_derivative(self, a, y):
        return y

    def back_propagation(self, x, y):
        try:
            return self.slopes(x, y, self.biases), self.slopes(x, y, self.weights)
        except ValueError:
            return self.biases, self.weights

    def slopes(self, x, y, arrays):
        result = [np.zeros_like(array) for array in arrays]
        for array, slope in zip(arrays, result):
            for index in np.ndindex(array.shape):
                before = array[index]
                array[index] = before + 1e-6
                up = LOSS
                array[index] = before - 1e-6
                slope[index] = (up - LOSS) / 2e-6
                array[index] = before
        return result
"""


@pytest.mark.parametrize(
    ("helper", "loss"),
    [("cost", "self.cost([(x, y)])"), ("forward_pass", "0.5 * np.sum((self.forward_pass(x) - y) ** 2)")],
)
@pytest.mark.one_in(6)
def test_a_file_with_nothing_right_can_not_differentiate_what_stands_in(graded, helper, loss):
    results = graded("import numpy as np\n\n\n" + ASKING.replace("LOSS", loss))
    assert results["score"] == 0
    (flag,) = results["extra_data"]["flags"]
    assert flag.startswith(f"back_propagation: it asked for {helper} more often") and "refused" in flag


@pytest.mark.parametrize(
    "place", ["[db.astype(np.float32) for db in dC_db]", "[np.float64(np.float32(db)) for db in dC_db]"]
)
def test_single_precision_is_not_flagged(graded, place):
    results = graded(edit("back_propagation", "return dC_db, dC_dw", f"return {place}, dC_dw"))
    assert results["score"] == 100
    assert results["extra_data"]["flags"] == []


def test_slow_but_exact_work_is_not_flagged(graded):
    results = graded(edit("back_propagation", "dC_dw[layer] = activations[layer] @ delta.T", LOOPS))
    assert results["score"] == LAB.marks
    assert results["extra_data"]["flags"] == []


def test_the_stub_of_every_lab_is_at_hand():
    """Advice on edits needs it, also in the zip."""
    for module in LAB.modules:
        assert (ROOT / "student" / LAB.folder / f"{module}.py").is_file()
