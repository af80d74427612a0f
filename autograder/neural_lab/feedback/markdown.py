"""Text that is safe inside Markdown, whoever wrote it: printable as `foreign` makes it, and no markup, no HTML.

Gradescope renders the feedback as Markdown and sanitises its HTML; a terminal renders it too. Neither is relied upon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from neural_lab.intake.foreign import printable, shown

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~$])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def code(text: str, most: int = 160) -> str:
    """`text` as a code span, for names and messages that come from a submission."""
    inside = literal(text, most)
    return f"`{inside}`" if inside else "`(empty)`"


def literal(text: str, most: int = 160) -> str:
    """`text` as a piece of code, for a span or a line of a block."""
    return _TAG.sub("‹", shown(text, most).replace("`", "'"))


def source(line: str, most: int = 160) -> str:
    """A line of a submission for a block, its indentation kept."""
    told = printable(line[: 20 * most].expandtabs(4)).rstrip().replace("`", "'")
    return _TAG.sub("‹", told if len(told) <= most else told[: most - 1] + "…")


def plain(text: str, most: int = 1_000) -> str:
    """`text` as running text, every character of it literal, even in a sentence that quotes a submission."""
    line = shown(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", line)


def block(lines: Iterable[str], language: str = "text") -> str:
    """Lines of code or of a table as a block of their own, which nothing in them ends."""
    return "\n".join([f"```{language}", *(line.replace("`", "'") for line in lines), "```"])


def bullets(items: Iterable[str]) -> str:
    """A list of pieces of Markdown, one below the other."""
    return "\n".join(f"- {item}" for item in items)
