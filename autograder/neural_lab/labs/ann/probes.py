"""The probes of the ann lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, first_failure, shapes, spread, together
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers, Kept

NAMES = ("W1", "b1", "W2", "b2")
DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)
SEEDS = 60


def _network(session: Session, rng: np.random.Generator) -> Any:
    """A network with drawn weights and biases that are not zero."""
    model = session.new("ann", "ANN", 0)
    for name, shape in zip(NAMES, ((2, 4), (4,), (4, 1), (1,)), strict=True):
        session.set(model, name, rng.normal(0, 1, shape))
    return model


def _samples(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1.5, (count, 2)), (np.arange(count) % 3 == 0).astype(float).reshape(-1, 1)


def initial_shapes(session: Session, rng: np.random.Generator) -> Answers:
    parameters = session.call(session.new("ann", "ANN", 3), "initial_parameters", 3)
    biases = [
        parameters[i] if isinstance(parameters, list | tuple) and len(parameters) == 4 else parameters for i in (1, 3)
    ]
    return {
        "the shapes of W1, b1, W2, b2": shapes(parameters),
        "b1 and b2": together(*biases),
    }


def initial_weights(session: Session, rng: np.random.Generator) -> Answers:
    first = int(rng.integers(1000))
    model = session.new("ann", "ANN", first)
    drawn = [session.call(model, "initial_parameters", first + k) for k in range(SEEDS)]
    again = session.call(model, "initial_parameters", first)
    weights = [parameters[::2] if isinstance(parameters, list | tuple) else parameters for parameters in drawn]
    return {
        f"mean and spread of the weights over {SEEDS} seeds, to the next multiple of 0.15": spread(weights, 0.15),
        "(the same seed gives the same numbers, other seeds give others)": first_failure(again, *drawn)
        or (repr(again) == repr(drawn[0]), len({repr(parameters) for parameters in drawn}) == SEEDS),
    }


def sigmoid(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    z = np.concatenate([DECISIVE, rng.uniform(-20, 20, 4)])
    table = rng.uniform(-3, 3, (3, 4))
    return ask(session, "sigmoid(z) of a line", model, "sigmoid", z) | ask(
        session, "sigmoid(z) of a table", model, "sigmoid", table
    )


def forward(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    answers: Answers = {}
    for count in (1, 4, 6):
        x = _samples(rng, count)[0]
        answers |= ask(session, f"forward(X) of {count} sample{'s' * (count > 1)}", model, "forward", x)
    return answers


def losses(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    a2, y = rng.uniform(0.05, 0.95, (5, 1)), np.array([[1.0], [0.0], [0.0], [1.0], [0.0]])
    return ask(session, "losses(a2, y) of 5 samples", model, "losses", a2, y)


def backward(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    answers: Answers = {}
    for count in (1, 4, 7):
        what = f"backward(X, y) with {count} sample{'s' * (count > 1)}"
        answers |= ask(session, what, model, "backward", *_samples(rng, count))
    answers["W1, b1, W2 and b2 after backward(X, y)"] = Kept(together(*(session.get(model, name) for name in NAMES)))
    return answers


def train(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for count, learning_rate, epochs in ((1, 0.5, 1), (7, 0.1, 5)):
        model = _network(session, rng)
        history = session.call(model, "train", *_samples(rng, count), learning_rate, epochs)
        what = f"train with {count} sample{'s' * (count > 1)}, {epochs} epoch{'s' * (epochs > 1)}"
        parameters = together(history, *(session.get(model, name) for name in NAMES))
        answers[f"losses, then (W1, b1, W2, b2) after {what}"] = together(
            history, parameters[1:] if isinstance(parameters, tuple) else parameters
        )
    return answers


def predict(session: Session, rng: np.random.Generator) -> Answers:
    model = session.new("ann", "ANN", 0)
    # z2 = 6 sigma(x_1) - 2.7, so the outputs are 0.57, 0.40, 0.96, 0.07 and 0.90
    W1, W2 = np.zeros((2, 4)), np.zeros((4, 1))
    W1[0, 0], W2[0, 0] = 1.0, 6.0
    for name, value in zip(NAMES, (W1, np.zeros(4), W2, np.array([-2.7])), strict=True):
        session.set(model, name, value)
    x = np.column_stack([[0.0, -0.5, 4.0, -4.0, 1.5], rng.normal(0, 1, 5)])
    return ask(session, "predict(X) of 5 samples", model, "predict", x)
