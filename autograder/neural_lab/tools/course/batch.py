"""Grade a whole class offline (`make batch EXPORT=export.zip OUT=grades/`).

Reads top to bottom as a class goes: the export, what is finished already, graders side by side, every result on disk as
soon as it is known, then the tables. Stopped in whatever way, it goes on from there when called again; what another
grader, rubric, solution or secret had graded is graded anew. A student with several submissions has a row for each, and
a warning says so; none is chosen.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from neural_lab import atomic
from neural_lab.intake.foreign import shown
from neural_lab.platforms import gradescope as gradescope_results
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.tools.command import Parser
from neural_lab.tools.course import adjustments, changes, gradebook, rosters, side_by_side
from neural_lab.tools.course.adjustments import Adjustments, Finals
from neural_lab.tools.course.course_folder import add_course
from neural_lab.tools.course.exports import Entry, Export, ExportError, Unreadable
from neural_lab.tools.course.grades_folder import (
    FolderError,
    Graded,
    GradesFolder,
    Results,
    digest,
    graded_with,
    is_fault,
)
from neural_lab.tools.course.people import twice
from neural_lab.tools.course.rosters import RosterError

LOWER = 4  # exit status: totals would have become lower

Done = Generator[tuple["Task", Results], None, None]


@dataclass(frozen=True)
class Task:
    """A submission to grade, where its files lie, and their digest."""

    entry: Entry
    folder: Path
    digest: str

    def made_with(self, with_what: dict[str, str]) -> dict[str, str]:
        """All that decides its marks."""
        return {**with_what, "submission": self.digest}


def batch(
    source: Path,
    out: Path,
    lab: Lab,
    jobs: int,
    dask: str = "",
    console: Console | None = None,
    roster: Path | None = None,
    replace: bool = False,
    agree: Callable[[], bool] = lambda: False,
) -> int:
    """Grade every submission of an export that is not graded yet.

    :param jobs: how many are graded at once on this machine
    :param dask: a scheduler's address, to grade on its workers instead
    :param roster: the course's list of students; the one that the folder knows if left out
    :param replace: put marks of another class or lab that are in the folder away
    :param agree: asked whether totals may become lower than they are in the folder
    :return: the exit status: 0, 3 if the grader failed on some submissions, 4 if totals would have become lower
    :raises ExportError, FolderError, RosterError: nothing can be graded
    """
    console = console or Console()
    folder = GradesFolder(out)
    _must_be_apart(source, out)
    with Export(source) as export, folder.open_for_work():
        adjusted = adjustments.read(folder.path)  # before anything is graded: they may be unreadable
        _must_be(lab, export.entries)
        known = folder.path / "roster.csv"
        entries, said = _everybody(export.entries, roster or known if roster or known.is_file() else None)
        for who in folder.make_room(entries, lab.name, replace):
            said.append(f"{who} has handed in again; the earlier submission is in {folder.path}/earlier/")
        if roster:
            atomic.write(known, roster.read_bytes())  # for later calls
        with_what = graded_with(lab)
        placed, unreadable = _placed(export, folder, entries, with_what)
        folder.write_roster(entries)
        tasks = [task for task in placed if not folder.is_finished(task.entry, task.made_with(with_what))]
        said += [f"{shown(entry.title, 60)} could not be read: {why}" for entry, why in unreadable]
        for warning in (*export.warnings, *said):  # what was read has added some
            console.print(f"warning: {warning}", style="yellow", markup=False)
        _keep_unreadable(folder, unreadable, with_what)
        handed_in = sum(bool(entry.files) for entry in entries)
        finished = handed_in - len(tasks) - len(unreadable)
        if finished:
            console.print(f"{finished} of {handed_in} are graded already; going on with {len(tasks)}")
        if tasks:
            graded = _grade(tasks, lab, jobs, dask, with_what)
            _keep_all(folder, graded, tasks, with_what, console)
        waiting = (folder.waiting(task.entry, task.made_with(with_what)) for task in placed)
        refused = _settle(folder, [one for one in waiting if one is not None], agree, console)
        if refused:
            _write(folder, lab, adjusted, console)  # who had no marks has some
            console.print(refused, style="bold yellow", markup=False)
            return LOWER
        folder.write_roster(entries)  # what waited stands now
        return _conclude(folder, lab, adjusted, console)


def anew(out: Path, lab_name: str = "", console: Console | None = None) -> int:
    """Write tables and feedback anew from the results that are there; nothing is graded.

    :param lab_name: as which the class must have been graded; any will do if left out
    :return: the exit status: 0, 3 if some could not be graded
    :raises FolderError: no class was graded there, or as another lab
    """
    folder = GradesFolder(out)
    lab = gradebook.lab_of(folder.graded())
    if lab_name not in ("", lab.name):
        raise FolderError(f"{out} was graded as {lab.name}, not as {lab_name}")
    with folder.open_for_work():
        return _conclude(folder, lab, adjustments.read(folder.path), console or Console())


def _must_be_apart(source: Path, out: Path) -> None:
    """:raises FolderError: one lies in the other, so that results would be taken for submissions"""
    export, grades = source.resolve(), out.resolve()
    if export == grades or export in grades.parents or grades in export.parents:
        where = "is" if export == grades else "lies in" if export in grades.parents else "holds"
        raise FolderError(f"OUT={out} {where} EXPORT={source}: grades and submissions would mix. Give an OUT beside it")


def _must_be(lab: Lab, entries: Sequence[Entry]) -> None:
    """:raises ExportError: most have handed in another lab's files, and nobody this one's"""
    handed_in = [{name.rpartition("/")[2] for name, _ in entry.files} for entry in entries if entry.files]

    def fitting(other: Lab) -> int:
        return sum(any(f"{module}.py" in names for module in other.modules) for names in handed_in)

    if handed_in and not fitting(lab):
        counts = {name: fitting(load_lab(name)) for name in lab_names()}
        likely = max(counts, key=lambda name: counts[name])
        if 2 * counts[likely] > len(handed_in):
            raise ExportError(
                f"{counts[likely]} of {len(handed_in)} have handed in files of {likely}, "
                f"and nobody those of {lab.name}; is it LAB={likely}?"
            )


def _everybody(entries: Sequence[Entry], roster: Path | None) -> tuple[tuple[Entry, ...], list[str]]:
    """The submissions and what the course's list, if there is one, tells of them; and what there is to warn of."""
    said: list[str] = []
    if roster is not None:
        entries, said = rosters.join(entries, rosters.read(roster))
    notes: dict[str, str] = {}
    for those in twice(entries):
        ids = list(dict.fromkeys(one.entry.id for one in those))
        said.append(f"{shown(those[0].title, 60)} handed in {len(ids)} times: {', '.join(ids)}; each has a row")
        notes |= {id: f"handed in also as {', '.join(other for other in ids if other != id)}" for id in ids}
    noted = (dataclasses.replace(one, notes=(*one.notes, notes[one.id])) if one.id in notes else one for one in entries)
    return tuple(noted), said


