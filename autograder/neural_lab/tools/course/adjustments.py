"""Marks that people change after grading: `adjustments.csv` and `policy.toml` in a folder of grades.

Both are written by hand and only read here, so they outlive every regrading and every change of the rubric. A row of
adjustments.csv names a student by name, id or e-mail address, or a submission by its id, and says one thing:

    who,line,mark,delta,extension,reason,by
    s1@example.org,1.7,20,,,the handout was unclear,AB       this line counts 20
    00000002,total,,5,,found a mistake in the handout,AB     five more than without
    Ada Lovelace,,,,2,ill,CD                                 two more days before the work is late

What is graded is never changed: the final marks are made of it anew each time.
1. A line counts its `mark`, or what was graded and its `delta`s.
2. Of the sum, lateness takes its share, as `late` says.
3. The total's `delta`s are added.
4. A `mark` for the total is the last word.
Each stays between 0 and its maximum. Rows that contradict each other or fit nothing are listed and change nothing.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from neural_lab.intake.foreign import shown
from neural_lab.schema.lab import Lab
from neural_lab.tools.course import late, tables
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.grades_folder import FolderError, Graded, is_fault
from neural_lab.tools.course.late import LatePolicy
from neural_lab.tools.course.people import Directory, NotOne, Student, students

ADJUSTMENTS, POLICY = "adjustments.csv", "policy.toml"
TOTAL = "total"
COLUMNS = ("who", "line", "mark", "delta", "extension", "reason", "by")


class Kind(enum.Enum):
    """What changes a mark."""

    MARK = "mark"
    DELTA = "delta"
    LATE = "late"


@dataclass(frozen=True)
class Row:
    """A row of adjustments.csv: `value` is the mark, the marks more or less, or the days of an extension (kind None).

    :param number: of the row in the file
    :param line: a line's number, `total`, or nothing for an extension
    """

    number: int
    who: str
    line: str
    kind: Kind | None
    value: float
    reason: str = ""
    by: str = ""

    @property
    def says(self) -> tuple[object, ...]:
        """All but where it stands: equal for a row that was pasted twice."""
        return (self.who, self.line, self.kind, self.value, self.reason, self.by)


@dataclass(frozen=True)
class Conflict:
    """Rows that could not be applied as they stand, or a doubt about lateness, in a sentence for the staff.

    :param students: whom it is about, if that is known
    """

    text: str
    students: tuple[Student, ...] = ()


@dataclass(frozen=True)
class Change:
    """One step from graded to final marks.

    :param line: a line's number, or `total`
    :param late: with kind LATE: how late the work was, in time that counts
    :param percent: with kind LATE: how much of the marks that costs
    """

    kind: Kind
    line: str
    before: float | None
    after: float
    reason: str = ""
    by: str = ""
    late: timedelta = timedelta()
    percent: float = 0.0


@dataclass(frozen=True)
class Final:
    """A student's marks in one submission.

    :param graded: the total that the grader gave; None without a grading that counts
    :param marks: the final total; None where there is none to give
    :param lines: {number: marks, with what was adjusted in that line}; empty where nothing counts
    :param changes: in the order in which they were applied
    :param conflicts: what the staff must look at
    """

    student: Student
    graded: float | None
    marks: float | None
    lines: Mapping[str, float]
    changes: tuple[Change, ...] = ()
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finals:
    """Final marks of a class: one for each student of each submission, in the order of the submissions."""

    students: tuple[Final, ...]
    conflicts: tuple[Conflict, ...] = ()

    def of(self, entry: Entry) -> tuple[Final, ...]:
        """Those of a submission: one, or one for each member of a group."""
        return self._by_id.get(entry.id, ())

    @functools.cached_property
    def _by_id(self) -> dict[str, tuple[Final, ...]]:
        found: dict[str, tuple[Final, ...]] = {}
        for one in self.students:
            found[one.student.entry.id] = (*found.get(one.student.entry.id, ()), one)
        return found


NOT_ADJUSTED = Finals(())


@dataclass(frozen=True)
class Adjustments:
    """What the two files of a class say.

    :param conflicts: rows that say nothing that can be done
    """

    rows: tuple[Row, ...] = ()
    policy: LatePolicy | None = None
    conflicts: tuple[Conflict, ...] = ()


# -- reading ----------------------------------------------------------------------------------------------------------


def read(folder: Path) -> Adjustments:
    """The adjustments and the late policy in a folder of grades; nothing where there are none.

    :raises FolderError: one of the files cannot be read at all
    """
    try:
        policy = late.read(folder / POLICY)
        rows = tables.read(folder / ADJUSTMENTS) if (folder / ADJUSTMENTS).exists() else []
    except (late.PolicyError, tables.TableError) as error:
        raise FolderError(f"{error}. Nothing was changed.") from error
    unknown = sorted(tables.columns(rows) - {*COLUMNS})
    if unknown:
        raise FolderError(f"{ADJUSTMENTS} has a column {unknown[0]!r}; its columns are {', '.join(COLUMNS)}")
    found, conflicts = [], []
    for row in rows:
        try:
            found.append(_row(row))
        except ValueError as error:
            conflicts.append(Conflict(f"row {row.number}: {error}"))
    return Adjustments(tuple(found), policy, tuple(conflicts))


def _row(row: tables.Row) -> Row:
    """:raises ValueError: it says nothing that can be done"""
    values = {name: row.value(name) for name in ("mark", "delta", "extension")}
    given = [name for name, value in values.items() if value is not None]
    if not row.text("who"):
        raise ValueError("whose marks? The column who is empty")
    if len(given) != 1:
        got = f"{' and '.join(given)}" if given else "none of them"
        raise ValueError(f"expected one of mark, delta and extension, got {got}")
    line, name = row.text("line").casefold(), given[0]
    if name == "extension" and line:
        raise ValueError("an extension is for the whole work: leave the column line empty")
    if name != "extension" and not line:
        raise ValueError("which line? The column line is empty; write 1.7, or total")
    value = values[name] or 0.0
    if name == "extension" and value < 0:
        raise ValueError("expected the days of an extension, got fewer than none")
    kind = None if name == "extension" else Kind(name)
    return Row(row.number, row.text("who"), line, kind, value, row.text("reason"), row.text("by"))


# -- applying ---------------------------------------------------------------------------------------------------------


def finals(adjustments: Adjustments, graded: Sequence[Graded], lab: Lab) -> Finals:
    """Everybody's final marks; without adjustments they are what was graded."""
    conflicts = list(adjustments.conflicts)
    rows: dict[Student, list[Row]] = {}
    directory = Directory(one.entry for one in graded)
    for row in adjustments.rows:
        try:
            for student in directory.find(row.who):
                rows.setdefault(student, []).append(row)
        except NotOne as error:
            conflicts.append(Conflict(f"row {row.number}: {error}"))
    made = []
    for one in graded:
        for student in students([one.entry]):
            final, told = _final(student, one, rows.get(student, ()), adjustments.policy, lab)
            made.append(final)
            conflicts += told
    conflicts += _timeless(made, adjustments.policy)
    return Finals(tuple(made), tuple(_once(conflicts)))


