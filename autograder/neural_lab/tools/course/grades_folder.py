"""The folder of a graded class (`grades/`): what lies where in it, written so that nothing is ever half there.

    roster.json               who handed in what, as the export told
    run.json                  what the last run graded with and what: a run that goes on knows itself by it
    submissions/<id>/…        the files that were graded: what a replay and the comparison of submissions read
    results/<id>.json         results.json as Gradescope would have it; `extra_data.batch` says what it was graded with
    reports/<id>.json         report.json to it, unless the grader failed
    waiting/<id>.json         what is to replace a result, until it is agreed that totals may become lower
    waiting/<id>/…            the files that it graded, if they are others: file and result are replaced together
    previous/<id>.json        the result before that, if another grader, rubric, solution, secret or file gave it
    feedback/<id>.md          the same for people
    grades.csv, changes.csv, report.html
    written.json              what the tables were when they were last written here: how an edit by hand is noticed
    earlier/<n>/…             what had marks here and is not in the export any more, and the tables of another lab
    adjustments.csv, policy.toml   written by people and read by `adjustments`: marks changed by hand, the late policy
    roster.csv                the course's list of students, copied from where `ROSTER` said
    students/<id>.html        a page for each student, and staff/<id>.html beside it
    filled/…                  exports of Canvas and Moodle with the marks in them, as `lms` writes them
    handback/<name>/…         the same to be sent, and moodle_feedback.zip

The tables are made by `gradebook` and `changes`, the pages by `report`, `student_pages` and `handback`. Only its owner
may enter the folder, because it holds students' work and marks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_lab import atomic
from neural_lab.intake.foreign import shown
from neural_lab.intake.secret import fingerprint, read_secret
from neural_lab.platforms.report import read as read_report
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, files_of
from neural_lab.tools.course.exports import Attempt, Entry, Submitter, stage
from neural_lab.tools.course.people import known_by, name_key

Results = dict[str, Any]
# What belongs to a submission: the folder it lies in, and how its names end there.
_KINDS = {"submissions": ("",), "results": (".json",), "reports": (".json",), "waiting": (".json", ""),
          "previous": (".json",), "feedback": (".md",)}  # fmt: skip
_STUDENTS_OWN = ("submissions", "waiting")  # where a submission's folder lies, with files that students have named


class FolderError(Exception):
    """The folder cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Graded:
    """A submission with its result, None if it has none yet, and the result before that, if any."""

    entry: Entry
    results: Results | None
    previous: Results | None = None


