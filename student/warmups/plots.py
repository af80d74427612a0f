"""Plots of the warm-up labs: decision boundaries and curves. Given; nothing to write here.

They are saved, and shown where there is a screen. Needs matplotlib; without it everything goes on, and a line says that
there are no pictures.
"""

import os
import sys
from pathlib import Path

import numpy as np

CLASS_COLOURS = ("#2166ac", "#b2182b")  # blue for class 0, red for class 1: told apart by colour-blind eyes too
REGION_COLOURS = ("#d1e5f0", "#fddbc7")
MARKERS = ("o", "^")
GRID = 300  # points along each side of a decision picture


class Pictures:
    """The pictures of one run: each is saved as a PNG, and at the end all are shown if there is a screen."""

    def __init__(self, out, show=None):
        """Choose where the pictures go.

        :param out: folder for the PNGs, made when the first one is saved
        :param show: True or False; None means: if there is a screen
        """
        self.out = Path(out)
        self.show = show
        try:
            import matplotlib

            if show is False:
                matplotlib.use("agg")
            import matplotlib.pyplot as pyplot
        except ImportError as missing:
            print(f"No pictures: {missing}. To get them: {sys.executable} -m pip install matplotlib")
            pyplot = None
        self.pyplot = pyplot

    def __bool__(self):
        """Whether pictures can be drawn at all."""
        return self.pyplot is not None

    def panels(self, count=1):
        """A new figure with panels side by side.

        :param count: how many panels
        :return: the figure and a list of its axes
        """
        figure, axes = self.pyplot.subplots(1, count, figsize=(5.2 * count, 4.4), squeeze=False, layout="constrained")
        return figure, list(axes[0])

    def save(self, figure, name, question):
        """Save a figure as NAME.png in the folder of this run, and say so.

        :param figure: from `panels`
        :param name: of the file, without .png
        :param question: what to ask oneself in front of it; it stands under the picture, too
        """
        figure.supxlabel(question, fontsize="medium", style="italic")
        self.out.mkdir(parents=True, exist_ok=True)
        file = self.out / f"{name}.png"
        figure.savefig(file, dpi=110)
        print(f"saved {os.path.relpath(file) if file.is_relative_to(Path.cwd()) else file}. {question}")

    def finish(self):
        """Show all figures if there is a screen (and nobody asked not to), then close them."""
        if self.pyplot is None:
            return
        if self.show is not False and self.pyplot.get_backend().lower() != "agg":
            print("Close the windows to go on.")
            self.pyplot.show()
        self.pyplot.close("all")


def draw_classes(axes, title, x, t, classify):
    """Samples of two classes, and the region in which each class is predicted.

    :param axes: the panel to draw in
    :param title: its title
    :param x: numpy array (N, 2), the samples
    :param t: numpy array (N,), their classes 0 and 1
    :param classify: takes a numpy array (M, 2) and returns M predicted classes
    """
    margin = 0.08 * np.ptp(x, axis=0) + 0.1
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    first, second = np.meshgrid(np.linspace(low[0], high[0], GRID), np.linspace(low[1], high[1], GRID))
    classes = np.reshape(classify(np.column_stack([first.ravel(), second.ravel()])), first.shape)
    axes.contourf(first, second, classes, levels=[-0.5, 0.5, 1.5], colors=REGION_COLOURS)
    if classes.min() < classes.max():
        axes.contour(first, second, classes, levels=[0.5], colors="black", linewidths=1)
    for label in (0, 1):
        own = x[np.ravel(t) == label]
        axes.scatter(
            own[:, 0],
            own[:, 1],
            s=18 if len(x) > 20 else 90,
            marker=MARKERS[label],
            color=CLASS_COLOURS[label],
            edgecolor="white",
            linewidth=0.4,
            label=f"class {label}",
        )
    axes.set(title=title, xlabel="$x_1$", ylabel="$x_2$", xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    # below the panel, so that it covers no sample
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, fontsize="small", frameon=False)


def draw_curves(axes, title, curves, xlabel="epoch", ylabel="loss"):
    """Values over the epochs, a line for each.

    :param axes: the panel to draw in
    :param title: its title
    :param curves: dict from a label to its values, in order; numbered from 1
    :param xlabel: label of the horizontal axis
    :param ylabel: label of the vertical axis
    """
    # thick below thin, so that two curves that coincide are both seen
    widths = np.linspace(3, 1.4, len(curves)) if len(curves) > 1 else [1.8]
    for (label, values), width, style in zip(curves.items(), widths, ("-", "--", ":", "-.") * len(curves)):
        axes.plot(np.arange(1, len(values) + 1), values, style, linewidth=width, label=label)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
