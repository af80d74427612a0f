"""The probes of the neuron lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, many, several
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers

DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)


def _neuron(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, 2), rng.uniform(0.3, 0.8, 1)


def _batch(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1.5, (samples, 2)), (np.arange(samples) % 2).astype(float)


def _cases(session: Session, rng: np.random.Generator) -> Iterator[tuple[str, Any, Any, Any, Any]]:
    """(words, x, t, w, b): one sample, several, with other parameters too, and many; a bias of both shapes."""
    for samples in (1, several(rng), many(rng)):
        x, t = map(session.put, _batch(rng, samples))
        for other in ("", "other w and b, ") if 1 < samples < 10 else ("",):
            w, b = _neuron(rng)
            shape = (1,) if samples > 1 else ()
            words = f"{samples} sample{'s' * (samples > 1)}, {other}b of shape {shape}"
            yield words, x, t, w, b.reshape(shape)


def evaluate_neuron(session: Session, rng: np.random.Generator) -> Answers:
    cases = {f"evaluate_neuron with {case}": (x, w, b) for case, x, _, w, b in _cases(session, rng)}
    return ask(session, "neuron", "evaluate_neuron", cases)


def derivative_of_sigmoid(session: Session, rng: np.random.Generator) -> Answers:
    function = "derivative_of_sigmoid"
    cases = {
        f"{function}(a) of a line": (np.array([*DECISIVE, *rng.uniform(-20, 20, several(rng))]),),
        f"{function}(a) of a table": (rng.uniform(-3, 3, (3, 2)),),
        f"{function}(a) of a long line": (rng.uniform(-20, 20, many(rng)),),
    }
    return ask(session, "neuron", function, cases)


def loss_function(session: Session, rng: np.random.Generator) -> Answers:
    cases = {f"loss_function with {case}": tuple(arguments) for case, *arguments in _cases(session, rng)}
    return ask(session, "neuron", "loss_function", cases)


def update_weights(session: Session, rng: np.random.Generator) -> Answers:
    cases = {
        f"update_weights with {case}, lr {lr}": (*arguments, lr)
        for (case, *arguments), lr in zip(_cases(session, rng), (1.0, 2.5, 1.5, 2.5), strict=True)
    }
    return ask(session, "neuron", "update_weights", cases)


def evaluate_prediction(session: Session, rng: np.random.Generator) -> Answers:
    cases = {}
    for samples in (several(rng), many(rng)):
        # a = x_1 + 0.2, so the first outputs are 0.6, 0.4, 0.57 and 0.73: on both sides of a half, and no half itself
        far = rng.uniform(2, 4, (samples - 4, 2)) * np.resize([[1, 1], [-1, 1], [-1, 1]], (samples - 4, 2))
        x = session.put(np.array([[0.2, 0.0], [-0.6, 0.0], [0.1, 0.0], [0.8, 0.0], *far]))
        t = np.resize([1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0], samples)
        words = f"evaluate_prediction of {samples} samples"
        cases[words] = (x, t, np.array([1.0, 0.0]), np.array([0.2]))
        cases[f"{words}, other w and b"] = (x, t, np.array([-1.0, 0.0]), np.array([-0.2]))
    return ask(session, "neuron", "evaluate_prediction", cases)
