"""Gradescope's results.json from a `Report`: through gradescope-utils, with what it leaves out or gets wrong put right.

The words in it are made in `feedback`.
"""

from __future__ import annotations

import io
import json
import math
import traceback
import unittest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradescope_utils.autograder_utils.decorators import number, partial_credit, tags, visibility
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

from neural_lab import __version__, atomic
from neural_lab.feedback import lines
from neural_lab.grading.records import LineResult, PartResult, Report
from neural_lab.intake.foreign import printable, shown
from neural_lab.isolation.self_test import Isolation
from neural_lab.platforms import report as report_json
from neural_lab.platforms.entry import Asked, Graded, Platform
from neural_lab.platforms.report import of_line, of_run
from neural_lab.schema.lab import Lab, UnmarkedLine

if TYPE_CHECKING:
    from neural_lab.grading.progress import HandIn

PROGRESS = "progress"  # the tag of the part that depends on what was handed in before
MOST_OUTPUT = 20_000  # characters of one test's feedback


def platform(asked: Asked) -> Platform:
    """A run as Gradescope starts it: results.json over the fallback that `run_autograder` has put there."""
    root = Path(asked.environment.get("AUTOGRADER_ROOT", "/autograder"))
    file = root / "results" / "results.json"

    def tell(graded: Graded) -> None:
        data, as_data = results(*graded), report_json.as_data(*graded)
        write(as_data, report_json.beside(file))
        write(data, file)
        if not graded.withhold:
            _add_progress(data, root, asked.lab)

    return Platform(
        root / "submission",
        tell,
        lambda reason: write(fault(reason), file),
        closed=(root / "source", root / "results", root / "submission_metadata.json"),
        extras=True,
    )


def _add_progress(data: dict[str, Any], root: Path, lab: Lab) -> None:
    """Write the results once more, with what has changed since the last hand-in, where there was one."""
    from neural_lab.platforms import history  # only on Gradescope itself

    try:
        before = history.last_hand_in(root / "submission_metadata.json", lab)
        if before is not None:
            write(with_progress(data, before, lab), root / "results" / "results.json")
    except Exception:  # whatever the history holds, the results that are written stand
        print(printable(traceback.format_exc()))


def results(report: Report, isolation: Isolation, fingerprint: str, withhold: bool = False) -> dict[str, Any]:
    """The contents of results.json: one test for each line of the rubric.

    :param withhold: give no marks, because submissions can't be isolated here; the instructor is told on stdout
    """
    if withhold:
        return _without_marks(WITHHELD, of_run(report, isolation, fingerprint))
    data = _run_suite([_case(line) for line in report.lines])
    outputs = [""] * len(report.lines) if report.refusal else lines.lines_feedback(report)
    for test, line, output in zip(data["tests"], report.lines, outputs, strict=True):
        score = _score(line.marks, line.line.marks)
        test["name"] = line.line.name
        test["score"], test["max_score"] = score, _plain(line.line.marks)
        test["status"] = "passed" if score == line.line.marks else "failed"
        test["output"] = output[:MOST_OUTPUT]
        test["output_format"] = "md"
        told = of_line(line)
        test["extra_data"] = {"parts": [_part(part, told["mistakes"]) for part in line.parts], **told}
    contents = {
        "score": _plain(sum(test["score"] for test in data["tests"])),
        "execution_time": round(report.seconds, 3),
        "output": lines.headline(report)[:MOST_OUTPUT],
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [*data["tests"], *(_unmarked(line) for added in report.added for line in added.lines)],
        "extra_data": {**of_run(report, isolation, fingerprint), "grader_fault": False},
    }
    places = [place._asdict() for added in report.added for place in added.leaderboard]
    return contents | {"leaderboard": places} if places else contents


WITHHELD = (
    "No marks were given in this run, because the grader could not close itself off on this machine. "
    "This says nothing about your submission; tell the course staff."
)


def fault(message: str) -> dict[str, Any]:
    """The results of a run in which the grader itself failed, marked as such."""
    from neural_lab.platforms.outcome import FAULT  # only where the grader failed

    said = {"grader_version": __version__, "fault": shown(message, 500)}
    return _without_marks(FAULT, said)


def _without_marks(output: str, said: dict[str, Any]) -> dict[str, Any]:
    """Results with neither a score nor tests: by its documentation Gradescope reports a failed run then, and no 0."""
    return {
        "output": output,
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
        "extra_data": {**said, "grader_fault": True},
    }


def _case(result: LineResult) -> unittest.TestCase:
    """One line as a gradescope-utils test. A new function for each: the score is kept on the function."""

    class Case(unittest.TestCase):
        @partial_credit(_plain(result.line.marks))
        @number(result.line.number)
        @tags(result.line.function)
        @visibility("visible")
        def test_line(self, set_score: Any = None) -> None:
            set_score(_score(result.marks, result.line.marks))

    return Case("test_line")


def _run_suite(cases: list[unittest.TestCase]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    JSONTestRunner(stream=io.StringIO(), post_processor=data.update).run(unittest.TestSuite(cases))
    return data


def _score(marks: float, most: float) -> float | int:
    """A score that Gradescope takes: a plain number between 0 and the maximum."""
    if not (math.isfinite(marks) and 0 <= marks <= most):
        raise ValueError(f"a score of {marks} out of {most}")
    return _plain(marks)


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else float(value)


def _part(result: PartResult, mistakes: list[str]) -> dict[str, Any]:
    return {
        "id": result.part.id,
        "name": result.part.name,
        "marks": _plain(result.marks),
        "max": _plain(result.part.marks),
        "verdict": result.verdict.kind.value,
        "own": result.own.kind.value,
        "substituted": list(result.attempt.substituted),
        "mistakes": mistakes if result.verdict.worth < 1 else [],
    }


def _unmarked(line: UnmarkedLine) -> dict[str, Any]:
    return {
        "name": line.name,
        "number": line.number,
        "score": 0,
        "max_score": 0,
        "status": "passed" if line.passed else "failed",
        "output": line.text,
        "output_format": "text",
        "visibility": "visible",
        "tags": [line.tag],
        "extra_data": dict(line.data),
    }


def with_progress(data: dict[str, Any], before: HandIn, lab: Lab) -> dict[str, Any]:
    """The same results with one part more: what has changed since an earlier hand-in.

    Apart from it, the same file has the same results, whatever was handed in before.
    """
    from neural_lab.feedback.progress import since_last  # only where there was one
    from neural_lab.grading.progress import progress
    from neural_lab.platforms import history

    now = history.hand_in(data, lab)
    if now is None:
        return data
    found = progress(before, now, lab)
    added = {
        "name": "Since your last hand-in",
        "score": 0,
        "max_score": 0,
        "output": since_last(found),
        "output_format": "md",
        "visibility": "visible",
        "tags": [PROGRESS],
        "extra_data": {
            "better": [one.line.number for one in found.better],
            "broken": [one.line.number for one in found.broken],
            "same_file": found.same_file,
            "same_grader": found.same_grader,
        },
    }
    return {**data, "tests": [*data["tests"], added]}


def write(data: dict[str, Any], file: Path) -> None:
    """Write results.json, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(file, json.dumps(data, indent=2, allow_nan=False, ensure_ascii=True) + "\n")
