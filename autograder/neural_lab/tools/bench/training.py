"""Training measured side by side (`make bench`): the trainer, the solution, scikit-learn, PyTorch, and BLAS alone.

Each contestant trains the same net on the same samples in batches of the same size, with plain gradient
descent, on one thread, and tells the seconds that a sample took. An epoch's shuffling is measured with it; the cost and
the accuracy after an epoch are not, for not every contestant computes them.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
import types
import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_lab.labs.q1.datasets import Dataset, one_hot
from neural_lab.labs.q1.trainer import Trainer
from neural_lab.schema.places import SOLUTION as SOLUTIONS
from neural_lab.tools.bench.measure import Bound, Context, Found, Part, Table, interleaved, median_ratio

SOLUTION = SOLUTIONS / "q1.py"
LEAST_SECONDS = 0.03  # of one measurement
ETA = 1.0
PER_SAMPLE = "the solution, one sample at a time"
TRAINER, TRAINER32 = "the trainer", "the trainer, float32"
SKLEARN = "scikit-learn MLPClassifier"
TORCH, TORCH32 = "PyTorch, float64", "PyTorch, float32"
PRODUCTS = "the matrix products alone"
ORDER = (PER_SAMPLE, TORCH, TORCH32, SKLEARN, TRAINER, TRAINER32, PRODUCTS)
NET, BATCH = (784, 8, 8, 10), 50
SPEED = "thousand samples a second"
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


# -- the parts of `make bench` ----------------------------------------------------------------------------------------


def side_by_side(context: Context) -> Found:
    """The handout's net, trained by each."""
    data = context.data
    seconds = interleaved(contestants(data, NET, BATCH), context.plan.rounds)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratios = {name: median_ratio(values, seconds[TRAINER]) for name, values in seconds.items()}
    rows = tuple(
        (name, 1e-3 / medians[name], medians[name] * BATCH * 1e6, ratios[name])
        for name in sorted(medians, key=lambda name: medians[name])
    )
    notes = [f"On {data.name}, {len(data.y_train):,} images."]
    if not data.name.startswith("mnist"):
        notes.append("The bound on the matrix products is set for MNIST, whose rim is blank.")
    return Found(ratios, (Table(("", SPEED, "µs a batch", "time to the trainer's"), rows),), tuple(notes))


def growth(context: Context) -> Found:
    """How each slows down with larger nets, batches and data."""
    plan, data = context.plan, context.data
    base = min(len(data.y_train), 2_000)
    dimensions: dict[str, dict[int, tuple[tuple[int, ...], int, int]]] = {
        "neurons in one hidden layer": {n: ((784, n, 10), BATCH, base) for n in plan.widths},
        "hidden layers of 30 neurons": {n: ((784, *[30] * n, 10), BATCH, base) for n in plan.depths},
        "samples in a batch": {n: (NET, n, base) for n in plan.batches if n <= base},
        "training samples": {n: (NET, BATCH, n) for n in plan.samples if n <= len(data.y_train)},
    }
    tables = []
    for dimension, points in dimensions.items():
        measured: dict[int, dict[str, float]] = {}
        for point, (sizes, batch, samples) in points.items():
            context.tell(f"{dimension}: {point}")
            part = Dataset(
                data.name, data.pixels_train[:samples], data.y_train[:samples], data.pixels_test, data.y_test
            )
            seconds = interleaved(contestants(part, sizes, batch), plan.growth_rounds)
            measured[point] = {name: statistics.median(values) * 1e6 for name, values in seconds.items()}
        names = [name for name in ORDER if any(name in medians for medians in measured.values())]
        rows = tuple((f"{point:,}", *map(medians.get, names)) for point, medians in measured.items())
        tables.append(Table((dimension, *names), rows))
    return Found(tables=tuple(tables), notes=(f"On {data.name}.",))


def _colours() -> dict[str, str]:
    from neural_lab.tools.plot_style import COLOURS

    return dict(zip((TRAINER, PER_SAMPLE, SKLEARN, TORCH, TORCH32, PRODUCTS), COLOURS)) | {TRAINER32: "#7fb2d1"}


def draw_speeds(found: Found, file: Path) -> None:
    from neural_lab.tools.bench.plots import bars

    colours = _colours()
    rows = reversed(found.tables[0].rows)
    bars(
        [(str(name), float(speed or 0), colours[str(name)]) for name, speed, *_ in rows],
        f"{SPEED}, on one thread",
        file,
    )


def draw_growth(found: Found, file: Path) -> None:
    from neural_lab.tools.bench.plots import curves

    curves(found.tables, _colours(), "CPU µs for each sample", file)


TRAINING = Part(
    "training",
    "Training",
    side_by_side,
    (
        Bound(PER_SAMPLE, "speed of the trainer to the solution's, one sample at a time", 20, at_least=True),
        Bound(SKLEARN, "speed of the trainer to scikit-learn's", 2, at_least=True),
        Bound(TORCH, "speed of the trainer to PyTorch's in float64", 3, at_least=True),
        Bound(PRODUCTS, "speed of the trainer to that of the matrix products alone", 0.7, at_least=True),
    ),
    """The 784-8-8-10 net of the handout in batches of 50, plain gradient descent on one thread, as CPU time. An epoch's
shuffling is included, its cost and accuracy are not, for not everybody computes them. scikit-learn's classifier ends in
a softmax, which is a little more work.

The matrix products alone are what BLAS takes for all 784 inputs of the samples, in the order in which they lie in
memory, with no bias, sigmoid, update or shuffling. The trainer leaves out pixels that are blank in all training images,
and these products do not; so on MNIST, where many are blank, it can be the faster of the two. How it works is told in
[From one sample at a time to matrix products](vectorise.md).""",
    (("bench-training.svg", draw_speeds),),
)
GROWTH = Part(
    "growth",
    "How training grows",
    growth,
    (),
    """CPU µs for each sample, on the first 2,000 images unless another number is given. The products alone are made in
the orientation that is fastest for the handout's narrow layers. For wide layers and large batches another one is
faster, and the trainer uses that.""",
    (("bench-growth.svg", draw_growth),),
)
