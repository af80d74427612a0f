"""`make quiz`: an oral check on the student's own code, as a sheet to ask from and a key, for one or for a class."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from neural_lab import atomic
from neural_lab.feedback import files
from neural_lab.grading.reference import Reference
from neural_lab.intake.foreign import shown
from neural_lab.intake.secret import read_secret
from neural_lab.intake.submission import Submission, Unusable, read
from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import CRITICAL_LAYERS
from neural_lab.isolation.pool import Sandbox
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.command import Parser
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.gradebook import counted
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder, origin
from neural_lab.tools.course.people import NotOne, find
from neural_lab.tools.course.quiz import page
from neural_lab.tools.course.quiz.calls import LAB
from neural_lab.tools.course.quiz.paper import Examiner

QUESTIONS = 6
MOST_QUESTIONS = 12
ALONE = ROOT / "dist" / "quiz"  # where the sheet of a single submission is written


class Asked(NamedTuple):
    """A submission that is to be asked about.

    :param id: names its files
    :param title: heads its sheet
    """

    id: str
    title: str
    submission: Submission


def main(arguments: list[str], sandbox: Sandbox) -> int:
    """Run the command line; gives the exit status: 0 written, 2 a bad call, 3 nobody can be asked anything."""
    options = _parser().parse_args(arguments)
    lockdown.protect_self()
    lockdown.bound_memory(sandbox.limits.grader_address_space)
    lab = load_lab(LAB)
    with sandbox.spawn() as worker:
        open_ones = [one.name for one in worker.layers if one.name in CRITICAL_LAYERS and not one.held]
    if open_ones:
        print(
            f"students' code is not locked in here for want of {', '.join(open_ones)}: ask make doctor", file=sys.stderr
        )
    try:
        folder, asked = _single(options, lab) if options.submission else _class(options, lab)
        return _write(list(asked), folder, options.questions, Examiner(Reference(lab), read_secret(), sandbox), lab)
    except Unusable as refusal:
        return _refuse(files.refusal(refusal.why))
    except (FolderError, NotOne) as error:
        return _refuse(str(error))


def _refuse(why: str) -> int:
    print(f"make quiz: {shown(why, 1_000)}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "quiz",
        description="Writes an oral check on the student's own code: a sheet to ask from, and a key with a plan.",
        epilog="Exit status: 0 written, 2 a bad call, 3 there is no question for anybody.",
    )
    parser.add_argument("grades", nargs="?", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    parser.add_argument("--who", default="", help="one student: name, e-mail, SID or submission id, or a part of one")
    parser.add_argument("--submission", type=Path, help="a student's file or folder, in place of a class")
    how_many = f"on each sheet (default: {QUESTIONS})"
    parser.add_argument("--questions", type=_few, default=QUESTIONS, metavar="N", help=how_many)
    return parser


def _few(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST_QUESTIONS:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to {MOST_QUESTIONS}, got {text!r}")
    return int(text)


def _single(options: argparse.Namespace, lab: Lab) -> tuple[Path, Iterator[Asked]]:
    """A submission without a class: its own bytes stand for its id."""
    submission = read(options.submission, lab)
    id = hashlib.sha256(submission.content).hexdigest()[:12]
    return ALONE, iter([Asked(id, shown(options.submission.name), submission)])


def _class(options: argparse.Namespace, lab: Lab) -> tuple[Path, Iterator[Asked]]:
    """The students of a graded class, or one of them.

    :raises FolderError: no class was graded there, or another lab was
    :raises NotOne: no one student is meant
    """
    folder = GradesFolder(options.grades)
    graded = [one for one in folder.graded() if one.results is not None]
    labs = {str(origin(one.results).get("lab")) for one in graded if one.results}
    if labs - {lab.name}:
        raise FolderError(f"there are oral checks for {lab.name} alone; this class was graded as {', '.join(labs)}")
    entries = [one.entry for one in graded]
    chosen = [find(entries, options.who, f"in {options.grades}")] if options.who else entries
    return options.grades / "quiz", _asked(folder, chosen, lab)


def _asked(folder: GradesFolder, entries: list[Entry], lab: Lab) -> Iterator[Asked]:
    for entry in entries:
        try:
            submission = read(folder.path / "submissions" / entry.id, lab)
        except Unusable as refusal:
            print(f"{shown(entry.title)}: no questions: {shown(files.refusal(refusal.why), 300)}", file=sys.stderr)
            continue
        yield Asked(entry.id, entry.title, submission)


def _write(asked: list[Asked], folder: Path, count: int, examiner: Examiner, lab: Lab) -> int:
    """Write a sheet and a key for each; gives the exit status."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = 0
    for one in asked:
        paper = examiner.paper(one.submission, one.id, count)
        for kind in page.Kind:
            atomic.write(folder / f"{one.id}.{kind.value}.html", page.render(kind, paper, one.title, lab.title))
        made += len(paper.questions)
        told = f" {paper.why_few}" if paper.why_few else ""
        print(f"{shown(one.title)}: {counted(len(paper.questions), 'question')}.{told}")
    examiner.end()
    if asked:
        print(f"written: {shown(str(folder), 300)}/*.sheet.html to ask from, and *.key.html")
    return 0 if made else 3
