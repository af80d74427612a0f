"""How a line of what was handed in is told: `line 12`, or `line 4 of cell 3` where it was a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from neural_lab.feedback.phrases import listed
from neural_lab.schema.cells import Cells, place


def told(lines: Iterable[int], cells: Cells = ()) -> str:
    """`line 12`, `lines 12 and 13`, `lines 4 and 5 of cell 3`."""
    found: dict[int, list[str]] = {}
    for one in (place(line, cells) for line in lines):
        found.setdefault(one.cell, []).append(str(one.line))
    return listed(
        [
            f"line{'s' * (len(numbers) > 1)} {listed(numbers)}" + (f" of cell {cell}" if cell else "")
            for cell, numbers in found.items()
        ]
    )
