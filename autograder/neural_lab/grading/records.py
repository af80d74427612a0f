"""What each step of grading hands to the next: attempts, the parts and lines they decide, and the report of it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from neural_lab.grading import compare
from neural_lab.grading.compare import Verdict
from neural_lab.grading.policy import Setting
from neural_lab.intake.notes import FileNote, Refusal
from neural_lab.intake.submission import Submission
from neural_lab.runtime.protocol import Failure
from neural_lab.schema.lab import Addition, Lab, Line, Mistake, Part
from neural_lab.schema.observations import Observations
from neural_lab.schema.remarks import Advice, Flag

if TYPE_CHECKING:  # what is loaded where marks are lost
    from neural_lab.grading.facts import Fact, Noticed
    from neural_lab.grading.relations import Relation
    from neural_lab.grading.repairs import Repair


class Watched(NamedTuple):
    """What a call did, as the untrusted worker says: it may cause a flag, and decides nothing.

    :param often: (label, times) for each of the submission's functions that was called more often than the call needs
    :param complex: whether there were complex numbers
    """

    often: tuple[tuple[str, int], ...]
    complex: bool


class Attempt(NamedTuple):
    """One run of a probe on the submission.

    :param setting: in which worker, and for which functions the reference answered
    :param printed: how many characters the code wrote to stdout, as the worker says
    :param refused: labels of substitutes that were asked more often than a call needs them
    :param watched: what was seen in one more call of a function that is to find derivatives
    :param noticed: where a number stopped being one, if an answer is not finite
    :param error: how far right derivatives are from exact, as a share of their norm (see `remarks.inexact`)
    """

    setting: Setting
    observed: Observations
    printed: int = 0
    refused: tuple[str, ...] = ()
    watched: Watched | None = None
    error: float = 0.0
    noticed: Noticed | None = None

    @property
    def substituted(self) -> tuple[str, ...]:
        return self.setting.substituted

    @property
    def failures(self) -> list[Failure]:
        return [one.value for one in self.observed if isinstance(one.value, Failure)]


class PartResult(NamedTuple):
    """A part, the verdict that counts and its attempt; `own` is the verdict with the student's own helpers."""

    part: Part
    verdict: Verdict
    attempt: Attempt
    own: Verdict

    @property
    def marks(self) -> float:
        return self.part.marks * self.verdict.worth


class Diagnosis(NamedTuple):
    """What is known about the wrong answers of one function.

    :param named: the known mistakes that answer just as the submission did; several if they can't be told apart
    :param relation: what is true of all the wrong answers; only where nothing is named
    :param facts: what is plainly true of them, said before any relation; only where nothing is named
    :param pair: two known mistakes that together answer just as the submission did; only where none does alone
    :param elsewhere: versions of the lab whose function answers just as the submission did, whether a mistake does too
    """

    named: tuple[Mistake, ...] = ()
    relation: Relation | None = None
    facts: tuple[Fact, ...] = ()
    pair: tuple[Mistake, ...] = ()
    elsewhere: tuple[str, ...] = ()


class LineResult(NamedTuple):
    """A line of the rubric with its parts, and what is known about the mistake behind those that failed.

    :param repair: where in the file the function is proved to be wrong
    :param but_for: the slip of an earlier function that was put right when this one was judged
    :param submission: what was handed in, to show the line that an exception came from
    """

    line: Line
    parts: tuple[PartResult, ...]
    diagnosis: Diagnosis
    repair: Repair | None = None
    but_for: Repair | None = None
    submission: Submission = Submission({}, b"")

    @property
    def marks(self) -> float:
        return sum(part.marks for part in self.parts)

    @property
    def unwritten(self) -> bool:
        """Whether nothing of it was earned, because a function it needs is not written yet."""
        return all(part.verdict.kind == compare.Kind.NOT_WRITTEN for part in self.parts)

    @property
    def shown_case(self) -> PartResult | None:
        """The failed part whose case the student reads: the smallest; None where there is no case to show."""
        failed = [part for part in self.parts if part.verdict.worth < 1]
        return min(failed, key=_size) if failed and not self.unwritten else None

    @property
    def raised(self) -> tuple[str, int] | None:
        """(module, line) of the exception that the student reads about, if the file has that line."""
        shown = self.shown_case
        if shown is None or shown.verdict.kind != compare.Kind.RAISED:
            return None
        failure = shown.verdict.got
        there = 1 <= failure.line <= self.submission.lines(failure.module)
        return (failure.module, failure.line) if there else None


def _size(part: PartResult) -> tuple[float, int, int]:
    """What makes a failed case worth showing first: nothing earned, few numbers, a small net and few samples."""
    verdict = part.verdict
    numbers = verdict.change.sizes if verdict.change else verdict.call.numbers if verdict.call else ()
    return verdict.worth, compare.size_of(verdict.expected), sum(numbers)


class Report(NamedTuple):
    """All that was found out about one submission.

    :param notes: about the file: another name, what failed while loading
    :param advice: remarks that cost no marks
    :param flags: for a person of the staff to look at, never decided here
    :param refusal: why nothing could be graded; the lines are then all at 0
    :param added: what the lab's extras have added, for no marks; nothing where none were run
    :param seed: HMAC of secret and file, from which all inputs were drawn
    :param file: SHA-256 of what was graded
    """

    lab: Lab
    lines: tuple[LineResult, ...]
    seed: str
    seconds: float
    notes: tuple[FileNote, ...] = ()
    advice: tuple[Advice, ...] = ()
    flags: tuple[Flag, ...] = ()
    refusal: Refusal | None = None
    added: tuple[Addition, ...] = ()
    file: str = ""

    @property
    def marks(self) -> float:
        return sum(line.marks for line in self.lines)

    @classmethod
    def refused(cls, lab: Lab, why: Refusal, seed: str = "", seconds: float = 0.0, file: str = "") -> Report:
        """The report on a submission in which nothing could be graded."""
        verdict = Verdict(compare.Kind.NOT_REACHED)
        nothing = Attempt(Setting(shared=False), ())
        lines = tuple(
            LineResult(line, tuple(PartResult(part, verdict, nothing, verdict) for part in line.parts), Diagnosis())
            for line in lab.lines
        )
        return cls(lab, lines, seed, seconds, refusal=why, file=file)