def _placed(
    export: Export, folder: GradesFolder, entries: Sequence[Entry], with_what: dict[str, str]
) -> tuple[list[Task], list[tuple[Entry, str]]]:
    """The submissions where they are graded, and those that cannot be read, with the reason."""
    placed, unreadable = [], []
    for entry in entries:
        if not entry.files:
            continue  # nothing was handed in
        try:
            contents = export.read(entry)
            placed.append(Task(entry, folder.place(entry, contents), digest(contents)))
        except Unreadable as error:
            unreadable.append((entry, str(error)))
    folder.begin(json.dumps([with_what, {task.entry.id: task.digest for task in placed}], sort_keys=True))
    return placed, unreadable


def _keep_unreadable(folder: GradesFolder, unreadable: Iterable[tuple[Entry, str]], with_what: dict[str, str]) -> None:
    """List a submission that cannot be read with the grader's own faults: nobody gets a 0 for it."""
    for entry, why in unreadable:
        _keep(folder, entry, gradescope_results.fault(f"it could not be read from the export: {why}"), with_what, "")


def _keep(folder: GradesFolder, entry: Entry, results: Results, with_what: dict[str, str], content: str) -> None:
    results["extra_data"]["batch"] = {"graded_with": with_what, "submission": content}
    folder.keep(entry, results, gradebook.feedback_md(entry, results))


