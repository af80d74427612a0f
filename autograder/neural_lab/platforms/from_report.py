"""The `Outcome` that platforms are told, from a `Report`. Its words are made in `feedback`."""

from __future__ import annotations

from neural_lab import __version__
from neural_lab.feedback import files
from neural_lab.feedback import lines as words
from neural_lab.grading.records import LineResult, Report
from neural_lab.isolation.self_test import Isolation
from neural_lab.platforms.outcome import Line, Outcome
from neural_lab.platforms.report import of_line
from neural_lab.schema.lab import Lab

WITHHELD = "submissions can't be isolated on this machine"


def outcome(report: Report, isolation: Isolation, fingerprint: str, withhold: bool = False) -> Outcome:
    """What platforms are told of a report.

    :param withhold: give no marks, because submissions can't be isolated here: the grader's fault, not the student's
    """
    lab = report.lab
    texts = [""] * len(report.lines) if report.refusal else words.lines_feedback(report)
    return Outcome(
        lab.name,
        lab.title,
        _file(lab),
        tuple(_line(result, text, lab) for result, text in zip(report.lines, texts, strict=True)),
        words.headline(report),
        refusal=files.refusal(report.refusal) if report.refusal else "",
        fault=WITHHELD if withhold else "",
        facts=(
            ("isolation", isolation.level),
            ("seed", report.seed),
            ("fingerprint", fingerprint),
            ("grader_version", __version__),
        ),
        seconds=report.seconds,
    )


def faulted(lab: Lab, message: str) -> Outcome:
    """What is told where the grader failed, whatever it had found until then."""
    return Outcome(lab.name, lab.title, _file(lab), fault=message)


def _file(lab: Lab) -> str:
    return f"{lab.modules[-1]}.py"


def _line(result: LineResult, text: str, lab: Lab) -> Line:
    module, at = _place(result, lab)
    file = f"{module}.py"
    if module in result.submission.cells:  # its lines are those of cells, which the text tells
        file, at = f"{module}.ipynb", 0
    line = result.line
    return Line(line.number, line.function, line.name, result.marks, line.marks, text, result.unwritten, file, at)


def _place(result: LineResult, lab: Lab) -> tuple[str, int]:
    """(module, line) of what is proved to be wrong, else of what raised an exception; line 0 if nothing is known.

    A notebook has no lines that a platform could show: the text names the cell.
    """
    module, at = lab.function(result.line.function).module, 0
    if result.repair is not None and of_line(result)["repair"] is not None:
        module, at = result.repair.module, result.repair.lines[0]
    elif result.raised is not None:
        module, at = result.raised
    return module, 0 if module in result.submission.cells else at
