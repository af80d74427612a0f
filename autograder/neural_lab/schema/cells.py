"""Where a line of a module stands in what was handed in: a notebook is read as one module, cell below cell."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import NamedTuple

Cells = Sequence[int]  # for each code cell of a notebook its first line in the module, from 1; none for a .py file


class Place(NamedTuple):
    """A line, from 1, of a code cell, from 1; the cell is 0 in a file without cells."""

    cell: int
    line: int


def place(line: int, cells: Cells) -> Place:
    """Where a module's line stands; a line that is not known is 0 there, too."""
    cell = bisect.bisect_right(cells, line)
    return Place(cell, line - cells[cell - 1] + 1 if cell else line)
