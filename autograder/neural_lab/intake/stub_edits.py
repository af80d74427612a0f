"""Compares a submission with the stub it was written in: which lines outside the TODO blocks were changed.

It looks at text alone, for advice that costs nothing: it never runs or parses the submission,
never raises on any text, and takes time in proportion to its length. tools/release/stubs.py makes the stubs.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

TODO = "# TODO"  # how the first line of a block begins
BEGIN, END = "# BEGIN ANSWER", "# END ANSWER"  # in the solution
END_TODO = "# END TODO"  # the whole last line of a block

MAX_CHARACTERS = 1_000_000  # longer submissions are not compared
MAX_EDITS = 50
MAX_EDIT_LENGTH = 160  # characters shown of a line


class Edit(NamedTuple):
    """A line outside the TODO blocks that the stub and the submission do not share.

    line is counted from 1, in the submission for a line that was added or changed, in the stub for one that is gone.
    """

    line: int
    text: str
    gone: bool


class _Segment(NamedTuple):
    """The given code between two blocks: (line number, line without outer space), blank lines left out."""

    given: list[tuple[int, str]]
    todos: frozenset[str]  # the TODO lines of the block that follows

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.given]


def edits_outside(stub_source: str, submission_source: str, tunable: tuple[str, ...] = ()) -> list[Edit]:
    """List the edits outside the TODO blocks: the lines that were added or changed, then those that are gone.

    Space at either end of a line, blank lines, the order of lines, the TODO comments themselves and what is
    tunable do not count.

    :param stub_source: a stub as tools/release/stubs.py makes it
    :param submission_source: any text
    :param tunable: names set at the top level that students are asked to change, each up to the next blank line
    :return: at most MAX_EDITS edits; none where the submission is too long or plainly does not come from the stub (it
        shares less than half of the stub's given lines)
    """
    if len(submission_source) > MAX_CHARACTERS:
        return []
    segments = _segments(stub_source, tunable)
    given = [line for segment in segments for line in segment.given]
    outside = _outside(segments, submission_source, tunable)
    gone = _surplus(given, outside)
    if 2 * len(gone) > len(given):
        return []
    added = _surplus(outside, given)
    return [
        Edit(number, text[:MAX_EDIT_LENGTH], is_gone)
        for lines, is_gone in ((added, False), (gone, True))
        for number, text in lines
    ][:MAX_EDITS]


def _outside(segments: list[_Segment], submission_source: str, tunable: tuple[str, ...]) -> list[tuple[int, str]]:
    """The submission's lines outside the blocks.

    A block begins with its TODO comment, or where all given lines before it have been seen (the comment may have been
    deleted); it ends with END_TODO or where the given lines behind it begin.
    """
    outside = []
    at, inside = 0, False  # the segment being read; whether the block behind it has begun
    missing = Counter(segments[0].texts)
    for number, text in _lines(submission_source, tunable):
        if inside:
            if text != END_TODO and text not in segments[at + 1].texts[:1]:
                continue
            at, inside = at + 1, False
            missing = Counter(segments[at].texts)
        if text == END_TODO:
            continue
        block = next((index for index in range(at, len(segments)) if text in segments[index].todos), None)
        if block is not None:
            at, inside = block, True
            continue
        outside.append((number, text))
        if missing[text] > 0:
            missing[text] -= 1
            inside = at + 1 < len(segments) and not any(missing.values())
    return outside


def _surplus(lines: list[tuple[int, str]], others: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines that are not among the others, or not so often; of equal lines the last ones are named."""
    surplus = Counter(text for _, text in lines) - Counter(text for _, text in others)
    named = []
    for number, text in reversed(lines):
        if surplus[text] > 0:
            surplus[text] -= 1
            named.append((number, text))
    return named[::-1]


def _segments(stub_source: str, tunable: tuple[str, ...]) -> list[_Segment]:
    """Cut a stub at its blocks: one segment more than there are blocks."""
    segments: list[_Segment] = []
    given: list[tuple[int, str]] = []
    todos: list[str] = []
    for number, text in _lines(stub_source, tunable):
        if text == END_TODO:
            segments.append(_Segment(given, frozenset(todos)))
            given, todos = [], []
        elif text.startswith(TODO):
            todos.append(text)
        elif not todos:
            given.append((number, text))
    return [*segments, _Segment(given, frozenset())]


def _lines(source: str, tunable: tuple[str, ...]) -> list[tuple[int, str]]:
    """The lines that count, numbered from 1, without outer space."""
    lines = []
    left_out = False
    for number, line in enumerate(source.split("\n"), start=1):
        text = line.strip()
        left_out = bool(text) and (left_out or line.startswith(tunable))
        if text and not left_out:
            lines.append((number, text))
    return lines
