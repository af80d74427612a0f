"""Text that others wrote, on its way to a terminal, a page, a table or results.json.

Whatever comes from a submission, its file names, an export or a results.json passes through here before it is shown:
otherwise it could steer the terminal, turn the writing direction, or hide the letters around it. Markup is another
matter; each kind of page escapes its own (`markdown`, Jinja, rich's Text).
"""

from __future__ import annotations

import re
import unicodedata

_ODD = re.compile(r"[^\x20-\x7e\n]+")
_MOST_MARKS = 2  # on a letter, as Vietnamese has them; more are piled up to cover the lines around


def printable(text: str) -> str:
    """`text` with its lines, in which every other character that is not printable is a space."""
    return _ODD.sub(lambda run: "".join(_printable(run[0])), text)


def shown(text: str, most: int = 80) -> str:
    """`text` on one line of printable characters, cut to `most`."""
    line = " ".join(printable(text[: 20 * most]).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _printable(run: str) -> list[str]:
    letters, marks = [], 0
    for character in run:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            letters.append(character if character.isprintable() else " ")
    return letters
