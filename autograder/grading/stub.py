"""Compare a submission with the stub it was written in: which lines outside the TODO blocks were changed.

Owns how a stub is read. It judges text only, for advice that costs nothing: it never runs or parses the submission,
never raises on any text, and takes time in proportion to its length. Making stubs is staff/stubs.py's work.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

TODO = "# TODO"  # how the first line of a block begins
END_TODO = "# END TODO"  # the whole last line of a block
TUNABLE = "HYPERPARAMETERS"  # a table that students are asked to change, up to the next blank line

MAX_CHARACTERS = 1_000_000  # longer submissions are not compared
MAX_EDITS = 50
MAX_EDIT_LENGTH = 160  # characters shown of a line


@dataclass(frozen=True)
class Edit:
    """A line outside the TODO blocks that the stub and the submission do not share.

    line is counted from 1, in the submission for a line that was added or changed, in the stub for one that is gone.
    """

    line: int
    text: str
    gone: bool


@dataclass(frozen=True)
class _Segment:
    """The given code between two blocks: (line number, line without outer space), blank lines left out."""

    given: list[tuple[int, str]]
    todos: frozenset[str]  # the TODO lines of the block that follows

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.given]


def edits_outside(stub_source: str, submission_source: str) -> list[Edit]:
    """List the edits outside the TODO blocks, first those the submission shows, segment by segment.

    Space at either end of a line, blank lines, the TODO comments themselves and the HYPERPARAMETERS table do not count.

    :param stub_source: a stub as staff/stubs.py makes it
    :param submission_source: any text
    :return: at most MAX_EDITS edits; none where the submission is too long or plainly does not come from the stub (it
        shares less than half of the stub's given lines)
    """
    if len(submission_source) > MAX_CHARACTERS:
        return []
    segments = _segments(stub_source)
    edits: list[Edit] = []
    at, inside = 0, False  # the segment being read; whether its own lines are over and the block behind it has begun
    missing = Counter(segments[0].texts)
    for number, text in _lines(submission_source):
        if inside:
            if text != END_TODO and text not in segments[at + 1].texts[:1]:
                continue
            at, inside = at + 1, False
            missing = Counter(segments[at].texts)
        if text == END_TODO:
            continue
        block = next((index for index in range(at, len(segments)) if text in segments[index].todos), None)
        if block is not None:
            edits += _gone(segments[at], missing)
            for skipped in segments[at + 1 : block + 1]:
                edits += _gone(skipped, Counter(skipped.texts))
            at, inside = block, True
        elif missing[text] > 0:
            missing[text] -= 1
            # once all given lines are seen the block begins, even if its TODO comment was deleted
            inside = at + 1 < len(segments) and not any(missing.values())
        else:
            edits.append(Edit(number, text[:MAX_EDIT_LENGTH], gone=False))
    if not inside:
        edits += _gone(segments[at], missing)
    for unread in segments[at + 1 :]:
        edits += _gone(unread, Counter(unread.texts))

    given = sum(len(segment.given) for segment in segments)
    if 2 * sum(edit.gone for edit in edits) > given:
        return []
    return edits[:MAX_EDITS]


def _gone(segment: _Segment, missing: Counter[str]) -> list[Edit]:
    """The stub's lines that are still missing; of equal lines the last ones are named."""
    left = Counter(missing)
    gone = []
    for number, text in reversed(segment.given):
        if left[text] > 0:
            left[text] -= 1
            gone.append(Edit(number, text[:MAX_EDIT_LENGTH], gone=True))
    return gone[::-1]


def _segments(stub_source: str) -> list[_Segment]:
    """Cut a stub at its blocks: one segment more than there are blocks."""
    segments: list[_Segment] = []
    given: list[tuple[int, str]] = []
    todos: list[str] = []
    for number, text in _lines(stub_source):
        if text == END_TODO:
            segments.append(_Segment(given, frozenset(todos)))
            given, todos = [], []
        elif text.startswith(TODO):
            todos.append(text)
        elif not todos:
            given.append((number, text))
    return [*segments, _Segment(given, frozenset())]


def _lines(source: str) -> list[tuple[int, str]]:
    """The lines that count, numbered from 1, without outer space."""
    lines = []
    tunable = False
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        tunable = bool(text) and (tunable or line.startswith(TUNABLE))
        if text and not tunable:
            lines.append((number, text))
    return lines
