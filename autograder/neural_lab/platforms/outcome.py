"""What every platform is told of a submission: lines with marks and words, and in which of three states the run ended.

Made of the `Report` by `from_report`, or of the public self-check by `self_check`. Each platform's module is a
projection of it. It stands on the standard library alone, for the self-check holds it, too.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class State(Enum):
    """How a run ended. No platform may take one for another."""

    GRADED = "graded"
    REFUSED = "cannot be graded"
    FAULT = "grader fault"


class Line(NamedTuple):
    """A line of the rubric.

    :param function: its label, by which students know it
    :param text: what is told of it, in Markdown in which all foreign text is escaped
    :param unwritten: whether it, or what it waits for, is still to be written, which is no mistake
    :param file: where to look, and the line there; "" and 0 where nothing is known
    """

    number: str
    function: str
    name: str
    marks: float
    most: float
    text: str
    unwritten: bool = False
    file: str = ""
    at: int = 0

    @property
    def right(self) -> bool:
        return self.marks == self.most


class Outcome(NamedTuple):
    """What came of a submission.

    :param headline: in Markdown, as a line's text
    :param refusal: why the submission can't be graded, as plain text; "" if it was
    :param fault: what failed in the grader, as plain text; "" if nothing did
    :param formative: whether these marks are practice, made by checks that the student can read and change
    :param facts: of the run, for the staff: {name: text}
    """

    lab: str
    title: str
    file: str
    lines: tuple[Line, ...] = ()
    headline: str = ""
    refusal: str = ""
    fault: str = ""
    formative: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0

    @property
    def state(self) -> State:
        return State.FAULT if self.fault else State.REFUSED if self.refusal else State.GRADED

    @property
    def marks(self) -> float:
        return sum(line.marks for line in self.lines)

    @property
    def most(self) -> float:
        return sum(line.most for line in self.lines)


NOT_GRADED = "This could not be graded, and no marks are given or lost by it."
FAULT = (
    "The grader itself failed. This says nothing about your submission, and no mark was given: submit again, and if "
    "you read this a second time, tell the course staff."
)
FORMATIVE = (
    "Practice marks, not your grade: they come from checks that you can read yourself, and that ask less than the "
    "grader does."
)

# Where Markdown of ours says something that is not its own letters: a block, a span, an escape, bold, an entity.
_MARKUP = re.compile(r"```\w*\n(.*?)\n?```|`([^`\n]*)`|\\([\\`*_{}\[\]()#+\-!|~$])|\*\*|&(lt|gt|amp);", re.DOTALL)
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def plain_text(markdown: str, most: int = 10_000) -> str:
    """Feedback's Markdown as plain text, which stays inert where a platform takes it for HTML."""

    def without(found: re.Match[str]) -> str:
        block, span, escaped, entity = found.groups()
        named = {"lt": "<", "gt": ">", "amp": "&"}.get(entity, "")
        return next((one for one in (block, span, escaped) if one is not None), named)

    text = _TAG.sub("‹", _MARKUP.sub(without, markdown))
    return text if len(text) <= most else text[: most - 1] + "…"
