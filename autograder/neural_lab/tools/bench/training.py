"""Training measured side by side (`make bench`): the trainer, the solution, scikit-learn, PyTorch, and BLAS alone.

Owns the contestants: each trains the same net on the same samples in batches of the same size, with plain gradient
descent, on one thread, and tells the seconds that a sample took. An epoch's shuffling is measured with it; the cost and
the accuracy after an epoch are not, for not every contestant computes them.
"""

from __future__ import annotations

import importlib.util
import time
import types
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_lab.labs.q1.datasets import Dataset, one_hot
from neural_lab.labs.q1.trainer import Trainer
from neural_lab.schema.places import SOLUTION as SOLUTIONS

SOLUTION = SOLUTIONS / "q1.py"
LEAST_SECONDS = 0.03  # of one measurement
ETA = 1.0
PER_SAMPLE = "the solution, one sample at a time"
TRAINER, TRAINER32 = "the trainer", "the trainer, float32"
SKLEARN = "scikit-learn MLPClassifier"
TORCH, TORCH32 = "PyTorch, float64", "PyTorch, float32"
PRODUCTS = "the matrix products alone"
Contestant = Callable[[], float]  # CPU seconds for each sample


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def contestants(data: Dataset, sizes: Sequence[int], batch: int) -> dict[str, Contestant]:
    """All that are installed, ready to be called as often as one likes."""
    x, y = data.x_train, one_hot(data.y_train)
    found = {
        PER_SAMPLE: per_sample(x, y, sizes, batch),
        TRAINER: trainer(data.pixels_train, y, sizes, batch, np.float64),
        TRAINER32: trainer(data.pixels_train, y, sizes, batch, np.float32),
        PRODUCTS: products(x, sizes, batch),
    }
    if len(sizes) > 2:
        found[SKLEARN] = sklearn(x, data.y_train, sizes, batch)
    if has_torch():
        found[TORCH] = torch(x, y, sizes, batch, "float64")
        found[TORCH32] = torch(x, y, sizes, batch, "float32")
    return found


def _each(epoch: Callable[[], object], samples: int) -> Contestant:
    """CPU seconds for each sample, over as many epochs as it takes to measure them."""

    def measure() -> float:
        epochs, start = 0, time.process_time()
        while True:
            epoch()
            epochs += 1
            elapsed = time.process_time() - start
            if elapsed >= LEAST_SECONDS:
                return elapsed / (epochs * samples)

    epoch()  # what is done once is done now
    return measure


def per_sample(x: NDArray[Any], y: NDArray[Any], sizes: Sequence[int], batch: int) -> Contestant:
    """The solution's own `mini_batch_GD`, on as many samples as take a moment; without its cost and accuracy."""
    module = types.ModuleType("solution_q1")
    module.__file__ = str(SOLUTION)
    exec(compile(SOLUTION.read_bytes(), SOLUTION, "exec"), module.__dict__)  # noqa: S102
    count = min(len(x), max(200, batch))
    pairs = [(a[:, None], b[:, None]) for a, b in zip(x[:count], y[:count])]
    network = module.__dict__["NeuralNetwork"](len(sizes), list(sizes))
    network.cost = network.test_accuracy = lambda data: 0.0
    return _each(lambda: network.mini_batch_GD(pairs, 1, batch, ETA, []), count)


def trainer(pixels: NDArray[np.uint8], y: NDArray[Any], sizes: Sequence[int], batch: int, dtype: Any) -> Contestant:
    """The grader's trainer, which takes the images as bytes."""
    passes = Trainer(sizes, dtype=dtype).passes(pixels, y, 10**9, batch, ETA)
    return _each(lambda: next(passes), len(y))


def sklearn(x: NDArray[Any], labels: NDArray[Any], sizes: Sequence[int], batch: int) -> Contestant:
    """scikit-learn's classifier with stochastic gradient descent and logistic neurons; its outputs are a softmax."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(tuple(sizes[1:-1]), activation="logistic", solver="sgd", batch_size=batch, alpha=0.0,
                          learning_rate_init=0.1, momentum=0.0, nesterovs_momentum=False, random_state=0)  # fmt: skip
    classes = np.arange(sizes[-1])

    def epoch() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of not converging, which nobody asked for
            model.partial_fit(x, labels, classes=classes)

    return _each(epoch, len(x))


def torch(x: NDArray[Any], y: NDArray[Any], sizes: Sequence[int], batch: int, dtype: str) -> Contestant:
    """Linear and Sigmoid layers, automatic differentiation, its own SGD, rows in random order."""
    import torch as library

    library.set_num_threads(1)
    kind = getattr(library, dtype)
    inputs, targets = library.tensor(x, dtype=kind), library.tensor(y, dtype=kind)
    layers = [module for m, n in pairwise(sizes) for module in (library.nn.Linear(m, n), library.nn.Sigmoid())]
    model = library.nn.Sequential(*layers).to(kind)
    optimiser = library.optim.SGD(model.parameters(), lr=ETA)

    def epoch() -> None:
        order = library.randperm(len(inputs))
        for start in range(0, len(inputs), batch):
            rows = order[start : start + batch]
            loss = 0.5 * ((model(inputs[rows]) - targets[rows]) ** 2).sum() / batch
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    return _each(epoch, len(x))


def products(x: NDArray[Any], sizes: Sequence[int], batch: int) -> Contestant:
    """Nothing but the matrix products of all batches, into arrays made before: what BLAS takes, and no training.

    The samples lie in memory in the order in which they are used, all 784 inputs of them, and each product is made in
    the orientation that is fastest for the handout's net; for wide layers the trainer's orientation is faster.
    """
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((m, n)) for m, n in pairwise(sizes)]
    gradients = [np.empty_like(W) for W in weights]
    a = [np.empty((batch, n)) for n in sizes[1:]]
    delta = [rng.standard_normal((batch, n)) for n in sizes[1:]]
    whole = len(x) - len(x) % batch
    layers = range(len(weights))

    def epoch() -> None:
        dot = np.dot
        for start in range(0, whole, batch):
            inputs = [x[start : start + batch], *a]
            for layer in layers:
                dot(inputs[layer], weights[layer], a[layer])
            for layer in reversed(layers):
                dot(inputs[layer].T, delta[layer], gradients[layer])
                if layer:
                    dot(delta[layer], weights[layer].T, delta[layer - 1])

    return _each(epoch, whole)
