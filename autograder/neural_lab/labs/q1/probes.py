"""The probes of q1: what is called, on which nets and inputs.

Nets have weights N(0, 1/n_in), biases that are not zero, real-valued x and y. All widths different shows hard-coded
depth and swapped axes as errors; equal widths turn them into wrong values that can be named. No two of the widths and
numbers of layers, samples, batches and epochs are equal where that is not the purpose: dividing by another one shows.

Every function is called with one input, with others, and with the first once more, and then on the same network with
other parameters: state kept between calls shows. How many samples or rows there are is drawn, and large once: an answer
that is right for some sizes alone shows. What was sent is looked at after each call (see `session.py`).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from neural_lab.labs.asking import shapes
from neural_lab.labs.q1.version import LARGE, VERSION
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Call, Each, Observation, Observations, Occasion, Role

HANDOUT = (784, 8, 8, 10)
DIFFERENT = (11, 10, 9, 7, 6)
EQUAL = (5, 5, 5, 5)
SHALLOW = (6, 5, 4)
# How many rows or samples: drawn from the first of these to below the second.
SOME, SEVERAL, DOZENS, MANY = (5, 8), (7, 10), (36, 45), (200, 300)
DECISIVE = (VERSION.scales.middle, -0.7, 0.7, -12.0, 12.0)  # where the mistakes about the sigmoid differ most


def _with_others(call: Call) -> Call:
    """The call after other parameters were set."""
    return call._replace(phrase=f"{call.phrase}, with other weights and biases", occasion=Occasion.OTHER_PARAMETERS)


def _parameters(sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
    biases = [rng.normal(0, 1, VERSION.layer(n)) for n in sizes[1:]]
    weights = [rng.normal(0, 1 / np.sqrt(m), VERSION.stored_as(m, n)) for m, n in pairwise(sizes)]
    return biases, weights


def _network(session: Session, sizes: tuple[int, ...], rng: np.random.Generator) -> Any:
    """A student's network with drawn parameters."""
    return _network_with(session, sizes, *_parameters(sizes, rng))


def _network_with(session: Session, sizes: tuple[int, ...], biases: Any, weights: Any) -> Any:
    network = session.new("q1", "NeuralNetwork", len(sizes), list(sizes))
    _set(session, network, biases, weights)
    return network


def _set(session: Session, network: Any, biases: Any, weights: Any) -> None:
    session.set(network, "biases", biases)
    session.set(network, "weights", weights)


def _sample(sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, VERSION.layer(sizes[0])), rng.normal(0.5, 0.5, VERSION.layer(sizes[-1]))


def _whole(values: list[Any]) -> Any:
    """The values, or the first of them that holds no numbers: a failure, for one."""
    failure = next((value for value in values if not isinstance(value, list | tuple | np.ndarray)), None)
    return values if failure is None else failure


def _columns(session: Session, rng: np.random.Generator, given: list[tuple[Call, tuple[Any, ...]]]) -> Observations:
    """Call a function with each of some columns, and with the first two once more."""
    network = _network(session, SHALLOW, rng)
    again = [(call.again(), columns) for call, columns in given[:2]]
    return tuple(
        Observation(call, session.call(network, call.function, *columns)) for call, columns in [*given, *again]
    )


def _elementwise(session: Session, rng: np.random.Generator, function: str) -> Observations:
    short = rng.uniform(-3, 3, 1).round(4)  # few digits, for a student to try it by hand
    n, many = int(rng.integers(*SEVERAL)), int(rng.integers(*MANY))
    decisive = np.concatenate([DECISIVE, rng.uniform(-30, 30, n - len(DECISIVE))])
    shape = "({}, {})".format(*VERSION.layer("{rows:d}"))
    columns = [
        (f"z = [[{short[0]:g}]]", {}, short),
        (f"z of shape {shape}", {"rows": n}, decisive),
        (f"another z of shape {shape}", {"rows": n}, rng.uniform(-30, 30, n)),
        (f"z of shape {shape}", {"rows": many}, rng.uniform(-30, 30, many)),
    ]
    given = []
    for what, sizes, column in columns:
        z = column.reshape(VERSION.layer(len(column)))
        call = Call(function, f"{{function}}(z){{again}} with {what}", sizes=sizes, given={"z": z})
        given.append((call, (session.put(z, "z"),)))
    observed = _columns(session, rng, given)
    network = _network(session, SHALLOW, rng)
    whole = (-2, 3)
    odd = [session.put(np.array(pair).reshape(VERSION.layer(2)), "z") for pair in (LARGE, whole)]  # for advice.py
    asides = session.call_each(network, function, odd)
    return (*observed, *(Observation(Call(function), answer, role=Role.ASIDE) for answer in asides))


