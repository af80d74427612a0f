"""Section 1.2 of the handout: a submission's HYPERPARAMETERS, checked, trained by the grader, and put on a leaderboard.

Here stands what may be asked for and how much computing it may cost. The training is the grader's own (`trainer`), from
the contract's initial weights, so the submission's code plays no part in it; all that comes from the student is a
dictionary of numbers. It earns no marks.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neural_lab.intake.foreign import shown
from neural_lab.labs.q1.datasets import CLASSES, PIXELS, Dataset, one_hot
from neural_lab.labs.q1.trainer import Trainer, at_once, memory, side_by_side
from neural_lab.schema.lab import Place

# The median of five runs: with weights from N(0, 1) a wide net is a lottery, and one seed says little about it.
SEEDS = (400, 401, 402, 403, 404)  # of the initial weights
# All five see the samples in one order, so that they can be trained side by side: that of the contract's default seed,
# as in the student's own training. The start is the lottery, and the order hardly matters: of twenty starts and eight
# orders, the median of five is 86.2 % on average for the solution's values, with a standard deviation of 3.5 points,
# whether the five have one order or each its own.
ORDER = SEEDS[0]
# A third less time than float64. A long training is chaotic, so single runs end elsewhere than in float64, as they do
# on another processor; their median is as good.
DTYPE = np.dtype(np.float32)
# Handout, 1.2: the accuracies in percent, on MNIST, and what they are called.
TIERS = ((92.0, "excellent"), (90.0, "very good"), (87.0, "good"), (82.0, "acceptable"))
# A leaderboard is trained on at most so many images, whatever is packed: memory and time are Gradescope's.
MOST_TRAIN, MOST_TEST = 8_000, 2_000

# What a training costs in multiply-adds, fitted to the measured times of 42 trainings of 7 nets.
PER_BATCH_AND_LAYER = 100_000  # NumPy's calls
PER_BATCH_AND_WEIGHT = 25  # the update, which waits for memory
BUDGET = 40e9  # for one seed; 5 seeds take some 6 s of CPU, 12 s at Gradescope's half a CPU
DEADLINE = 120.0  # seconds for all seeds, should the machine be far slower than that
# Bytes for a training. Of Gradescope's 768 MB the grader keeps to 128, to leave a worker its 512, and it has some 60
# before; 784-300-100-10 in batches of 100 takes 21 MB.
MOST_MEMORY = 64 << 20

MOST_LAYERS, MOST_NEURONS, MOST_EPOCHS, MOST_ETA = 20, 2_000, 10_000, 1_000.0
KEYS = ("num_neurons_per_layer_list", "epochs", "mini_batch_size", "eta")


class HyperparametersError(Exception):
    """HYPERPARAMETERS cannot be trained; the message tells the student what was expected and what was found."""


@dataclass(frozen=True)
class Hyperparameters:
    """What section 1.2 lets a student choose.

    :param sizes: neurons of each layer [784, …, 10], the input layer included
    """

    sizes: tuple[int, ...]
    epochs: int
    mini_batch_size: int
    eta: float

    def describe(self) -> str:
        """`784-30-10, 20 epochs, batches of 10, eta 3`."""
        layers = "-".join(map(str, self.sizes))
        epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"
        return f"{layers}, {epochs}, batches of {self.mini_batch_size}, eta {self.eta:g}"

    def work(self, samples: int) -> float:
        """What training on so many samples costs with one seed, in multiply-adds; an estimate."""
        weights = sum(n_in * n_out for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False))
        batches = math.ceil(samples / self.mini_batch_size)
        # for each sample: forward and backward, twice over the weights, and the cost after the epoch
        products = 4 * weights * samples
        calls = PER_BATCH_AND_LAYER * (len(self.sizes) - 1) + PER_BATCH_AND_WEIGHT * weights
        return float(self.epochs * (products + batches * calls))

    def memory(self, samples: int) -> int:
        """What training on so many samples takes, in bytes, with as many seeds at once as `leaderboard` takes."""
        networks = min(self.at_once, len(SEEDS))
        return memory(self.sizes, samples, self.mini_batch_size, networks, DTYPE.itemsize)

    @property
    def at_once(self) -> int:
        """How many networks are best trained side by side."""
        return at_once(self.sizes, self.mini_batch_size, DTYPE.itemsize)


@dataclass(frozen=True)
class LeaderboardEntry:
    """What a submission's hyperparameters reach on the held-out images of a data set.

    :param accuracies: in percent, one for each start; on the leaderboard these are SEEDS
    """

    hyperparameters: Hyperparameters
    dataset: str
    accuracies: tuple[float, ...]

    @property
    def accuracy(self) -> float:
        """The median of the seeds, in percent."""
        return statistics.median(self.accuracies)

    @property
    def tier(self) -> str:
        """What the handout calls this accuracy; nothing below the first tier."""
        return tier(self.accuracy)

    @property
    def place(self) -> Place:
        """By which number it is ranked."""
        return Place(f"accuracy on {self.dataset} (%)", round(self.accuracy, 2))

    def feedback(self) -> str:
        """For the student, as plain text."""
        runs = ", ".join(f"{accuracy:.1f}" for accuracy in self.accuracies)
        reached = self.tier or f"below {TIERS[-1][0]:g} %, the first of the handout's targets"
        text = (
            f"Your HYPERPARAMETERS ({self.hyperparameters.describe()}) reach {self.accuracy:.1f} % on held-out images: "
            f"{reached}. This is the median of {len(self.accuracies)} trainings from different initial weights: {runs}."
        )
        if self.dataset != "mnist":
            text += f" The handout's targets are set for MNIST; here '{self.dataset}', a smaller data set, stands in."
        return text


def tier(accuracy: float) -> str:
    """What the handout calls an accuracy in percent on MNIST: excellent, very good, good, acceptable, or nothing."""
    return next((name for least, name in TIERS if accuracy >= least), "")


def check(value: object, samples: int, budget: float = BUDGET) -> Hyperparameters:
    """Make sure that `value`, whatever the submission had there, can be trained on so many samples.

    :param budget: what it may cost at most, in multiply-adds for one seed
    :raises HyperparametersError: types, ranges, the cost of computing or the memory are not as they must be
    """
    if not isinstance(value, Mapping):
        raise HyperparametersError(f"expected a dictionary with {', '.join(KEYS)}, got {_kind(value)}")
    missing = [key for key in KEYS if key not in value]
    if missing:
        raise HyperparametersError(f"expected the keys {', '.join(KEYS)}; {', '.join(missing)} is missing")
    sizes = value["num_neurons_per_layer_list"]
    if not isinstance(sizes, list | tuple) or not all(_is_int(n) for n in sizes):
        raise HyperparametersError(f"num_neurons_per_layer_list: expected a list of whole numbers, got {_kind(sizes)}")
    if not 2 <= len(sizes) <= MOST_LAYERS or not all(1 <= n <= MOST_NEURONS for n in sizes):
        raise HyperparametersError(
            f"num_neurons_per_layer_list: expected 2 to {MOST_LAYERS} layers of 1 to {MOST_NEURONS} neurons, "
            f"got {_short(list(sizes))}"
        )
    if sizes[0] != PIXELS or sizes[-1] != CLASSES:
        raise HyperparametersError(
            f"num_neurons_per_layer_list: expected {PIXELS} inputs first, one for each pixel, and {CLASSES} outputs "
            f"last, one for each digit, got {_short(list(sizes))}"
        )
    eta = value["eta"]
    if not _is_int(eta) and not isinstance(eta, float):
        raise HyperparametersError(f"eta: expected a number, got {_kind(eta)}")
    if not 0 < eta <= MOST_ETA:  # NaN too is neither
        raise HyperparametersError(f"eta: expected a number above 0 and at most {MOST_ETA:g}, got {_short(eta)}")
    found = Hyperparameters(
        tuple(sizes),
        _whole(value, "epochs", MOST_EPOCHS),
        _whole(value, "mini_batch_size", samples),
        float(eta),
    )
    work = found.work(samples)
    if work > budget:
        affordable = math.floor(found.epochs * budget / work)
        advice = (
            f"with this net and batch size, at most {affordable} epochs fit" if affordable else "one epoch is too much"
        )
        raise HyperparametersError(
            f"{found.describe()} on {samples:,} images would cost {work / 1e9:,.0f} billion multiply-adds, "
            f"and {budget / 1e9:g} billion are allowed; {advice}; fewer neurons or larger batches cost less"
        )
    wanted = found.memory(samples)
    if wanted > MOST_MEMORY:
        alone = memory(found.sizes, samples, 1, itemsize=DTYPE.itemsize) > MOST_MEMORY
        advice = "even with batches of 1; fewer neurons take" if alone else "smaller batches or fewer neurons take"
        raise HyperparametersError(
            f"{found.describe()} on {samples:,} images would take {math.ceil(wanted / 2**20)} MB of memory, and "
            f"{MOST_MEMORY >> 20} MB are allowed; {advice} less"
        )
    return found


def leaderboard(
    hyperparameters: Hyperparameters,
    dataset: Dataset,
    deadline: float = DEADLINE,
    seeds: tuple[int, ...] = SEEDS,
) -> LeaderboardEntry:
    """Train from each of the starts and count the correct answers on the test images.

    :raises HyperparametersError: the trainings took longer than `deadline` seconds
    """
    end = time.monotonic() + deadline
    count = hyperparameters.at_once
    accuracies: list[float] = []
    for start in range(0, len(seeds), count):
        accuracies += _accuracies(hyperparameters, dataset, seeds[start : start + count], deadline, end)
    return LeaderboardEntry(hyperparameters, dataset.name, tuple(accuracies))


def _accuracies(
    hyperparameters: Hyperparameters, dataset: Dataset, seeds: tuple[int, ...], deadline: float, end: float
) -> list[float]:
    """Of some trainings side by side, in percent. A function of its own: no net is kept beside the next ones."""
    networks = [Trainer(hyperparameters.sizes, seed, DTYPE) for seed in seeds]
    for _ in side_by_side(
        networks,
        dataset.pixels_train,
        one_hot(dataset.y_train),
        hyperparameters.epochs,
        hyperparameters.mini_batch_size,
        hyperparameters.eta,
        ORDER,
    ):
        if time.monotonic() > end:
            raise HyperparametersError(
                f"training took longer than {deadline:g} s, so there is no entry; fewer epochs or neurons cost less"
            )
    right = [network.correct(dataset.pixels_test, dataset.y_test) for network in networks]
    return [100.0 * number / len(dataset.y_test) for number in right]


def _whole(value: Mapping[str, Any], key: str, most: int) -> int:
    number = value[key]
    if not _is_int(number):
        raise HyperparametersError(f"{key}: expected a whole number, got {_kind(number)}")
    if not 1 <= number <= most:
        raise HyperparametersError(f"{key}: expected 1 to {most:,}, got {_short(number)}")
    return int(number)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: object) -> str:
    return f"{_short(value)} ({type(value).__name__})"


def _short(value: object) -> str:
    return shown(repr(value), 60)
