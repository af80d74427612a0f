"""What a submission may ask of the reference, and what it gets when it asks for more."""

from __future__ import annotations

import numpy as np
import pytest

from neural_lab.grading import substitutes
from neural_lab.grading.reference import Reference
from neural_lab.grading.substitutes import Helpers
from neural_lab.runtime.protocol import Failure, Handle, Opaque
from neural_lab.schema.schema import load_lab

WIDE = np.ones((1, 100_000))


def helpers(lab: str, *labels: str) -> Helpers:
    found = load_lab(lab)
    return Helpers(Reference(found), tuple(found.function(label) for label in labels))


def refused(answer) -> str:
    assert isinstance(answer, Failure) and answer.kind == "refused", answer
    return answer.message


def column(*values: float) -> np.ndarray:
    return np.array(values).reshape(-1, 1)


def test_a_grafted_helper_answers_as_the_reference():
    answer, changed = helpers("q1", "sigmoid").answer(("ask", "sigmoid", [column(0.0, 0.7)], {}))
    np.testing.assert_allclose(answer, column(0.5, 1 / (1 + np.exp(-0.7))))
    assert changed == {}


@pytest.mark.parametrize("label", ["back_propagation", "forward_pass", "__class__", "", 7, None, Handle(0)])
def test_only_what_is_grafted_in_this_run_is_answered(label):
    assert "not grafted" in refused(helpers("q1", "sigmoid").answer(("ask", label, [column(0.0)], {})))


@pytest.mark.parametrize(
    "message",
    [(), ("ask",), ("ask", "sigmoid", [], {}, 1), ["ask", "sigmoid", [], {}], ("reply", "sigmoid", [], {}), None, 7,
     ("ask", "sigmoid", column(1), {}), ("ask", "sigmoid", [column(1)], []), np.ones(4)],
    ids=str,
)  # fmt: skip
def test_what_is_no_question_is_refused(message):
    refused(helpers("q1", "sigmoid").answer(message))


@pytest.mark.parametrize(
    "argument",
    [np.ones((2, 2, 2, 2)), np.array([["a"]]), [[1.0]], None, Opaque("x"), Handle(0), Failure("raised"), "1", {"a": 1},
     np.ones((2000, 2000)), np.array([[1j]])],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_argument_of_another_kind_is_refused(argument):
    refused(helpers("q1", "sigmoid").answer(("ask", "sigmoid", [argument], {})))


def test_parameters_of_another_net_than_the_argument_are_refused():
    state = {"biases": [column(1, 2)], "weights": [np.ones((3, 2))]}
    asked = helpers("q1", "forward_pass")
    answer, _ = asked.answer(("ask", "forward_pass", [column(1, 2, 3)], state))
    assert answer.shape == (2, 1)
    refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3, 4)], state)))
    refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3)], {"weights": state["weights"]})))
    refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3)], state | {"seed": 1})))


@pytest.mark.parametrize(
    ("lab", "label", "arguments", "attributes"),
    [
        ("layered", "initialise", [[1000] * 10, 1], {}),  # 72 MB of weights
        ("layered", "forward_pass", [np.ones((200_000, 1)), [np.ones((1, 200_000))], [np.ones(200_000)]], {}),
        ("layered", "forward_pass", [np.ones((3000, 1)), [np.ones((1, 3000))], [np.ones(3000)]], {}),
        ("layered", "initialise", [[1000] * 20, 1], {}),
        ("layered", "initialise", [[-5, 3], 1], {}),
        ("layered", "initialise", [[1000] * 10 + [-1000, 1000] * 5, 1], {}),
        (
            "layers",
            "Dense.forward",
            [np.ones((100_000, 1))],
            {"weights": np.ones((1, 100_000)), "biases": np.ones((1, 100_000))},
        ),
    ],
)
def test_arguments_that_explode_in_the_reference_are_refused(lab, label, arguments, attributes):
    refused(helpers(lab, label).answer(("ask", label, arguments, attributes)))


def test_a_net_is_made_up_to_the_bound_on_its_weights():
    def made(*widths):
        return helpers("layered", "initialise").answer(("ask", "initialise", [list(widths), 7], {}))

    assert not isinstance(made(784, 300, 100, 10), Failure)
    assert not isinstance(made(1000, 500), Failure)
    assert "500,000 weights" in refused(made(1000, 501))


def test_calls_bytes_and_time_are_bounded(monkeypatch):
    monkeypatch.setattr(substitutes, "MOST_CALLS", 3)
    asked = helpers("q1", "sigmoid")
    question: tuple = ("ask", "sigmoid", [column(0.0)], {})
    for _ in range(3):
        asked.answer(question)
    assert "too often" in refused(asked.answer(question))
    monkeypatch.setattr(substitutes, "MOST_BYTES", 100)
    assert "too much" in refused(helpers("q1", "sigmoid").answer(("ask", "sigmoid", [np.ones((100, 1))], {})))
    monkeypatch.setattr(substitutes, "MOST_SECONDS", -1.0)
    assert "too much" in refused(helpers("q1", "sigmoid").answer(question))
