"""Remarks that cost no marks, and flags that only the staff reads: from real gradings."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from neural_lab.grading.reference import Reference, edited_module
from neural_lab.schema.places import ROOT
from neural_lab.schema.schema import Edit, load_lab
from neural_lab.tools.course.grader import Grader

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
def graded(tmp_path_factory) -> Iterator[Callable[[str], dict]]:
    file = tmp_path_factory.mktemp("advice") / "q1.py"
    with Grader("q1") as grader:

        def grade(source: str) -> dict:
            file.write_text(source, "utf-8")
            return grader.grade(file)

        yield grade


def edit(function: str, find: str, put: str) -> str:
    return edited_module(SOURCE, LAB.function(function).path, [Edit(find, put)])


def advice(results: dict) -> str:
    """All advice, which must stand in what the student reads and cost nothing."""
    assert results["score"] == 100
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
    assert results["score"] == 100
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


def test_numerical_differentiation_is_flagged_for_the_staff_and_not_decided(graded):
    results = graded(edit("back_propagation", "a = x\n", NUMERICAL))
    assert results["score"] == 100
    (flag,) = results["extra_data"]["flags"]
    assert flag.startswith("back_propagation: gradients_handout took")
    assert "numerical differentiation" in flag
    assert "numerical" not in results["output"] + "".join(test["output"] for test in results["tests"])


def test_slow_but_exact_work_is_not_flagged(graded):
    results = graded(edit("back_propagation", "dC_dw[layer] = activations[layer] @ delta.T", LOOPS))
    assert results["score"] == 100
    assert results["extra_data"]["flags"] == []


def test_the_stub_of_every_lab_is_at_hand():
    """Advice on edits needs it, also in the zip."""
    for module in LAB.modules:
        assert (ROOT / "student" / LAB.folder / f"{module}.py").is_file()
