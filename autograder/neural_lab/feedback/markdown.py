"""Text that is safe inside Markdown, whoever wrote it: no markup, no HTML, no control or direction characters, cut.

Gradescope renders the feedback as Markdown and sanitises its HTML; a terminal renders it too. Neither is relied upon.
"""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-!|~$])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def one_line(text: str, most: int) -> str:
    """Printable characters alone, on one line, cut to `most`; marks that pile up on a letter are left out."""
    letters = (c for c in text[: 20 * most] if unicodedata.category(c) not in {"Mn", "Me"})
    line = " ".join("".join(c if c.isprintable() else " " for c in letters).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def code(text: str, most: int = 160) -> str:
    """`text` as a code span, for names and messages that come from a submission."""
    inside = _TAG.sub("‹", one_line(text, most).replace("`", "'"))
    return f"`{inside}`" if inside else "`(empty)`"


def plain(text: str, most: int = 1_000) -> str:
    """`text` as running text, every character of it literal, even in a sentence that quotes a submission."""
    line = one_line(text, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", line)
