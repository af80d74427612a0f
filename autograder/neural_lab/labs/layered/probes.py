"""The probes of the layered lab: what is called, on which nets and samples.

Weights are N(0, 1/n_in), biases are not zero. All widths different shows hard-coded depth and swapped axes as errors;
equal widths, and as many samples as neurons, turn them into wrong values that can be named. No two of the widths and
numbers of layers, samples and epochs are equal otherwise, where the handout's net leaves a choice.
"""

from __future__ import annotations

import itertools

import numpy as np

from neural_lab.labs.asking import ask, first_failure, many, named, several, shapes, spread
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Call, Each, Observation, Observations, Occasion

HANDOUT = (5, 3, 1)
EQUAL = (4, 4, 4)  # asked with as many samples
DEEPER = (6, 11, 10, 12, 2)
DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)
SEEDS = 40

Lists = tuple[list[np.ndarray], list[np.ndarray]]
PARAMETERS = ("weights", "biases")
FORWARD = Call("forward_pass", pieces=("zs", "activations"))
GRADIENTS = Call("back_propagation", pieces=("dC_dw", "dC_db"), each=Each.LAYER)


def _parameters(rng: np.random.Generator, sizes: tuple[int, ...]) -> Lists:
    pairs = list(itertools.pairwise(sizes))
    weights = [rng.normal(0, 1 / np.sqrt(m), (m, n)) for m, n in pairs]
    return weights, [rng.normal(0, 1, n) for n in sizes[1:]]


def _samples(rng: np.random.Generator, sizes: tuple[int, ...], count: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, (count, sizes[0])), rng.uniform(0, 1, (count, sizes[-1]))


@probe("initialise_shapes")
def initialise_shapes(session: Session, rng: np.random.Generator) -> Observations:
    return tuple(
        Observation(
            Call(
                "initialise", "the shapes that {function} gives a {net} net", sizes, pieces=PARAMETERS, each=Each.LAYER
            ),
            shapes(session.call("layered", "initialise", list(sizes), 3)),
        )
        for sizes in (HANDOUT, DEEPER)
    )


@probe("initialise_random")
def initialise_random(session: Session, rng: np.random.Generator) -> Observations:
    first = int(rng.integers(1000))
    drawn = [session.call("layered", "initialise", [6, 5, 4], first + k) for k in range(SEEDS)]
    again = session.call("layered", "initialise", [6, 5, 4], first)
    weights, biases = ([_item(pair, index) for pair in drawn] for index in (0, 1))
    seeds = {"seeds": SEEDS}
    seeded = first_failure(again, *drawn) or (
        repr(again) == repr(drawn[0]),
        len({repr(pair) for pair in drawn}) == SEEDS,
    )
    return (
        Observation(
            Call(
                "initialise",
                "mean and spread of the weights over {seeds}, to the next half",
                sizes=seeds,
                pieces=("mean", "spread"),
            ),
            spread(weights, 0.5),
        ),
        Observation(
            Call(
                "initialise",
                "mean and spread of the biases over {seeds}, to the next half",
                sizes=seeds,
                pieces=("mean", "spread"),
            ),
            spread(biases, 0.5),
        ),
        Observation(
            Call(
                "initialise",
                "1 where the same seed gives the same numbers, and 1 where other seeds give others",
                pieces=("the same seed", "other seeds"),
            ),
            seeded,
        ),
    )


def _item(value: object, index: int) -> object:
    return value[index] if isinstance(value, list | tuple) and len(value) > index else value


def _elementwise(session: Session, rng: np.random.Generator, function: str) -> Observations:
    cases = {
        "{function}(z) of a line": (np.array([*DECISIVE, *rng.uniform(-20, 20, several(rng))]),),
        "{function}(z) of a table": (rng.uniform(-3, 3, (2, 3)),),
        "{function}(z) of a long line": (rng.uniform(-20, 20, many(rng)),),
    }
    return ask(session, "layered", named(function, cases))


@probe("sigmoid")
def sigmoid(session: Session, rng: np.random.Generator) -> Observations:
    return _elementwise(session, rng, "sigmoid")


