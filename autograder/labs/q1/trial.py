"""An end-to-end run of a q1 submission as it is, on real digits: shown beside the reference's, worth no marks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from grading import judge
from grading.rubric import Answers
from grading.session import Failure, Session


class Training(NamedTuple):
    """How a network is trained: on the first so many digits, for so many epochs."""

    samples: int
    epochs: int
    batch: int
    eta: float


SIZES = (784, 8, 8, 10)
# eta / batch = 0.05: over three epochs rounding stays far below the tolerance, so the cost histories can be compared
COMPARED = Training(samples=100, epochs=3, batch=10, eta=0.5)
# what it can learn in half a second; so chaotic that two right programs need not agree
LEARNED = Training(samples=1437, epochs=5, batch=10, eta=3.0)
TESTED = 200


def probe(session: Session, rng: np.random.Generator) -> Answers:
    """Train the handout's net from its own initial weights, with the student's own everything."""
    compared, _ = _train(session, COMPARED)
    return {"history": compared}


def learning(session: Session, rng: np.random.Generator) -> Answers:
    """Train longer and classify held-out digits: the accuracy in percent, or the Failure instead."""
    history, right = _train(session, LEARNED)
    return {"accuracy": history if isinstance(history, Failure) else 100.0 * sum(right) / TESTED}


def _train(session: Session, how: Training) -> tuple[Any, list[bool]]:
    """The cost history, and for each held-out digit whether it is classified correctly."""
    from grading import datasets  # a class is graded without trials, and need not pay for this import

    data = datasets.load("digits")
    wanted = datasets.one_hot(data.y_train[: how.samples])
    training = [(x[:, None], y[:, None]) for x, y in zip(data.pixels_train[: how.samples] / 255.0, wanted, strict=True)]
    test = [(x[:, None], int(y)) for x, y in zip(data.pixels_test[:TESTED] / 255.0, data.y_test[:TESTED], strict=True)]
    network = session.new("q1", "NeuralNetwork", len(SIZES), list(SIZES))
    history = session.call(network, "mini_batch_GD", training, how.epochs, how.batch, how.eta, test)
    return history, [_class_of(session.call(network, "forward_pass", x)) == label for x, label in test]


def _class_of(output: Any) -> int | None:
    return int(np.argmax(output)) if isinstance(output, np.ndarray) and output.size == SIZES[-1] else None


def describe(own: Answers, reference: Answers, longer: Answers) -> str:
    """One sentence for the student: does the training match, and what accuracy does it reach."""
    history, accuracy = own["history"], longer["accuracy"]
    start = "Your file as it is, trained from end to end on the digits"
    if isinstance(history, Failure):
        return f"{start}, does not run through yet ({history.type_name or history.kind})."
    agrees = judge.same(history, reference["history"])
    same = "has the reference's cost history" if agrees else "has another cost history than the reference"
    if isinstance(accuracy, Failure):
        return f"{start}, {same}, but is too slow for {LEARNED.epochs} epochs here ({accuracy.kind})."
    return f"{start}, {same} and reaches {accuracy:.1f} % accuracy after {LEARNED.epochs} epochs."
