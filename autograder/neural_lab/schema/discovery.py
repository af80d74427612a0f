"""Which labs there are, and one of them by its name."""

from __future__ import annotations

import importlib

from neural_lab.schema.lab import Lab
from neural_lab.schema.places import LABS


def load_lab(name: str) -> Lab:
    """The lab of that name, from `labs/<name>/rubric.py`.

    :raises ValueError: there is no such lab; the message lists those there are
    """
    if name not in lab_names():
        raise ValueError(f"there is no lab named {name!r}; there are: {', '.join(lab_names())}")
    lab: Lab = importlib.import_module(f"neural_lab.labs.{name}.rubric").LAB
    return lab


def lab_names() -> list[str]:
    """The labs there are: the folders of `labs/` that have a rubric."""
    return sorted(file.parent.name for file in LABS.glob("*/rubric.py"))
