"""A slip in code that several functions share costs its marks once, on both sides of the line."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from neural_lab.grading.carried import settle
from neural_lab.grading.pipeline import Grading
from neural_lab.grading.reference import Reference, edited_module, locate
from neural_lab.grading.repairs import open_bench
from neural_lab.intake.submission import Submission
from neural_lab.isolation.pool import Sandbox
from neural_lab.runtime.edits import Bench
from neural_lab.schema.lab import Mistake
from tests.hand_ins import CLASS, LAB, SOLUTION, hand_in, marks_but, marks_of, with_bodies


@pytest.fixture
def grade(grader, tmp_path):
    """Grade a text as q1.py."""
    return lambda text: grader.grade(hand_in(tmp_path, text))


RUN = """
    def _run(self, x):
        a, zs, activations = x, [], [x]
        for W, b in zip(self.weights, self.biases):
            z = W.T @ a + b
            a = self.sigmoid(z)
            zs.append(z)
            activations.append(a)
        return zs, activations

"""
RUN_BY_INDEX = """
    def _run(self, x):
        zs, activations = [], [x]
        for l in range(len(self.weights)):
            zs.append(self.weights[l].T @ activations[-1] + self.biases[l])
            activations.append(self.sigmoid(zs[-1]))
        return zs, activations

"""
BACK = """
def back_propagation(self, x, y):
    zs, activations = self._run(x)
    dC_db = [np.zeros_like(b) for b in self.biases]
    dC_dw = [np.zeros_like(W) for W in self.weights]
    delta = self.cost_derivative(activations[-1], y) * self.sigmoid_derivative(zs[-1])
    for l in range(len(self.weights) - 1, -1, -1):
        dC_db[l] = delta
        dC_dw[l] = activations[l] @ delta.T
        if l:
            delta = self.weights[l] @ delta * self.sigmoid_derivative(zs[l - 1])
    return dC_db, dC_dw
"""
FORWARD = "def forward_pass(self, x):\n    return self._run(x)[1][-1]\n"
KEEPS = """
def forward_pass(self, x):
    a = x
    self.zs, self.activations = [], [x]
    for W, b in zip(self.weights, self.biases):
        z = W.T @ a + b
        a = self.sigmoid(z)
        self.zs.append(z)
        self.activations.append(a)
    return a
