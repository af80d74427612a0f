"""The probes of q1: what is called, on which nets and inputs. Owns no expected value.

Nets have weights N(0, 1/n_in), biases that are not zero, real-valued x and y. All widths different shows hard-coded
depth and swapped axes as errors; equal widths turn them into wrong values that can be named. Every function is called
again with the very same objects, which shows changed inputs and state kept between calls.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers, Aside, Kept

HANDOUT = (784, 8, 8, 10)
DIFFERENT = (7, 6, 5, 4, 3)
EQUAL = (5, 5, 5, 5)
SHALLOW = (5, 4, 3)
DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)  # where the mistakes about the sigmoid differ most


def _name(sizes: tuple[int, ...]) -> str:
    return "-".join(map(str, sizes))


def _parameters(sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[list[np.ndarray], list[np.ndarray]]:
    biases = [rng.normal(0, 1, (n, 1)) for n in sizes[1:]]
    weights = [rng.normal(0, 1 / np.sqrt(m), (m, n)) for m, n in pairwise(sizes)]
    return biases, weights


def _network(session: Session, sizes: tuple[int, ...], rng: np.random.Generator) -> Any:
    """A student's network with drawn parameters."""
    return _network_with(session, sizes, *_parameters(sizes, rng))


def _network_with(session: Session, sizes: tuple[int, ...], biases: Any, weights: Any) -> Any:
    network = session.new("q1", "NeuralNetwork", len(sizes), list(sizes))
    session.set(network, "biases", biases)
    session.set(network, "weights", weights)
    return network


