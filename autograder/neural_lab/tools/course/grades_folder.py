"""The folder of a graded class (`grades/`): what lies where in it, written so that nothing is ever half there.

    roster.json               who handed in what, as the export told
    run.json                  what the last run graded with and what: a run that goes on knows itself by it
    submissions/<id>/…        the files that were graded: what a replay and the comparison of submissions read
    results/<id>.json         results.json as Gradescope would have it; `extra_data.batch` says what it was graded with
    reports/<id>.json         report.json to it, unless the grader failed
    previous/<id>.json        the result before that, if another grader, rubric, solution, secret or file gave it
    feedback/<id>.md          the same for people
    grades.csv, changes.csv, report.html
    adjustments.csv, policy.toml   written by people and read by `adjustments`: marks changed by hand, the late policy

The tables are made by `gradebook`, `changes` and `report`. Only its owner may enter the folder, because it holds
students' work and marks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_lab import atomic
from neural_lab.intake.secret import fingerprint, read_secret
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, files_of
from neural_lab.tools.course.exports import Entry, Submitter, stage

Results = dict[str, Any]


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

        :raises FolderError: somebody else does
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self.path / ".lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FolderError(f"another batch works in {self.path}; wait for it, or choose another OUT") from error
            for name in ("submissions", "results", "reports", "previous", "feedback"):
                (self.path / name).mkdir(exist_ok=True, mode=0o700)
            yield

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

    def write_roster(self, entries: tuple[Entry, ...]) -> None:
        """Keep what the export told."""
        atomic.write(self.path / "roster.json", json.dumps([dataclasses.asdict(entry) for entry in entries], indent=1))

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
                }
            )
            for one in json.loads(file.read_text("utf-8"))
        )

    # -- what was handed in ---------------------------------------------------------------------------------------

    def place(self, entry: Entry, contents: dict[str, bytes]) -> Path:
        """Put the submission's files where they are graded; the folder holds exactly these afterwards."""
        folder = self.path / "submissions" / entry.id
        if folder.exists():
            files = [file for file in folder.rglob("*") if file.is_file()]
            if contents == {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}:
                return folder
            shutil.rmtree(folder)
        folder.mkdir()
        stage(contents, folder)
        return folder

    def file_of(self, entry: Entry, module: str) -> Path | None:
        """The submission's file of that module, or the only Python file there is."""
        names = [name for name, _ in entry.files if name.endswith(".py")]
        best = [name for name in names if name.rpartition("/")[2] == f"{module}.py"] or names
        file = self.path / "submissions" / entry.id / best[0] if best else None
        return file if file and file.is_file() else None

    # -- what it got ----------------------------------------------------------------------------------------------

    def results(self, entry: Entry, kind: str = "results") -> Results | None:
        """The result of a submission; None if there is none, or none that was written here."""
        try:
            results: Results = json.loads((self.path / kind / f"{entry.id}.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return results if isinstance(results, dict) and "batch" in results.get("extra_data", {}) else None

    def graded(self) -> list[Graded]:
        """Every submission of the roster with its results; none where there is nothing that was handed in.

        :raises FolderError: no class was graded into this folder
        """
        return [
            Graded(entry, self.results(entry), self.results(entry, "previous")) if entry.files else Graded(entry, None)
            for entry in self.roster()
        ]

    def keep(self, entry: Entry, results: Results, feedback: str) -> None:
        """Write a result and its report; the result it replaces becomes the previous one if something else gave it.

        The result is written last: what has one is finished.
        """
        atomic.write(self.path / "feedback" / f"{entry.id}.md", feedback)
        report = results["extra_data"].pop("report", None)  # the grader's answer holds both
        if report is not None:
            atomic.write(self.path / "reports" / f"{entry.id}.json", json.dumps(report, indent=1, allow_nan=False))
        else:  # the grader failed: an earlier report says nothing about this result
            (self.path / "reports" / f"{entry.id}.json").unlink(missing_ok=True)
        file = self.path / "results" / f"{entry.id}.json"
        before = self.results(entry)
        if before is not None and not is_fault(before) and origin(before) != origin(results):
            os.replace(file, self.path / "previous" / file.name)
        atomic.write(file, json.dumps(results, indent=1, allow_nan=False))

    def write_feedback(self, pages: Iterable[tuple[Entry, str]]) -> None:
        """Write feedback anew where it says something else than it did."""
        for entry, text in pages:
            file = self.path / "feedback" / f"{entry.id}.md"
            if not file.is_file() or file.read_bytes() != text.encode():
                atomic.write(file, text)

    def is_finished(self, entry: Entry, with_what: dict[str, Any]) -> bool:
        """Whether there is a result that need not be made again; with_what: as `origin` gives it."""
        results = self.results(entry)
        return results is not None and not is_fault(results) and origin(results) == with_what


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
