"""Marks as tables and pages for people: grades.csv, one feedback file for each submission, a summary in the terminal.

Nothing that a submission or an export says can do harm in them: it is escaped here. `grades_folder` says where they
lie.
"""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neural_lab.feedback.markdown import plain
from neural_lab.intake.foreign import printable, shown
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab
from neural_lab.tools.course import adjustments
from neural_lab.tools.course.adjustments import Final, Finals
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.grades_folder import FolderError, Graded, Results, is_fault

Cell = str | float | int | None
FAULT, REFUSED, GRADED, WAITING = "grader fault", "refused", "graded", "not graded yet"
NOT_SUBMITTED = "not submitted"
SLOW = "timed out"  # as a verdict says it
MOST_CELL = 5_000  # characters
# What makes a spreadsheet run a cell: OWASP's list, with the wide forms that some turn into these.
_STARTS = "=+-@\t\r\n|%＝＋－＠"


def status(one: Graded) -> str:
    """What became of a submission, in a word or two."""
    if one.results is None:
        return WAITING if one.entry.files else NOT_SUBMITTED
    if is_fault(one.results):
        return FAULT
    return REFUSED if one.results["extra_data"].get("refusal") else GRADED


def outcome(one: Graded) -> str:
    """Its status, and of what is graded whether it timed out: all but `GRADED` is looked at first."""
    kind = status(one)
    return SLOW if kind == GRADED and one.results is not None and _slow(one.results) else kind


def _slow(results: Results) -> list[str]:
    """The lines in which a part timed out."""
    return [str(test["number"]) for test in results["tests"] if SLOW in verdicts(test)]


def lab_of(graded: Iterable[Graded]) -> Lab:
    """The lab as which a class was graded.

    :raises FolderError: it is not one
    """
    names = {str(one.results["extra_data"]["batch"]["graded_with"]["lab"]) for one in graded if one.results}
    if len(names) != 1:
        raise FolderError(f"graded as different labs: {', '.join(sorted(names))}" if names else "nothing is graded yet")
    return load_lab(names.pop())


def note(one: Graded) -> str:
    """What a person should know about a submission and its result before believing it; empty for most."""
    return "; ".join(shown(str(remark), 1_000) for remark in (*_remarks(one.results), *one.entry.notes) if remark)


def _remarks(results: Results | None) -> Iterator[str]:
    if results is None:
        return
    about = results["extra_data"]
    if is_fault(results):
        yield shown(str(about.get("fault") or ""), 500) or "the grader could not close itself off on this machine"
        return
    yield about.get("refusal", "")
    slow = _slow(results)
    yield f"{SLOW}: {', '.join(slow)}" if slow else ""
    yield from about.get("flags", ())


def verdicts(test: Results) -> list[str]:
    """The verdicts on the parts of a line."""
    return [str(part["verdict"]) for part in test.get("extra_data", {}).get("parts", ())]


def in_order(graded: Iterable[Graded]) -> list[Graded]:
    """As tables list them: grader's faults first, then what is not graded yet, not submitted, refused, then by name."""
    order = (FAULT, WAITING, NOT_SUBMITTED, REFUSED, GRADED)
    return sorted(graded, key=lambda one: (order.index(status(one)), _natural(one.entry.title), one.entry.id))


def _natural(title: str) -> list[tuple[int, str]]:
    """A key that sorts "Student 2" before "Student 10"."""
    pieces = re.split(r"([0-9]+)", title.casefold())
    return [(int(piece[:9]), "") if piece.isdecimal() and piece.isascii() else (-1, piece) for piece in pieces]


def doubts(graded: Iterable[Graded]) -> list[str]:
    """What is wrong with the class as a whole, one sentence each: other graders for some, weak isolation."""
    results = [one.results for one in graded if one.results is not None]
    found = []
    if len({str(one["extra_data"]["batch"]["graded_with"]) for one in results}) > 1:
        found.append("Not all were graded with the same grader, rubric, solution and secret: run make batch once more.")
    levels = {str((one["extra_data"].get("isolation") or {}).get("level", "full")) for one in results} - {"full"}
    if levels:
        found.append(
            f"Isolation was not full ({', '.join(sorted(levels))}): submissions could reach more than they should. "
            "For official grades run this as root on Linux; make doctor says what is missing."
        )
    return found


# -- grades.csv -------------------------------------------------------------------------------------------------------


def grades_csv(graded: Iterable[Graded], lab: Lab, finals: Finals) -> str:
    """One row for each student, groups spread to their members; no marks where the grader failed.

    The total and the lines are final; the raw score is what was graded, and the difference is its from the export's.
    """
    header = ["Name", "SID", "Email", "Section", "Total Score", "Max Points", "Status", "Submission ID"]
    header += [f"{line.number} {line.name} ({line.marks:g})" for line in lab.lines]
    header += ["Export Score", "Difference", "Raw Score", "Adjustments", "Note"]
    rows: list[list[Cell]] = []
    for one in in_order(graded):
        for final in finals.of(one.entry):
            who, theirs = final.student.who, one.entry.score
            rows.append([who.name, who.sid, who.email, who.section])
            rows[-1] += [final.marks, lab.marks, status(one), one.entry.id]
            rows[-1] += [final.lines.get(line.number) for line in lab.lines]
            difference = None if final.graded is None or theirs is None else round(final.graded - theirs, 6)
            adjusted = "; ".join(adjustments.sentence(change) for change in final.changes)
            rows[-1] += [theirs, difference, final.graded, adjusted]
            rows[-1] += ["; ".join(filter(None, (note(one), *final.conflicts)))]
    return as_csv([header, *rows])