def _sample(sizes: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(0, 1, (sizes[0], 1)), rng.normal(0.5, 0.5, (sizes[-1], 1))


def _call(session: Session, network: Any, function: str, *inputs: Any, also: tuple[Any, ...] = ()) -> tuple[Any, Kept]:
    """What the function answers, and the parameters, its inputs and `also` other handles as they are after it."""
    wanted = ((network, "biases"), (network, "weights"), *((handle, "") for handle in (*inputs, *also)))
    answer, values = session.call_and_gather(network, function, *inputs, wanted=wanted)
    return answer, Kept(_whole(values))


def _whole(values: list[Any]) -> Any:
    """The values, or the first of them that holds no numbers: a failure, for one."""
    failure = next((value for value in values if not isinstance(value, list | tuple | np.ndarray)), None)
    return values if failure is None else failure


def _elementwise(session: Session, rng: np.random.Generator, function: str) -> Answers:
    network = _network(session, SHALLOW, rng)
    answers: Answers = {}
    short = np.array([[rng.uniform(-3, 3)]]).round(4)  # few digits, for a student to try it by hand
    for column in (short, np.concatenate([DECISIVE, rng.uniform(-30, 30, 4)]).reshape(-1, 1)):
        z = session.put(column)
        what = f"z = [[{column.item():g}]]" if column.size == 1 else f"z of shape {column.shape}"
        answers[f"{function}(z) with {what}"] = session.call(network, function, z)
        again, (after,) = session.call_and_gather(network, function, z, wanted=((z, ""),))
        answers[f"{function}(z) once more with {what}"] = again
        answers[f"z after {function}(z) with {what}"] = Kept(after)
    far = session.put(np.array([[-800.0], [800.0]]))
    answers["large"] = Aside(session.call(network, function, far))
    answers["integers"] = Aside(session.call(network, function, np.array([[-2], [0], [3]])))
    return answers


def sigmoid(session: Session, rng: np.random.Generator) -> Answers:
    return _elementwise(session, rng, "sigmoid")


def sigmoid_derivative(session: Session, rng: np.random.Generator) -> Answers:
    return _elementwise(session, rng, "sigmoid_derivative")


def cost_derivative(session: Session, rng: np.random.Generator) -> Answers:
    network = _network(session, SHALLOW, rng)
    answers: Answers = {}
    for n in (1, 3, 10):
        a = rng.uniform(0.05, 0.95, (n, 1)).round(4)
        signs = np.where(np.arange(n) % 2 == 0, 1, -1).reshape(n, 1)
        y = (a + signs * rng.uniform(0.1, 0.9, (n, 1))).round(4)  # above and below a
        what = f"{n} outputs" if n > 1 else f"a = [[{a.item():g}]] and y = [[{y.item():g}]]"
        a, y = session.put(a), session.put(y)
        answers[f"cost_derivative(a, y) with {what}"] = session.call(network, "cost_derivative", a, y)
        again, after = session.call_and_gather(network, "cost_derivative", a, y, wanted=((a, ""), (y, "")))
        answers[f"cost_derivative(a, y) once more with {what}"] = again
        answers[f"a and y after cost_derivative(a, y) with {what}"] = Kept(after)
    return answers


def _forward(session: Session, rng: np.random.Generator, *nets: tuple[int, ...]) -> Answers:
    answers: Answers = {}
    for sizes in nets:
        network = _network(session, sizes, rng)
        x = session.put(_sample(sizes, rng)[0])
        answers[f"forward_pass(x) on a {_name(sizes)} net"] = session.call(network, "forward_pass", x)
        other = _sample(sizes, rng)[0]
        answers[f"forward_pass of another x on a {_name(sizes)} net"] = session.call(network, "forward_pass", other)
        again, kept = _call(session, network, "forward_pass", x)
        answers[f"forward_pass(x) once more on a {_name(sizes)} net"] = again
        answers[f"the parameters and x of a {_name(sizes)} net after forward_pass(x)"] = kept
    return answers


def forward_shallow(session: Session, rng: np.random.Generator) -> Answers:
    return _forward(session, rng, SHALLOW)


def forward_handout(session: Session, rng: np.random.Generator) -> Answers:
    return _forward(session, rng, HANDOUT)


def forward_deeper(session: Session, rng: np.random.Generator) -> Answers:
    return _forward(session, rng, EQUAL, DIFFERENT)


def _cost(session: Session, rng: np.random.Generator, sizes: tuple[int, ...]) -> Answers:
    network = _network(session, sizes, rng)
    data = session.put([_sample(sizes, rng) for _ in range(4)])
    one = session.put([_sample(sizes, rng)])
    answers = {
        f"cost of 1 sample on a {_name(sizes)} net": session.call(network, "cost", one),
        f"cost of 4 samples on a {_name(sizes)} net": session.call(network, "cost", data),
    }
    again, kept = _call(session, network, "cost", data, also=(one,))
    answers[f"cost of 4 samples once more on a {_name(sizes)} net"] = again
    answers[f"the parameters and samples of a {_name(sizes)} net after cost"] = kept
    return answers


def cost_handout(session: Session, rng: np.random.Generator) -> Answers:
    return _cost(session, rng, HANDOUT)


def cost_other(session: Session, rng: np.random.Generator) -> Answers:
    return _cost(session, rng, SHALLOW)


def _gradients(session: Session, rng: np.random.Generator, *nets: tuple[int, ...]) -> Answers:
    answers: Answers = {}
    for sizes in nets:
        network = _network(session, sizes, rng)
        x, y = map(session.put, _sample(sizes, rng))
        where = f"on a {_name(sizes)} net"
        answers[f"back_propagation(x, y) {where}"] = session.call(network, "back_propagation", x, y)
        other = session.call(network, "back_propagation", *_sample(sizes, rng))
        answers[f"back_propagation of another sample {where}"] = other
        again, kept = _call(session, network, "back_propagation", x, y)
        answers[f"back_propagation(x, y) once more {where}"] = again
        answers[f"the parameters, x and y {where} after back_propagation"] = kept
    return answers


def gradients_shallow(session: Session, rng: np.random.Generator) -> Answers:
    return _gradients(session, rng, SHALLOW)


def gradients_handout(session: Session, rng: np.random.Generator) -> Answers:
    return _gradients(session, rng, HANDOUT)


def gradients_deeper(session: Session, rng: np.random.Generator) -> Answers:
    return _gradients(session, rng, EQUAL, DIFFERENT)


def _train(
    session: Session,
    rng: np.random.Generator,
    sizes: tuple[int, ...],
    samples: int,
    batch: int,
    epochs: int,
    eta: float,
) -> Answers:
    """Train on a few samples. Cost histories are chaotic: eta / batch stays below 0.06 beyond a single update,
    whose eta exceeds the batch size, so that eta // batch is not 0."""
    start = _parameters(sizes, rng)
    network = _network_with(session, sizes, *start)
    data = [_sample(sizes, rng) for _ in range(samples)]
    test = [(_sample(sizes, rng)[0], int(rng.integers(sizes[-1]))) for _ in range(3)]
    how = f"{_name(sizes)} net, {samples} samples in batches of {batch}, epochs: {epochs}"
    given = (data, epochs, batch, eta, test)
    wanted = ((network, "biases"), (network, "weights"))
    history, parameters = session.call_and_gather(network, "mini_batch_GD", *given, wanted=wanted)
    after = f"the biases and weights after mini_batch_GD: {how}"
    answers = {
        f"the costs that mini_batch_GD returns: {how}": history,
        after: _whole(parameters),
    }
    # what a single update has changed can be compared; after several nothing simple is true of it
    return answers | {f"start of {after}": Aside(list(start))} if samples == batch else answers


def training_other(session: Session, rng: np.random.Generator) -> Answers:
    answers = _train(session, rng, SHALLOW, samples=4, batch=4, epochs=1, eta=6.5)
    return answers | _train(session, rng, DIFFERENT, samples=6, batch=2, epochs=3, eta=0.1)


def training_handout(session: Session, rng: np.random.Generator) -> Answers:
    return _train(session, rng, HANDOUT, samples=6, batch=3, epochs=2, eta=0.15)


def training_ragged(session: Session, rng: np.random.Generator) -> Answers:
    return _train(session, rng, HANDOUT, samples=7, batch=3, epochs=2, eta=0.15)
