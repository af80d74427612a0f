"""The probes of the ann lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, first_failure, many, several, shapes, spread, together
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers

NAMES = ("W1", "b1", "W2", "b2")
DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)
SEEDS = 60


def _network(session: Session, rng: np.random.Generator) -> Any:
    """A network with drawn weights and biases that are not zero."""
    model = session.new("ann", "ANN", 0)
    _draw(session, model, rng)
    return model


def _draw(session: Session, model: Any, rng: np.random.Generator) -> None:
    for name, shape in zip(NAMES, ((2, 4), (4,), (4, 1), (1,)), strict=True):
        session.set(model, name, rng.normal(0, 1, shape))


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
    cases = {
        "sigmoid(z) of a line": (np.array([*DECISIVE, *rng.uniform(-20, 20, several(rng))]),),
        "sigmoid(z) of a table": (rng.uniform(-3, 3, (3, 4)),),
        "sigmoid(z) of a long line": (rng.uniform(-20, 20, many(rng)),),
    }
    return ask(session, model, "sigmoid", cases)


def _counts(rng: np.random.Generator) -> tuple[int, ...]:
    """One sample, as many as there are hidden neurons (where swapped axes raise no error), several and many."""
    return 1, 4, several(rng), many(rng)


def forward(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    given = {
        f"forward(X) of {count} sample{'s' * (count > 1)}": (session.put(_samples(rng, count)[0]),)
        for count in _counts(rng)
    }
    answers = ask(session, model, "forward", given)
    _draw(session, model, rng)
    what, (x,) = next(iter(given.items()))
    return answers | {f"{what}, other parameters": session.call(model, "forward", x)}


def losses(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    cases = {
        f"losses(a2, y) of {count} samples": (
            rng.uniform(0.05, 0.95, (count, 1)),
            np.resize([1.0, 0.0, 0.0, 1.0, 0.0], (count, 1)),
        )
        for count in (several(rng), many(rng))
    }
    return ask(session, model, "losses", cases)


def backward(session: Session, rng: np.random.Generator) -> Answers:
    model = _network(session, rng)
    given = {
        f"backward(X, y) with {count} sample{'s' * (count > 1)}": tuple(map(session.put, _samples(rng, count)))
        for count in _counts(rng)
    }
    answers = ask(session, model, "backward", given)
    _draw(session, model, rng)
    what, samples = next(iter(given.items()))
    return answers | {f"{what}, other parameters": session.call(model, "backward", *samples)}


def train(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for count, learning_rate, epochs in ((1, 0.5, 1), (several(rng), 0.1, 5)):
        model = _network(session, rng)
        samples = [session.put(array) for array in _samples(rng, count)]
        for other in ("", ", other parameters"):
            if other:
                _draw(session, model, rng)
            history = session.call(model, "train", *samples, learning_rate, epochs, may_change=(model,))
            what = f"train with {count} sample{'s' * (count > 1)}, {epochs} epoch{'s' * (epochs > 1)}{other}"
            parameters = together(history, *(session.get(model, name) for name in NAMES))
            answers[f"losses, then (W1, b1, W2, b2) after {what}"] = together(
                history, parameters[1:] if isinstance(parameters, tuple) else parameters
            )
    return answers


def predict(session: Session, rng: np.random.Generator) -> Answers:
    model = session.new("ann", "ANN", 0)
    # z2 = 6 sigma(x_1) - 2.7, so the first outputs are 0.57, 0.40, 0.96, 0.07 and 0.90
    W1, W2 = np.zeros((2, 4)), np.zeros((4, 1))
    W1[0, 0], W2[0, 0] = 1.0, 6.0
    for name, value in zip(NAMES, (W1, np.zeros(4), W2, np.array([-2.7])), strict=True):
        session.set(model, name, value)
    given = {
        f"predict(X) of {count} samples": (
            session.put(np.column_stack([np.resize([0.0, -0.5, 4.0, -4.0, 1.5], count), rng.normal(0, 1, count)])),
        )
        for count in (several(rng), many(rng))
    }
    answers = ask(session, model, "predict", given)
    session.set(model, "W2", -W2)
    session.set(model, "b2", np.array([2.7]))  # the other classes
    what, (x,) = next(iter(given.items()))
    return answers | {f"{what}, other parameters": session.call(model, "predict", x)}
