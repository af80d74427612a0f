"""Draws the questions for one student, and keeps those that two fresh processes answer alike."""

from __future__ import annotations

import contextlib
import hmac
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from neural_lab.feedback import files
from neural_lab.grading.pipeline import Grading, report_on
from neural_lab.grading.records import Report
from neural_lab.grading.reference import Reference
from neural_lab.grading.repairs import goal
from neural_lab.intake.submission import Submission
from neural_lab.isolation.pool import Sandbox
from neural_lab.runtime.plan import LoadPlan
from neural_lab.schema.remarks import Flag, RightElsewhere, SharedCode
from neural_lab.tools.course.quiz.asking import Code, GaveUp, Goal, Listing
from neural_lab.tools.course.quiz.calls import CALLS
from neural_lab.tools.course.quiz.kinds import KINDS
from neural_lab.tools.course.quiz.questions import Kind, Question, Solution, Student

ROUNDS = 3  # through all kinds, should one round not give enough
SPARE = 2  # questions more than are wanted, should two processes not agree on one
# In the order of a conversation: what can be read off the code first, what must be thought through last.
ORDER = (
    Kind.FORMULA, Kind.FIRST, Kind.COUNT, Kind.SHAPE, Kind.RETURNS, Kind.HOLDS, Kind.KEPT, Kind.DEEPER, Kind.RELIES,
    Kind.FLAT, Kind.NAMED, Kind.ABSENT, Kind.BATCH, Kind.GONE, Kind.HARMLESS, Kind.EQUAL,
)  # fmt: skip


class Paper(NamedTuple):
    """The questions for one submission.

    :param listings: the functions that they are about, as they stand in the file
    :param notebook: whether it was handed in as one, so that lines are counted through all its cells
    :param why_few: why there are fewer questions than were asked for; "" if there are not
    """

    questions: tuple[Question, ...]
    listings: tuple[Listing, ...]
    why_few: str = ""
    notebook: bool = False


class Examiner:
    """Makes papers; keeps the solution's worker for all of them.

    :param secret: with the student's id it decides what is drawn
    """

    def __init__(self, reference: Reference, secret: bytes, sandbox: Sandbox) -> None:
        self.reference, self.sandbox, self._secret = reference, sandbox, secret
        lab = reference.lab
        own = {label: Goal(lab.function(label).path) for label in CALLS}
        plan = LoadPlan(lab.modules, reference.sources)
        self._solution = Solution(reference, Code(sandbox, lab, plan, reference.sources, own))

    def end(self) -> None:
        """End the solution's worker."""
        self._solution.code.end()

    def paper(self, submission: Submission, who: str, count: int) -> Paper:
        """The questions for one student, the same again for the same secret, file and id.

        :param who: the student's id
        :param count: how many questions are wanted
        """
        grading = Grading(self.reference, submission, self._secret, self.sandbox)
        report = report_on(grading)
        labels = askable(report)
        if not labels:
            why = files.refusal(report.refusal) if report.refusal else "No function has full marks and no flag."
            return Paper((), (), why)
        try:
            return self._drawn(grading, labels, self._seed(who), count)
        except GaveUp as error:
            return Paper((), (), f"No questions can be made of this code: {error}.")

    def _seed(self, who: str) -> int:
        return int.from_bytes(hmac.new(self._secret, b"quiz:" + who.encode(), "sha256").digest()[:8], "big")

    @contextlib.contextmanager
    def student(self, grading: Grading, labels: Sequence[str]) -> Iterator[Student]:
        """The student's code in a fresh process."""
        found = {label: goal(grading, grading.lab.function(label)) for label in labels}
        goals = {
            label: Goal(path, tuple(slopes), frozenset(given)) for label, (path, slopes, given, *_) in found.items()
        }
        with Code(self.sandbox, grading.lab, grading.plan, grading.submission.files, goals) as code:
            yield Student(self.reference, code, self._solution, labels)

    def _drawn(self, grading: Grading, labels: list[str], seed: int, count: int) -> Paper:
        with self.student(grading, labels) as student:
            made = self._made(student, seed, count + SPARE)
            listings = dict(student.code.functions)
        with self.student(grading, labels) as again:
            kept: list[Question] = []
            for number, question in made:
                if len(kept) < count and KINDS[question.kind](again, rng_of(seed, question.kind, number)) == question:
                    kept.append(question)
        kept.sort(key=lambda question: ORDER.index(question.kind))
        about = {label for question in kept for label in question.functions}
        why = "" if len(kept) == count else f"Only {len(kept)} questions can be made of this code."
        shown = tuple(listing for label, listing in listings.items() if label in about)
        return Paper(tuple(kept), shown, why, bool(grading.submission.cells))

    @staticmethod
    def _made(student: Student, seed: int, most: int) -> list[tuple[int, Question]]:
        """Questions of as many kinds as there can be, each with the number of the round that it was made in."""
        made: list[tuple[int, Question]] = []
        kinds = np.random.default_rng(seed).permutation(len(KINDS))
        for number in range(ROUNDS):
            for index in kinds:
                kind = [*KINDS][index]
                if len(made) == most:
                    return made
                question = KINDS[kind](student, rng_of(seed, kind, number))
                if question is not None and all(question.text != other.text for _, other in made):
                    made.append((number, question))
        return made


def rng_of(seed: int, kind: Kind, number: int) -> np.random.Generator:
    """The numbers that a question is drawn with."""
    return np.random.default_rng([seed, zlib.crc32(kind.value.encode()), number])


def askable(report: Report) -> list[str]:
    """The functions that have full marks and no flag."""
    if report.refusal:
        return []
    lost = {one.line.function for one in report.lines if one.marks < one.line.marks}
    flagged = {label for flag in report.flags for label in _about(flag)}
    return [label for label in CALLS if label not in lost | flagged]


def _about(flag: Flag) -> tuple[str, ...]:
    match flag:
        case SharedCode(functions, wrong):
            return (*functions, wrong)
        case RightElsewhere(functions):
            return functions
    return (flag.function,)
