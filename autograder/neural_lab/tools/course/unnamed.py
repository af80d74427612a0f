"""Losses of a class that no row of the bank names: those with equal wrong answers together, a row drafted for each.

The answers are asked for again, of all on the same inputs: those that were graded are each student's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neural_lab.intake.foreign import printable
from neural_lab.schema.lab import Lab
from neural_lab.tools.course.grader import Grader
from neural_lab.tools.course.grades_folder import Graded, GradesFolder
from neural_lab.tools.course.why import handed_in

MOST = 100  # submissions and functions that are asked again: a tenth of a second each
_SAYS_ITSELF = {"right", "not written yet", "not reached", "timed out", "killed", "missing"}


@dataclass(frozen=True)
class Loss:
    """A function that lost marks in one submission, and nobody can say by which mistake.

    :param line: the line that is proved to be wrong, "" if none is
    """

    id: str
    function: str
    marks: float
    substituted: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class Cluster:
    """Losses with equal wrong answers, and a draft of the row that would name them."""

    function: str
    losses: tuple[Loss, ...]
    draft: str

    @property
    def marks(self) -> float:
        return max(loss.marks for loss in self.losses)


def clusters(folder: GradesFolder, graded: Sequence[Graded], lab: Lab) -> list[Cluster]:
    """The clusters of a class, the largest first."""
    losses = [loss for one in graded for loss in _losses(folder, one, lab)][:MOST]
    if not losses:
        return []
    with Grader(lab.name) as grader:
        asked = [(folder.path / "submissions" / loss.id, loss.function, loss.substituted) for loss in losses]
        numbers = grader.groups(asked)
    grouped: dict[int, list[Loss]] = {}
    for number, (place, loss) in zip(numbers, enumerate(losses)):
        grouped.setdefault(number if number >= 0 else -1 - place, []).append(loss)
    ordered = sorted(grouped.values(), key=lambda group: (-len(group), -group[0].marks, group[0].function))
    return [
        Cluster(group[0].function, tuple(group), _draft(group, lab, number)) for number, group in enumerate(ordered, 1)
    ]


def _losses(folder: GradesFolder, one: Graded, lab: Lab) -> Iterator[Loss]:
    report = folder.report(one.entry)
    if not report or report["refusal"] or report["lab"] != lab.name:
        return
    files: dict[str, str] = {}
    for function in lab.functions:
        lines = [line for line in report["lines"] if line["function"] == function.label and line["marks"] < line["max"]]
        failed = [part for line in lines for part in line["parts"] if part["verdict"] not in _SAYS_ITSELF]
        if not failed or any(
            line["mistakes"] or line.get("elsewhere") or line.get("pair") or line["but_for"] for line in lines
        ):
            continue
        files = files or handed_in(folder.path / "submissions" / one.entry.id, lab).files
        yield Loss(
            one.entry.id,
            function.label,
            sum(line["max"] - line["marks"] for line in lines),
            tuple(failed[0]["attempt"]["substituted"]),
            next((_line(files, line["repair"]) for line in lines if line["repair"]), ""),
        )


def _line(files: dict[str, str], repair: dict[str, object]) -> str:
    """The first line that is proved to be wrong."""
    numbers = repair["lines"]
    lines = files.get(str(repair.get("module")), "").split("\n")
    first = numbers[0] if isinstance(numbers, list) and numbers else 0
    return printable(lines[first - 1].strip())[:200] if 0 < first <= len(lines) else ""


def _draft(group: Sequence[Loss], lab: Lab, number: int) -> str:
    """A row for the lab's mistakes.py, as far as it can be written."""
    function = group[0].function
    near = next((mistake.id for mistake in lab.mistakes if mistake.function == function), function)
    proved = next((loss.line for loss in group if loss.line), "")
    put = repr(proved) if proved else '"what stands there in these submissions"'
    return "\n".join(
        [
            "Mistake(",
            f'    id="{near.partition("-")[0]}-new-{number}",',
            f'    function="{function}",',
            f'    edits=(Edit("the line of the solution", {put}),),',
            '    hint="a question that leads there",',
            "),",
        ]
    )