# -- side by side -----------------------------------------------------------------------------------------------------


def _grade(tasks: list[Task], lab: Lab, jobs: int, dask: str, with_what: dict[str, str]) -> Done:
    """Grade on this machine, or on a cluster; closing this stops it."""
    by_id = {task.entry.id: task for task in tasks}
    folders = {key: task.folder for key, task in by_id.items()}
    if dask:
        from neural_lab.tools.course import cluster  # an optional extra, and 1 s to import

        graded = cluster.grade_all(dask, folders, with_what)
    else:
        graded = side_by_side.grade_all(lab.name, folders, jobs)
    with contextlib.closing(graded):
        for key, results in graded:
            yield by_id[key], results


def _keep_all(
    folder: GradesFolder, graded: Done, tasks: list[Task], with_what: dict[str, str], console: Console
) -> None:
    """Put each result on disk as it comes, and show how far the batch is."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    progress = Progress(TextColumn("grading"), *columns, TextColumn("left"), console=console)
    with contextlib.closing(graded), progress:
        bar = progress.add_task("", total=len(tasks), rate="")
        started = time.monotonic()
        for count, (task, results) in enumerate(graded, start=1):
            _keep(folder, task.entry, results, with_what, task.digest)
            if is_fault(results):
                why = gradebook.note(Graded(task.entry, results))
                progress.console.print(f"{task.entry.id}: grader fault: {why}", style="red", markup=False)
            rate = 60 * count / (time.monotonic() - started)
            progress.update(bar, advance=1, rate=f"{rate:.0f} a minute,")


# -- what would replace earlier results -------------------------------------------------------------------------------


def _settle(folder: GradesFolder, waiting: list[Graded], agree: Callable[[], bool], console: Console) -> str:
    """Put the results that wait in the place of the earlier ones; none of them if a total sinks and nobody agrees.

    :return: what there is to say where nobody agrees
    """
    lower = [one for one in waiting if one.previous is not None and _total(one.results) < _total(one.previous)]
    if lower:
        console.print(f"{gradebook.counted(len(lower), 'total')} would become lower:", style="bold yellow")
        changes.show_changes(changes.changes(lower), console)
        if not agree():
            others = len(waiting) - len(lower)
            also = f", also {others} whose total would not become lower" if others else ""
            count = f"{gradebook.counted(len(waiting), 'new result')} {'waits' if len(waiting) == 1 else 'wait'}"
            return f"No result was replaced: {count} in {folder.path}/waiting/{also}. LOWER=yes takes all."
    for one in waiting:
        assert one.results is not None
        folder.take(one.entry, one.results, gradebook.feedback_md(one.entry, one.results))
    return ""


def _total(results: Results | None) -> float:
    """Without marks it is less than any."""
    return -1.0 if results is None or is_fault(results) else float(results["score"])


# -- the end ----------------------------------------------------------------------------------------------------------


def _write(folder: GradesFolder, lab: Lab, adjusted: Adjustments, console: Console) -> tuple[list[Graded], Finals]:
    """Write grades.csv and feedback from the results that stand; gives these, and the marks after adjustments."""
    graded = folder.graded()
    finals = adjustments.finals(adjusted, graded, lab)
    kept = folder.write_table("grades.csv", gradebook.grades_csv(graded, lab, finals))
    if kept:
        told = f"grades.csv was changed by hand: that is kept as {kept.name}; what belongs into adjustments.csv lasts"
        console.print(told, style="bold yellow", markup=False)
    folder.write_feedback(
        (one.entry, gradebook.feedback_md(one.entry, one.results, finals.of(one.entry)))
        for one in graded
        if one.results is not None
    )
    return graded, finals


def _conclude(folder: GradesFolder, lab: Lab, adjusted: Adjustments, console: Console) -> int:
    """Write and show the tables; gives the exit status."""
    graded, finals = _write(folder, lab, adjusted, console)
    gradebook.show_summary(graded, lab, console)
    gradebook.show_adjusted(finals, console)
    for doubt in gradebook.doubts(graded):
        console.print(doubt, style="bold yellow", markup=False)
    found = changes.changes(graded)
    atomic.write(folder.path / "changes.csv", changes.changes_csv(found))
    people = gradebook.counted(len({change.entry.id for change in found}), "submission")
    changes.show_changes(found, console, f"Changed since the run before: {people}", "changes.csv")
    goes_on = f"make report OUT={shlex.quote(str(folder.path))}"
    told = f"written: {folder.path}/grades.csv, results/, feedback/; `{goes_on}` goes on"
    console.print(told, markup=False, soft_wrap=True)  # a command is copied: no line of it ends early
    faults = sum(gradebook.status(one) in (gradebook.FAULT, gradebook.WAITING) for one in graded)
    if faults:
        console.print(
            f"{faults} could not be graded and have no marks; `make batch` with the export tries them again",
            style="bold red",
        )
    return 3 if faults else 0


def main() -> int:
    """Run the command line."""
    parser = Parser(
        "batch",
        description=__doc__.splitlines()[0] if __doc__ else None,
        epilog="Exit status: 0 all graded, 2 bad call or export, 3 the grader failed on some, "
        "4 totals would become lower, 130 stopped by Ctrl-C.",
    )
    about = "assignment_<id>_export.zip, or a folder of submissions; without it only the tables and feedback are anew"
    parser.add_argument("export", nargs="?", type=Path, help=about)
    parser.add_argument("--out", type=Path, default=Path("grades"), help="where all is written (default: grades)")
    parser.add_argument("--lab", choices=lab_names(), help="default: q1")
    parser.add_argument("--roster", type=Path, metavar="CSV", help="the course's list of students")
    add_course(parser, "the list of students where none is named")
    parser.add_argument("--replace", choices=["yes"], help="put another class's marks in the folder away")
    parser.add_argument("--lower", choices=["yes"], help="totals may become lower than they are in the folder")
    many = "how many at once (default: as many as there are cores)"
    parser.add_argument("--jobs", type=int, default=default_jobs(), help=many)
    parser.add_argument("--dask", default="", metavar="TCP", help="grade on the cluster with this scheduler")
    options = parser.parse_args()
    if options.export is None and (options.roster or options.replace or options.lower or options.dask):
        parser.error("which export? make batch EXPORT=assignment_123_export.zip OUT=grades/")
    if options.jobs < 1:
        parser.error(f"JOBS: expected at least 1, got {options.jobs}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that nothing is left lying about
    try:
        if options.export is None:
            return anew(options.out, options.lab or "")
        return batch(
            options.export,
            options.out,
            load_lab(options.lab or "q1"),
            options.jobs,
            options.dask,
            roster=roster_of(options),
            replace=options.replace == "yes",
            agree=lambda: options.lower == "yes" or _asked("Lower these totals? [y/N] "),
        )
    except (ExportError, FolderError, RosterError) as error:
        print(f"make batch: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nmake batch: stopped; what is graded is kept, the same call goes on from there", file=sys.stderr)
        return 130


def roster_of(options: argparse.Namespace) -> Path | None:
    """The list of students that is named, or else the course's."""
    return options.roster or (options.course.roster if options.course else None)


def _asked(question: str) -> bool:
    """What is answered in a terminal; no where there is none."""
    return sys.stdin.isatty() and sys.stdout.isatty() and input(question).strip().casefold() in ("y", "yes")


def default_jobs() -> int:
    """As many as there are cores: a grader and its worker take turns on one. One more takes a tenth more CPU for each
    submission, and longer on the clock; `make bench` measures a class."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
