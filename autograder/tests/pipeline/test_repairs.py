"""The line that is wrong, proved by an edit that makes the function right: through the whole pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_lab.feedback.account import Mark, remarks
from neural_lab.feedback.repairs import located
from neural_lab.grading.repairs import Repair, quoted
from neural_lab.runtime.edits import Kind
from neural_lab.tools.course.grader import Grader
from tests.hand_ins import FULL, SOLUTION, hand_in, marks_but, marks_of, with_bodies


@pytest.fixture
def grade(grader, tmp_path):
    """Grade a text as q1.py."""
    return lambda text: grader.grade(hand_in(tmp_path, text))


def edited(find: str, put: str) -> str:
    """The solution with one text replaced, found exactly once."""
    assert SOLUTION.count(find) == 1, find
    return SOLUTION.replace(find, put)


def output_of(data, number: str) -> str:
    return next(test["output"] for test in data["tests"] if test["number"] == number)


def line_of(text: str, piece: str) -> int:
    return next(n for n, line in enumerate(text.split("\n"), 1) if piece in line)


SLOPE = "delta = dC_da * self.sigmoid_derivative(zs[layer])"


@pytest.mark.parametrize(
    ("find", "put", "number"),
    [
        ("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))", "1.1"),
        ("return output_activations - y", "return (output_activations - y) * output_activations", "1.4"),
        (SLOPE, "delta = dC_da * self.sigmoid_derivative(activations[layer + 1])", "1.7"),
        (SLOPE, "delta = dC_da", "1.7"),
        ("dC_da = self.weights[layer] @ delta", "dC_da = self.weights[layer].T @ delta", "1.7"),
        ("step = eta / mini_batch_size", "step = eta / mini_batch_size / mini_batch_size", "1.6"),
    ],
)
@pytest.mark.one_in(2)
def test_the_students_own_line_is_shown_where_one_edit_makes_everything_right(grade, find, put, number):
    text = edited(find, put)
    output = output_of(grade(text), number)
    assert f"**Line {line_of(text, put)}**" in output
    assert put in output


def test_the_edit_itself_is_never_shown(grade):
    text = edited(SLOPE, "delta = dC_da * self.sigmoid_derivative(activations[layer + 1])")
    assert "zs[layer]" not in output_of(grade(text), "1.7")


def test_a_right_function_shows_no_line(grade):
    data = grade(edited("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))"))
    assert not any("**Line" in test["output"] for test in data["tests"] if test["score"] == test["max_score"])


def test_a_file_that_was_not_loaded_whole_gets_no_line(grade):
    text = edited("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))") + "\n\nundefined_name\n"
    data = grade(text)
    assert marks_of(data) == marks_but(sigmoid=5)
    assert "**Line" not in output_of(data, "1.1")


def test_what_two_lines_could_repair_alike_is_told_as_one_of_them(grade):
    text = SOLUTION.replace("z = W.T @ a + b  # (n_out, n_in)", "z = W.T @ a  # (n_out, n_in)")
    output = output_of(grade(text), "1.5")
    assert "**One of the lines" in output
    assert "z = W.T @ a " in output


@pytest.mark.fast
@pytest.mark.parametrize("indent", ["    ", "\t"])
def test_lines_are_quoted_with_the_indentation_that_they_have_beside_each_other(indent):
    text = f"def f(x):\n{indent}for i in x:\n{indent * 2}t = i\n{indent}return t\n"
    assert quoted(text, (2, 3)) == ("for i in x:", "    t = i")
    assert quoted(text, (3,)) == ("t = i",)
    assert quoted(text, (3, 4)) == ("    t = i", "return t")
    repair = Repair("f", "q1", "f", False, (2, 3), quoted(text, (2, 3)), one_of=True, kind=Kind.ORDER, edits=())
    assert "```python\n2  for i in x:\n3      t = i\n```" in located(repair, hinted=True, cells=())


def test_of_two_slips_the_line_is_shown_of_that_which_spoils_most_by_itself(grade):
    wrong = "delta = dC_da * self.sigmoid(zs[layer])"
    text = edited("dC_db[layer] = delta\n", "dC_db[layer] = delta - 1\n").replace(SLOPE, wrong)
    data = grade(text)
    output = output_of(data, "1.7")
    assert f"**Line {line_of(text, wrong)}**, one of at least two things to look at: something here" in output
    assert wrong in output and SLOPE not in output
    repair = data["extra_data"]["report"]["lines"][6]["repair"]
    assert repair["several"] and repair["lines"] == [line_of(text, wrong)]


@pytest.mark.fast
@pytest.mark.parametrize("several", [True, False])
def test_beside_the_students_code_too_a_line_is_told_as_one_of_two_only_where_it_is(several):
    repair = {"module": "q1", "lines": [7], "one_of": False, "several": several, "kind": "sign", "cells": []}
    (remark,) = remarks({"lines": [{"number": "1.7", "repair": repair, "raised": None}]})
    assert (remark.mark is Mark.AMONG) == several


SHARED = """
def _run(self, x):
    zs, activations = [], [x]
    for W, b in zip(self.weights, self.biases):
        zs.append(W.T @ activations[-1] + b)
        activations.append(self.sigmoid(zs[-1]))
    return zs, activations

