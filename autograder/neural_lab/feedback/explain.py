"""One line of a report, explained to the staff: a text that can be pasted into a reply to a student.

It begins with the words that the student reads. The same file and secret give the same inputs, so what is
told here is what was graded, unless `differences` says that it was not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_lab import __version__
from neural_lab.feedback import cases, files
from neural_lab.feedback import lines as feedback
from neural_lab.feedback.markdown import code, plain
from neural_lab.grading import compare
from neural_lab.grading.records import LineResult, PartResult, Report


def explain(report: Report, number: str, fingerprint: str) -> str:
    """Everything about one line of the rubric, as Markdown: what the student reads, then what staff may want besides.

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
        return "\n\n".join([*blocks, plain(files.refusal(report.refusal))]) + "\n"
    blocks.append(feedback.line_feedback(result))
    lost = [part for part in result.parts if part.verdict.worth < 1]
    right = [part for part in result.parts if part.verdict.worth == 1]
    if lost:
        blocks.append("Marks lost:\n\n" + "\n".join(map(_lost, lost)))
    if right:
        blocks.append("Right:\n\n" + "\n".join(map(_right, right)))
    blocks += _other_cases(result, lost)
    known = result.diagnosis.named or result.diagnosis.pair
    if lost and known:
        blocks.append(f"In the bank: {', '.join(code(mistake.id) for mistake in known)}.")
    blocks.append(origin(report.seed, fingerprint))
    return "\n\n".join(blocks) + "\n"


def origin(seed: str, fingerprint: str, version: str = __version__) -> str:
    """Where the inputs come from, in a sentence.

    :param version: of the grader
    """
    return (
        f"Inputs are drawn from the file and a secret, so that grading the same file again gives the same: seed "
        f"{seed[:8]}, secret {fingerprint}, grader {version}."
    )


def _right(part: PartResult) -> str:
    return f"- {plain(part.part.name)}: {part.marks:g} of {part.part.marks:g}{_with(part)}"


def _lost(part: PartResult) -> str:
    return f"- {plain(part.part.name)}: {part.marks:g} of {part.part.marks:g}, {part.verdict.kind}{_with(part)}"


def _with(part: PartResult) -> str:
    """With whose helpers a part was run, where that is not plain."""
    if not part.attempt.substituted:
        return ""
    helpers = ", ".join(code(label) for label in part.attempt.substituted)
    own = f"; with its own helpers: {part.own.kind}" if part.own.kind != part.verdict.kind else ""
    return f" with the reference's {helpers} in place of the submission's{own}"


def _other_cases(result: LineResult, lost: Sequence[PartResult]) -> Iterator[str]:
    """The cases that failed otherwise than the one that the student reads, each once."""
    shown = result.shown_case
    told = set() if shown is None else {cases.case_feedback(shown, result)}
    for part in lost:
        text = cases.case_feedback(part, result)
        if text not in told and part.verdict.kind != compare.Kind.NOT_WRITTEN:
            yield f"Another case, {plain(part.part.name)}:"
            yield text
        told.add(text)


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


def differences(now: Mapping[str, Any], graded: Mapping[str, Any], numbers: Iterable[str] = ()) -> list[str]:
    """Why this is not what an earlier results.json says; nothing if it is the same.

    :param now: the contents of today's results.json
    :param graded: those of the earlier one, as `read_graded` gives them
    :param numbers: the lines to compare; all that either has, if there are none
    """
    about, today = graded["extra_data"], now["extra_data"]
    found = []
    for what, key in (("secret", "fingerprint"), ("version of the grader", "grader_version"), ("lab", "lab")):
        if about.get(key) != today.get(key):
            found.append(f"it was graded with another {what}: {about.get(key)} then, {today.get(key)} here")
    if about.get("fingerprint") != today.get("fingerprint"):
        found.append("so the inputs are others than those that were graded; autograder/secret of that zip has them")
    elif about.get("seed") != today.get("seed"):
        found.append("the file is not the one that was graded: with the same secret, other inputs are drawn from it")
    was, is_now = ({str(test.get("number")): test for test in one["tests"]} for one in (graded, now))
    for number in numbers or dict.fromkeys([*was, *is_now]):
        found += _line_differences(number, was.get(number), is_now.get(number))
    return found


def _line_differences(number: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> list[str]:
    """How one line differs: whether it is there, what it counts, what it got, what is said of it."""
    if was is None or now is None:
        return [
            f"line {number} was not in the rubric then" if was is None else f"line {number} is not in the rubric now"
        ]
    found = []
    if was.get("max_score") != now.get("max_score"):
        found.append(f"line {number} counted {was.get('max_score')} marks then and counts {now.get('max_score')} here")
    if was.get("score") != now.get("score"):
        found.append(f"line {number} had {was.get('score')} marks then and has {now.get('score')} here")
    if not found and was.get("output") != now.get("output"):
        found.append(f"what the student read about line {number} had other words then")
    return found
