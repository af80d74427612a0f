"""Plots of a training: cost and accuracy after each epoch, the confusion matrix, and the digits it gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from neural_lab.tools.plot_style import BLUE, GRID, INK, RED, STYLE, save

MOST_WRONG = 60  # digits in the plot of mistakes


def curves(file: Path, title: str, costs: Sequence[float], accuracies: Sequence[float]) -> None:
    """Cost over the training data and accuracy in percent on the test data, after each epoch."""
    epochs = np.arange(1, len(costs) + 1)
    with plt.rc_context(STYLE):
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
        marker = "o" if len(costs) < 30 else ""
        left.plot(epochs, costs, color=BLUE, marker=marker, markersize=3)
        left.set(title="Cost over the training images", xlabel="epoch")
        left.set_ylim(bottom=0)
        right.plot(epochs, accuracies, color=RED, marker=marker, markersize=3)
        right.set(title="Accuracy on the test images, in %", xlabel="epoch", ylim=(0, 100))
        if accuracies:
            best = int(np.argmax(accuracies))
            right.axhline(accuracies[best], color=GRID, linewidth=1, zorder=0)
            right.annotate(
                f"best {accuracies[best]:.1f} % after epoch {best + 1}",
                (0.97, 0.06),
                xycoords="axes fraction",
                ha="right",
            )
        for axes in (left, right):
            axes.xaxis.get_major_locator().set_params(integer=True)
        figure.suptitle(title)
        save(figure, file)
        plt.close(figure)


def confusion(file: Path, title: str, labels: NDArray[Any], predicted: NDArray[Any]) -> None:
    """How often each digit (a row) was taken for each digit (a column); labels (M,) and predicted (M,) in 0..9."""
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (labels, predicted), 1)
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    with plt.rc_context({**STYLE, "axes.grid": False}):
        figure, axes = plt.subplots(figsize=(6, 5.6), layout="constrained")
        axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)  # the root, so that rare mistakes show
        for (row, column), count in np.ndenumerate(counts):
            if count:
                colour = "white" if shares[row, column] > 0.4 else INK
                axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=9)
        axes.set(xticks=range(10), yticks=range(10), xlabel="taken for", ylabel="digit")
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        axes.set_title(title)
        save(figure, file)
        plt.close(figure)


def mistakes(
    file: Path, title: str, pixels: NDArray[np.uint8], labels: NDArray[Any], outputs: NDArray[np.float64]
) -> None:
    """The test images that are classified wrongly, those first for which the right output is the smallest.

    :param pixels: (M, 784); labels (M,); outputs (M, 10)
    """
    predicted = outputs.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = wrong[np.argsort(outputs[wrong, labels[wrong]], kind="stable")]
    shown = wrong[:MOST_WRONG]
    columns = 12
    rows = max(1, -(-len(shown) // columns))
    with plt.rc_context({**STYLE, "axes.grid": False}):
        figure, grid = plt.subplots(
            rows, columns, figsize=(columns * 0.85, rows * 1.15 + 0.5), layout="constrained", squeeze=False
        )
        for axes in grid.flat:
            axes.axis("off")
        for axes, index in zip(grid.flat, shown):
            axes.imshow(pixels[index].reshape(28, 28), cmap="gray_r", vmin=0, vmax=255)
            axes.set_title(f"{labels[index]} → {predicted[index]}", fontsize=8, color=RED)
        more = f", {len(shown)} of them shown" if len(shown) < len(wrong) else ""
        figure.suptitle(f"{title}: {len(wrong)} of {len(labels)} digits wrong{more}\n(digit → taken for)")
        save(figure, file)
        plt.close(figure)
