"""Where a function stands in a text, found by its indentation: no parser is let loose on a submission here.

What is found is shown to people and decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Lines of a text, from 1, the last one included."""

    first: int
    last: int


def span_of(text: str, path: str) -> Span | None:
    """The lines of a function, its decorators included; None if it is not there.

    :param path: "NeuralNetwork.sigmoid" in a class, "evaluate_neuron" at module level. If there is no such class, a
        class of another name that has the function will do. Of several functions the last one counts, as in Python
    """
    lines = text.split("\n")
    owner, _, name = path.rpartition(".")
    if not owner:
        return _last(lines, name, Span(1, len(lines)), nested=False)
    classes = [_block(lines, n) for n, line in enumerate(lines, 1) if re.match(r"class\s", line)]
    named = [one for one in classes if re.match(rf"class\s+{re.escape(owner)}\b", lines[one.first - 1])]
    found = [_last(lines, name, one, nested=True) for one in named or classes]
    return next((one for one in reversed(found) if one is not None), None)


def _last(lines: Sequence[str], name: str, within: Span, nested: bool) -> Span | None:
    head = re.compile(rf"{'[ ]+' if nested else ''}(async +)?def +{re.escape(name)}\b")
    found = [n for n in range(within.first, within.last + 1) if head.match(lines[n - 1].expandtabs())]
    if not found:
        return None
    if nested:  # a function in a method is none of the class
        least = min(_depth(lines[n - 1]) for n in found)
        found = [n for n in found if _depth(lines[n - 1]) == least]
    first, last = _block(lines, found[-1])
    while first > within.first and lines[first - 2].strip().startswith("@"):
        first -= 1
    return Span(first, last)


def _block(lines: Sequence[str], first: int) -> Span:
    """The lines of the statement that begins there: up to the next one that stands no deeper."""
    depth, last, signature = _depth(lines[first - 1]), first, True
    for number in range(first + 1, len(lines) + 1):
        line = lines[number - 1]
        if not line.strip() or (line.lstrip().startswith("#") and _depth(line) <= depth):
            continue
        if _depth(line) <= depth and not (signature and line.strip()[:1] in ")]}"):
            break
        signature = signature and not lines[number - 2].rstrip().endswith(":")
        last = number
    return Span(first, last)


def _depth(line: str) -> int:
    return len(line.expandtabs()) - len(line.expandtabs().lstrip(" "))