@probe("sigmoid")
def sigmoid(session: Session, rng: np.random.Generator) -> Observations:
    return _elementwise(session, rng, "sigmoid")


@probe("sigmoid_derivative")
def sigmoid_derivative(session: Session, rng: np.random.Generator) -> Observations:
    return _elementwise(session, rng, "sigmoid_derivative")


@probe("cost_derivative")
def cost_derivative(session: Session, rng: np.random.Generator) -> Observations:
    n, many = int(rng.integers(*SEVERAL)), int(rng.integers(*MANY))
    given = []
    for size, other in ((1, ""), (n, ""), (n, "other "), (many, "")):
        a = rng.uniform(0.05, 0.95, VERSION.layer(size)).round(4)
        signs = np.where(np.arange(size) % 2 == 0, 1, -1).reshape(VERSION.layer(size))
        y = (a + signs * rng.uniform(0.1, 0.9, VERSION.layer(size))).round(4)  # above and below a
        what = f"{{outputs:d}} {other}outputs" if size > 1 else f"a = [[{a.item():g}]] and y = [[{y.item():g}]]"
        phrase = f"{{function}}(a, y){{again}} with {what}"
        call = Call("cost_derivative", phrase, sizes={"outputs": size}, given={"a": a, "y": y})
        given.append((call, (session.put(a, "a"), session.put(y, "y"))))
    return _columns(session, rng, given)


def _forward(session: Session, rng: np.random.Generator, *nets: tuple[int, ...]) -> Observations:
    observed = []
    for sizes in nets:
        network = _network(session, sizes, rng)
        x, other = (session.put(_sample(sizes, rng)[0], "x") for _ in range(2))
        call = Call("forward_pass", "{function}(x){again} on a {net} net", sizes)
        another = call._replace(phrase="{function} of another x on a {net} net", occasion=Occasion.OTHER_INPUT)
        for what, given in ((call, x), (another, other), (call.again(), x)):
            observed.append(Observation(what, session.call(network, "forward_pass", given)))
        _set(session, network, *_parameters(sizes, rng))
        observed.append(Observation(_with_others(call), session.call(network, "forward_pass", x)))
    return tuple(observed)


@probe("forward_shallow")
def forward_shallow(session: Session, rng: np.random.Generator) -> Observations:
    return _forward(session, rng, SHALLOW)


@probe("forward_handout")
def forward_handout(session: Session, rng: np.random.Generator) -> Observations:
    return _forward(session, rng, HANDOUT)


@probe("forward_deeper")
def forward_deeper(session: Session, rng: np.random.Generator) -> Observations:
    return _forward(session, rng, EQUAL, DIFFERENT)


def _cost(session: Session, rng: np.random.Generator, sizes: tuple[int, ...], n: int, *others: int) -> Observations:
    """Cost of one sample and of n; then with other parameters of the same n, and of as many others as are named."""

    def samples(count: int) -> Any:
        return session.put([_sample(sizes, rng) for _ in range(count)], "training_data")

    network = _network(session, sizes, rng)
    several = samples(n)

    def of(count: int, phrase: str = "{function} of {samples}{again} on a {net} net") -> Call:
        return Call("cost", phrase, sizes, {"samples": count})

    observed = []
    for what, data in (of(1), samples(1)), (of(n), several), (of(n).again(), several):
        observed.append(Observation(what, session.call(network, "cost", data)))
    _set(session, network, *_parameters(sizes, rng))
    observed.append(Observation(_with_others(of(n)), session.call(network, "cost", several)))
    for count in others:
        what = _with_others(of(count, "{function} of {samples:d} other samples on a {net} net"))
        observed.append(Observation(what, session.call(network, "cost", samples(count))))
    return tuple(observed)


@probe("cost_handout")
def cost_handout(session: Session, rng: np.random.Generator) -> Observations:
    return _cost(session, rng, HANDOUT, int(rng.integers(*SOME)))


@probe("cost_other")
def cost_other(session: Session, rng: np.random.Generator) -> Observations:
    n = int(rng.integers(*SEVERAL))
    return _cost(session, rng, SHALLOW, n, n, int(rng.integers(*DOZENS)))


