"""The plots of docs/bench.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib import pyplot as plt

from neural_lab.tools.bench.measure import Table
from neural_lab.tools.plot_style import STYLE, save


def bars(rows: Sequence[tuple[str, float, str]], axis: str, file: Path) -> None:
    """Horizontal bars, the first at the bottom: name, length and colour of each."""
    with plt.rc_context(STYLE):
        names, lengths, colours = zip(*rows)
        figure, axes = plt.subplots(figsize=(8, 0.45 * len(names) + 0.9), layout="constrained")
        axes.barh(names, lengths, color=colours, height=0.65)
        for row, length in enumerate(lengths):
            axes.text(length, row, f" {length:,.0f}", va="center", fontsize=9)
        axes.set(xlabel=axis)
        axes.set_xlim(right=max(lengths) * 1.1)
        axes.grid(axis="y", visible=False)
        save(figure, file)
        plt.close(figure)


def curves(tables: Sequence[Table], colours: Mapping[str, str], axis: str, file: Path) -> None:
    """A panel for each of four tables, whose first column are points and whose others are curves.

    :param colours: of each curve, by its column's name
    """
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
        for axes, table in zip(panels.flat, tables):
            points = [int(str(row[0]).replace(",", "")) for row in table.rows]
            for column, name in enumerate(table.header[1:], start=1):
                line = [(point, row[column]) for point, row in zip(points, table.rows) if row[column] is not None]
                axes.plot(*zip(*line), color=colours[name], marker="o", markersize=3, label=name)
            axes.set(xscale="log", yscale="log", title=table.header[0], ylabel=axis)
            axes.set_xticks(points, [f"{point:,}" for point in points])
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
        save(figure, file)
        plt.close(figure)
