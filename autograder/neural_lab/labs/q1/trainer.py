"""The vectorised mini-batch trainer: q1's network and q1's training, a whole batch at a time, nets side by side.

It asks the version's record for the activation functions, the cost, the update and the start; what follows here tells
of the public lab. Weights are (n_in, n_out), whichever way round a version stores them.

It trains the contract's network fast, with the same initial weights, the same shuffling and, up to rounding, the same
cost history as `NeuralNetwork.mini_batch_GD`. Nothing here is compared with a student's answer.

How a batch of B samples goes through layer l, samples side by side as columns (docs/vectorise.md derives it):

    a^(0) = x,  z^(l) = [W^(l) | b^(l)] [a^(l-1); 1],  a^(l) = sigmoid(z^(l))             (n_l, B)
    delta^(L) = (a^(L) - y) a^(L)' ,  delta^(l) = (W^(l+1).T delta^(l+1)) a^(l)'          (n_l, B)
    [dC/dW^(l) | dC/db^(l)] = delta^(l) [a^(l-1); 1].T                                    (n_l, n_{l-1} + 1)

What makes it fast: every buffer and every view is made before the first batch; all parameters lie in one array and
all gradients in another, so an update is one subtraction; the inner loop holds NumPy calls that write in place and no
arithmetic in Python. Nets that see the same batches are trained side by side: their first layers, where most of the
work is, are one product, their deeper ones a stack of products, and element-wise operations take all nets at once.
Three steps need a word, all of them exact up to rounding:

* An input that is 0 in every training sample (the rim of a digit) takes no part: its gradient is 0.
* Images may be given as bytes, which stand for 0, 1/255, …, 1: an eighth of the memory. A batch is widened into a
  buffer that stays in the cache, and the factor 1/255 moves into the first layer's parameters.
* Parameters are kept negated, for e^(-z) is what the sigmoid needs.
"""

import random
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from neural_lab.labs.q1.version import DECAY, LEAK, MOMENTUM, VERSION, Activation, Cost, Output, Update, Version

Array = NDArray[np.floating[Any]]
Samples = Array | NDArray[np.uint8]  # bytes stand for k / 255
Indices = NDArray[np.integer[Any]]
EVALUATION_ROWS = 128  # samples at a time when nothing is learned: enough for BLAS, and the buffer stays in the cache
# Nets side by side save time while all that a batch passes through stays in a core's own cache. Five of 784-8-8-10
# (0.6 MB) take 0.4 times as long as one after the other, three of 784-30-10 (1.2 MB) 0.8 times, and three of 784-50-10
# (2 MB) 1.2 times.
SIDE_BY_SIDE = 1_500_000  # bytes


# An activation function puts a in the place of -z; its slope, negated, is computed from a. `one` is an array, for a
# Python number would be converted at every call.
def _sigmoid(a: Array, one: Array) -> None:
    np.exp(a, a)
    np.add(a, one, a)
    np.reciprocal(a, a)


def _sigmoid_slope(a: Array, one: Array, minus_slope: Array) -> None:
    np.subtract(a, one, minus_slope)
    np.multiply(minus_slope, a, minus_slope)  # a(a - 1)


def _tanh(a: Array, one: Array) -> None:
    np.tanh(a, a)
    np.negative(a, a)


def _tanh_slope(a: Array, one: Array, minus_slope: Array) -> None:
    np.multiply(a, a, minus_slope)
    np.subtract(minus_slope, one, minus_slope)


def _softplus(a: Array, one: Array) -> None:
    np.negative(a, a)
    np.logaddexp(a, 0, a)


def _softplus_slope(a: Array, one: Array, minus_slope: Array) -> None:
    np.negative(a, minus_slope)
    np.expm1(minus_slope, minus_slope)  # e^-a - 1 = -1 / (1 + e^-z)


def _leaky_relu(a: Array, one: Array) -> None:
    np.negative(a, a)
    np.maximum(a, LEAK * a, out=a)


def _leaky_relu_slope(a: Array, one: Array, minus_slope: Array) -> None:
    np.copyto(minus_slope, np.where(a > 0, -1.0, -LEAK))


def _linear(a: Array, one: Array) -> None:
    np.negative(a, a)


