"""Fills final marks into a course's own export of Canvas's gradebook or of Moodle's grading worksheet.

The file that comes out is the one that went in, byte for byte, but for the cells of one column: nothing is written anew
that need not be, so delimiter, quotes, ends of line and encoding stay. People are matched by id, login or e-mail
address, never by name; who is not clear, missing on either side, or excused is listed and left alone.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from neural_lab import atomic
from neural_lab.intake.foreign import shown
from neural_lab.tools.command import Parser
from neural_lab.tools.course.adjustments import ADJUSTMENTS, POLICY

MARKS = "grades.csv"
FILLED = "filled"  # the folder of what is uploaded
MOST_BYTES = 64 << 20
DELIMITERS = ",;\t"

# Columns by their names in English, German, French and Spanish, in lower case.
EMAIL = {
    "email address", "email", "e-mail-adresse", "e-mail", "adresse de courriel", "courriel", "adresse électronique",
    "dirección de correo", "dirección de correo electrónico", "dirección email", "correo electrónico",
}  # fmt: skip
NUMBER = {
    "id number",
    "id-nummer",
    "matrikelnummer",
    "numéro d'identification",
    "numéro d’identification",
    "número de id",
}
LOGIN = {"username", "anmeldename", "nom d'utilisateur", "nom d’utilisateur", "nombre de usuario"}
GRADE = {"grade": ".", "bewertung": ",", "note": ",", "calificación": ","}  # with the language's decimal sign
MAXIMUM = {
    "maximum grade", "bestwertung", "höchste bewertung", "maximale bewertung", "note maximale", "calificación máxima",
}  # fmt: skip
# Canvas writes its headers in English wherever it is
SIS = ("sis user id", "sis login id", "integration id")
CANVAS = ("id", "section")
EXCUSED = "ex"
_ASSIGNMENT = re.compile(r".+ \((\d+)\)")
_POINTS = "points possible"
_NUMBER = re.compile(r"-?\d+([.,])\d+")


class TableError(Exception):
    """The export can't be filled; the message says why and what to do."""


class Cell(NamedTuple):
    """A cell and where it stands in the file's bytes."""

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True)
class Table:
    """A course's export.

    :param rows: all rows, the header first
    :param target: the column that is filled
    :param keys: the columns that name a person, the names of people not among them
    :param students: the numbers of the rows that are people
    :param most: the marks that the column can hold, if the file says so
    :param decimal: the sign before a fraction
    """

    data: bytes
    delimiter: str
    rows: list[list[Cell]]
    target: int
    keys: tuple[int, ...]
    students: tuple[int, ...]
    most: float | None
    decimal: str


class Mark(NamedTuple):
    """A person's final mark; None where there is none to give.

    :param keys: what names the person
    """

    who: str
    keys: frozenset[str]
    mark: float | None


@dataclass(frozen=True)
class Filled:
    """The file with the marks, and what was left alone, a sentence each."""

    data: bytes
    written: int
    told: tuple[str, ...]


# -- reading ----------------------------------------------------------------------------------------------------------


