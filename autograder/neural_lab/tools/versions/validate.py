"""Look for slips in a course's private folder: `make validate COURSE=../cs101-2027`.

Each is one sentence with its file, what is wrong and what to do. Nothing is graded and nothing is built.

Exit status: 0 nothing found, 1 slips.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from neural_lab.intake.secret import fingerprint
from neural_lab.schema.places import ROOT, SOLUTION
from neural_lab.tools.command import Parser
from neural_lab.tools.course import rosters
from neural_lab.tools.course.course_folder import CourseError, CourseFolder
from neural_lab.tools.course.rosters import RosterError
from neural_lab.tools.course.similarity import SOURCE_FILES, files_in
from neural_lab.tools.versions.course_rows import slips
from neural_lab.tools.versions.described import DescriptionError, course

PACKED = ("autograder", "solution", "student")  # folders of the checkout of which a zip or the handout is made


def found_in(folder: CourseFolder) -> Iterator[str]:
    """What is wrong with a course's folder."""
    inside = [name for name in PACKED if (ROOT / name) in (folder.path.resolve() / "x").parents]
    if inside:
        yield f"{folder.path} lies in {inside[0]}/, of which the zip is made; put it beside the checkout"
    try:
        told = course(folder.path)
    except DescriptionError as error:
        yield str(error)
    else:
        public = (SOLUTION / "q1.py").read_text("utf-8")
        yield from (f"{folder.description}, {slip}" for slip in slips(told, public))
    for look in (folder.secret, lambda: _people(folder), lambda: _works(folder)):
        try:
            look()
        except (CourseError, RosterError) as error:
            yield str(error)


def _people(folder: CourseFolder) -> int:
    """How many the roster names.

    :raises RosterError: it is no such list
    """
    return len(rosters.read(folder.roster)) if folder.roster else 0


def _works(folder: CourseFolder) -> int:
    """How many files of earlier years there are.

    :raises CourseError: there is nothing that `make similarity` could read
    """
    count = sum(1 for place in folder.earlier for _ in files_in(place, Path()))
    if folder.earlier and not count:
        kinds = ", ".join(SOURCE_FILES)
        raise CourseError(f"{folder.earlier[0]}: no file in it ends with {kinds}; unpack what was handed in there")
    return count


def summary(folder: CourseFolder) -> str:
    """What a folder without slips holds, so that a file that was forgotten, or has another name, is missed."""
    told, secret = course(folder.path), folder.secret()
    holds = (
        f"versions: {', '.join(told.versions)}",
        f"mistakes for all of them: {len(told.added.mistakes)}",
        f"hints: {len(told.added.hints)}",
        f"secret: {fingerprint(secret) if secret else 'none, so that of the checkout counts'}",
        f"on the roster: {_people(folder) if folder.roster else 'nobody, there is no roster.csv'}",
        f"files in earlier/: {_works(folder) if folder.earlier else 'there is no such folder'}",
        f"AI tools: {told.about.get('ai', 'nothing is said of them')}",
    )
    return f"{folder.path}: no slips found; {'; '.join(holds)}"


def main() -> int:
    """Run the command line; gives the exit status."""
    parser = Parser("validate", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("course", type=lambda text: CourseFolder(Path(text)), help="the folder")
    folder = parser.parse_args().course
    found = list(dict.fromkeys(found_in(folder)))
    for slip in found:
        print(slip, file=sys.stderr)
    if not found:
        print(summary(folder))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
