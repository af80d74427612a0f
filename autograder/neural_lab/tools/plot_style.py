"""How the project's plots look, and how they are saved: the same numbers give the same file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

INK, GRID, PAPER = "#22313f", "#d5dbe1", "#ffffff"
BLUE, RED, GREEN, GOLD, VIOLET, GREY = COLOURS = ("#2a6f97", "#b5483a", "#3c7a57", "#b98a2f", "#6a4c93", "#7a8791")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "figure.facecolor": PAPER,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "text.color": INK,
    "text.parse_math": False,  # a $ in the name of a file is a $
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.dpi": 130,
    "svg.fonttype": "path",
    "svg.hashsalt": "the same numbers give the same file",
}


def save(figure: Any, file: Path) -> None:
    """Write the figure, as SVG or PNG by its name, without a date or the program's version."""
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else {"Software": None})
