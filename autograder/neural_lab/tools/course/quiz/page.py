"""The pages of an oral check: a sheet to ask from, and a key with a plan. For a screen or for paper, without a script.

What stands in them of a student's is text: Jinja escapes it, and `asking` has made it printable.
"""

from __future__ import annotations

import math
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from neural_lab.intake.foreign import shown
from neural_lab.tools.course import pages
from neural_lab.tools.course.quiz.paper import Paper
from neural_lab.tools.course.quiz.questions import OPTIONS

FOLDER = Path(__file__).resolve().parent / "pages"
SECONDS = 300  # of the whole conversation
OPENING, CLOSING = 40, 20  # of it
LETTERS = "ABCD"


class Kind(str, Enum):
    """The two pages."""

    SHEET = "sheet"
    KEY = "key"


class Step(NamedTuple):
    """A step of the plan.

    :param start: seconds from the beginning
    """

    start: int
    what: str

    @property
    def clock(self) -> str:
        return f"{self.start // 60}:{self.start % 60:02d}"


def render(kind: Kind, paper: Paper, who: str, lab: str) -> str:
    """One of the pages as HTML."""
    return (
        pages.templates(FOLDER)
        .get_template(f"{kind.value}.html")
        .render(
            paper=paper,
            who=shown(who, 200),
            lab=lab,
            letters=LETTERS,
            plan=plan(paper),
            guessing=guessing(len(paper.questions)),
            style=Markup((FOLDER / "page.css").read_text("utf-8")),
            policy=Markup(pages.POLICY),
        )
    )


def plan(paper: Paper) -> list[Step]:
    """What to do when, in five minutes."""
    count = len(paper.questions)
    if not count:
        return []
    names = [listing.label for listing in paper.listings]
    longest = max(paper.listings, key=lambda listing: len(listing.lines)).label
    each = (SECONDS - OPENING - CLOSING) // count
    steps = [Step(0, f"“Tell me in a few sentences what your {longest} does, from its first line to its last.”")]
    steps += [
        Step(OPENING + each * number, f"Question {number + 1}: {question.kind.value}")
        for number, question in enumerate(paper.questions)
    ]
    last = f"“Which line of {' or '.join(names[:2])} took you longest, and why?”"
    return [*steps, Step(SECONDS - CLOSING, last)]


def guessing(count: int) -> tuple[int, float] | None:
    """How many right answers nobody guesses who only guesses, and how likely that is: the first below one percent."""
    for right in range(1, count + 1):
        chance = (
            sum(math.comb(count, k) * (OPTIONS - 1) ** (count - k) for k in range(right, count + 1)) / OPTIONS**count
        )
        if chance < 0.01:
            return right, 100 * chance
    return None
