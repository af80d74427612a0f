"""Where NaN or infinity came from: what NumPy noticed first, and the student's line, through the whole pipeline."""

from __future__ import annotations

import pytest

from neural_lab.feedback.facts import statement
from neural_lab.grading.facts import Fact, Sort
from neural_lab.schema.observations import Call
from tests.hand_ins import SOLUTION, hand_in

TOTAL = "total += 0.5 * np.sum((a - y) ** 2)"
SIGMOID = "return 1 / (1 + np.exp(-z))"
PLACE = ": print the numbers there."


@pytest.fixture
def told(grader, tmp_path):
    """All that is told of the solution with one text replaced."""

    def told(find: str, put: str) -> str:
        assert SOLUTION.count(find) == 1, find
        return str(grader.grade(hand_in(tmp_path, SOLUTION.replace(find, put)))["tests"])

    return told


@pytest.mark.parametrize(
    ("put", "said"),
    [
        ("total += np.sum(np.exp(900 * np.abs(a) + 900))", "a number becomes too large for the computer"),
        (
            "total -= np.sum(np.abs(y)) * np.log(\n                0)",
            "there is a division by zero, or a logarithm of zero",
        ),
    ],
)
def test_an_answer_that_is_not_finite_is_told_with_the_line_it_came_from(told, put, said):
    text = SOLUTION.replace(TOTAL, put)
    line = next(n for n, one in enumerate(text.split("\n"), 1) if put.split("\n")[0] in one)
    output = told(TOTAL, put)
    assert said in output
    assert f"first in line {line}{PLACE}" in output


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ("1 + np.exp(-z)", "1 - np.exp(-z)"),  # a known mistake, which divides by zero at z = 0
        (SIGMOID, "return np.exp(z * z) / (1.5 + np.exp(z * z))"),  # wrong before anything overflows
        (SIGMOID, "return np.exp(-1 / np.exp(z * 99)) + z"),  # overflows, and is finite
        (TOTAL, "total += 0.5 * np.sum((a - y) ** 2) + np.inf"),  # NumPy noticed nothing
    ],
)
def test_no_line_is_told_where_the_cause_is_another_or_nothing_was_noticed(told, find, put):
    assert PLACE not in told(find, put)


@pytest.mark.fast
def test_a_line_of_a_notebook_is_told_by_its_cell():
    fact = Fact(Sort.NO_RESULT, Call("cost"), names=("q1",), number=12)
    assert "first in line 3 of cell 2:" in statement(fact, {"q1": (1, 10)})
