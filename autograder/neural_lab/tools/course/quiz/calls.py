"""How q1's functions are called in a quiz: on which nets, with which numbers, and how a sheet says so."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading.reference import Reference
from neural_lab.runtime.session import Session

LAB = "q1"
OWNER = "NeuralNetwork"
# The order in which students meet them, and the call of each as a sheet writes it.
CALLS = {
    "sigmoid": "sigmoid(z)",
    "sigmoid_derivative": "sigmoid_derivative(z)",
    "cost": "cost(training_data)",
    "cost_derivative": "cost_derivative(output_activations, y)",
    "forward_pass": "forward_pass(x)",
    "back_propagation": "back_propagation(x, y)",
    "mini_batch_GD": "mini_batch_GD(training_data, epochs, mini_batch_size, eta, test_data)",
}
ON_NUMBERS = ("sigmoid", "sigmoid_derivative", "cost_derivative")  # which no net is needed for


class Inputs(NamedTuple):
    """What a function is called with, on which net.

    :param sizes: neurons in each layer, the inputs first
    :param column: z, or the output activations: (n_L, 1)
    :param samples: pairs (x (n_0, 1), y (n_L, 1)), the first of them for functions of one sample
    :param flat: whether x, or the y of cost_derivative, is handed in as a plain row of numbers
    """

    sizes: tuple[int, ...]
    biases: list[np.ndarray]
    weights: list[np.ndarray]
    column: np.ndarray
    samples: list[tuple[np.ndarray, np.ndarray]]
    epochs: int = 2
    batch: int = 2
    eta: float = 0.5
    flat: bool = False

    @property
    def net(self) -> str:
        """The net in a word: 5-4-3."""
        return "-".join(map(str, self.sizes))


def drawn(sizes: tuple[int, ...], rng: np.random.Generator, samples: int = 4) -> Inputs:
    """Inputs with real numbers, the biases not zero."""
    biases = [rng.normal(0, 1, (n, 1)) for n in sizes[1:]]
    weights = [rng.normal(0, 1 / np.sqrt(m), (m, n)) for m, n in pairwise(sizes)]
    pairs = [(rng.normal(0, 1, (sizes[0], 1)), rng.uniform(0, 1, (sizes[-1], 1))) for _ in range(samples)]
    return Inputs(sizes, biases, weights, rng.normal(0, 1, (sizes[-1], 1)), pairs)


def by_hand(sizes: tuple[int, ...], rng: np.random.Generator) -> Inputs:
    """Inputs of which everything can be worked out in the head: every z is 0, so every activation is 0.5."""
    x = rng.choice([-2.0, -1.0, 1.0, 2.0, 3.0], (sizes[0], 1))
    a, biases, weights = x, [], []
    for m, n in pairwise(sizes):
        weights.append(rng.choice([-4.0, -2.0, 2.0, 4.0, 6.0], (m, n)))
        biases.append(-(weights[-1].T @ a))
        a = np.full((n, 1), 0.5)
    y = rng.choice([0.0, 1.0], (sizes[-1], 1))
    column = rng.choice([0.25, 0.5, 0.75], (sizes[-1], 1))
    return Inputs(sizes, biases, weights, column, [(x, y)])


def call(session: Session, label: str, inputs: Inputs) -> Any:
    """Call one of the functions on a fresh network."""
    network = session.new(LAB, OWNER, len(inputs.sizes), list(inputs.sizes))
    session.set(network, "biases", inputs.biases)
    session.set(network, "weights", inputs.weights)
    x, y = inputs.samples[0]
    if label == "mini_batch_GD":
        data = session.put(list(inputs.samples), "training_data")
        test = [(x, int(np.argmax(y))) for x, y in inputs.samples[:2]]
        how = (inputs.epochs, inputs.batch, inputs.eta)
        wanted = ((network, "weights"), (network, "biases"), (data, ""))
        return session.call_and_gather(network, label, data, *how, test, wanted=wanted, may_change=(network, data))
    if inputs.flat:
        x, y = (x, y.ravel()) if label == "cost_derivative" else (x.ravel(), y)
    arguments = {
        "sigmoid": (inputs.column,),
        "sigmoid_derivative": (inputs.column,),
        "cost_derivative": (inputs.column, y),
        "cost": (list(inputs.samples),),
        "forward_pass": (x,),
        "back_propagation": (x, y),
    }[label]
    return session.call(network, label, *arguments)


class Case(NamedTuple):
    """A call as a worker gets it.

    :param operations: what the session asks
    :param expected: what the reference answers; of training the cost history
    :param after: of training: weights, biases and data afterwards, by the reference
    """

    label: str
    inputs: Inputs
    operations: list[Any]
    expected: Any
    after: tuple[Any, ...] = ()


def case(reference: Reference, label: str, inputs: Inputs) -> Case:
    """The call, answered by the reference."""
    host, operations, replies = reference.host(), [], []

    def perform(operation: list[Any]) -> Any:
        operations.append(operation)
        replies.append(host.perform(operation))
        return replies[-1]

    call(Session(perform), label, inputs)
    answer, *after = replies[-1][0]
    return Case(label, inputs, operations, answer, tuple(after))