def _once(conflicts: Iterable[Conflict]) -> list[Conflict]:
    """A conflict of a group's members is told once."""
    by_text: dict[str, tuple[Student, ...]] = {}
    for one in conflicts:
        by_text[one.text] = (*by_text.get(one.text, ()), *one.students)
    return [Conflict(text, those) for text, those in by_text.items()]


def _timeless(made: Iterable[Final], policy: LatePolicy | None) -> list[Conflict]:
    """Whose lateness is not known."""
    those = tuple(one.student for one in made if one.graded is not None and not one.student.entry.submitted)
    if policy is None or not those:
        return []
    named = "; ".join(shown(one.title, 40) for one in those[:5]) + ("; …" if len(those) > 5 else "")
    return [Conflict(f"no time of the hand-in is known, so nothing is taken off for lateness: {named}", those)]


def _final(
    student: Student, one: Graded, rows: Sequence[Row], policy: LatePolicy | None, lab: Lab
) -> tuple[Final, list[Conflict]]:
    """A student's final marks from what was graded and the rows about them."""
    told: list[str] = []
    rows = _sorted_out(rows, told)
    results = one.results
    fair = results is not None and not is_fault(results)
    scores = {test["number"]: float(test["score"]) for test in results["tests"]} if results and fair else {}
    graded = float(results["score"]) if results and fair else None
    most = {line.number: line.marks for line in lab.lines}
    lines = {number: scores.get(number, 0.0) for number in most} if graded is not None else {}
    changes: list[Change] = []
    for number in dict.fromkeys(row.line for row in rows if row.kind and row.line != TOTAL):
        mine = [row for row in rows if row.line == number]
        where = f"row {', '.join(str(row.number) for row in mine)}"
        if number not in most:
            told.append(f"{where}: {lab.name} has no line {shown(number, 20)!r}; it has {', '.join(most)} and total")
        elif number not in lines:
            told.append(f"{where}: {shown(student.title)} has no marks in line {number} that could be adjusted")
        else:
            steps = _steps(mine, number, lines[number], most[number], told)
            lines[number] = steps[-1].after if steps else lines[number]
            changes += steps
    adjusted = bool(changes)
    marks = graded if not adjusted else round(sum(lines.values()), 6)
    if policy is not None and marks is not None and one.entry.submitted:
        days = max((row.value for row in rows if row.kind is None), default=0.0)
        lateness = policy.lateness(datetime.fromisoformat(one.entry.submitted), days)
        percent = policy.percent_lost(lateness)
        if percent:
            left = round(marks * (1 - percent / 100), 2)
            changes.append(Change(Kind.LATE, TOTAL, marks, left, late=lateness, percent=percent))
            marks = left
    mine = [row for row in rows if row.line == TOTAL]
    if mine and marks is None and mine[0].kind is Kind.DELTA:
        told.append(f"row {mine[0].number}: {shown(student.title)} has no marks to which a delta could be added")
    elif mine:
        steps = _steps(mine, TOTAL, marks, lab.marks, told)
        marks = steps[-1].after if steps else marks
        changes += steps
    conflicts = [Conflict(text, (student,)) for text in told]
    return Final(student, graded, marks, lines, tuple(changes), tuple(told)), conflicts