def read_table(data: bytes, column: str = "") -> Table:
    """Read an export.

    :param column: the title of the column, or the number in it, where Canvas's export has several assignments
    :raises TableError: it is of neither kind, or the column is not clear
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise TableError("it is not in UTF-8; hand in the export as it was downloaded, not saved by a spreadsheet")
    for delimiter in DELIMITERS:
        rows = list(_rows(data, delimiter))
        names = [_name(cell.text) for cell in rows[0]] if rows else []
        if all(name in names for name in CANVAS) and ("student" in names or "lastname" in names):
            return _canvas(data, delimiter, rows, names, column)
        if len(names) > 2 and any(name in EMAIL | NUMBER | LOGIN for name in names) and any(n in GRADE for n in names):
            return _moodle(data, delimiter, rows, names)
    raise TableError(
        "it is neither an export of Canvas's gradebook (Student, ID, …, Section) nor a grading worksheet of Moodle "
        "(Identifier, …, Email address, …, Grade)"
    )


def _name(text: str) -> str:
    return " ".join(text.casefold().split())


def _rows(data: bytes, delimiter: str) -> Iterator[list[Cell]]:
    """The cells of each row. Letters are read as single bytes here, so that places are those of the bytes."""
    text = data.decode("latin-1")
    field = re.compile(rf'"([^"]*(?:""[^"]*)*)"(?=[{delimiter}\r\n]|\Z)|([^{delimiter}\r\n]*)')
    at = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    row: list[Cell] = []
    while at < len(text) or row:
        found = field.match(text, at)
        assert found is not None  # the second form takes anything, even nothing
        quoted = found[1] is not None
        inside = found[1].replace('""', '"') if found[1] is not None else found[2]
        row.append(Cell(_decoded(inside), found.start(), found.end(), quoted))
        at = found.end()
        if text[at : at + 1] == delimiter:
            at += 1
            continue
        at += 2 if text.startswith("\r\n", at) else 1
        if len(row) > 1 or row[0].text:
            yield row
        row = []


def _decoded(latin: str) -> str:
    raw = latin.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _canvas(data: bytes, delimiter: str, rows: list[list[Cell]], names: list[str], column: str) -> Table:
    last = names.index("section")
    titles = [cell.text.strip() for cell in rows[0]]
    assignments = {i: found[1] for i in range(last + 1, len(titles)) if (found := _ASSIGNMENT.fullmatch(titles[i]))}
    chosen = [i for i, number in assignments.items() if not column or column in (titles[i], number)]
    if len(chosen) != 1:
        there = "; ".join(shown(titles[i], 60) for i in assignments) or "none"
        raise TableError(f"which assignment? Say COLUMN= with a title or its number. Found: {there}")
    (target,) = chosen
    points = [n for n, row in enumerate(rows) if any(_name(cell.text) == _POINTS for cell in row[:last])]
    # Canvas's own numbers are asked where nothing of the course's stands: a student's number may be the same by chance
    keys = tuple(i for i in range(last) if names[i] in SIS) or (names.index("id"),)
    students = tuple(n for n in range(max(points, default=0) + 1, len(rows)) if any(_at(rows[n], i) for i in keys))
    most = _as_number(_at(rows[points[-1]], target)) if points else None
    return Table(data, delimiter, rows, target, keys, students, most, _decimal(rows[1:], assignments, "."))


def _moodle(data: bytes, delimiter: str, rows: list[list[Cell]], names: list[str]) -> Table:
    target = next(i for i, name in enumerate(names) if name in GRADE)
    maximum = [i for i, name in enumerate(names) if name in MAXIMUM]
    keys = tuple(i for i, name in enumerate(names) if name in EMAIL | NUMBER | LOGIN)
    students = tuple(n for n in range(1, len(rows)) if any(_at(rows[n], i) for i in keys))
    limits = {_as_number(_at(rows[n], maximum[0])) for n in students} if maximum else set()
    most = limits.pop() if len(limits) == 1 else None
    decimal = _decimal(rows[1:], [target, *maximum], GRADE[names[target]])
    return Table(data, delimiter, rows, target, keys, students, most, decimal)


def _at(row: Sequence[Cell], column: int) -> str:
    return row[column].text.strip() if column < len(row) else ""


def _as_number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _decimal(rows: list[list[Cell]], columns: Sequence[int] | dict[int, str], otherwise: str) -> str:
    """The decimal sign of the numbers that stand in some columns; another one where there is none."""
    for row in rows:
        for column in columns:
            found = _NUMBER.fullmatch(_at(row, column))
            if found:
                return found[1]
    return otherwise


def read_marks(text: str) -> list[Mark]:
    """Everybody's final marks, from grades.csv as `make batch` writes it."""
    found: dict[tuple[str, frozenset[str]], set[float | None]] = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        # an apostrophe keeps a spreadsheet from running a cell
        told = {name: (value or "").removeprefix("'") for name, value in row.items() if name}
        keys = {told.get("SID", ""), told.get("Email", "")} - {""} or {told.get("Submission ID", "")}
        who = told.get("Name") or told.get("Email") or told.get("SID") or told.get("Submission ID") or "somebody"
        mark = float(told["Total Score"]) if told.get("Total Score") else None
        found.setdefault((who, frozenset(map(_key, keys))), set()).add(mark)
    return [Mark(who, keys, mark) for (who, keys), marks in found.items() for mark in sorted(marks, key=str)]


def _key(text: str) -> str:
    return text.strip().casefold()


# -- filling ----------------------------------------------------------------------------------------------------------