_FUNCTIONS: dict[Activation, tuple[Callable[[Array, Array], None], Callable[[Array, Array, Array], None]]] = {
    Activation.SIGMOID: (_sigmoid, _sigmoid_slope),
    Activation.TANH: (_tanh, _tanh_slope),
    Activation.SOFTPLUS: (_softplus, _softplus_slope),
    Activation.LEAKY_RELU: (_leaky_relu, _leaky_relu_slope),
}


def _activations(version: Version, layers: int) -> list[Callable[[Array, Array], None]]:
    """The activation function of each layer."""
    hidden = _FUNCTIONS[version.activation][0]
    return [hidden] * (layers - 1) + [_linear if version.output is Output.LINEAR else hidden]


def initial_parameters(sizes: Sequence[int], seed: int, version: Version = VERSION) -> tuple[list[Array], list[Array]]:
    """The contract's initial weights [(n_0, n_1), …] and biases [(n_1, 1), …]; what is drawn of the biases comes first.

    RandomState(seed) gives what `np.random.seed(seed)` followed by `np.random.randn` gives, without touching
    NumPy's global state.
    """
    rng = np.random.RandomState(seed)
    start = version.start
    alike = None if start is None else start.biases
    biases: list[Array] = [rng.randn(n, 1) if alike is None else np.full((n, 1), float(alike)) for n in sizes[1:]]
    weights: list[Array] = [version.in_out(rng.randn(*version.stored_as(*ends))) for ends in pairwise(sizes)]
    if start is not None:
        weights = [W * np.sqrt(start.variance / len(W)) for W in weights]
    return weights, biases


def forward(weights: Sequence[Array], biases: Sequence[Array], x: Samples, version: Version = VERSION) -> Array:
    """The network's outputs (N, n_L) for the samples x (N, n_0), numbers or bytes."""
    outputs = np.empty((len(x), weights[-1].shape[1]), dtype=weights[-1].dtype)
    one = np.ones((), dtype=outputs.dtype)
    with np.errstate(over="ignore"):  # e^(-z) = inf is the right way to a = 0
        for start in range(0, len(x), EVALUATION_ROWS):
            a = _numbers(x[start : start + EVALUATION_ROWS])
            for W, b, activate in zip(weights, biases, _activations(version, len(weights)), strict=True):
                a = -(a @ W + b.T)  # (rows, n_in) @ (n_in, n_out) -> (rows, n_out)
                activate(a, one)
            outputs[start : start + EVALUATION_ROWS] = a
    return outputs


def _numbers(x: Samples) -> Array:
    return x / 255.0 if x.dtype == np.uint8 else cast(Array, x)


def memory(
    sizes: Sequence[int],
    samples: int,
    mini_batch_size: int,
    networks: int = 1,
    itemsize: int = 8,
    version: Version = VERSION,
) -> int:
    """At most how many bytes so many `Trainer` take for themselves and `side_by_side`, with images as bytes.

    At the end of an epoch each network's parameters are there three times: trained, their steps, and the network's old
    ones; with momentum there are the last moves, too. Those of one network at a time are there twice more: what takes
    their place, before and after it is put in order.
    """
    parameters = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    size = min(mini_batch_size, samples)
    rows = size + samples % size + EVALUATION_ROWS + samples % EVALUATION_ROWS  # of the four kinds of `_Batch`
    columns = sizes[0] + 1
    activations = networks * (sum(sizes[1:]) + len(sizes) - 2)
    row = itemsize * (columns + 3 * activations) + columns  # inputs; a, its slope, delta; bytes
    targets = 4 * itemsize * samples * sizes[-1]  # as given, sample by sample, and in an epoch's order twice
    kept = 4 if version.update is Update.MOMENTUM else 3
    return (kept * networks + 2) * itemsize * parameters + rows * row + targets + 2 * samples * columns


