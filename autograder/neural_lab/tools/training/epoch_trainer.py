"""Stands beside a submission in its worker and has it train, one epoch at a time (`make train`).

It is loaded as a module of the worker's session, after q1, and keeps the images there. What it hands back the
submission could have made up.

One epoch at a time gives the same as all at once, because the contract shuffles the list in place with a fresh
generator at the start of every epoch. Only where a version's update has momentum do the moves begin at zero in every
epoch.
"""

from typing import Any

import numpy as np
import q1  # type: ignore[import-not-found]


class EpochTrainer:
    """A network of the submission with the images it learns from.

    :param sizes: neurons of each layer [784, …, 10]
    :param sample: the shape of a sample, (-1, 1) or (1, -1)
    :param trains: what `mini_batch_GD` is called
    :param predicts: what `forward_pass` is called
    """

    def __init__(self, sizes: list[int], seed: int, sample: tuple[int, int], trains: str, predicts: str) -> None:
        self.network = q1.NeuralNetwork(len(sizes), sizes, seed)
        self.sample, self.trains, self.predicts = tuple(sample), trains, predicts
        self.training_data: list[tuple[Any, Any]] = []
        self.test_data: list[tuple[Any, int]] = []

    def learn_from(self, pixels: Any, labels: Any) -> None:
        """Add training images: pixels (N, 784) bytes, labels (N,)."""
        for x, label in zip(pixels / 255.0, labels):
            self.training_data.append((x.reshape(self.sample), np.eye(10)[label].reshape(self.sample)))

    def test_on(self, pixels: Any, labels: Any) -> None:
        """Add test images: pixels (M, 784) bytes, labels (M,)."""
        self.test_data.extend((x.reshape(self.sample), int(label)) for x, label in zip(pixels / 255.0, labels))

    def epoch(self, mini_batch_size: int, eta: float) -> tuple[Any, Any]:
        """Train for one epoch.

        :return: what `mini_batch_GD` returned, and the outputs (M, 10) for the test images
        """
        train, predict = getattr(self.network, self.trains), getattr(self.network, self.predicts)
        history = train(self.training_data, 1, mini_batch_size, eta, self.test_data)
        return history, np.array([np.ravel(predict(x)) for x, _ in self.test_data])
