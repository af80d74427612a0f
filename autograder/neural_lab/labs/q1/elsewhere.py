"""The functions of q1's other versions, so that work for another one is recognised where it loses marks.

elsewhere.json holds those that differ from this version's in more than words, under this version's names:
{version: {function: [text, …]}}. `tools/versions/elsewhere.py` makes it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path

from neural_lab.schema.lab import Elsewhere

FILE = Path(__file__).with_suffix(".json")


@functools.cache  # asked for each function that lost marks
def elsewhere() -> tuple[Elsewhere, ...]:
    """What each function is in each other version."""
    said: dict[str, dict[str, list[str]]] = json.loads(FILE.read_text("utf-8"))
    return tuple(
        Elsewhere(version, function, text)
        for version, functions in said.items()
        for function, texts in functions.items()
        for text in texts
    )
