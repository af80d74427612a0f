"""The smoke run of a q1 submission: as it is, trained from end to end on real digits, for no marks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neural_lab.grading import compare
from neural_lab.labs.q1 import words
from neural_lab.labs.q1.version import VERSION
from neural_lab.runtime.protocol import Failure
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import Addition, probe
from neural_lab.schema.observations import Call, Observation, Observations

if TYPE_CHECKING:
    from neural_lab.grading.extras import Context
    from neural_lab.labs.q1.datasets import Dataset

NAME = "smoke run"
LEARNS = "learns"  # in its data: whether the submission's own training teaches a network anything
LACKS = "lacks"  # in its data: why it does not, as a predicate, or ""


class Training(NamedTuple):
    """How a network is trained: on so many digits, for so many epochs."""

    samples: int
    epochs: int
    batch: int
    eta: float


# No two of the numbers here that a file could confuse are equal: widths, samples, batch, batches, epochs, test digits.
SIZES = (784, 16, 12, 10)
# eta / batch = 0.05: over two epochs rounding stays far below the tolerance, so the cost histories can be compared
COMPARED = Training(samples=99, epochs=2, batch=9, eta=0.45)
# what it can learn in an eighth of a second; so chaotic that two right programs need not agree
LEARNED = Training(samples=1200, epochs=VERSION.smoke.epochs, batch=2, eta=VERSION.smoke.eta)
WATCHED, TESTED = 50, 200  # test digits that the file is given with their labels, and those it is tested on
# Of 200 trainings of the reference on digits drawn like these the worst reached 33 %. The nets they began with reached
# 24 % at most, and those whose updates had the wrong sign 19 %. Other versions' figures are in versions.toml.
LEAST_ACCURACY = VERSION.smoke.least


class Trained(NamedTuple):
    """What came of a submission's trainings.

    :param failure: what the short one ended in, instead of a cost history
    :param agrees: whether its cost history is the reference's
    :param accuracy: of the longer one, in percent, or the Failure that it ended in
    :param reached: the accuracy of the reference, trained in the same way, where there is something to compare
    :param how: the longer training
    :param least: percent that show that something was learned
    """

    failure: Failure | None
    agrees: bool
    accuracy: float | Failure
    reached: float | None = None
    how: Training = LEARNED
    least: float = LEAST_ACCURACY

    @property
    def learns(self) -> bool:
        """Whether the training teaches a network anything."""
        accurate = not isinstance(self.accuracy, Failure) and self.accuracy >= self.least
        return self.failure is None and (self.agrees or accurate)

    @property
    def differs(self) -> bool:
        """Whether the reference's accuracy says something: trained with the same history it has the same."""
        return self.failure is None and not self.agrees and not isinstance(self.accuracy, Failure)


@probe("probe")
def compared(session: Session, rng: np.random.Generator) -> Observations:
    """Train a net from its own initial weights, with the student's own everything."""
    _, history, _ = _train(session, rng, COMPARED)
    return (Observation(Call("mini_batch_GD"), history),)


@probe("learning")
def learning(session: Session, rng: np.random.Generator) -> Observations:
    """Train longer and classify digits that were not sent before: the accuracy in percent, or the Failure instead."""
    network, history, unseen = _train(session, rng, LEARNED)
    outputs = session.call_each(network, "forward_pass", [x for x, _ in unseen])
    right = [_class_of(output) == label for output, (_, label) in zip(outputs, unseen, strict=True)]
    accuracy = history if isinstance(history, Failure) else 100.0 * sum(right) / TESTED
    return (Observation(Call("forward_pass"), accuracy),)


def _train(session: Session, rng: np.random.Generator, how: Training) -> tuple[Any, Any, list[tuple[np.ndarray, int]]]:
    """The trained network, its cost history, and test digits whose labels never reach the submission.

    The digits are public, so which are taken is drawn, and so is which class each digit stands for, never its own: a
    history or weights that were made elsewhere, or digits known by heart, are worth nothing.
    """
    data, order = _digits(), rng.permutation(SIZES[-1])
    classes = np.empty_like(order)
    classes[order] = np.roll(order, 1)
    chosen = rng.permutation(len(data.y_train))[: how.samples]
    wanted = np.eye(SIZES[-1])[classes[data.y_train[chosen]]]
    training = [(_placed(x), _placed(y)) for x, y in zip(data.pixels_train[chosen] / 255.0, wanted, strict=True)]
    held_out = rng.permutation(len(data.y_test))[: WATCHED + TESTED]
    images, labels = data.pixels_test[held_out] / 255.0, classes[data.y_test[held_out]]
    test = [(_placed(x), int(label)) for x, label in zip(images, labels, strict=True)]
    session.watching = False  # nothing is judged here, and there is much to look at
    network = session.new("q1", "NeuralNetwork", len(SIZES), list(SIZES))
    given = (training, how.epochs, how.batch, how.eta * VERSION.pace, test[:WATCHED])
    return network, session.call(network, "mini_batch_GD", *given), test[WATCHED:]


def _placed(numbers: np.ndarray) -> np.ndarray:
    """A sample's numbers as the version has them, a column in the public lab."""
    return numbers.reshape(VERSION.layer(len(numbers)))


@functools.cache
def _digits() -> Dataset:
    """As many digits as the smallest data set has, of whichever is there."""
    from neural_lab.labs.q1 import datasets  # a class is graded without smoke runs, and need not pay for this import

    return datasets.load(most_train=1437, most_test=360)


def _class_of(output: Any) -> int | None:
    return int(np.argmax(output)) if isinstance(output, np.ndarray) and output.size == SIZES[-1] else None


def smoke_run(context: Context) -> Addition:
    """Run the submission as it is and tell what came of it; its data say whether it teaches a network anything."""
    if context.out_of_time:
        return Addition(NAME, data={LEARNS: False, LACKS: words.NOT_RUN})
    own, longer = context.answers(compared), context.answers(learning)
    trained = outcome(own[0].value, context.expected(compared)[0].value, longer[0].value)
    if trained.differs:
        trained = trained._replace(reached=context.expected(learning)[0].value)
    return Addition(NAME, words.told(trained), {LEARNS: trained.learns, LACKS: words.lacks(trained)})


def outcome(history: Any, reference: Any, accuracy: Any) -> Trained:
    """What came of a submission's trainings.

    :param history: of the short training, compared with the reference's; a Failure where it failed
    :param accuracy: of the longer one, in percent; a Failure where it failed
    """
    if isinstance(history, Failure):
        return Trained(history, False, accuracy)
    return Trained(None, compare.compare(history, reference).worth == 1, accuracy)  # in whatever container