class GradesFolder:
    """The folder at `path`; nothing is made before `open_for_work`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextlib.contextmanager
    def open_for_work(self) -> Iterator[None]:
        """Make the folder and keep others from working in it.

        :raises FolderError: somebody else does, or it cannot be made
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise FolderError(
                f"{self.path} can't be a folder of grades ({error.strerror}); give another OUT"
            ) from error
        with open(self.path / ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderError(f"another batch works in {self.path}; wait for it, or choose another OUT") from error
            for name in _KINDS:
                (self.path / name).mkdir(exist_ok=True, mode=0o700)
            yield

    def make_room(self, entries: Sequence[Entry], lab: str, replace: bool) -> list[str]:
        """Keep this folder to one class and one lab: put what others have left here into earlier/<n>/.

        :param replace: do so although somebody's marks, or another lab's, go there
        :return: who has handed in again as another submission, whose earlier one went there
        :raises FolderError: marks of others are here, and replace is false
        """
        graded = self.graded() if (self.path / "roster.json").is_file() else []
        before = [one.entry for one in graded if one.results is not None]
        labs = {str(origin(one.results)["lab"]) for one in graded if one.results is not None}
        other = ", ".join(sorted(labs - {lab}))
        here = {entry.id for entry in entries if entry.files}
        people = {key for entry in entries if entry.files for who in entry.submitters for key in _keys(who)}
        gone = [entry for entry in before if entry.id not in here]
        again = [entry for entry in gone if any(_keys(who) & people for who in entry.submitters)]
        lost = [shown(entry.title, 60) for entry in gone if entry not in again]
        if (other or lost) and not replace:
            names = "; ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            found = (
                f"{self.path} was graded as {other}" if other else f"who has marks in {self.path} is missing: {names}"
            )
            raise FolderError(
                f"{found}. Give another OUT, or REPLACE=yes to put what is there into {self.path}/earlier/"
            )
        moved = before if other else gone
        if moved:
            self._put_away([entry.id for entry in moved], tables=bool(other))
        return [] if other else [shown(entry.title, 60) for entry in again]

    def _put_away(self, ids: Iterable[str], tables: bool) -> None:
        """Move submissions with all that belongs to them, and the tables if they are to go too, to a new folder."""
        earlier = self.path / "earlier"
        earlier.mkdir(exist_ok=True, mode=0o700)
        target = earlier / str(1 + max((int(one.name) for one in earlier.iterdir() if one.name.isdecimal()), default=0))
        kinds = {**_KINDS, "students": (".html",), "staff": (".html",)}
        names = [f"{kind}/{id}{end}" for id in ids for kind, ends in kinds.items() for end in ends]
        names += ["grades.csv", "changes.csv", "report.html"] if tables else []
        for name in names:
            if (self.path / name).exists():
                (target / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.replace(self.path / name, target / name)

    def write_table(self, name: str, text: str) -> Path | None:
        """Write a table; one that was changed by hand since it was last written here is kept beside it.

        :return: where what was changed by hand lies now
        """
        file, written = self.path / name, self.path / "written.json"
        digests = json.loads(written.read_text("utf-8")) if written.is_file() else {}
        kept = None
        if (
            file.is_file()
            and file.read_bytes() != text.encode()
            and digests.get(name) != digest({name: file.read_bytes()})
        ):
            numbers = itertools.count(1)
            kept = next(
                p for n in numbers if not (p := file.with_name(f"{file.stem}.edited-{n}{file.suffix}")).exists()
            )
            os.replace(file, kept)
        atomic.write(written, json.dumps({**digests, name: digest({name: text.encode()})}))
        atomic.write(file, text)
        return kept

    def was_written(self, name: str, before: bytes, after: bytes) -> None:
        """Note that a table is `after` now, if nobody had changed it by hand when it was `before`."""
        file = self.path / "written.json"
        digests = json.loads(file.read_text("utf-8")) if file.is_file() else {}
        if digests.get(name) == digest({name: before}):
            atomic.write(file, json.dumps({**digests, name: digest({name: after})}))

    def begin(self, run: str) -> None:
        """Begin a run, or go on with the last one if that is the same; a new one forgets what was before the last.

        :param run: a text that tells this run from any that grades other submissions or in another way
        """
        file = self.path / "run.json"
        last = json.loads(file.read_text("utf-8"))["run"] if file.is_file() else None
        if last != run:
            for old in (self.path / "previous").iterdir():
                old.unlink()
            atomic.write(file, json.dumps({"run": run}))

    # -- who ------------------------------------------------------------------------------------------------------

    def write_roster(self, entries: Iterable[Entry]) -> None:
        """Keep what the export told; of a hand-in whose files wait, what it told of the one that has the result."""
        known = {one.id: one for one in self.roster()} if (self.path / "roster.json").is_file() else {}
        told = []
        for one in entries:
            stands = known.get(one.id)
            if stands is not None and (self.path / "waiting" / one.id).exists():
                one = dataclasses.replace(stands, submitters=one.submitters)
            told.append(dataclasses.asdict(one))
        atomic.write(self.path / "roster.json", json.dumps(told, indent=1))

    def roster(self) -> tuple[Entry, ...]:
        """What the export told.

        :raises FolderError: no class was graded into this folder
        """
        file = self.path / "roster.json"
        if not file.is_file():
            raise FolderError(f"{self.path} is no folder of grades; `make batch EXPORT=... OUT={self.path}` makes one")
        return tuple(
            Entry(
                **{
                    **one,
                    "submitters": tuple(Submitter(**submitter) for submitter in one["submitters"]),
                    "files": tuple((name, member) for name, member in one["files"]),
                    "notes": tuple(one.get("notes", ())),
                    "attempts": tuple(Attempt(**attempt) for attempt in one.get("attempts", ())),
                }
            )
            for one in json.loads(file.read_text("utf-8"))
        )

    # -- what was handed in ---------------------------------------------------------------------------------------

    def place(self, entry: Entry, contents: dict[str, bytes]) -> Path:
        """Put the submission's files where they are graded; the folder holds exactly these afterwards.

        Where other files have a result, those stay with it, and the new ones wait until `take` replaces both.
        """
        before, waiting = self.results(entry), self.path / "waiting" / entry.id
        stays = before is not None and not is_fault(before) and origin(before)["submission"] != digest(contents)
        folder = waiting if stays else self.path / "submissions" / entry.id
        if not stays and waiting.exists():
            shutil.rmtree(waiting)
        if folder.exists():
            files = [file for file in folder.rglob("*") if file.is_file()]
            if contents == {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}:
                return folder
            shutil.rmtree(folder)
        folder.mkdir()
        stage(contents, folder)
        return folder

    # -- what it got ----------------------------------------------------------------------------------------------

    def results(self, entry: Entry, kind: str = "results") -> Results | None:
        """The result of a submission; None if there is none, or none that was written here."""
        try:
            results: Results = json.loads((self.path / kind / f"{entry.id}.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return results if isinstance(results, dict) and "batch" in results.get("extra_data", {}) else None

    def report(self, entry: Entry) -> dict[str, Any]:
        """The report.json of a submission; nothing where there is none."""
        try:
            report: dict[str, Any] = read_report(self.path / "reports" / f"{entry.id}.json")
        except ValueError:
            return {}
        return report

    def graded(self) -> list[Graded]:
        """Every submission of the roster with its results; none where there is nothing that was handed in.

        :raises FolderError: no class was graded into this folder
        """
        return [
            Graded(entry, self.results(entry), self.results(entry, "previous")) if entry.files else Graded(entry, None)
            for entry in self.roster()
        ]

    def keep(self, entry: Entry, results: Results, feedback: str) -> None:
        """Write a result, or let it wait if it would replace one that something else gave."""
        before = self.results(entry)
        if before is not None and not is_fault(before) and origin(before) != origin(results):
            atomic.write(self.path / "waiting" / f"{entry.id}.json", _as_json(results))
        else:
            self.take(entry, results, feedback)

    def waiting(self, entry: Entry, with_what: dict[str, Any]) -> Graded | None:
        """The result that waits, with the one that it is to replace; none if it was made with something else.

        :param with_what: as `origin` gives it
        """
        results = self.results(entry, "waiting")
        return Graded(entry, results, self.results(entry)) if results and origin(results) == with_what else None

    def take(self, entry: Entry, results: Results, feedback: str) -> None:
        """Write a result and its report, and put the files that it graded beside it if they have waited; the result
        it replaces becomes the previous one if something else gave it.

        The result is written last: what has one is finished.
        """
        files = self.path / "waiting" / entry.id
        if files.exists():
            graded_before = self.path / "submissions" / entry.id
            if graded_before.exists():
                shutil.rmtree(graded_before)
            os.replace(files, graded_before)
        atomic.write(self.path / "feedback" / f"{entry.id}.md", feedback)
        report = results["extra_data"].pop("report", None)  # the grader's answer holds both
        if report is not None:
            atomic.write(self.path / "reports" / f"{entry.id}.json", _as_json(report))
        else:  # the grader failed: an earlier report says nothing about this result
            (self.path / "reports" / f"{entry.id}.json").unlink(missing_ok=True)
        file = self.path / "results" / f"{entry.id}.json"
        before = self.results(entry)
        if before is not None and not is_fault(before) and origin(before) != origin(results):
            os.replace(file, self.path / "previous" / file.name)
        atomic.write(file, _as_json(results))
        (self.path / "waiting" / file.name).unlink(missing_ok=True)

    def write_feedback(self, pages: Iterable[tuple[Entry, str]]) -> None:
        """Write feedback anew where it says something else than it did."""
        for entry, text in pages:
            file = self.path / "feedback" / f"{entry.id}.md"
            if not file.is_file() or file.read_bytes() != text.encode():
                atomic.write(file, text)

    def is_finished(self, entry: Entry, with_what: dict[str, Any]) -> bool:
        """Whether there is a result, maybe one that waits, that need not be made again.

        :param with_what: as `origin` gives it
        """
        both = (self.results(entry), self.results(entry, "waiting"))
        return any(one is not None and not is_fault(one) and origin(one) == with_what for one in both)


def _as_json(data: dict[str, Any]) -> str:
    """Without indentation, which takes Python ten times as long: a twentieth of what a class costs."""
    return json.dumps(data, allow_nan=False)


def _keys(who: Submitter) -> set[tuple[str, str]]:
    """By what a student is known again, the name last: Moodle tells no more."""
    return known_by(who) or {("name", key) for key in [name_key(who.name)] if key}


def is_students_own(name: Path) -> bool:
    """Whether a name inside the folder is one that a student has given, and says nothing of whose it is."""
    return any(folder.parent.name in _STUDENTS_OWN for folder in name.parents)


def is_fault(results: Results) -> bool:
    """Whether the grader failed, so that the score says nothing."""
    return bool(results["extra_data"].get("grader_fault"))


def origin(results: Results) -> dict[str, Any]:
    """From what a result came: `graded_with` and the submission's digest."""
    batch = results["extra_data"]["batch"]
    return {**batch["graded_with"], "submission": batch["submission"]}


def graded_with(lab: Lab, root: Path = ROOT) -> dict[str, str]:
    """All that decides marks besides the submission: {what: its digest, or the secret's fingerprint}."""
    autograder = root / "autograder"
    package = autograder / "neural_lab"
    groups = {
        "grader": [
            file for file in sorted(package.rglob("*.py")) if not {"labs", "tools"} & {*file.relative_to(package).parts}
        ],
        "rubric": sorted([*(package / "labs").glob("*.py"), *(package / "labs" / lab.name).glob("*.py")]),
        "solution": list(files_of(lab, root / "solution").values()),
        "stub": list(files_of(lab, root / "student").values()),
    }
    contents = {
        what: {str(file.relative_to(root)): file.read_bytes() for file in files} for what, files in groups.items()
    }
    digests = {what: digest(files) for what, files in contents.items()}
    return {"lab": lab.name, **digests, "secret": fingerprint(read_secret(autograder / "secret"))}


def digest(contents: dict[str, bytes]) -> str:
    """12 hex characters that tell one set of named files from another."""
    total = hashlib.sha256()
    for name, data in sorted(contents.items()):
        total.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogatepass") + data)
    return total.hexdigest()[:12]
