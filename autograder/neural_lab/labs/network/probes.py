"""The probes of the network lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, many, several
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers


def _network(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """w, b, Wt, bt; no weight is zero, no two are alike, and Wt is not symmetric."""
    w, b = rng.uniform(0.5, 1.5, 2) * [1, -1], rng.uniform(0.3, 0.8, 1)
    Wt, bt = rng.uniform(0.5, 1.5, (2, 2)) * [[1, -1], [1, 1]], rng.uniform(0.2, 0.9, 2) * [1, -1]
    return w, b, Wt, bt


def _cases(session: Session, rng: np.random.Generator) -> Iterator[tuple[str, Any, Any, tuple[Any, ...]]]:
    """(words, x, t, parameters): one sample, two (where swapped axes raise no error), several, with other parameters
    too, and many."""
    for samples in (1, 2, several(rng), many(rng)):
        x = session.put(rng.normal(0, 1.5, (samples, 2)))
        t = session.put((np.arange(samples) % 2).astype(float))
        for other in ("", ", other parameters") if samples == 2 else ("",):
            yield f"{samples} sample{'s' * (samples > 1)}{other}", x, t, _network(rng)


def evaluate_network(session: Session, rng: np.random.Generator) -> Answers:
    cases = {f"evaluate_network with {case}": (x, *given) for case, x, _, given in _cases(session, rng)}
    return ask(session, "network", "evaluate_network", cases)


def loss_function(session: Session, rng: np.random.Generator) -> Answers:
    cases = {f"loss_function with {case}": (x, t, *given) for case, x, t, given in _cases(session, rng)}
    return ask(session, "network", "loss_function", cases)


def update_weights(session: Session, rng: np.random.Generator) -> Answers:
    cases = {
        f"update_weights with {case}, lr {lr}": (x, t, *given, lr)
        for (case, x, t, given), lr in zip(_cases(session, rng), (1.0, 2.5, 1.5, 3.5, 2.5), strict=True)
    }
    return ask(session, "network", "update_weights", cases)


def evaluate_prediction(session: Session, rng: np.random.Generator) -> Answers:
    # hidden neuron 1 follows x_1, hidden neuron 2 is nearly off; the outputs are clearly on both sides of a half
    near = np.array([[3.0, 0.0], [-3.0, 0.0], [2.0, 1.0], [-2.0, 1.0], [4.0, -1.0]])
    w, b, Wt, bt = np.array([2.0, -1.0]), np.array([-0.7]), np.array([[2.0, 0.5], [0.1, 0.1]]), np.array([0.1, -3.0])
    cases = {}
    for samples in (several(rng), many(rng)):
        x = session.put(np.resize(near, (samples, 2)) + rng.uniform(0, 0.5, (samples, 2)))
        t = np.resize([1.0, 0.0, 0.0, 0.0, 1.0], samples)
        words = f"evaluate_prediction of {samples} samples"
        cases[words] = (x, t, w, b, Wt, bt)
        cases[f"{words}, other parameters"] = (x, t, -w, -b, Wt, bt)  # the other classes
    return ask(session, "network", "evaluate_prediction", cases)
