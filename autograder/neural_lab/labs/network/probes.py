"""The probes of the network lab: what is called, with which numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, many, several
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Call, Observations, Occasion


def _network(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """w, b, Wt, bt; no weight is zero, no two are alike, and Wt is not symmetric."""
    w, b = rng.uniform(0.5, 1.5, 2) * [1, -1], rng.uniform(0.3, 0.8, 1)
    Wt, bt = rng.uniform(0.5, 1.5, (2, 2)) * [[1, -1], [1, 1]], rng.uniform(0.2, 0.9, 2) * [1, -1]
    return w, b, Wt, bt


def _cases(
    session: Session, rng: np.random.Generator, function: str
) -> Iterator[tuple[Call, Any, Any, tuple[Any, ...]]]:
    """(call, x, t, parameters): one sample, two (where swapped axes raise no error), several, with other parameters
    too, and many."""
    for samples in (1, 2, several(rng), many(rng)):
        x = session.put(rng.normal(0, 1.5, (samples, 2)))
        t = session.put((np.arange(samples) % 2).astype(float))
        call = Call(function, "{function} with {samples}", sizes={"samples": samples})
        yield call, x, t, _network(rng)
        if samples == 2:
            yield _with_others(call), x, t, _network(rng)


def _with_others(call: Call) -> Call:
    return call._replace(phrase=f"{call.phrase}, other parameters", occasion=Occasion.OTHER_PARAMETERS)


@probe("evaluate_network")
def evaluate_network(session: Session, rng: np.random.Generator) -> Observations:
    pieces = ("y", "a_y", "h", "a_h")
    asked = _cases(session, rng, "evaluate_network")
    cases = ((call._replace(pieces=pieces), (x, *given)) for call, x, _, given in asked)
    return ask(session, "network", cases)


@probe("loss_function")
def loss_function(session: Session, rng: np.random.Generator) -> Observations:
    cases = ((call, (x, t, *given)) for call, x, t, given in _cases(session, rng, "loss_function"))
    return ask(session, "network", cases)


@probe("update_weights")
def update_weights(session: Session, rng: np.random.Generator) -> Observations:
    rates = (1.0, 2.5, 1.5, 3.5, 2.5)
    pieces = ("w_new", "b_new", "Wt_new", "bt_new")
    cases = (
        (call._replace(phrase=f"{call.phrase}, lr {lr}", pieces=pieces), (x, t, *given, lr))
        for (call, x, t, given), lr in zip(_cases(session, rng, "update_weights"), rates, strict=True)
    )
    return ask(session, "network", cases)


@probe("evaluate_prediction")
def evaluate_prediction(session: Session, rng: np.random.Generator) -> Observations:
    # hidden neuron 1 follows x_1, hidden neuron 2 is nearly off; the outputs are clearly on both sides of a half
    near = np.array([[3.0, 0.0], [-3.0, 0.0], [2.0, 1.0], [-2.0, 1.0], [4.0, -1.0]])
    w, b, Wt, bt = np.array([2.0, -1.0]), np.array([-0.7]), np.array([[2.0, 0.5], [0.1, 0.1]]), np.array([0.1, -3.0])
    cases = []
    for samples in (several(rng), many(rng)):
        x = session.put(np.resize(near, (samples, 2)) + rng.uniform(0, 0.5, (samples, 2)))
        t = np.resize([1.0, 0.0, 0.0, 0.0, 1.0], samples)
        sizes = {"samples": samples}
        call = Call("evaluate_prediction", "{function} of {samples}", sizes=sizes, pieces=("prediction", "accuracy"))
        cases.append((call, (x, t, w, b, Wt, bt)))
        cases.append((_with_others(call), (x, t, -w, -b, Wt, bt)))  # the other classes
    return ask(session, "network", cases)