def fill(table: Table, marks: Sequence[Mark]) -> Filled:
    """The export with the marks in its column."""
    rows_of: dict[str, set[int]] = defaultdict(set)
    for number in table.students:
        for column in table.keys:
            if _at(table.rows[number], column):
                rows_of[_key(_at(table.rows[number], column))].add(number)
    for_row: dict[int, list[Mark]] = defaultdict(list)
    told: dict[str, list[str]] = defaultdict(list)
    for one in marks:
        rows = sorted({number for key in one.keys for number in rows_of.get(key, ())})
        if not rows:
            told["not in this file"].append(one.who)
        elif len(rows) > 1:
            told["fit several rows of this file, so none was filled"].append(one.who)
        for number in rows:
            for_row[number].append(one if len(rows) == 1 else one._replace(mark=None))
    changes: dict[int, str] = {}
    for number in table.students:
        row, found = table.rows[number], for_row.get(number, [])
        who = _title(table, row)
        given = {one.mark for one in found}
        if not found:
            told["in this file, but have no mark here"].append(who)
        elif len(given) > 1 or len({one.keys for one in found}) > 1:
            told["have several marks or people that fit, so nothing was filled"].append(who)
        elif None in given:
            told["have no mark to give (not graded, a fault of the grader, or not clear who)"].append(who)
        elif table.target >= len(row):
            told["have a row that is too short, so nothing was filled"].append(who)
        elif _at(row, table.target).casefold() == EXCUSED:
            told["are excused, and stay so"].append(who)
        else:
            (mark,) = given
            assert mark is not None
            changes[number] = _written(mark, table, row[table.target])
    data = table.data
    for number in sorted(changes, reverse=True):
        cell = table.rows[number][table.target]
        data = data[: cell.start] + changes[number].encode("ascii") + data[cell.end :]
    return Filled(data, len(changes), tuple(_sentence(what, who) for what, who in told.items()))


def _written(mark: float, table: Table, cell: Cell) -> str:
    """A mark as the file writes numbers, to the two decimals at which both platforms compare."""
    if _as_number(cell.text) == mark:
        return table.data[cell.start : cell.end].decode("ascii")
    text = f"{mark:.2f}".rstrip("0").rstrip(".").replace(".", table.decimal)
    return f'"{text}"' if cell.quoted or table.delimiter in text else text


def _title(table: Table, row: Sequence[Cell]) -> str:
    return next(_at(row, column) for column in table.keys if _at(row, column))


def _sentence(what: str, who: Sequence[str]) -> str:
    named = ", ".join(shown(one, 60) for one in who[:20]) + (f" and {len(who) - 20} more" if len(who) > 20 else "")
    return f"{len(who)} {what}: {named}"


# -- the command ------------------------------------------------------------------------------------------------------


def grades(folder: Path, into: Path, column: str = "") -> tuple[Path, Filled, Table]:
    """Fill an export from a folder of grades.

    :return: the file that was written, what is in it, and the export
    :raises TableError: something can't be read, or the file is not what is expected
    """
    marks = folder / MARKS
    if not marks.is_file():
        raise TableError(f"there is no {marks}; make batch writes it")
    for name in (ADJUSTMENTS, POLICY):  # what decides final marks besides the grading
        changed = folder / name
        if changed.is_file() and changed.stat().st_mtime > marks.stat().st_mtime:
            raise TableError(f"{name} was changed after {MARKS} was written; run make batch once more, then this")
    try:
        data = into.read_bytes() if into.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise TableError(f"{into} can't be read ({error.strerror})") from error
    try:
        table = read_table(data, column)
    except TableError as error:
        raise TableError(f"{into.name}: {error}") from None
    filled = fill(table, read_marks(marks.read_text("utf-8")))
    target = folder / FILLED / into.name
    if target.resolve() == into.resolve():
        raise TableError(f"{into} is what this command wrote; give the export as it was downloaded")
    target.parent.mkdir(exist_ok=True, mode=0o700)
    atomic.write(target, filled.data)
    return target, filled, table


def main() -> int:
    """Run the command line."""
    parser = Parser(
        "grades",
        description=__doc__.splitlines()[0] if __doc__ else None,
        epilog="Exit status: 0 written (read what was left alone), 2 a bad call or file.",
    )
    parser.add_argument("--out", type=Path, default=Path("grades"), help="the folder of a graded class")
    parser.add_argument("--column", default="", help="Canvas's assignment: its title or its number")
    parser.add_argument("into", nargs="?", type=Path, help="Canvas's gradebook export or Moodle's grading worksheet")
    options = parser.parse_args()
    if options.into is None:
        parser.error("into which file? make grades OUT=grades/ INTO=canvas-export.csv")
    try:
        target, filled, table = grades(options.out, options.into, options.column)
    except TableError as error:
        print(f"make grades: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    title = shown(_at(table.rows[0], table.target), 80)
    most = "" if table.most is None else f", which is out of {table.most:g}; nothing is scaled"
    print(f"{filled.written} of {len(table.students)} rows filled in the column {title}{most}")
    for sentence in filled.told:
        print(f"- {sentence}")
    print(f"written: {target}; every other byte is as it was")
    return 0


if __name__ == "__main__":
    sys.exit(main())
