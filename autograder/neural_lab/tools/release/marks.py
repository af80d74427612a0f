"""The tables of marks in the students' pages, written from the labs' rubrics by `make stubs`.

A table stands between two comments that no reader of the page sees:

    <!-- marks of q1 -->
    <!-- end of marks -->

What stands there is written anew; the words are those of the feedback.
"""

from __future__ import annotations

import re
from pathlib import Path

from neural_lab.schema.discovery import UnknownLab, load_lab
from neural_lab.schema.lab import Lab, Line

_MARKER = re.compile(r"<!--[^>]*\bmarks\b[^>]*-->")
_TABLE = re.compile(r"(<!-- marks of (\w+) -->\n)((?:(?!<!--).)*)(<!-- end of marks -->)", re.DOTALL)


class PageError(ValueError):
    """A page whose table of marks can't be written."""

    def __init__(self, page: str, line: int, what: str) -> None:
        super().__init__(f"{page}: {what}")
        self.page, self.line, self.what = page, line, what


def pages(student: Path) -> dict[Path, str]:
    """The pages that have tables of marks, as paths below student/, with what they should hold.

    :raises PageError: naming the page, where a comment is mistyped or names no lab
    """
    found = {}
    for file in sorted(student.rglob("*.md")):
        text = file.read_text("utf-8")
        if _MARKER.search(text):
            found[file.relative_to(student)] = with_marks(text, file.relative_to(student).as_posix())
    return found


def with_marks(text: str, filename: str) -> str:
    """The page's text with the numbers of today's rubrics.

    :raises PageError: see `pages`
    """
    markers = list(_MARKER.finditer(text))
    if len(markers) != 2 * len(_TABLE.findall(text)):
        raise PageError(
            filename,
            text.count("\n", 0, markers[0].start()) + 1,
            "a table of marks stands between '<!-- marks of LAB -->' and '<!-- end of marks -->', "
            f"each on a line of its own; of {len(markers)} such comments not all belong together",
        )

    def table(found: re.Match[str]) -> str:
        try:
            lab = load_lab(found[2])
        except UnknownLab as error:
            raise PageError(filename, text.count("\n", 0, found.start()) + 1, str(error)) from error
        except Exception as error:  # an instructor's slip may raise anything
            what = f"the lab {found[2]} can't be loaded; `make validate LAB={found[2]}` tells why"
            raise PageError(filename, text.count("\n", 0, found.start()) + 1, what) from error
        return f"{found[1]}\n{table_of(lab)}\n{found[4]}"

    return _TABLE.sub(table, text)


def table_of(lab: Lab) -> str:
    """A lab's marks as a table in Markdown."""
    head = ["| line | what you write | parts | marks |", "|---|---|---|--:|"]
    rows = [f"| {line.number} | {_written(line)} | {_parts(line)} | {line.marks:g} |" for line in lab.lines]
    return "\n".join([*head, *rows, f"| | **together** | | **{lab.marks:g}** |", ""])


def _written(line: Line) -> str:
    return f"`{line.function}`{line.name.removeprefix(line.function)}"


def _parts(line: Line) -> str:
    if len(line.parts) == 1:
        return line.parts[0].name
    return "; ".join(f"{part.name}: {part.marks:g}" for part in line.parts)
