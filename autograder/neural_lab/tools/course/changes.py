"""What a regrading changed: who, which line, by how much and why, from two results of one submission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.gradebook import Cell, as_csv, verdicts
from neural_lab.tools.course.grades_folder import Graded, Results, is_fault, origin

# What decides marks, as `graded_with` names it, in words.
_WORDS = {
    "lab": "another lab",
    "grader": "another grader",
    "rubric": "another rubric",
    "solution": "another solution",
    "stub": "another stub",
    "secret": "another secret, so other inputs",
    "submission": "another file was handed in",
}


@dataclass(frozen=True)
class Change:
    """A line of a submission with other marks than before; None for marks that there are not."""

    entry: Entry
    line: str
    before: float | None
    after: float | None
    why: str

    @property
    def difference(self) -> float:
        return (self.after or 0.0) - (self.before or 0.0)


def changes(graded: Iterable[Graded]) -> list[Change]:
    """All changes of marks since the previous results."""
    return [change for one in graded for change in _changes(one)]


def _changes(one: Graded) -> Iterator[Change]:
    before, after = one.previous, one.results
    if before is None or after is None or is_fault(after) or is_fault(before):
        return
    cause = ", ".join(_WORDS.get(key, key) for key, value in origin(after).items() if origin(before).get(key) != value)
    old = {test["number"]: test for test in before["tests"]}
    new = {test["number"]: test for test in after["tests"]}
    for number in sorted(old.keys() | new.keys()):
        was, now = old.get(number), new.get(number)
        marks = (was["score"] if was else None, now["score"] if now else None)
        if marks[0] != marks[1]:
            yield Change(one.entry, number, *marks, "; ".join([cause, *_reasons(was, now)]))


def _reasons(was: Results | None, now: Results | None) -> list[str]:
    """What is different in a line: that it is new or gone, its marks, the verdicts on its parts."""
    if was is None or now is None:
        return ["the line is new" if was is None else "the line is gone"]
    reasons = []
    if was["max_score"] != now["max_score"]:
        reasons.append(f"it counts {now['max_score']:g} marks, not {was['max_score']:g}")
    names = [[part["name"] for part in test["extra_data"]["parts"]] for test in (was, now)]
    if names[0] != names[1]:
        reasons.append("it has other parts")
    else:
        pairs = zip(names[0], verdicts(was), verdicts(now), strict=True)
        reasons += [f"{name}: {old} → {new}" for name, old, new in pairs if old != new]
    return reasons


def changes_csv(found: Iterable[Change]) -> str:
    """One row for each student and changed line."""
    rows: list[list[Cell]] = [["Name", "SID", "Email", "Submission ID", "Line", "Before", "After", "Difference", "Why"]]
    for change in found:
        for who in change.entry.submitters or (Submitter(),):
            rows.append([who.name, who.sid, who.email, change.entry.id, change.line])
            rows[-1] += [change.before, change.after, change.difference, change.why]
    return as_csv(rows)


def show_changes(found: list[Change], console: Console, title: str = "", file: str = "", most: int = 30) -> None:
    """Print the changes, the largest first.

    :param file: where all of them are, if they are written
    """
    if not found:
        return
    table = Table(title=title or None, title_justify="left")
    for column, side in (("who", "left"), ("line", "left"), ("before", "right"), ("after", "right"), ("why", "left")):
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    for change in sorted(found, key=lambda change: (-abs(change.difference), change.entry.id, change.line))[:most]:
        marks = ("–" if value is None else f"{value:g}" for value in (change.before, change.after))
        table.add_row(Text(change.entry.title), change.line, *marks, Text(change.why))
    console.print(table)
    lines = Counter(change.line for change in found)
    told = ", ".join(f"{line} for {count}" for line, count in sorted(lines.items()))
    where = f"; all of them are in {file}" if file else f"; the {most} largest are shown" if len(found) > most else ""
    console.print(f"lines changed: {told}{where}", markup=False)