def _sorted_out(rows: Sequence[Row], told: list[str]) -> list[Row]:
    """The rows that can be applied together: equal ones once, contradictory ones not at all."""
    kept: list[Row] = []
    for row in rows:
        same = next((other for other in kept if other.says == row.says), None)
        if same is None:
            kept.append(row)
        else:
            told.append(f"row {row.number} says the same as row {same.number}, and counts once")
    for line in dict.fromkeys(row.line for row in kept if row.kind):
        marks = {row.value for row in kept if row.line == line and row.kind is Kind.MARK}
        deltas = [row for row in kept if row.line == line and row.kind is Kind.DELTA]
        if len(marks) > 1 or (marks and deltas):
            mine = [row for row in kept if row.line == line]
            numbers = ", ".join(str(row.number) for row in mine)
            told.append(f"rows {numbers} contradict each other about {_place(line)}, and none of them counts")
            kept = [row for row in kept if row not in mine]
    return kept


def _steps(rows: Sequence[Row], line: str, before: float | None, most: float, told: list[str]) -> list[Change]:
    """The changes of one line or of the total: a mark, which several may say, or deltas."""
    steps: list[Change] = []
    wanted = before or 0.0  # bounds hold for the sum of the deltas, so that their order does not matter
    for row in rows[:1] if rows[0].kind is Kind.MARK else rows:
        assert row.kind is not None
        wanted = row.value if row.kind is Kind.MARK else wanted + row.value
        after = round(min(max(wanted, 0.0), most), 6)
        if row.kind is Kind.MARK and after != row.value:
            told.append(
                f"row {row.number}: {row.value:g} is not between 0 and the {most:g} of {_place(line)}: {after:g}"
            )
        steps.append(Change(row.kind, line, before, after, row.reason, row.by))
        before = after
    return steps


def _place(line: str) -> str:
    return "the total" if line == TOTAL else f"line {line}"


# -- words ------------------------------------------------------------------------------------------------------------


def sentence(change: Change, staff: bool = True) -> str:
    """A change in words, for tables and feedback. The reason is as it was written: escape it as the page demands.

    :param staff: whether to say who made it
    """
    was = "–" if change.before is None else f"{change.before:g}"
    told = f"{_place(change.line)}: {was} → {change.after:g}"
    if change.kind is Kind.LATE:
        return f"{told} ({_duration(change.late)} late: −{change.percent:g} %)"
    why = ", ".join(filter(None, (change.reason, f"by {change.by}" if staff and change.by else "")))
    return f"{told} ({why})" if why else told


def _duration(late: timedelta) -> str:
    """A time as people say it: `2 d 3 h`, `20 min`."""
    minutes = int(late.total_seconds()) // 60
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    pieces = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{left} min" if left and not days else ""]
    return " ".join(filter(None, pieces)) or "1 min"