def forward_pass(self, x):
    return self._run(x)[1][-1]
"""
TWICE = """
def back_propagation(self, x, y):
    zs, activations = self._run(x)
    dC_db = [np.zeros_like(b) for b in self.biases]
    dC_dw = [np.zeros_like(W) for W in self.weights]
    dC_da = self.cost_derivative(activations[-1], y)
    for l in range(len(self.weights) - 1, -1, -1):
        delta = dC_da * self.sigmoid_derivative(zs[l])
        dC_db[l] = delta - 1
        dC_dw[l] = np.exp(activations[l] @ delta.T) / 3
        dC_da = self.weights[l] @ delta
    return dC_db, dC_dw
"""


def test_a_line_that_is_one_of_two_moves_no_mark(grade):
    text = with_bodies({"back_propagation": TWICE, "forward_pass": SHARED})
    data = grade(text)
    assert f"**Line {line_of(text, 'dC_db[l] = delta - 1')}**, one of at least two" in output_of(data, "1.7")
    assert marks_of(data) == marks_but(back_propagation=60)
    assert not any(line["but_for"] for line in data["extra_data"]["report"]["lines"])


@pytest.mark.parametrize(
    ("find", "put", "number"),
    [
        ("total += 0.5 * np.sum((a - y) ** 2)", "total += np.sum((a - y) ** 4) / len(training_data)", "1.3"),
        ("return output_activations - y", "return (output_activations - np.sqrt(abs(y))) ** 3", "1.4"),
    ],
)
def test_where_no_edit_makes_a_whole_part_right_no_line_is_one_of_two(grade, find, put, number):
    assert "one of at least" not in output_of(grade(edited(find, put)), number)


def test_an_edit_that_never_ends_is_stopped_by_count(grade):
    body = "total = 1.0\n        while total < 10:\n            total = total * 2\n        return z * total / 16 + 1"
    data = grade(edited("return 1 / (1 + np.exp(-z))", body))
    assert marks_of(data) == marks_but(sigmoid=5)
    assert "stopped" not in str(data)


def test_an_edit_that_kills_its_worker_is_wrong_and_the_others_are_tried(grade):
    text = edited(
        "return 1 / (1 + np.exp(-z))",
        "import os\n        if 1 > 2:\n            os._exit(1)\n        return 1 / (1 + np.exp(z))",
    )
    output = output_of(grade(text), "1.1")
    assert f"**Line {line_of(text, 'np.exp(z)')}**" in output


DEEP = {
    "a long sum": "1 / (1 + np.exp(z))" + " + 0" * 500,
    "a long condition": "1 / (1 + np.exp(z)) if " + "not " * 400 + "0 else z",
    "many indices": "[z" + "[:]" * 300 + "][0] + 1",
}


@pytest.mark.parametrize("expression", DEEP.values(), ids=DEEP)
@pytest.mark.one_in(3)
def test_code_that_is_too_deep_to_be_edited_is_judged_as_any_other(grade, expression):
    assert marks_of(grade(edited("1 / (1 + np.exp(-z))", expression))) == marks_but(sigmoid=5)


def test_a_file_that_breaks_what_edits_it_changes_no_marks(grade):
    breaks = (
        "import ast\nimport builtins\nimport copy\n\n"
        "ast.parse = ast.unparse = ast.walk = builtins.compile = copy.copy = None\n"
    )
    text = edited("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))")
    assert marks_of(grade(breaks + text)) == marks_but(sigmoid=5)


def test_a_grader_that_grades_a_whole_class_keeps_nothing_of_what_it_has_graded(tmp_path):
    """A cache that held each search, with the arrays of its grading, filled the grader's memory after 300 files."""
    file = hand_in(tmp_path, edited("1 / (1 + np.exp(-z))", "1 / (1 + np.exp(z))"))
    with Grader("q1") as grader:

        def resident_after(times: int) -> int:
            for _ in range(times):
                assert grader.grade(file)["tests"]
            status = Path(f"/proc/{grader.pid}/status").read_text()
            return next(int(line.split()[1]) for line in status.split("\n") if line.startswith("VmRSS"))

        before = resident_after(4)  # the first ones fill what is kept for good
        assert resident_after(8) - before < 3_000, "KiB"  # 1,300 for each file, once


@pytest.mark.fast
def test_more_results_than_the_right_ones_are_told_by_their_numbers(grade):
    """Right gradients at the end of a longer tuple are where no name of the contract is."""
    returned = "return dC_db, dC_dw"
    assert SOLUTION.count(returned) == 1
    text = SOLUTION.replace(returned, f"return 0.0, activations, {returned.removeprefix('return ')}")
    data = grade(text)
    assert not data["extra_data"]["grader_fault"] and data["score"] < FULL
    assert "your item 1 of item 3 of the result is what `dC_db` of the hidden layer should be" in output_of(data, "1.7")
