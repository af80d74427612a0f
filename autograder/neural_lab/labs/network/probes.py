"""The probes of the network lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers


def _network(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """w, b, Wt, bt; no weight is zero, no two are alike, and Wt is not symmetric."""
    w, b = rng.uniform(0.5, 1.5, 2) * [1, -1], rng.uniform(0.3, 0.8, 1)
    Wt, bt = rng.uniform(0.5, 1.5, (2, 2)) * [[1, -1], [1, 1]], rng.uniform(0.2, 0.9, 2) * [1, -1]
    return w, b, Wt, bt


def _cases(rng: np.random.Generator) -> Iterator[tuple[str, Any, Any, tuple[Any, ...]]]:
    """(words, x, t, parameters): one sample, two (where swapped axes raise no error) and several."""
    for samples in (1, 2, 5):
        x, t = rng.normal(0, 1.5, (samples, 2)), (np.arange(samples) % 2).astype(float)
        yield f"{samples} sample{'s' * (samples > 1)}", x, t, _network(rng)


def evaluate_network(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for case, x, _, parameters in _cases(rng):
        answers |= ask(session, f"evaluate_network with {case}", "network", "evaluate_network", x, *parameters)
    return answers


def loss_function(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for case, x, t, parameters in _cases(rng):
        answers |= ask(session, f"loss_function with {case}", "network", "loss_function", x, t, *parameters)
    return answers


def update_weights(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for (case, x, t, parameters), lr in zip(_cases(rng), (1.0, 2.5, 2.0), strict=True):
        what = f"update_weights with {case}, lr {lr}"
        answers |= ask(session, what, "network", "update_weights", x, t, *parameters, lr)
    return answers


def evaluate_prediction(session: Session, rng: np.random.Generator) -> Answers:
    # hidden neuron 1 follows x_1, hidden neuron 2 is nearly off; the outputs are clearly on both sides of a half
    x = np.array([[3.0, 0.0], [-3.0, 0.0], [2.0, 1.0], [-2.0, 1.0], [4.0, -1.0]]) + rng.uniform(0, 0.5, (5, 2))
    t = np.array([1.0, 0.0, 0.0, 0.0, 1.0])
    parameters = (np.array([2.0, -1.0]), np.array([-0.7]), np.array([[2.0, 0.5], [0.1, 0.1]]), np.array([0.1, -3.0]))
    return ask(session, "evaluate_prediction of 5 samples", "network", "evaluate_prediction", x, t, *parameters)