class Trainer:
    """A network of the contract, and its training on arrays with one row for each sample.

    `weights` [(n_0, n_1), …] and `biases` [(n_1, 1), …] are those of `NeuralNetwork`; they may be set before training
    and are brought up to date after every epoch.

    :param sizes: neurons of each layer [n_0, n_1, …, n_L], the input layer included
    :param seed: seed of the initial parameters and of the shuffling
    :param dtype: float64, or float32 for speed where the last digits do not matter
    :param version: whose network and training it is
    """

    def __init__(
        self, sizes: Sequence[int], seed: int = 400, dtype: DTypeLike = np.float64, version: Version = VERSION
    ) -> None:
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"expected at least two layers of at least one neuron each, got {list(sizes)}")
        self.sizes = tuple(sizes)
        self.seed = seed
        self.dtype = np.dtype(dtype)
        self.version = version
        weights, biases = initial_parameters(sizes, seed, version)
        self.weights = [W.astype(self.dtype) for W in weights]
        self.biases = [b.astype(self.dtype) for b in biases]

    def epochs(
        self, x: Samples, y: Array, epochs: int, mini_batch_size: int, eta: float
    ) -> Generator[float, None, None]:
        """Train, epoch by epoch, and hand out the cost over the training data after each. See `side_by_side`."""
        for costs in self.passes(x, y, epochs, mini_batch_size, eta):
            yield costs()[0]

    def passes(
        self, x: Samples, y: Array, epochs: int, mini_batch_size: int, eta: float
    ) -> Generator[Callable[[], list[float]], None, None]:
        """Train, epoch by epoch: `side_by_side` with no other network."""
        return side_by_side([self], x, y, epochs, mini_batch_size, eta, self.seed)

    def train(self, x: Samples, y: Array, epochs: int, mini_batch_size: int, eta: float) -> list[float]:
        """Train to the end; the cost over the training data after each epoch. See `epochs`."""
        return list(self.epochs(x, y, epochs, mini_batch_size, eta))

    def forward(self, x: Samples) -> Array:
        """The network's outputs (N, n_L) for the samples x (N, n_0), numbers or bytes."""
        return forward(self.weights, self.biases, x, self.version)

    def correct(self, x: Samples, labels: Indices) -> int:
        """How many of the samples x (N, n_0) have their largest output at their label (N,)."""
        return int(np.count_nonzero(self.forward(x).argmax(axis=1) == labels))


