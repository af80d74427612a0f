"""Marks as tables and pages for people: grades.csv, one feedback file for each submission, a summary in the terminal.

Nothing that a submission or an export says can do harm in them: it is escaped here. `grades_folder` says where they
lie.
"""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neural_lab.feedback.markdown import plain
from neural_lab.intake.foreign import printable, shown
from neural_lab.schema.lab import Lab
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grades_folder import Graded, Results, is_fault

Cell = str | float | int | None
FAULT, REFUSED, GRADED, WAITING = "grader fault", "refused", "graded", "not graded yet"
MOST_CELL = 5_000  # characters
# What makes a spreadsheet run a cell: OWASP's list, with the wide forms that some turn into these.
_STARTS = "=+-@\t\r\n|%＝＋－＠"


def status(results: Results | None) -> str:
    """What became of a submission, in a word or two."""
    if results is None:
        return WAITING
    if is_fault(results):
        return FAULT
    return REFUSED if results["extra_data"].get("refusal") else GRADED


def note(results: Results | None) -> str:
    """What a person should know about a result before believing it; empty for most."""
    if results is None:
        return ""
    about = results["extra_data"]
    if is_fault(results):
        return shown(str(about.get("fault") or ""), 500) or "the grader could not close itself off on this machine"
    slow = [test["number"] for test in results["tests"] if "timed out" in verdicts(test)]
    remarks = [about.get("refusal", ""), f"timed out: {', '.join(slow)}" if slow else "", *about.get("flags", ())]
    return "; ".join(shown(str(remark), 1_000) for remark in remarks if remark)


def verdicts(test: Results) -> list[str]:
    """The verdicts on the parts of a line."""
    return [str(part["verdict"]) for part in test.get("extra_data", {}).get("parts", ())]


def in_order(graded: Iterable[Graded]) -> list[Graded]:
    """As tables list them: grader's faults first, then what is not graded yet, then refused ones, then by name."""
    order = (FAULT, WAITING, REFUSED, GRADED)
    return sorted(graded, key=lambda one: (order.index(status(one.results)), _natural(one.entry.title), one.entry.id))


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


def grades_csv(graded: Iterable[Graded], lab: Lab) -> str:
    """One row for each student, groups spread to their members; no marks where the grader failed."""
    header = ["Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID"]
    header += [f"{line.number} {line.name} ({line.marks:g})" for line in lab.lines]
    header += ["Export Score", "Difference", "Note"]
    rows: list[list[Cell]] = []
    for one in in_order(graded):
        for who in one.entry.submitters or (Submitter(),):
            rows.append([who.name, who.sid, who.email, *_marks(one, lab), note(one.results)])
    return as_csv([header, *rows])


def _marks(one: Graded, lab: Lab) -> list[Cell]:
    results, theirs = one.results, one.entry.score
    fair = results is not None and not is_fault(results)
    ours = float(results["score"]) if results and fair else None
    scores = {test["number"]: test["score"] for test in results["tests"]} if results and fair else {}
    difference = None if ours is None or theirs is None else round(ours - theirs, 6)
    return [
        ours,
        lab.marks,
        status(results),
        one.entry.id,
        *(scores.get(line.number) for line in lab.lines),
        theirs,
        difference,
    ]


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


def feedback_md(entry: Entry, results: Results) -> str:
    """What the student sees, as a Markdown file of its own."""
    most = sum(test["max_score"] for test in results["tests"])
    total = "not graded" if is_fault(results) else f"{results['score']:g} of {most:g}"
    pieces = [f"# {plain(entry.title)}: {total}", _as_md(results["output"], results.get("output_format"))]
    if is_fault(results):
        pieces.append(f"For the staff: {plain(note(results))}")
    for test in results["tests"]:
        pieces.append(f"## {test['number']} {plain(test['name'])}: {test['score']:g} of {test['max_score']:g}")
        pieces.append(_as_md(test.get("output", ""), test.get("output_format")))
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def _as_md(text: str, kind: str | None) -> str:
    """Feedback as Markdown: as it is if it is that, else as a block that shows every character."""
    text = printable(text)
    if kind == "md" or not text:
        return text
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text) or [""]))
    return f"{fence}text\n{text}\n{fence}"


# -- the terminal -----------------------------------------------------------------------------------------------------


def show_summary(graded: list[Graded], lab: Lab, console: Console) -> None:
    """Print what needs a person first, then the class as a table: each line's mean and share of full marks."""
    rest = [one for one in in_order(graded) if status(one.results) != GRADED]
    if rest:
        table = Table(title="Look at these first", title_justify="left")
        for column in ("submission", "who", "what", "why"):
            table.add_column(column)
        for one in rest[:20]:
            kind = Text(status(one.results), "bold red" if status(one.results) == FAULT else "yellow")
            table.add_row(Text(one.entry.id), Text(one.entry.title), kind, Text(note(one.results)[:200]))
        if len(rest) > 20:
            table.add_row("…", Text(f"and {len(rest) - 20} more, first in grades.csv"), "", "")
        console.print(table)
    fair = [one.results for one in graded if one.results is not None and not is_fault(one.results)]
    if not fair:
        return
    table = Table(title=f"{lab.title}: {len(fair)} submissions graded", title_justify="left")
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
