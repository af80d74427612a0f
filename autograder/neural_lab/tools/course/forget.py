"""Take a person out of a graded class (`make forget OUT=grades/ WHO="name, id or e-mail"`).

What holds only their own work is removed: files, results, reports, feedback, pages. What tells of several, the roster
and the tables, is written without them. A group's work is the others', too: it stays, without the name. Then every file
that is left is searched for their names, numbers and addresses, and where one is found, it is told: it may be
another's, such as a surname, or stand in the group's code.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import shutil
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from neural_lab import atomic
from neural_lab.intake.foreign import shown
from neural_lab.tools.command import Parser
from neural_lab.tools.course import gradebook, handback, report
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder, is_students_own
from neural_lab.tools.course.people import NotOne, find, fits, submitter_names

LEAST = 3  # characters of a name that is searched for
# Made of the whole class: made anew where they were, never patched.
_PAGES = ("report.html", "students", "staff")
_HANDED_BACK = ("handback", "moodle_feedback.zip")


def forget(path: Path, who: str) -> list[str]:
    """Remove whom `who` means from a graded class.

    :return: what was done and what is left to look at, a sentence each
    :raises FolderError, NotOne: there is no such class, or no one submission is meant
    """
    folder = GradesFolder(path)
    with folder.open_for_work():
        entry = find(folder.roster(), who, f"in {path}")
        gone, left = _parted(entry, who)
        told = [f"forgotten: {gone.title} ({entry.id})"]
        _rewrite_json(path, entry.id, left)
        if left is None:
            _remove_own(path, entry)
        elif (results := folder.results(left)) is not None:
            atomic.write(path / "feedback" / f"{entry.id}.md", gradebook.feedback_md(left, results))
        names = [submitter.name for one in folder.roster() for submitter in one.submitters]
        known = _known(gone, left is None, names)
        for table in sorted(path.rglob("*.csv")):
            if not is_students_own(table.relative_to(path)):
                _rewrite_csv(folder, table, known)
        had = {name for name in (*_PAGES, *_HANDED_BACK) if (path / name).exists()}
        for name in had:
            _remove(path / name)
    if any(one.results for one in folder.graded()):
        if had & {*_PAGES}:
            report.write_report(path)
        if had & {*_HANDED_BACK}:
            told += handback.hand_back(path)
    told += [f"look at {file}: it still holds {word}" for file, word in mentions(path, words_of(gone))]
    told.append("The export that was graded, and what was uploaded or sent, are not in this folder: see to them.")
    return told


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_own(path: Path, entry: Entry) -> None:
    """Remove every file and folder that bears the submission's id, wherever it lies."""
    for file in [*path.rglob("*")]:
        own = file.name == entry.id or file.name.startswith(f"{entry.id}.")
        if own and file.parent != path and not is_students_own(file.relative_to(path)):
            _remove(file)


def _parted(entry: Entry, who: str) -> tuple[Entry, Entry | None]:
    """Who is meant of a submission, and the submission without them; None if nobody of it is left."""
    meant = [one for one in entry.submitters if fits(submitter_names(one), who)]
    others = tuple(one for one in entry.submitters if one not in meant)
    if not meant or not others:
        return entry, None
    return dataclasses.replace(entry, submitters=tuple(meant)), dataclasses.replace(entry, submitters=others)


def _rewrite_json(path: Path, id: str, left: Entry | None) -> None:
    """Put what is left of a submission in its place in the roster; of a whole one take away what the last run says."""
    roster = json.loads((path / "roster.json").read_text("utf-8"))
    kept = [dataclasses.asdict(left) if left and one["id"] == id else one for one in roster]
    kept = [one for one in kept if left is not None or one["id"] != id]
    atomic.write(path / "roster.json", json.dumps(kept, indent=1))
    run = path / "run.json"
    if left is None and run.is_file():
        told = json.loads(run.read_text("utf-8"))
        told["run"] = json.dumps(_without(json.loads(told["run"]), id), sort_keys=True)
        atomic.write(run, json.dumps(told))


def _without(data: Any, key: str) -> Any:
    """Inert data without what is told of a key, however deep."""
    if isinstance(data, dict):
        return {name: _without(value, key) for name, value in data.items() if name != key}
    return [_without(one, key) for one in data if one != key] if isinstance(data, list) else data


def _known(gone: Entry, whole: bool, others: Sequence[str]) -> set[str]:
    """What the rows of the people are known by: a number, an address, a name that nobody else has.

    :param whole: the submission goes, with all rows of it
    :param others: names of those who stay
    """
    people = {word for s in gone.submitters for word in (s.sid, s.email) if word}
    people |= {s.name for s in gone.submitters if s.name and s.name not in others}
    return people | ({gone.id} if whole or not people else set())


def _rewrite_csv(folder: GradesFolder, table: Path, known: set[str]) -> None:
    """Take the rows out in which a cell is one of these; the other rows stay as they are."""
    was = table.read_bytes()
    lines = list(io.StringIO(was.decode("utf-8", "surrogateescape"), newline=""))
    reader, kept, before = csv.reader(lines), [], 0
    for row in reader:
        if not known & {cell.removeprefix("'") for cell in row}:
            kept += lines[before : reader.line_num]
        before = reader.line_num
    if kept != lines:
        now = "".join(kept).encode("utf-8", "surrogateescape")
        atomic.write(table, now)
        folder.was_written(table.name, was, now)


def words_of(entry: Entry) -> list[str]:
    """What a person is known by."""
    told = [entry.id, *(word for s in entry.submitters for word in (s.name, s.sid, s.email))]
    return [word for word in dict.fromkeys(told) if len(word) >= LEAST]


def mentions(path: Path, words: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Files below a folder in whose name or content one of the words stands, zips looked into; each file once."""
    looked_for = [(word, word.casefold().encode()) for word in words]
    for file in sorted(path.rglob("*")):
        if not file.is_file() or file.is_symlink():
            continue
        content = b"".join([str(file.relative_to(path)).encode(), b"\n", *_contents(file)])
        lowered = content.decode("utf-8", "replace").casefold().encode()
        word = next((word for word, text in looked_for if text in lowered), None)
        if word is not None:
            yield file, word


def _contents(file: Path) -> Iterator[bytes]:
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                yield member.filename.encode()
                yield archive.read(member)
    else:
        yield file.read_bytes()


def main() -> int:
    """Run the command line."""
    parser = Parser("forget", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    parser.add_argument("who", nargs="?", default="", help="a name, an id or an e-mail address")
    options = parser.parse_args()
    if not options.who:
        parser.error('whom? make forget OUT=grades/ WHO="name, id or e-mail"')
    try:
        for line in forget(options.out, options.who):
            print(shown(line, 600))
    except (FolderError, NotOne) as error:
        print(f"make forget: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
