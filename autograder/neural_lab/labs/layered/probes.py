"""The probes of the layered lab: what is called, on which nets and samples. Owns no expected value.

Weights are N(0, 1/n_in), biases are not zero. All widths different shows hard-coded depth and swapped axes as errors;
equal widths, and as many samples as neurons, turn them into wrong values that can be named.
"""

from __future__ import annotations

import itertools

import numpy as np

from neural_lab.labs.asking import ask, first_failure, shapes, spread, together
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers, Kept

HANDOUT = (5, 3, 1)
OTHERS = ((4, 4, 4), (4, 6, 5, 3, 2))
DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)
SEEDS = 40

Lists = tuple[list[np.ndarray], list[np.ndarray]]


def _name(sizes: tuple[int, ...]) -> str:
    return "-".join(map(str, sizes))


def _parameters(rng: np.random.Generator, sizes: tuple[int, ...]) -> Lists:
    pairs = list(itertools.pairwise(sizes))
    weights = [rng.normal(0, 1 / np.sqrt(m), (m, n)) for m, n in pairs]
    return weights, [rng.normal(0, 1, n) for n in sizes[1:]]


def _samples(rng: np.random.Generator, sizes: tuple[int, ...], count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, (count, sizes[0])), rng.uniform(0, 1, (count, sizes[-1]))


def initialise_shapes(session: Session, rng: np.random.Generator) -> Answers:
    return {
        f"the shapes that initialise gives a {_name(sizes)} net": shapes(
            session.call("layered", "initialise", list(sizes), 3)
        )
        for sizes in (HANDOUT, OTHERS[1])
    }


def initialise_random(session: Session, rng: np.random.Generator) -> Answers:
    first = int(rng.integers(1000))
    drawn = [session.call("layered", "initialise", [6, 4, 2], first + k) for k in range(SEEDS)]
    again = session.call("layered", "initialise", [6, 4, 2], first)
    weights, biases = ([_item(pair, index) for pair in drawn] for index in (0, 1))
    return {
        f"mean and spread of the weights over {SEEDS} seeds, to the next half": spread(weights, 0.5),
        f"mean and spread of the biases over {SEEDS} seeds, to the next half": spread(biases, 0.5),
        "(the same seed gives the same numbers, other seeds give others)": first_failure(again, *drawn)
        or (repr(again) == repr(drawn[0]), len({repr(pair) for pair in drawn}) == SEEDS),
    }


def _item(value: object, index: int) -> object:
    return value[index] if isinstance(value, list | tuple) and len(value) > index else value


def _elementwise(session: Session, rng: np.random.Generator, function: str) -> Answers:
    z = np.concatenate([DECISIVE, rng.uniform(-20, 20, 4)])
    table = rng.uniform(-3, 3, (3, 3))
    return ask(session, f"{function}(z) of a line", "layered", function, z) | ask(
        session, f"{function}(z) of a table", "layered", function, table
    )


def sigmoid(session: Session, rng: np.random.Generator) -> Answers:
    return _elementwise(session, rng, "sigmoid")


def sigmoid_derivative(session: Session, rng: np.random.Generator) -> Answers:
    return _elementwise(session, rng, "sigmoid_derivative")


def _against_targets(session: Session, rng: np.random.Generator, function: str) -> Answers:
    answers: Answers = {}
    for count, outputs in ((1, 1), (4, 3)):
        y, t = rng.uniform(0, 1, (2, count, outputs))
        answers |= ask(session, f"{function} with {count} samples, {outputs} outputs", "layered", function, y, t)
    return answers


def cost(session: Session, rng: np.random.Generator) -> Answers:
    return _against_targets(session, rng, "cost")


def cost_derivative(session: Session, rng: np.random.Generator) -> Answers:
    return _against_targets(session, rng, "cost_derivative")


def _forward(session: Session, rng: np.random.Generator, *nets: tuple[int, ...]) -> Answers:
    answers: Answers = {}
    for sizes in nets:
        x = _samples(rng, sizes)[0]
        what = f"forward_pass on a {_name(sizes)} net"
        answers |= ask(session, what, "layered", "forward_pass", x, *_parameters(rng, sizes))
    return answers


def forward_handout(session: Session, rng: np.random.Generator) -> Answers:
    return _forward(session, rng, HANDOUT)


def forward_others(session: Session, rng: np.random.Generator) -> Answers:
    return _forward(session, rng, *OTHERS)


def _gradients(session: Session, rng: np.random.Generator, *nets: tuple[int, ...]) -> Answers:
    answers: Answers = {}
    for sizes in nets:
        what = f"back_propagation on a {_name(sizes)} net"
        arguments = (*_samples(rng, sizes), *_parameters(rng, sizes))
        answers |= ask(session, what, "layered", "back_propagation", *arguments)
    return answers


def gradients_handout(session: Session, rng: np.random.Generator) -> Answers:
    return _gradients(session, rng, HANDOUT)


def gradients_others(session: Session, rng: np.random.Generator) -> Answers:
    return _gradients(session, rng, *OTHERS)


def update(session: Session, rng: np.random.Generator) -> Answers:
    sizes = (4, 3, 2)
    arguments = (*_parameters(rng, sizes), *_parameters(rng, sizes), 0.7)
    return ask(session, "update on a 4-3-2 net", "layered", "update", *arguments)


def train(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for sizes, epochs, eta in ((HANDOUT, 1, 2.0), ((4, 6, 5, 3, 2), 4, 0.3)):
        x, t = map(session.put, _samples(rng, sizes, 5))
        result = session.call("layered", "train", x, t, *_parameters(rng, sizes), eta, epochs)
        what = f"train on a {_name(sizes)} net for {epochs} epoch{'s' * (epochs > 1)}"
        answers[what] = result
        answers[f"the samples after {what}"] = Kept(together(session.get(x), session.get(t)))
    return answers