@probe("sigmoid_derivative")
def sigmoid_derivative(session: Session, rng: np.random.Generator) -> Observations:
    return _elementwise(session, rng, "sigmoid_derivative")


def _against_targets(session: Session, rng: np.random.Generator, function: str) -> Observations:
    phrase = "{function} with {samples:d} samples, {outputs:d} outputs"
    cases = [
        (
            Call(function, phrase, sizes={"samples": count, "outputs": outputs}),
            tuple(rng.uniform(0, 1, (2, count, outputs))),
        )
        for count, outputs in ((1, 1), (several(rng), 3), (many(rng), 3))
    ]
    return ask(session, "layered", cases)


@probe("cost")
def cost(session: Session, rng: np.random.Generator) -> Observations:
    return _against_targets(session, rng, "cost")


@probe("cost_derivative")
def cost_derivative(session: Session, rng: np.random.Generator) -> Observations:
    return _against_targets(session, rng, "cost_derivative")


def _asked(
    session: Session, rng: np.random.Generator, like: Call, inputs: int, *nets: tuple[tuple[int, ...], int]
) -> Observations:
    """Call a function on each net with so many samples, and again with the same samples and other parameters.

    :param like: what is called, without net and samples
    :param inputs: whether it takes x alone (1), or x and t (2)
    """
    cases = []
    for sizes, count in nets:
        samples = [session.put(array) for array in _samples(rng, sizes, count)[:inputs]]
        call = like._replace(phrase="{function} on a {net} net, {samples}", net=sizes, sizes={"samples": count})
        for what in (call, _with_others(call)) if count < 10 else (call,):
            cases.append((what, (*samples, *_parameters(rng, sizes))))
    return ask(session, "layered", cases)


def _with_others(call: Call) -> Call:
    return call._replace(phrase=f"{call.phrase}, other parameters", occasion=Occasion.OTHER_PARAMETERS)


@probe("forward_handout")
def forward_handout(session: Session, rng: np.random.Generator) -> Observations:
    return _asked(session, rng, FORWARD, 1, (HANDOUT, several(rng)), (HANDOUT, many(rng)))


@probe("forward_others")
def forward_others(session: Session, rng: np.random.Generator) -> Observations:
    return _asked(session, rng, FORWARD, 1, (EQUAL, EQUAL[0]), (DEEPER, several(rng)))


@probe("gradients_handout")
def gradients_handout(session: Session, rng: np.random.Generator) -> Observations:
    return _asked(session, rng, GRADIENTS, 2, (HANDOUT, several(rng)), (HANDOUT, many(rng)))


@probe("gradients_others")
def gradients_others(session: Session, rng: np.random.Generator) -> Observations:
    return _asked(session, rng, GRADIENTS, 2, (EQUAL, EQUAL[0]), (DEEPER, several(rng)))


@probe("update")
def update(session: Session, rng: np.random.Generator) -> Observations:
    sizes = (6, 5, 4)
    call = Call("update", "{function} on a {net} net", sizes, pieces=PARAMETERS, each=Each.LAYER)
    cases = [(what, (*_parameters(rng, sizes), *_parameters(rng, sizes), 0.7)) for what in (call, _with_others(call))]
    return ask(session, "layered", cases)


@probe("train")
def train(session: Session, rng: np.random.Generator) -> Observations:
    observed = []
    for sizes, epochs, eta in ((HANDOUT, 1, 2.0), (DEEPER, 3, 0.3)):
        x, t = map(session.put, _samples(rng, sizes, several(rng)))
        phrase, count = "{function} on a {net} net for {epochs}", {"epochs": epochs}
        call = Call("train", phrase, sizes, count, pieces=(*PARAMETERS, "costs"))
        for what in (call, _with_others(call)):
            weights, biases = map(session.put, _parameters(rng, sizes))
            arguments = (x, t, weights, biases, eta, epochs)
            trained = session.call("layered", "train", *arguments, may_change=(weights, biases))
            observed.append(Observation(what, trained))
    return tuple(observed)
