"""Reads tables that people write by hand or in a spreadsheet: adjustments.csv, a roster.

A spreadsheet saves with commas, semicolons or tabs, with or without a byte order mark, and in German with commas in
numbers. All of that is read; anything else is told with the row it stands in, as the spreadsheet counts them.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from neural_lab.intake.foreign import shown

MOST_BYTES = 20 << 20


class TableError(Exception):
    """The table as a whole cannot be read; the message says what was found and what to do."""


@dataclass(frozen=True)
class Row:
    """A row: its number in the file, from 1 for the header, and its cells by their columns' names, in lower case."""

    number: int
    cells: dict[str, str]
    comma: bool = False  # whether numbers may have a comma for the point

    def text(self, *columns: str) -> str:
        """The first of these columns that holds something; empty if none does."""
        return next((self.cells[name] for name in columns if self.cells.get(name)), "")

    def value(self, column: str) -> float | None:
        """The column's number; None if the cell is empty.

        :raises ValueError: it is no number
        """
        text = self.text(column)
        if not text:
            return None
        try:
            number = float(text.replace(",", ".") if self.comma and text.count(",") == 1 else text)
        except ValueError:
            number = float("nan")
        if not abs(number) < 1e6:  # nor NaN
            raise ValueError(f"expected a number in the column {column}, got {shown(text, 40)!r}")
        return number


def read(file: Path) -> list[Row]:
    """The rows below the header; empty ones are left out.

    :raises TableError: it is no table in UTF-8 or UTF-16
    """
    try:
        data = file.read_bytes()
        if len(data) > MOST_BYTES:
            raise TableError(f"{file.name} has more than {MOST_BYTES >> 20} MB")
        utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except OSError as error:
        raise TableError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TableError(f"{file.name} is not in UTF-8: save it as `CSV UTF-8`") from error
    header, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=header.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names: list[str] = []
        rows = []
        for number, cells in enumerate(reader, start=1):
            cells = [shown(cell, 1_000) for cell in cells]
            if not names:
                names = [cell.casefold() for cell in cells]
            elif any(cells):
                rows.append(Row(number, dict(zip(names, cells)), comma=delimiter != ","))
    except csv.Error as error:
        raise TableError(f"{file.name} is no table: {error} (near row {reader.line_num})") from error
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise TableError(f"{file.name} has two columns named {twice[0]!r}")
    return rows


def columns(rows: list[Row]) -> set[str]:
    """The names of the columns in which anything stands."""
    return {name for row in rows for name, cell in row.cells.items() if cell}
