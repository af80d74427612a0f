"""The probes of the neuron lab: what is called, with which numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, many, named, several
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Call, Observations, Occasion

DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)


def _neuron(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, 2), rng.uniform(0.3, 0.8, 1)


def _batch(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1.5, (samples, 2)), (np.arange(samples) % 2).astype(float)


def _cases(session: Session, rng: np.random.Generator, function: str) -> Iterator[tuple[Call, Any, Any, Any, Any]]:
    """(call, x, t, w, b): one sample, several, with other parameters too, and many; a bias of both shapes."""
    for samples in (1, several(rng), many(rng)):
        x, t = map(session.put, _batch(rng, samples))
        shape = (1,) if samples > 1 else ()
        for occasion in (Occasion.FIRST, Occasion.OTHER_PARAMETERS) if 1 < samples < 10 else (Occasion.FIRST,):
            w, b = _neuron(rng)
            other = "other w and b, " if occasion is Occasion.OTHER_PARAMETERS else ""
            phrase = f"{{function}} with {{samples}}, {other}b of shape {shape}"
            yield Call(function, phrase, sizes={"samples": samples}, occasion=occasion), x, t, w, b.reshape(shape)


@probe("evaluate_neuron")
def evaluate_neuron(session: Session, rng: np.random.Generator) -> Observations:
    cases = (
        (call._replace(pieces=("y", "a")), (x, w, b)) for call, x, _, w, b in _cases(session, rng, "evaluate_neuron")
    )
    return ask(session, "neuron", cases)


@probe("derivative_of_sigmoid")
def derivative_of_sigmoid(session: Session, rng: np.random.Generator) -> Observations:
    cases = {
        "{function}(a) of a line": (np.array([*DECISIVE, *rng.uniform(-20, 20, several(rng))]),),
        "{function}(a) of a table": (rng.uniform(-3, 3, (3, 2)),),
        "{function}(a) of a long line": (rng.uniform(-20, 20, many(rng)),),
    }
    return ask(session, "neuron", named("derivative_of_sigmoid", cases))


@probe("loss_function")
def loss_function(session: Session, rng: np.random.Generator) -> Observations:
    cases = ((call, tuple(arguments)) for call, *arguments in _cases(session, rng, "loss_function"))
    return ask(session, "neuron", cases)


@probe("update_weights")
def update_weights(session: Session, rng: np.random.Generator) -> Observations:
    cases = (
        (call._replace(phrase=f"{call.phrase}, lr {lr}", pieces=("w_new", "b_new")), (*arguments, lr))
        for (call, *arguments), lr in zip(_cases(session, rng, "update_weights"), (1.0, 2.5, 1.5, 2.5), strict=True)
    )
    return ask(session, "neuron", cases)


@probe("evaluate_prediction")
def evaluate_prediction(session: Session, rng: np.random.Generator) -> Observations:
    cases = []
    for samples in (several(rng), many(rng)):
        # a = x_1 + 0.2, so the first outputs are 0.6, 0.4, 0.57 and 0.73: on both sides of a half, and no half itself
        far = rng.uniform(2, 4, (samples - 4, 2)) * np.resize([[1, 1], [-1, 1], [-1, 1]], (samples - 4, 2))
        x = session.put(np.array([[0.2, 0.0], [-0.6, 0.0], [0.1, 0.0], [0.8, 0.0], *far]))
        t = np.resize([1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0], samples)
        sizes = {"samples": samples}
        call = Call("evaluate_prediction", "{function} of {samples}", sizes=sizes, pieces=("prediction", "accuracy"))
        others = call._replace(phrase=f"{call.phrase}, other w and b", occasion=Occasion.OTHER_PARAMETERS)
        cases.append((call, (x, t, np.array([1.0, 0.0]), np.array([0.2]))))
        cases.append((others, (x, t, np.array([-1.0, 0.0]), np.array([-0.2]))))
    return ask(session, "neuron", cases)
