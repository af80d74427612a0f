"""One line of a report, explained to the staff: a text that can be pasted into a reply to a student.

The words for a failed case are those that the student reads. The same file and secret give the same inputs, so what is
told here is what was graded, unless `differences` says that it was not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural_lab import __version__
from neural_lab.feedback import lines as feedback
from neural_lab.feedback.markdown import code, plain
from neural_lab.grading import compare
from neural_lab.grading.records import LineResult, PartResult, Report


def explain(report: Report, number: str, fingerprint: str) -> str:
    """Everything about one line of the rubric, as Markdown.

    :param number: the line's number, "1.7"
    :param fingerprint: of the secret that was graded with
    :raises ValueError: the rubric has no such line; the message lists those it has
    """
    result = next((line for line in report.lines if line.line.number == number), None)
    if result is None:
        lines = ", ".join(line.line.number for line in report.lines)
        raise ValueError(f"there is no line {number!r} in {report.lab.name}; there are: {lines}")
    blocks = [f"**{result.line.number} {plain(result.line.name)}: {result.marks:g} of {result.line.marks:g} marks**"]
    if report.refusal:
        return "\n\n".join([*blocks, plain(report.refusal)]) + "\n"
    right = [part for part in result.parts if part.verdict.worth == 1]
    if right:
        blocks.append("Right:\n\n" + "\n".join(f"- {_right(part)}" for part in right))
    # parts that failed in one and the same way are told together
    failed: dict[str, list[PartResult]] = {}
    for part in result.parts:
        if part.verdict.worth < 1:
            failed.setdefault("\n\n".join(_failed(part, result)), []).append(part)
    for text, parts in failed.items():
        heads = "\n".join(f"- {plain(p.part.name)}: {p.marks:g} of {p.part.marks:g}, {p.verdict.kind}" for p in parts)
        blocks += ["Marks lost:\n\n" + heads, text]
    blocks += _mistakes(result)
    blocks.append(
        f"Inputs are drawn from the file and a secret, so that grading the same file again gives the same: seed "
        f"{report.seed[:8]}, secret {fingerprint}, grader {__version__}."
    )
    return "\n\n".join(blocks) + "\n"


def _right(part: PartResult) -> str:
    return f"{plain(part.part.name)}: {part.marks:g} of {part.part.marks:g}{_with(part)}"


def _with(part: PartResult) -> str:
    """With whose helpers a part was earned, where that is not plain."""
    if not part.attempt.substituted or part.own.worth >= part.verdict.worth:
        return ""
    helpers = ", ".join(code(label) for label in part.attempt.substituted)
    return f" with the reference's {helpers} in place of the submission's; with its own helpers: {part.own.kind}"


def _failed(part: PartResult, result: LineResult) -> Iterator[str]:
    """How a part failed: the case, what was expected, what came, and which helpers were replaced."""
    yield feedback.case_feedback(part, result)
    if part.attempt.substituted:
        helpers = ", ".join(code(label) for label in part.attempt.substituted)
        own = f" With the submission's own helpers: {part.own.kind}." if part.own.kind != part.verdict.kind else ""
        yield f"In this run the reference's {helpers} stood in for the submission's own.{own}"


def _mistakes(result: LineResult) -> Iterator[str]:
    """The known mistakes that answer the same, with their hints."""
    if result.marks == result.line.marks:
        return
    named = result.diagnosis.named
    if named:
        which = "\n".join(f"- {code(mistake.id)}: {mistake.hint}" for mistake in named)
        yield f"A known mistake answers all of this the same:\n\n{which}"
    elif result.diagnosis.pair:
        which = "\n".join(f"- {code(mistake.id)}: {mistake.hint}" for mistake in result.diagnosis.pair)
        yield f"Two known mistakes together answer all of this the same:\n\n{which}"
    elif any(part.verdict.kind != compare.Kind.NOT_WRITTEN for part in result.parts):
        yield "No known mistake answers all of this the same."


def read_graded(file: Path) -> dict[str, Any]:
    """The contents of an earlier results.json.

    :raises ValueError: it can't be read, or is none
    """
    try:
        graded = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} can't be read as a results.json: {error}") from error
    if not isinstance(graded, dict) or not isinstance(graded.get("extra_data"), dict) or "tests" not in graded:
        raise ValueError(f"{file} is no results.json of this grader: it has no tests or no extra_data")
    return graded


def differences(report: Report, number: str, fingerprint: str, graded: Mapping[str, Any]) -> list[str]:
    """Why this is not what an earlier results.json says; nothing if it is the same.

    :param graded: the contents of that results.json, as `read_graded` gives them
    """
    about = graded["extra_data"]
    found = []
    for what, then, now in (
        ("secret", about.get("fingerprint"), fingerprint),
        ("version of the grader", about.get("grader_version"), __version__),
        ("lab", about.get("lab"), report.lab.name),
    ):
        if then != now:
            found.append(f"it was graded with another {what}: {then} then, {now} here")
    if about.get("fingerprint") == fingerprint and about.get("seed") != report.seed:
        found.append("the file is not the one that was graded: with the same secret, other inputs are drawn from it")
    elif about.get("fingerprint") != fingerprint:
        found.append("so the inputs are others than those that were graded; autograder/secret of that zip has them")
    scores = {test.get("number"): test.get("score") for test in graded["tests"]}
    marks = next((line.marks for line in report.lines if line.line.number == number), None)
    if marks is not None and scores.get(number) != marks:
        found.append(f"line {number} had {scores.get(number)} marks then and has {marks:g} here")
    return found