def _gradients(session: Session, rng: np.random.Generator, *nets: tuple[int, ...]) -> Observations:
    observed = []
    for sizes in nets:
        network = _network(session, sizes, rng)
        (x, y), (other, another) = (tuple(map(session.put, _sample(sizes, rng), ("x", "y"))) for _ in range(2))
        call = Call(
            "back_propagation",
            "{function}(x, y){again} on a {net} net",
            sizes,
            pieces=VERSION.lists,
            each=Each.LAYER,
        )
        next_one = call._replace(phrase="{function} of another sample on a {net} net", occasion=Occasion.OTHER_INPUT)
        for what, given in ((call, (x, y)), (next_one, (other, another)), (call.again(), (x, y))):
            observed.append(Observation(what, session.call(network, "back_propagation", *given)))
        _set(session, network, *_parameters(sizes, rng))
        observed.append(Observation(_with_others(call), session.call(network, "back_propagation", x, y)))
    return tuple(observed)


@probe("gradients_shallow")
def gradients_shallow(session: Session, rng: np.random.Generator) -> Observations:
    return _gradients(session, rng, SHALLOW)


@probe("gradients_handout")
def gradients_handout(session: Session, rng: np.random.Generator) -> Observations:
    return _gradients(session, rng, HANDOUT)


@probe("gradients_deeper")
def gradients_deeper(session: Session, rng: np.random.Generator) -> Observations:
    return _gradients(session, rng, EQUAL, DIFFERENT)


class Training(NamedTuple):
    """A training on so many drawn samples; `tests` is how many test samples there are."""

    sizes: tuple[int, ...]
    samples: int
    batch: int
    epochs: int
    eta: float
    tests: int


# Cost histories are chaotic: eta / batch stays below 0.06 beyond a single update, whose eta exceeds the batch size, so
# that eta // batch is not 0.
UPDATE = Training(SHALLOW, samples=7, batch=7, epochs=1, eta=10.5, tests=8)
DEEPER = Training(DIFFERENT, samples=8, batch=2, epochs=3, eta=0.1, tests=1)
DIVIDES = Training(HANDOUT, samples=12, batch=2, epochs=3, eta=0.1, tests=5)
RAGGED = Training(HANDOUT, samples=7, batch=5, epochs=3, eta=0.25, tests=1)


def _train(session: Session, rng: np.random.Generator, how: Training, network: Any = None) -> tuple[Any, Observations]:
    """Train a new network, or one that was trained before; gives it, and what was observed."""
    start = _parameters(how.sizes, rng)
    sizes = {"samples": how.samples, "batch": how.batch, "epochs": how.epochs}
    trained_on = "{net} net, {samples} in batches of {batch:d}, epochs: {epochs:d}"
    costs = Call("mini_batch_GD", f"the costs that {{function}} returns: {trained_on}", how.sizes, sizes)
    after = costs._replace(phrase=f"the biases and weights after {{function}}: {trained_on}")
    calls = [costs._replace(each=Each.EPOCH), after._replace(pieces=("biases", "weights"), each=Each.LAYER)]
    if network is None:
        network = _network_with(session, how.sizes, *start)
    else:
        calls = [_with_others(call) for call in calls]
        _set(session, network, *start)
    data = session.put([_sample(how.sizes, rng) for _ in range(how.samples)], "training_data")
    labels = rng.integers(how.sizes[-1], size=how.tests).tolist()
    test = session.put([(_sample(how.sizes, rng)[0], label) for label in labels], "test_data")
    history, parameters = session.call_and_gather(
        network, "mini_batch_GD", data, how.epochs, how.batch, how.eta * VERSION.pace, test,
        wanted=((network, "biases"), (network, "weights")), may_change=(network, data, test),
    )  # fmt: skip
    # what a single update has changed can be compared; after several nothing simple is true of it
    before = list(start) if how.samples == how.batch else None
    return network, (Observation(calls[0], history), Observation(calls[1], _whole(parameters), before))


def _made(session: Session, sizes: tuple[int, ...]) -> Observation:
    """The shapes of the parameters of a network as `__init__` makes it, which every other probe sets."""
    network = session.new("q1", "NeuralNetwork", len(sizes), list(sizes))
    parameters = session.gather((network, "biases"), (network, "weights"))
    call = Call("__init__", "the shapes of the biases and weights that {function} makes for a {net} net", sizes)
    return Observation(call, shapes(parameters))


@probe("training_other")
def training_other(session: Session, rng: np.random.Generator) -> Observations:
    network, update = _train(session, rng, UPDATE)
    _, again = _train(session, rng, UPDATE, network)
    return (*update, *again, *_train(session, rng, DEEPER)[1], _made(session, SHALLOW))


@probe("training_handout")
def training_handout(session: Session, rng: np.random.Generator) -> Observations:
    return _train(session, rng, DIVIDES)[1]


@probe("training_ragged")
def training_ragged(session: Session, rng: np.random.Generator) -> Observations:
    return _train(session, rng, RAGGED)[1]