def at_once(sizes: Sequence[int], mini_batch_size: int, itemsize: int = 8) -> int:
    """How many networks of these sizes, one at least, are best trained side by side; bounds their memory, too."""
    parameters = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
    activations = sum(sizes[1:]) * mini_batch_size
    return max(1, SIDE_BY_SIDE // (itemsize * (2 * parameters + 3 * activations)))


def side_by_side(
    networks: Sequence[Trainer], x: Samples, y: Array, epochs: int, mini_batch_size: int, eta: float, seed: int
) -> Generator[Callable[[], list[float]], None, None]:
    """Train networks of the same sizes on the same batches; up to rounding each learns what it learns alone.

    After each epoch the networks' weights and biases are brought up to date, and a function is handed out that computes
    the cost of each over the training data.

    Every epoch shuffles the order it left behind with a fresh `random.Random(seed)`, as the contract says; x and y
    themselves are not changed. A shorter last batch is divided by `mini_batch_size` too.

    :param x: (N, n_0) the samples; of an array of bytes (uint8), each k stands for k / 255
    :param y: (N, n_L) what the outputs should be
    :param seed: seed of the shuffling
    :raises ValueError: when the networks differ, the shapes do not fit them, or there is nothing to train on
    """
    first = networks[0]
    kind = first.sizes, first.dtype, first.version
    if any((network.sizes, network.dtype, network.version) != kind for network in networks):
        raise ValueError("expected networks of the same sizes and dtype: only those can be trained side by side")
    n_in, n_out = first.sizes[0], first.sizes[-1]
    if len(x) == 0 or x.shape != (len(x), n_in) or y.shape != (len(x), n_out):
        raise ValueError(f"expected x (N, {n_in}) and y (N, {n_out}) with N >= 1, got {x.shape} and {y.shape}")
    if mini_batch_size < 1:
        raise ValueError(f"expected a mini_batch_size of at least 1, got {mini_batch_size}")
    samples = _Samples.of(x, first.dtype, every=first.version.update is Update.DECAY)
    targets = np.ascontiguousarray(y.T, dtype=first.dtype)  # (n_L, N)
    parameters = _Parameters(samples, networks, shrink=1 - eta * DECAY)
    size = min(mini_batch_size, len(x))
    rest = len(x) % size
    full = _Batch(parameters, samples, size)
    ragged = _Batch(parameters, samples, rest) if rest else full
    evaluation = _evaluation(parameters, samples)

    shuffled = list(range(len(x)))
    random.Random(seed).shuffle(shuffled)
    shuffle = np.array(shuffled)  # the same for every epoch, for the generator is seeded anew each time
    order = np.arange(len(x))
    step = eta / mini_batch_size

    def costs() -> list[float]:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # ln 0 where an output is 0 or 1
            parts = [batch.costs(samples.rows[rows], targets[:, rows]) for batch, rows in evaluation]
        return [float(cost) for cost in np.sum(parts, axis=0)]

    for _ in range(epochs):
        order = order[shuffle]
        whole, shorter = order[: len(x) - rest].reshape(-1, size), order[len(x) - rest :].reshape(-1, ragged.size)
        with np.errstate(over="ignore"):  # e^(-z) = inf is the right way to a = 0
            full.descend(whole, targets, step)
            ragged.descend(shorter, targets, step)
        for number, network in enumerate(networks):
            network.weights, network.biases = parameters.unpack(number, network.weights)
        yield costs


@dataclass(frozen=True)
class _Samples:
    """Training samples as the inner loop wants them: inputs that matter, and a last column that multiplies the bias.

    rows (N, len(used) + 1): x / scale in the columns `used`, then 1 / scale; bytes if the samples came as bytes.
    """

    rows: NDArray[Any]
    used: Indices
    scale: float

    @classmethod
    def of(cls, x: Samples, dtype: np.dtype[Any], every: bool) -> "_Samples":
        """:param every: use every input, for weights shrink even where an input is always 0"""
        used = np.flatnonzero(x.any(axis=0) | every)
        bytes_given = x.dtype == np.uint8
        rows = np.empty((len(x), len(used) + 1), dtype=np.uint8 if bytes_given else dtype)
        rows[:, :-1] = x[:, used]
        rows[:, -1] = 255 if bytes_given else 1
        return cls(rows, used, 1 / 255 if bytes_given else 1.0)


class _Parameters:
    """All of -[W^(l) | b^(l)] of S networks in one flat array, and room for a step.

    A layer is an array (n_l, S, n_{l-1} + 1): the networks' first neurons, then their second ones, and so on. So the
    first layers of all networks are one matrix, to be multiplied with inputs that they share, and what comes of it
    lies as the next layer needs it.
    """

    def __init__(self, samples: _Samples, networks: Sequence[Trainer], shrink: float) -> None:
        first, count = networks[0], len(networks)
        inputs = [samples.rows.shape[1], *(n + 1 for n in first.sizes[1:-1])]
        shapes = [(n, count, columns) for n, columns in zip(first.sizes[1:], inputs, strict=True)]
        ends = np.cumsum([n * count * columns for n, count, columns in shapes])
        self.networks = count
        self.version, self.shrink = first.version, shrink
        self.used = samples.used
        self.scales = [samples.scale] + [1.0] * (len(shapes) - 1)
        self.dtype = first.dtype
        self.values = np.empty(ends[-1], dtype=self.dtype)
        self.steps = np.empty_like(self.values)
        self.moves = np.zeros_like(self.values) if self.version.update is Update.MOMENTUM else self.steps
        self.layers = [part.reshape(shape) for part, shape in zip(np.split(self.values, ends[:-1]), shapes)]
        self.layer_steps = [part.reshape(shape) for part, shape in zip(np.split(self.steps, ends[:-1]), shapes)]
        for number, network in enumerate(networks):
            kept = [network.weights[0][self.used], *network.weights[1:]]
            for layer, W, b, scale in zip(self.layers, kept, network.biases, self.scales, strict=True):
                np.multiply(W.T, -scale, out=layer[:, number, :-1])
                np.multiply(b[:, 0], -scale, out=layer[:, number, -1])

    def move(self) -> None:
        """Make the step that lies in `steps`, as the version's update says."""
        if self.version.update is Update.DECAY:
            for layer in self.layers:
                layer[:, :, :-1] *= self.shrink  # not the biases, the last column
        if self.version.update is Update.MOMENTUM:
            np.multiply(self.moves, MOMENTUM, self.moves)
            np.add(self.moves, self.steps, self.moves)
        np.add(self.values, self.moves, self.values)  # adding, for the parameters are negated

    def unpack(self, number: int, weights: list[Array]) -> tuple[list[Array], list[Array]]:
        """A network's parameters as the contract has them; the weights of unused inputs are taken from `weights`."""
        plain = [layer[:, number] / -scale for layer, scale in zip(self.layers, self.scales, strict=True)]
        first = weights[0].copy()
        first[self.used] = plain[0][:, :-1].T
        rest = [np.ascontiguousarray(layer[:, :-1].T) for layer in plain[1:]]
        return [first, *rest], [layer[:, -1:].copy() for layer in plain]


def _together(array: Array) -> Array:
    """(n, S, columns) as one matrix (n S, columns)."""
    return array.reshape(-1, array.shape[2])


def _each(array: Array) -> Array:
    """(n, S, columns) as a stack of S matrices (n, columns)."""
    return array.transpose(1, 0, 2)


class _Batch:
    """The buffers for `size` samples, every view into them that the inner loop needs, and the inner loop."""

    def __init__(self, parameters: _Parameters, samples: _Samples, size: int) -> None:
        self.size = size
        self.parameters = parameters
        self.samples = samples.rows
        dtype, layers = parameters.dtype, parameters.layers
        columns = samples.rows.shape[1]
        self.inputs = np.empty((size, columns), dtype=dtype)
        self.narrow = np.empty((size, columns), dtype=samples.rows.dtype) if samples.rows.dtype != dtype else None

        # All layers' activations below each other, each hidden layer's followed by the row of ones that multiplies the
        # next layer's biases. What the backward pass puts into that row is not looked at; to let it lie there keeps
        # every matrix in one piece, which BLAS needs to read it in place.
        widths = [len(layer) for layer in layers]
        tops = [sum(widths[:i]) + i for i in range(len(widths))]
        spans = [slice(top, top + n) for top, n in zip(tops, widths, strict=True)]
        with_ones = [slice(top, top + n + 1) for top, n in zip(tops[:-1], widths[:-1], strict=True)]
        self.a = a = np.ones((tops[-1] + widths[-1], parameters.networks, size), dtype=dtype)
        self.slope = np.empty_like(a)
        delta = np.empty_like(a)

        self.output, self.output_slope, self.output_delta = a[spans[-1]], self.slope[spans[-1]], delta[spans[-1]]
        self.first_delta = delta[spans[0]]
        self.first_factor = np.array(samples.scale**2, dtype=dtype)  # for inputs x / scale and parameters scale * W
        self.one = np.ones((), dtype=dtype)  # an array, for a Python number would be converted at every call
        version, outputs = parameters.version, widths[-1]
        self.minus_slope = _FUNCTIONS[version.activation][1]
        # dC/dz of the output layer is a - y if it is linear; the slope of the cross-entropy cancels the sigmoid's, too.
        self.direct = version.output is Output.LINEAR or version.cost is Cost.CROSS_ENTROPY
        mean = version.cost is Cost.MEAN_SQUARES
        self.entropy = version.cost is Cost.CROSS_ENTROPY
        self.share = 1 / (outputs * len(samples.rows)) if mean else 0.5  # of the squares, in the cost
        self.cost_factor = 2 / outputs if mean else 1.0  # of a - y, in the slope of the cost
        # The first layers share their inputs, so theirs is one product; the deeper ones make a stack of products.
        deeper = list(zip(layers[1:], parameters.layer_steps[1:], with_ones, spans[1:], strict=True))
        products: list[tuple[Callable[..., Any], Array, Array, Array, Array]] = [
            (np.dot, _together(layers[0]), self.inputs.T, _together(a[spans[0]]), a[spans[0]]),
            *((np.matmul, _each(layer), _each(a[above]), _each(a[rows]), a[rows]) for layer, _, above, rows in deeper),
        ]
        self.forward_views = list(zip(products, _activations(version, len(layers)), strict=True))
        self.backward_views = [
            (_each(layer).transpose(0, 2, 1), _each(delta[rows]), _each(delta[above]), delta[above], self.slope[above])
            for layer, _, above, rows in reversed(deeper)
        ]
        self.gradient_views: list[tuple[Callable[..., Any], Array, Array, Array]] = [
            (np.dot, _together(self.first_delta), self.inputs, _together(parameters.layer_steps[0])),
            *(
                (np.matmul, _each(delta[rows]), _each(a[above]).transpose(0, 2, 1), _each(step))
                for _, step, above, rows in deeper
            ),
        ]

    def forward(self) -> None:
        """From `inputs` to the activations of every layer."""
        one = self.one
        for (product, minus_W, a_in, z, a), activate in self.forward_views:
            product(minus_W, a_in, z)  # (n_out, n_in + 1) @ (n_in + 1, B) -> (n_out, B): -z, a view of a
            activate(a, one)

    def costs(self, rows: NDArray[Any], targets: Array) -> Array:
        """Each network's cost (S,) of the samples in rows (B, columns) whose targets are (n_L, B)."""
        np.copyto(self.inputs, rows)
        self.forward()
        y = targets[:, np.newaxis]
        if self.entropy:
            parts: Array = y * np.log(self.output) + (1 - y) * np.log(1 - self.output)
            return cast(Array, -parts.sum(axis=(0, 2)))
        np.subtract(y, self.output, self.output_delta)
        return self.share * np.einsum("isb,isb->s", self.output_delta, self.output_delta)

    def descend(self, batches: Indices, targets: Array, step: float) -> None:
        """One step of gradient descent for each batch.

        :param batches: (batches, B) the numbers of each batch's samples
        :param targets: (n_L, N) the targets of all samples
        :param step: eta / mini_batch_size
        """
        take, matmul, subtract, multiply = self.samples.take, np.matmul, np.subtract, np.multiply
        minus_slope_of, direct, move = self.minus_slope, self.direct, self.parameters.move
        a, one, slope, first_delta, first_factor = self.a, self.one, self.slope, self.first_delta, self.first_factor
        output, output_slope, output_delta = self.output, self.output_slope, self.output_delta
        rate = np.array(step * self.cost_factor, dtype=a.dtype)
        y_of_batches = np.ascontiguousarray(targets[:, batches].transpose(1, 0, 2))[:, :, np.newaxis]  # (…, n_L, 1, B)
        for numbers, y in zip(batches, y_of_batches, strict=True):
            if self.narrow is None:
                take(numbers, 0, self.inputs, "clip")
            else:
                take(numbers, 0, self.narrow, "clip")
                np.copyto(self.inputs, self.narrow)
            self.forward()

            minus_slope_of(a, one, slope)  # -a', of all layers at once
            if direct:
                output_slope.fill(-1)
            subtract(y, output, output_delta)
            multiply(output_delta, output_slope, output_delta)  # (y - a)(-a') = dC/dz
            multiply(output_delta, rate, output_delta)
            for minus_W_T, delta_out, dC_da, delta, minus_slope in self.backward_views:
                matmul(minus_W_T, delta_out, dC_da)  # (n_in + 1, n_out) @ (n_out, B) -> (n_in + 1, B)
                multiply(delta, minus_slope, delta)  # dC_da is a view of delta
            multiply(first_delta, first_factor, first_delta)
            for product, delta, a_in_T, layer_step in self.gradient_views:
                product(delta, a_in_T, layer_step)  # (n_out, B) @ (B, n_in + 1) -> (n_out, n_in + 1)
            move()


def _evaluation(parameters: _Parameters, samples: _Samples) -> list[tuple[_Batch, slice]]:
    """All samples in pieces of `EVALUATION_ROWS`, each with the buffers to put it through."""
    count = len(samples.rows)
    starts = range(0, count, EVALUATION_ROWS)
    sizes = [min(EVALUATION_ROWS, count - start) for start in starts]
    batches = {size: _Batch(parameters, samples, size) for size in set(sizes)}
    return [(batches[size], slice(start, start + size)) for start, size in zip(starts, sizes, strict=True)]
