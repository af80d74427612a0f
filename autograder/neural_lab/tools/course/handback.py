"""Hand a graded class's feedback back (`make feedback OUT=grades/`): a folder for each student, with their page.

    handback/<name>_<number>/feedback.html     one folder for each student, groups spread to their members
    moodle_feedback.zip                        the same, as Moodle takes it, where the export was Moodle's

A page names nobody but its student. Who has no marks yet gets no page, and is told.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from neural_lab import atomic
from neural_lab.intake.foreign import shown
from neural_lab.tools.command import Parser
from neural_lab.tools.course import adjustments, gradebook
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grades_folder import FolderError, Graded, GradesFolder, is_fault
from neural_lab.tools.course.student_pages import student_page

PAGE = "feedback.html"
# How Moodle names what it gives out, and expects back: a folder for each participant, or files that begin alike.
_MOODLE = re.compile(r"[^/]+_\d+_assignsubmission_(?:file|onlinetext)_")
_THEN = (1980, 1, 1, 0, 0, 0)  # in the zip: the same class gives the same bytes


def hand_back(path: Path) -> list[str]:
    """Write everybody's folder and Moodle's zip, both anew.

    :return: what was written and who has nothing, a sentence each
    :raises FolderError: no class was graded there
    """
    folder = GradesFolder(path)
    graded = gradebook.in_order(folder.graded())
    lab = gradebook.lab_of(graded)
    finals = adjustments.finals(adjustments.read(path), graded, lab)
    target = path / "handback"
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(mode=0o700)
    told, moodle, taken = [], {}, set[str]()
    for one in graded:
        if one.results is None or is_fault(one.results):
            told.append(f"no page for {shown(one.entry.title)} ({one.entry.id}): {gradebook.status(one)}")
            continue
        for final in finals.of(one.entry):
            who = final.student.who
            text = student_page(folder, one, lab, who.name or who.email or who.sid or one.entry.id, (final,))
            place = target / folder_name(one.entry, who, taken)
            place.mkdir(mode=0o700)
            atomic.write(place / PAGE, text)
            moodle.update(dict.fromkeys(moodle_names(one), text))
    told.append(f"written: {len(taken)} pages, each in a folder of its own, in {target}")
    file = path / "moodle_feedback.zip"
    file.unlink(missing_ok=True)
    if moodle:
        atomic.write(file, zipped(moodle))
        told.append(f"written: {file}; in Moodle, View all submissions, Upload multiple feedback files in a zip")
    return told


def folder_name(entry: Entry, who: Submitter, taken: set[str]) -> str:
    """A name for a student's folder that any system takes; unique, and added to those taken."""
    said = unicodedata.normalize("NFC", f"{who.name}_{who.sid}" if who.name else who.email or who.sid or entry.id)
    plain = re.sub(r"[^\w@-]+", "_", said)[:60].strip("_") or entry.id
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(name.casefold())
    return name


def moodle_names(one: Graded) -> Iterator[str]:
    """Where in Moodle's zip the submission's page belongs: beside what Moodle gave out, under its name."""
    for _, member in one.entry.files:
        found = next((part for part in member.split("/") if _MOODLE.match(part)), "")
        head = _MOODLE.match(found)
        if head:
            yield f"{found}/{PAGE}" if found != member.rpartition("/")[2] else f"{head[0]}{PAGE}"


def zipped(files: dict[str, str]) -> bytes:
    """A zip of texts, the same bytes for the same ones."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _THEN), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = Parser("feedback", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("grades", nargs="?", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    options = parser.parse_args(arguments)
    try:
        for line in hand_back(options.grades):
            print(shown(line, 600))
    except FolderError as error:
        print(f"make feedback: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
