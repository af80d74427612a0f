"""Plots of a class as SVG for a page: they take the page's colours and come with a table of their numbers."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Stand-ins for the page's own colours, which follow the reader's choice of light or dark.
_COLOURS = {"#010203": "currentColor", "#040506": "var(--bar)", "#070809": "var(--bar2)", "#0a0b0c": "var(--line)"}
_INK, _BAR, _PALE, _GRID = _COLOURS
_STYLE: Any = {  # rcParams
    "svg.fonttype": "none",  # text stays text: it can be searched and read aloud
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
}


@dataclass(frozen=True)
class Plot:
    """An SVG, and the table behind it."""

    svg: Markup
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def totals(values: Sequence[float], most: float) -> Plot:
    """The distribution of totals: bins of a twentieth of the marks, full marks in a bin of their own."""
    width = most / 20
    counts = [0] * 21
    for value in values:
        counts[20 if value >= most else min(19, int(value / width))] += 1
    names = [f"{i * width:g} to below {(i + 1) * width:g}" for i in range(20)] + [f"{most:g}"]

    def draw(axes: Axes) -> None:
        axes.bar([(i + 0.5) * width for i in range(21)], counts, width * 0.9, color=_BAR)
        axes.set_xticks([i * width for i in range(0, 21, 4)])
        axes.set_xlabel("marks (the last bar: full marks)")
        axes.set_ylabel("submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")

    rows = tuple((name, str(count)) for name, count in zip(names, counts) if count)
    return Plot(_svg("totals", draw, 2.6, "Distribution of the totals"), ("marks", "submissions"), rows)


def lines(names: Sequence[str], means: Sequence[float], most: Sequence[float], full: Sequence[float]) -> Plot:
    """For each line its mean as a share of its marks, and the share of submissions with full marks."""

    def draw(axes: Axes) -> None:
        places = range(len(names))
        shares = [100 * mean / of for mean, of in zip(means, most)]
        axes.barh([p - 0.2 for p in places], shares, 0.36, color=_BAR, label="mean")
        axes.barh([p + 0.2 for p in places], [100 * f for f in full], 0.36, color=_PALE, label="with full marks")
        axes.set_yticks(list(places), [_short(name) for name in names])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("percent")
        axes.grid(axis="x")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)

    rows = tuple(
        (name, f"{mean:.2f}", f"{of:g}", f"{share:.0%}") for name, mean, of, share in zip(names, means, most, full)
    )
    svg = _svg("lines", draw, 0.8 + 0.42 * len(names), "Mean and share of full marks of each line")
    return Plot(svg, ("line", "mean", "of", "with full marks"), rows)


def mistakes(ids: Sequence[str], students: Sequence[int], most: int = 15) -> Plot:
    """How many students made the most frequent mistakes."""
    shown = list(zip(ids, students))[:most]

    def draw(axes: Axes) -> None:
        axes.barh(range(len(shown)), [count for _, count in shown], 0.7, color=_BAR)
        axes.set_yticks(range(len(shown)), [name for name, _ in shown])
        axes.invert_yaxis()
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("students")
        axes.grid(axis="x")

    rows = tuple((name, str(count)) for name, count in shown)
    svg = _svg("mistakes", draw, 0.8 + 0.24 * len(shown), "The most frequent mistakes")
    return Plot(svg, ("mistake", "students"), rows)


def attempts(full: Sequence[int], less: Sequence[int], most: int = 10) -> Plot:
    """With which hand-in people first got full marks, or else the marks that they have.

    :param full: the hand-in's number, from 1, of each who has full marks
    :param less: that of each who has less
    """
    counts = [
        (sum(min(number, most) == n for number in full), sum(min(number, most) == n for number in less))
        for n in range(1, most + 1)
    ]
    used = max(n for n, pair in enumerate(counts, 1) if any(pair))
    names = [f"{n}" if n < most else f"{n} and more" for n in range(1, used + 1)]

    def draw(axes: Axes) -> None:
        with_full = [first for first, _ in counts[:used]]
        axes.bar(names, with_full, 0.8, color=_BAR, label="full marks")
        axes.bar(names, [second for _, second in counts[:used]], 0.8, with_full, color=_PALE, label="less")
        axes.set_xlabel("hand-in")
        axes.set_ylabel("submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False)

    rows = tuple((name, str(a), str(b)) for name, (a, b) in zip(names, counts))
    title = "Hand-ins until full marks, or until the marks that people have"
    return Plot(_svg("attempts", draw, 2.6, title), ("hand-in", "full marks", "less"), rows)


def seconds(values: Sequence[float]) -> Plot:
    """How many submissions took how long: bins that double, for some take a hundred times as long as others."""
    edges = [0.0, *(2.0**power for power in range(-4, 10))]
    counts = [sum(low <= value < high for value in values) for low, high in zip(edges, [*edges[1:], float("inf")])]
    used = [index for index, count in enumerate(counts) if count]
    shown = range(used[0], used[-1] + 1) if used else range(0)
    names = [f"{low:.2g} to {high:.2g}" for low, high in itertools.pairwise(edges)] + [f"{edges[-1]:g} and more"]

    def draw(axes: Axes) -> None:
        axes.bar(range(len(shown)), [counts[i] for i in shown], 0.9, color=_BAR)
        axes.set_xticks([place - 0.5 for place in range(len(shown))], [f"{edges[i]:.2g}" for i in shown])
        axes.set_xlabel("seconds (where each bar begins)")
        axes.set_ylabel("submissions")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")

    rows = tuple((names[i], str(counts[i])) for i in shown)
    return Plot(_svg("seconds", draw, 2.2, "Time for each submission"), ("seconds", "submissions"), rows)


def _short(text: str, most: int = 48) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _svg(name: str, draw: Callable[[Axes], None], height: float, title: str) -> Markup:
    """Draw on a new figure, 7.6 inches wide."""
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(7.6, height), layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.S)
    for stand_in, colour in _COLOURS.items():
        text = text.replace(stand_in, colour)
    # the ids of one plot must not be those of another in the same page
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{name}-", text)
    return Markup(text.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1))