def as_csv(rows: Iterable[Iterable[Cell]]) -> str:
    """Comma-separated values; every text is quoted and harmless, every number is a number."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([_shown(cell) for cell in row] for row in rows)
    return out.getvalue()


def _shown(cell: Cell) -> str | float | int:
    if cell is None or isinstance(cell, str):
        return _harmless(cell or "")
    return int(cell) if float(cell).is_integer() else cell


def _harmless(text: str) -> str:
    """A text that no spreadsheet runs: one that begins like a formula gets an apostrophe in front."""
    line = shown(text, MOST_CELL)
    return f"'{line}" if text[:1] in tuple(_STARTS) or line[:1] in tuple(_STARTS) else line


# -- feedback ---------------------------------------------------------------------------------------------------------


def feedback_md(entry: Entry, results: Results, finals: Sequence[Final] = ()) -> str:
    """What the student sees, as a Markdown file of its own.

    :param finals: of each who handed it in; graded marks alone where there are none
    """
    most = sum(test["max_score"] for test in results["tests"])
    total = "not graded" if is_fault(results) else f"{results['score']:g} of {most:g}"
    marks = {final.marks for final in finals if final.marks is not None}
    if len(marks) == 1:
        total = f"{marks.pop():g} of {most:g}" if most else f"{marks.pop():g}"
    elif marks:
        total += ", before what was adjusted for each of you"
    pieces = [f"# {plain(entry.title)}: {total}", *adjusted_md(finals)]
    pieces.append(_as_md(results["output"], results.get("output_format")))
    if is_fault(results):
        pieces.append(f"For the staff: {plain(note(Graded(entry, results)))}")
    for test in results["tests"]:
        pieces.append(f"## {test['number']} {plain(test['name'])}: {test['score']:g} of {test['max_score']:g}")
        pieces.append(_as_md(test.get("output", ""), test.get("output_format")))
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def adjusted_md(finals: Sequence[Final]) -> Iterator[str]:
    """What was adjusted after grading; what only some members of a group are told is told to each alone."""
    told = [[adjustments.sentence(change, staff=False) for change in final.changes] for final in finals]
    if not any(told):
        return
    yield "## Adjusted after grading"
    if all(one == told[0] for one in told):
        yield "\n".join(f"- {plain(text)}" for text in told[0])
        yield "What follows is what was graded."
    else:
        yield "The marks of this group's members differ; the course staff tells each of you yours."


def _as_md(text: str, kind: str | None) -> str:
    """Feedback as Markdown: as it is if it is that, else as a block that shows every character."""
    text = printable(text)
    if kind == "md" or not text:
        return text
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
    return f"{fence}text\n{text}\n{fence}"


def counted(number: int, noun: str) -> str:
    """A number of things: `1 total`, `2 totals`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


# -- the terminal -----------------------------------------------------------------------------------------------------


def show_summary(graded: list[Graded], lab: Lab, console: Console) -> None:
    """Print what needs a person first, then the class as a table: each line's mean and share of full marks."""
    rest = [one for one in in_order(graded) if outcome(one) not in (GRADED, NOT_SUBMITTED)]
    if rest:
        table = Table(title="Look at these first", title_justify="left")
        for column in ("submission", "who", "what", "why"):
            table.add_column(column)
        for one in rest[:20]:
            kind = Text(outcome(one), "bold red" if status(one) == FAULT else "yellow")
            table.add_row(Text(one.entry.id), Text(one.entry.title), kind, Text(note(one)[:200]))
        if len(rest) > 20:
            table.add_row("…", Text(f"and {len(rest) - 20} more; make report lists all"), "", "")
        console.print(table)
    nothing = [shown(one.entry.title, 60) for one in in_order(graded) if status(one) == NOT_SUBMITTED]
    if nothing:
        more = f" and {len(nothing) - 10} more" if len(nothing) > 10 else ""
        console.print(f"{len(nothing)} handed in nothing: {'; '.join(nothing[:10])}{more}", markup=False)
    fair = [one.results for one in graded if one.results is not None and not is_fault(one.results)]
    if not fair:
        return
    table = Table(title=f"{lab.title}: {counted(len(fair), 'submission')} graded", title_justify="left")
    table.add_column("line")
    table.add_column("what")
    for column in ("mean", "of", "full marks"):
        table.add_column(column, justify="right")
    for line in lab.lines:
        marks = [test["score"] for results in fair for test in results["tests"] if test["number"] == line.number]
        table.add_row(line.number, Text(line.name), *_columns(marks, line.marks))
    table.add_section()
    totals = [float(results["score"]) for results in fair]
    table.add_row("", Text("total", "bold"), *_columns(totals, lab.marks))
    console.print(table)
    console.print(f"median {statistics.median(totals):g}, lowest {min(totals):g}, highest {max(totals):g}")
    compared = [
        (float(one.results["score"]), one.entry.score)
        for one in graded
        if one.results is not None and not is_fault(one.results) and one.entry.score is not None
    ]
    if compared:
        other = sum(abs(ours - theirs) > 1e-9 for ours, theirs in compared)
        console.print(f"{other} of {len(compared)} differ from the score in the export (last columns of grades.csv)")


def _columns(marks: list[float], most: float) -> tuple[str, str, str]:
    if not marks:
        return "", f"{most:g}", ""
    return f"{statistics.fmean(marks):.1f}", f"{most:g}", f"{sum(m == most for m in marks) / len(marks):.0%}"


def show_adjusted(finals: Finals, console: Console) -> None:
    """Print how many marks were adjusted after grading, and what could not be."""
    adjusted = sum(bool(final.changes) for final in finals.students)
    if adjusted:
        console.print(
            f"{adjusted} of {len(finals.students)} have marks that were adjusted (last columns of grades.csv)"
        )
    for conflict in finals.conflicts:
        console.print(f"adjustments: {conflict.text}", style="bold yellow", markup=False)