"""
KEPT = BACK.replace(
    "zs, activations = self._run(x)", "self.forward_pass(x)\n    zs, activations = self.zs, self.activations"
)


def with_run(run: str, **bodies: str) -> str:
    """A submission whose forward_pass and back_propagation share a helper."""
    text = with_bodies({"forward_pass": FORWARD, "back_propagation": BACK} | bodies)
    return text.replace("    def forward_pass(", run + "    def forward_pass(", 1)


def edited(text: str, find: str, put: str) -> str:
    assert find in text
    return text.replace(find, put)


SHARED = {
    "with zip": (with_run(RUN), "W.T @ a + b", "W.T @ a"),
    "by index": (with_run(RUN_BY_INDEX), " + self.biases[l]", ""),
    "kept by forward_pass": (with_bodies({"forward_pass": KEEPS, "back_propagation": KEPT}), "W.T @ a + b", "W.T @ a"),
}


@pytest.mark.parametrize(("right", "find", "put"), SHARED.values(), ids=SHARED)
def test_a_forgotten_bias_in_shared_code_costs_the_marks_of_one_function(grade, right, find, put):
    assert marks_of(grade(right)) == marks_but()
    data = grade(edited(right, find, put))
    assert marks_of(data) == marks_but(forward_pass=10)
    gained = [t["output"] for t in data["tests"] if t["tags"] == ["back_propagation"]]
    assert all("ight but for the slip in line" in output for output in gained)


SIGMA = "def sigma(z):\n    return 1 / (1 + np.exp(-z))\n"
BY_SIGMA = {
    "sigmoid": "@staticmethod\ndef sigmoid(z):\n    return sigma(z)\n",
    "sigmoid_derivative": "def sigmoid_derivative(self, z):\n    return sigma(z) - sigma(z) ** 2\n",
    "forward_pass": """
        def forward_pass(self, x):
            for W, b in zip(self.weights, self.biases):
                x = sigma(W.T @ x + b)
            return x
        """,
}


def test_a_wrong_sign_in_a_function_of_the_module_costs_the_marks_of_one_function(grade):
    assert marks_of(grade(with_bodies(BY_SIGMA, above=SIGMA))) == marks_but()
    data = grade(with_bodies(BY_SIGMA, above=edited(SIGMA, "np.exp(-z)", "np.exp(z)")))
    assert marks_of(data) == marks_but(sigmoid=5)


def test_the_same_slip_in_equal_lines_of_the_handouts_own_form_is_charged_once(grade):
    data = grade(edited(SOLUTION, "W.T @ a + b", "W.T @ a"))
    assert marks_of(data) == marks_but(forward_pass=10)


def test_code_that_is_wrong_for_another_reason_too_gains_nothing(grade):
    wrong = BACK.replace("activations[l] @ delta.T", "activations[l] * 2 @ delta.T")
    alone = marks_of(grade(with_run(RUN, back_propagation=wrong)))
    both = marks_of(grade(edited(with_run(RUN, back_propagation=wrong), "W.T @ a + b", "W.T @ a")))
    assert alone["back_propagation"] < 60
    assert both == alone | {"forward_pass": 0.0}


def test_what_shares_wrong_code_and_could_not_be_proved_is_listed_for_a_person(grade):
    odd = RUN.replace("z = W.T @ a + b", "z = np.cos(W.T @ a) ** 3 - b * b")
    data = grade(with_run(odd))
    assert marks_of(data)["back_propagation"] < 60
    assert "forward_pass shares" in str(data["extra_data"])


def test_a_file_that_sees_that_it_is_tried_gains_nothing_by_it(grade):
    """The search runs code whose loops are counted. What is right only there is not right in the edited file."""
    sees = "import builtins\nTRIED = any(' ' in name for name in vars(builtins))\n"
    body = BACK.replace("return dC_db, dC_dw", "return (dC_db, dC_dw) if TRIED else ([], [])")
    right = with_run(RUN, back_propagation=body).replace("import numpy", sees + "import numpy", 1)
    assert marks_of(grade(right)) == marks_but(back_propagation=60)
    wrong = edited(right, "W.T @ a + b", "W.T @ a")
    assert marks_of(grade(wrong)) == marks_but(back_propagation=60, forward_pass=10)


def test_two_slips_that_make_up_for_each_other_leave_the_later_function_what_it_had(grade):
    text = edited(SOLUTION, "return output_activations - y", "return y - output_activations")
    text = edited(text, "dC_da = self.cost_derivative", "dC_da = -self.cost_derivative")
    assert marks_of(grade(text)) == marks_but(cost_derivative=5)


@pytest.mark.parametrize(("right", "find", "put"), SHARED.values(), ids=SHARED)
@pytest.mark.parametrize(
    "slip", [("@ delta.T", "@ delta.T * 2"), ("self.weights[l] @ delta", "self.weights[l] @ delta * 2")]
)
@pytest.mark.one_in(6)
def test_nobody_gets_more_than_the_edited_file_would(grade, right, find, put, slip):
    """With a second slip of its own, whatever its marks come to."""
    later = edited(right, *slip)
    assert sum(marks_of(grade(edited(later, find, put))).values()) <= sum(marks_of(grade(later)).values())


# -- nobody gets more than the edited file would: of the bank, where a slip can be carried at all ----------------------

REFERENCE = Reference(LAB)
DRAWN = 60  # pairs of slips in two functions
Slip = tuple[str, Mistake]  # path of the function that it is made in, and what is made there


def in_shared_code() -> Iterator[tuple[str, str, list[Slip]]]:
    """Each slip of the bank in code that several functions use, where it fits: a name, the right file, the slip."""
    used = {"with zip": "_run", "by index": "_run", "kept by forward_pass": "forward_pass"}
    places = [(name, SHARED[name][0], f"{CLASS}.{path}", "forward_pass") for name, path in used.items()]
    places += [("in the module", with_bodies(BY_SIGMA, above=SIGMA), "sigma", "sigmoid")]
    for name, right, path, function in places:
        text = locate(right, path).text
        for row in (row for row in LAB.mistakes if row.function == function):
            if all(one.find in text for one in row.edits):
                yield f"{row.id} {name}", right, [(path, row)]


def in_two_functions() -> Iterator[tuple[str, str, list[Slip]]]:
    """Each slip that fits both functions that go through the layers, in both; and drawn slips in any two functions."""
    both = [f"{CLASS}.{name}" for name in ("forward_pass", "back_propagation")]
    texts = [locate(SOLUTION, path).text for path in both]
    for row in (row for row in LAB.mistakes if row.function == "forward_pass"):
        if all(one.find in text for one in row.edits for text in texts):
            yield f"{row.id} twice", SOLUTION, [(path, row) for path in both]
    pairs = [pair for pair in combinations(LAB.mistakes, 2) if pair[0].function != pair[1].function]
    for pair in random.Random(1).sample(pairs, DRAWN):
        yield f"{pair[0].id} {pair[1].id}", SOLUTION, [(f"{CLASS}.{row.function}", row) for row in pair]


class Desk:
    """In the place of a worker: it makes the edits, and gives the edited file as text."""

    def __init__(self) -> None:
        self._bench = Bench(None, lambda tree, file: ast.unparse(tree))

    def request(self, operation: list[Any]) -> Any:
        return self._bench.perform(*operation[1:]) if operation[0] == "edits" else None


def settled(text: str, sandbox: Sandbox) -> tuple[float, str]:
    """The marks of a submission, and the file with the edits that stay in place for them."""
    grading = Grading(REFERENCE, Submission({"q1": text}, text.encode()), bytes(32), sandbox)
    try:
        grading.load()
        grading.first_pass(LAB.functions)
        found = settle(grading, dict(line for f in LAB.functions for line in grading.judge_function(f)))
    finally:
        grading.end()
    if found.goals:
        desk: Any = Desk()
        *before, (*last, number, others) = found.goals
        open_bench(desk, grading, [*before, [*last, None, []]])
        text = desk.request(["edits", "compiled", number, others])
    return sum(line.marks for line in found.lines.values()), text


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.mark.parametrize(("name", "right", "slips"), [*in_shared_code(), *in_two_functions()], ids=lambda one: "")
@pytest.mark.one_in(153)
def test_the_edited_file_would_get_no_less(name, right, slips, sandbox):
    text = right
    for path, row in slips:
        text = edited_module(text, path, row.edits)
    marks, repaired = settled(text, sandbox)
    if repaired != text:
        assert marks <= settled(repaired, sandbox)[0], name
