"""What a submission may ask of the reference, and what it gets when it asks for more."""

from __future__ import annotations

import numpy as np
import pytest

from neural_lab.grading.reference import Reference
from neural_lab.grading.substitutes import Helpers
from neural_lab.isolation.limits import Limits
from neural_lab.runtime.protocol import Failure, FailureKind, Handle, Opaque
from neural_lab.schema.discovery import load_lab

WIDE = np.ones((1, 100_000))


ON_A_NET: dict[str, tuple[list, list]] = {  # a call of a probe on a net, for each lab
    "q1": (
        [
            ["new", 0, "q1", "NeuralNetwork", 3, [3, 2, 2]],
            ["set", Handle(0), "weights", [np.ones((3, 2)), np.ones((2, 2))]],
            ["set", Handle(0), "biases", [np.ones((2, 1)), np.ones((2, 1))]],
        ],
        ["call", Handle(0), "back_propagation", np.ones((3, 1)), np.ones((2, 1))],
    ),
    "layered": ([], ["call", "layered", "sigmoid_derivative", np.ones(3)]),
    "layers": ([["new", 0, "layers", "Dense", 2, 2]], ["call", Handle(0), "forward", np.ones((1, 2))]),
}

LIMITS = Limits()


def helpers(lab: str, *labels: str, limits: Limits = LIMITS) -> Helpers:
    found = load_lab(lab)
    asked = Helpers(Reference(found), tuple(found.function(label) for label in labels), limits)
    told, call = ON_A_NET[lab]
    asked.follow(["batch", told, [call], []])
    return asked


def refused(answer) -> str:
    assert isinstance(answer, Failure) and answer.kind == FailureKind.REFUSED, answer
    return answer.message


def column(*values: float) -> np.ndarray:
    return np.array(values).reshape(-1, 1)


def test_a_substituted_helper_answers_as_the_reference():
    answer, changed = helpers("q1", "sigmoid").answer(("ask", "sigmoid", [column(0.0, 0.7)], {}))
    np.testing.assert_allclose(answer, column(0.5, 1 / (1 + np.exp(-0.7))))
    assert changed == {}


@pytest.mark.parametrize("label", ["back_propagation", "forward_pass", "__class__", "", 7, None, Handle(0)])
def test_only_what_is_substituted_in_this_run_is_answered(label):
    assert "not substituted" in refused(helpers("q1", "sigmoid").answer(("ask", label, [column(0.0)], {})))


@pytest.mark.parametrize(
    "message",
    [(), ("ask",), ("ask", "sigmoid", [], {}, 1), ["ask", "sigmoid", [], {}], ("reply", "sigmoid", [], {}), None, 7,
     ("ask", "sigmoid", column(1), {}), ("ask", "sigmoid", [column(1)], []), np.ones(4),
     ("ask", "sigmoid", [], {}), ("ask", "sigmoid", [column(1), column(1)], {})],
    ids=str,
)  # fmt: skip
def test_what_is_no_question_is_refused(message):
    refused(helpers("q1", "sigmoid").answer(message))


@pytest.mark.parametrize(
    "argument",
    [np.ones((2, 2, 2, 2)), np.array([["a"]]), [[1.0]], None, Opaque("x"), Handle(0), "1", {"a": 1},
     Failure(FailureKind.RAISED),     np.ones((2000, 2000)), np.array([[1j]])],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_an_argument_of_another_kind_is_refused(argument):
    refused(helpers("q1", "sigmoid").answer(("ask", "sigmoid", [argument], {})))


def test_parameters_of_another_net_than_the_argument_are_refused():
    state = {"biases": [column(1, 2), column(1, 2)], "weights": [np.ones((3, 2)), np.ones((2, 2))]}
    asked = helpers("q1", "forward_pass")
    answer, _ = asked.answer(("ask", "forward_pass", [column(1, 2, 3)], state))
    assert answer.shape == (2, 1)
    refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3, 4)], state)))
    refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3)], {"weights": state["weights"]})))
    refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3)], state | {"seed": 1})))
    wider = {"biases": [column(1, 2, 3, 4), column(1, 2)], "weights": [np.ones((3, 4)), np.ones((4, 2))]}
    assert "another net" in refused(asked.answer(("ask", "forward_pass", [column(1, 2, 3)], wider)))


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


def test_bytes_and_time_are_bounded():
    few, none = LIMITS._replace(asked_bytes=800), LIMITS._replace(asked_cpu=-1.0)
    within, beyond = helpers("q1", "sigmoid", limits=few), helpers("q1", "sigmoid", limits=few)
    assert not isinstance(within.answer(("ask", "sigmoid", [np.ones((1, 1))], {})), Failure)
    assert "too much" in refused(beyond.answer(("ask", "sigmoid", [np.ones((101, 1))], {})))
    assert "too much" in refused(helpers("q1", "sigmoid", limits=none).answer(("ask", "sigmoid", [column(0.0)], {})))


# L = 2 weight layers and 4 neurons; back_propagation makes one pass
@pytest.mark.parametrize(
    ("label", "arguments", "most"),
    [
        ("sigmoid", [column(0.0)], 4 * 4),
        ("cost_derivative", [column(0.0), column(0.0)], 4 * 4),
        ("forward_pass", [column(1, 2, 3)], 2 * 2 + 4),
        ("forward_pass", [np.ones((3, 4))], (2 * 2 + 4) // 4),
        ("cost", [[(column(1, 2, 3), column(1, 2))]], 2 * 2 + 4),
    ],
)
def test_a_call_of_the_probe_has_as_many_questions_as_its_net_needs(label, arguments, most):
    asked = helpers("q1", label)
    told, call = ON_A_NET["q1"]
    reads = load_lab("q1").function(label).reads
    state = {"weights": told[1][3], "biases": told[2][3]} if reads else {}
    question: tuple = ("ask", label, arguments, state)
    for _ in range(2):  # each call anew
        for _ in range(most):
            assert not isinstance(asked.answer(question), Failure)
        assert asked.refused == set()
        asked.follow(["batch", [], [call], []])
    for _ in range(most):
        asked.answer(question)
    assert "needs at most" in refused(asked.answer(question))
    assert asked.refused == {label}


def test_training_has_two_gradients_for_each_sample_of_each_epoch():
    asked = helpers("q1", "back_propagation")
    data, test = [(column(1, 2, 3), column(1, 2))] * 4, [(column(1, 2, 3), 1)]
    asked.follow(["batch", [], [["call", Handle(0), "mini_batch_GD", data, 3, 2, 0.1, test]], []])
    assert asked.most(load_lab("q1").function("back_propagation")) == 2 * 3 * (4 + 1)
