"""The probes of the ann lab: what is called, with which numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, first_failure, many, named, several, shapes, spread, together
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Call, Observation, Observations, Occasion

NAMES = ("W1", "b1", "W2", "b2")
GRADIENTS = tuple(f"d{name}" for name in NAMES)
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


@probe("initial_shapes")
def initial_shapes(session: Session, rng: np.random.Generator) -> Observations:
    parameters = session.call(session.new("ann", "ANN", 3), "initial_parameters", 3)
    biases = [
        parameters[i] if isinstance(parameters, list | tuple) and len(parameters) == 4 else parameters for i in (1, 3)
    ]
    return (
        Observation(Call("initial_parameters", "the shapes of W1, b1, W2, b2", pieces=NAMES), shapes(parameters)),
        Observation(Call("initial_parameters", "b1 and b2", pieces=NAMES[1::2]), together(*biases)),
    )


@probe("initial_weights")
def initial_weights(session: Session, rng: np.random.Generator) -> Observations:
    first = int(rng.integers(1000))
    model = session.new("ann", "ANN", first)
    drawn = [session.call(model, "initial_parameters", first + k) for k in range(SEEDS)]
    again = session.call(model, "initial_parameters", first)
    weights = [parameters[::2] if isinstance(parameters, list | tuple) else parameters for parameters in drawn]
    phrase = "mean and spread of the weights over {seeds}, to the next multiple of 0.15"
    seeded = first_failure(again, *drawn) or (
        repr(again) == repr(drawn[0]),
        len({repr(parameters) for parameters in drawn}) == SEEDS,
    )
    return (
        Observation(
            Call("initial_parameters", phrase, sizes={"seeds": SEEDS}, pieces=("mean", "spread")), spread(weights, 0.15)
        ),
        Observation(
            Call(
                "initial_parameters",
                "1 where the same seed gives the same numbers, and 1 where other seeds give others",
                pieces=("the same seed", "other seeds"),
            ),
            seeded,
        ),
    )


@probe("sigmoid")
def sigmoid(session: Session, rng: np.random.Generator) -> Observations:
    model = _network(session, rng)
    cases = {
        "sigmoid(z) of a line": (np.array([*DECISIVE, *rng.uniform(-20, 20, several(rng))]),),
        "sigmoid(z) of a table": (rng.uniform(-3, 3, (3, 4)),),
        "sigmoid(z) of a long line": (rng.uniform(-20, 20, many(rng)),),
    }
    return ask(session, model, named("sigmoid", cases))


def _with_others(call: Call) -> Call:
    return call._replace(phrase=f"{call.phrase}, other parameters", occasion=Occasion.OTHER_PARAMETERS)


def _counts(rng: np.random.Generator) -> tuple[int, ...]:
    """One sample, as many as there are hidden neurons (where swapped axes raise no error), several and many."""
    return 1, 4, several(rng), many(rng)


@probe("forward")
def forward(session: Session, rng: np.random.Generator) -> Observations:
    model = _network(session, rng)
    given = [
        (
            Call("forward", "forward(X) of {samples}", sizes={"samples": count}, pieces=("a1", "a2")),
            (session.put(_samples(rng, count)[0]),),
        )
        for count in _counts(rng)
    ]
    observed = ask(session, model, given)
    _draw(session, model, rng)
    call, (x,) = given[0]
    return (*observed, Observation(_with_others(call), session.call(model, "forward", x)))


@probe("losses")
def losses(session: Session, rng: np.random.Generator) -> Observations:
    model = _network(session, rng)
    cases = [
        (
            Call("losses", "losses(a2, y) of {samples}", sizes={"samples": count}),
            (rng.uniform(0.05, 0.95, (count, 1)), np.resize([1.0, 0.0, 0.0, 1.0, 0.0], (count, 1))),
        )
        for count in (several(rng), many(rng))
    ]
    return ask(session, model, cases)


@probe("backward")
def backward(session: Session, rng: np.random.Generator) -> Observations:
    model = _network(session, rng)
    given = [
        (
            Call("backward", "backward(X, y) with {samples}", sizes={"samples": count}, pieces=GRADIENTS),
            tuple(map(session.put, _samples(rng, count))),
        )
        for count in _counts(rng)
    ]
    observed = ask(session, model, given)
    _draw(session, model, rng)
    call, samples = given[0]
    return (*observed, Observation(_with_others(call), session.call(model, "backward", *samples)))


@probe("train")
def train(session: Session, rng: np.random.Generator) -> Observations:
    observed = []
    for count, learning_rate, epochs in ((1, 0.5, 1), (several(rng), 0.1, 5)):
        model = _network(session, rng)
        samples = [session.put(array) for array in _samples(rng, count)]
        phrase = "losses, then (W1, b1, W2, b2) after train with {samples}, {epochs}"
        pieces = ("losses", NAMES)
        call = Call("train", phrase, sizes={"samples": count, "epochs": epochs}, pieces=pieces)
        for what in (call, _with_others(call)):
            if what.occasion is Occasion.OTHER_PARAMETERS:
                _draw(session, model, rng)
            history = session.call(model, "train", *samples, learning_rate, epochs, may_change=(model,))
            parameters = together(history, *(session.get(model, name) for name in NAMES))
            value = together(history, parameters[1:] if isinstance(parameters, tuple) else parameters)
            observed.append(Observation(what, value))
    return tuple(observed)


@probe("predict")
def predict(session: Session, rng: np.random.Generator) -> Observations:
    model = session.new("ann", "ANN", 0)
    # z2 = 6 sigma(x_1) - 2.7, so the first outputs are 0.57, 0.40, 0.96, 0.07 and 0.90
    W1, W2 = np.zeros((2, 4)), np.zeros((4, 1))
    W1[0, 0], W2[0, 0] = 1.0, 6.0
    for name, value in zip(NAMES, (W1, np.zeros(4), W2, np.array([-2.7])), strict=True):
        session.set(model, name, value)
    given = [
        (
            Call("predict", "predict(X) of {samples}", sizes={"samples": count}),
            (session.put(np.column_stack([np.resize([0.0, -0.5, 4.0, -4.0, 1.5], count), rng.normal(0, 1, count)])),),
        )
        for count in (several(rng), many(rng))
    ]
    observed = ask(session, model, given)
    session.set(model, "W2", -W2)
    session.set(model, "b2", np.array([2.7]))  # the other classes
    call, (x,) = given[0]
    return (*observed, Observation(_with_others(call), session.call(model, "predict", x)))
