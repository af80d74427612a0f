"""Reads a Jupyter notebook as a module: the text of its code cells in their order, without what only IPython knows.

A notebook is JSON from anybody, so its size, its values and its cells are bounded before and while it is read, and
nothing in it is parsed as Python here. What is left out leaves an empty line, or `pass` in a block, so that each line
keeps its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from neural_lab.intake.notes import NotebookFault

MOST_BYTES = 8 << 20  # pictures and outputs count; a plot takes some 50 kB
MOST_VALUES = 400_000  # in the JSON; each takes some 100 bytes of the grader's memory
MOST_CELLS = 2_000
MOST_DIGITS = 20  # of a number, of which only the format's own is looked at
_RUN_AS_THEY_ARE = ("%%time", "%%capture", "%%prun", "%%debug")  # magics whose cells are Python that leaves its names
_MARKS = re.compile(r"""\\(?:.|$)|'''|\"\"\"|['"#()\[\]{}]""")
_HELP = re.compile(r"[\w.*]+\?\??")
_TARGETS = re.compile(r"[\w, \t]+")


class NotANotebook(Exception):
    """The bytes are no notebook that can be read.

    :param cells: how many code cells it has, where these are too many
    """

    def __init__(self, fault: NotebookFault, cells: int = 0) -> None:
        super().__init__(fault, cells)
        self.fault = fault
        self.cells = cells


class Notebook(NamedTuple):
    """A notebook as a module.

    :param text: of all code cells, one below the other
    :param cells: for each code cell its first line in the text, from 1
    :param magics: how many lines of IPython's own were left out
    :param others: the numbers of the cells, from 1, that are in no Python and were left out whole
    """

    text: str
    cells: tuple[int, ...]
    magics: int
    others: tuple[int, ...]


def read_notebook(data: bytes) -> Notebook:
    """Read the formats 3 and 4 (and 2, which is written like 3).

    :raises NotANotebook: it is no such JSON, or beyond the bounds
    """
    if data.count(b",") + data.count(b"[") + data.count(b"{") > MOST_VALUES:
        raise NotANotebook(NotebookFault.TOO_MANY_VALUES)
    try:
        content = json.loads(data.decode("utf-8-sig", "replace"), strict=False, parse_int=_whole)
    except (ValueError, RecursionError, MemoryError):
        raise NotANotebook(NotebookFault.NOT_JSON) from None
    sources = [_source(cell) for cell in _cells(content)]
    if not any(source.strip() for source in sources):
        raise NotANotebook(NotebookFault.NO_CODE)
    lines: list[str] = []
    cells, others = [], []
    magics = 0
    for number, source in enumerate(sources, start=1):
        cells.append(len(lines) + 1)
        of_cell = source.split("\n")
        kept = list(_python(of_cell))
        if not kept:
            others.append(number)
            kept = [""] * len(of_cell)
        else:
            magics += sum(new is not old for new, old in zip(kept, of_cell, strict=True))
        lines += kept
    return Notebook("\n".join([*lines, ""]), tuple(cells), magics, tuple(others))


def _whole(text: str) -> int:
    """A number of JSON; one without end would take quadratic time."""
    return int(text) if len(text) <= MOST_DIGITS else 0


def _cells(content: Any) -> list[dict[str, Any]]:
    """The code cells, in the order in which they stand."""
    if not isinstance(content, dict) or type(content.get("nbformat")) is not int:
        raise NotANotebook(NotebookFault.NOT_A_NOTEBOOK)
    if "cells" in content:
        cells = content["cells"]
    else:  # before format 4
        sheets = content.get("worksheets")
        found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
        cells = [cell for sheet in found if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise NotANotebook(NotebookFault.NO_CELLS)
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    if len(code) > MOST_CELLS:
        raise NotANotebook(NotebookFault.TOO_MANY_CELLS, len(code))
    return code


def _source(cell: dict[str, Any]) -> str:
    """A cell's text, whether written whole or as a list of lines."""
    source = cell.get("source", cell.get("input"))  # "input" before format 4
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    # half of a pair of surrogates could not be written again
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")


# -- what only IPython knows ------------------------------------------------------------------------------------------


def _python(lines: list[str]) -> Iterator[str]:
    """The lines of a cell without those that are IPython's own; none where the cell is in another language.

    Only where a statement may begin is a line IPython's: inside brackets and texts `%` and `!` mean something else.
    """
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%") and first.split()[0] not in _RUN_AS_THEY_ARE:
        return
    inside = _Inside()
    command = False
    for line in lines:
        if command or (inside.nothing and _of_ipython(line)):
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            yield indent and f"{indent}pass"
            command = line.endswith("\\")
        else:
            yield line
            inside.follow(line)


def _of_ipython(line: str) -> bool:
    """Whether a line is a magic, a command of the shell or a question for help: `%time f()`, `x = !ls`, `np.dot?`."""
    text = line.strip(" \t")
    if text.startswith(("%", "!", "?")) or _HELP.fullmatch(text):
        return True
    target, _, value = text.partition("=")
    return value.lstrip(" \t").startswith(("%", "!")) and _TARGETS.fullmatch(target) is not None


class _Inside:
    """What is open at the end of the lines followed so far: a text, brackets, or a statement that goes on."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._goes_on = False

    @property
    def nothing(self) -> bool:
        return not (self._quote or self._depth or self._goes_on)

    def follow(self, line: str) -> None:
        self._goes_on = False
        for found in _MARKS.finditer(line):
            mark = found[0]
            if mark[0] == "\\":
                self._goes_on = len(mark) == 1
            elif self._quote:
                if mark in (self._quote, 3 * self._quote):  # three are the end of a text and another one, empty
                    self._quote = ""
            elif mark == "#":
                break
            elif mark[0] in "'\"":
                self._quote = mark
            else:
                self._depth = max(0, self._depth + (1 if mark in "([{" else -1))
        if len(self._quote) == 1 and not self._goes_on:
            self._quote = ""  # such a text ends with its line
