"""The probes of the neuron lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers

DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)


def _neuron(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, 2), rng.uniform(0.3, 0.8, 1)


def _batch(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1.5, (samples, 2)), (np.arange(samples) % 2).astype(float)


def _cases(rng: np.random.Generator) -> Iterator[tuple[str, Any, Any, Any, Any]]:
    """(words, x, t, w, b): one sample and several, a bias of both shapes."""
    for samples in (1, 5):
        x, t = _batch(rng, samples)
        w, b = _neuron(rng)
        shape = (1,) if samples > 1 else ()
        yield f"{samples} sample{'s' * (samples > 1)}, b of shape {shape}", x, t, w, b.reshape(shape)


def evaluate_neuron(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for case, x, _, w, b in _cases(rng):
        answers |= ask(session, f"evaluate_neuron with {case}", "neuron", "evaluate_neuron", x, w, b)
    return answers


def derivative_of_sigmoid(session: Session, rng: np.random.Generator) -> Answers:
    line = np.concatenate([DECISIVE, rng.uniform(-20, 20, 4)])
    table = rng.uniform(-3, 3, (3, 2))
    return ask(session, "derivative_of_sigmoid(a) of a line", "neuron", "derivative_of_sigmoid", line) | ask(
        session, "derivative_of_sigmoid(a) of a table", "neuron", "derivative_of_sigmoid", table
    )


def loss_function(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for case, *arguments in _cases(rng):
        answers |= ask(session, f"loss_function with {case}", "neuron", "loss_function", *arguments)
    return answers


def update_weights(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for (case, *arguments), lr in zip(_cases(rng), (1.0, 2.5), strict=True):
        answers |= ask(session, f"update_weights with {case}, lr {lr}", "neuron", "update_weights", *arguments, lr)
    return answers


def evaluate_prediction(session: Session, rng: np.random.Generator) -> Answers:
    # a = x_1 + 0.2, so the first four outputs are 0.6, 0.4, 0.57 and 0.73: on both sides of a half, and no half itself
    x = np.array(
        [[0.2, 0.0], [-0.6, 0.0], [0.1, 0.0], [0.8, 0.0], *rng.uniform(2, 4, (3, 2)) * [[1, 1], [-1, 1], [-1, 1]]]
    )
    t = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
    w, b = np.array([1.0, 0.0]), np.array([0.2])
    return ask(session, "evaluate_prediction of 7 samples", "neuron", "evaluate_prediction", x, t, w, b)
