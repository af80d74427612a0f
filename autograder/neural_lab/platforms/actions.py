"""GitHub Actions: annotations on the lines of the student's file, and the summary of the job. There are no marks there.

Workflow commands, as documented in 2026: `::error file=…,line=…,title=…::text`. Of one kind GitHub shows ten in a step
and drops the others without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from neural_lab.platforms.outcome import FAULT, FORMATIVE, NOT_GRADED, Line, Outcome, State, plain_text

MOST_ANNOTATIONS = 10
MOST_WORDS = 600  # characters of an annotation
MOST_SUMMARY = 1 << 20  # bytes that GitHub takes of one step


def commands(told: Outcome, path: str) -> list[str]:
    """Workflow commands: one for each function that lost marks, most marks first, and no more than are shown.

    :param path: the student's file, below the repository's root
    """
    if told.state == State.FAULT:
        return [_command("error", {"title": "The grader itself failed"}, FAULT)]
    if told.state == State.REFUSED:
        return [_command("error", {"file": path, "title": "Cannot be graded"}, f"{told.refusal} {NOT_GRADED}")]
    ordered = sorted(_functions(told.lines), key=lambda lines: sum(line.marks - line.most for line in lines))
    return [_of_function(lines, told, path) for lines in ordered[:MOST_ANNOTATIONS]]


def _functions(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines that lost marks, function by function."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        if not line.right:
            found.setdefault(line.function, []).append(line)
    return iter(found.values())


def _of_function(lines: list[Line], told: Outcome, path: str) -> str:
    lost, most = sum(line.most - line.marks for line in lines), sum(line.most for line in lines)
    shown = next((line for line in lines if line.at), lines[0])
    # Of two modules the other lies beside the file that was handed in; that may be named otherwise than it should.
    beside = shown.at and shown.file != told.file
    where = {"file": PurePosixPath(path).with_name(shown.file).as_posix() if beside else path}
    if shown.at:
        where["line"] = where["endLine"] = str(shown.at)
    kind = "practice marks" if told.formative else "marks"
    where["title"] = f"{shown.function}: {lost:g} of {most:g} {kind} missing"
    level = "notice" if all(line.unwritten for line in lines) else "error"
    return _command(level, where, plain_text(shown.text, MOST_WORDS))


def _command(level: str, properties: dict[str, str], text: str) -> str:
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {named}::{_data(text)}"


def _data(text: str) -> str:
    """Text in which no line ends, so that nothing in it begins another command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def summary(told: Outcome) -> str:
    """The job's summary, in Markdown: the marks, then what is told of each line that lost some."""
    if told.state == State.FAULT:
        return f"## {told.title}\n\n{FAULT}\n"
    if told.state == State.REFUSED:
        return f"## {told.title}\n\n{told.headline}\n\n{NOT_GRADED}\n"
    blocks = [f"## {told.title}", told.headline, *([FORMATIVE] if told.formative else []), "\n".join(_table(told))]
    blocks += [f"### {line.number} {line.name}\n\n{line.text}" for line in told.lines if not line.right]
    text = "\n\n".join(blocks) + "\n"
    return text.encode()[:MOST_SUMMARY].decode("utf-8", "ignore")


def _table(told: Outcome) -> Iterator[str]:
    yield "| line | function | marks | of |"
    yield "|---|---|---:|---:|"
    for line in told.lines:
        yield f"| {line.number} | {line.name} | {line.marks:g} | {line.most:g} |"
    yield f"| | **total** | **{told.marks:g}** | **{told.most:g}** |"


def hand_over(told: Outcome, path: str, summary_file: str) -> None:
    """Print the annotations, and nothing else of the student's; append to the summary, if GitHub names a file."""
    for command in commands(told, path):
        print(command, flush=True)
    if summary_file:
        with Path(summary_file).open("a", encoding="utf-8") as file:
            file.write(summary(told))
