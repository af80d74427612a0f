"""A course's private folder, which lies over the checkout and leaves it untouched: COURSE=../cs101-2027.

    course.toml   what students read on the first page, versions, axes, known mistakes, hints; see tools/versions/
    secret        from which, with a submission's bytes, all inputs are drawn, in place of autograder/secret
    roster.csv    the course's list of students, as ROSTER= names one
    earlier/      what was handed in in earlier years, as SOURCES= names it

Only course.toml must be there. What the command line names goes before, and nothing is ever written here.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from neural_lab.intake.secret import read_secret

SECRET_BYTES = 32


class CourseError(ValueError):
    """Something in the folder cannot be used; the message says what was expected."""


@dataclass(frozen=True)
class CourseFolder:
    """The folder at `path`."""

    path: Path

    @property
    def description(self) -> Path:
        """What `tools/versions/` reads."""
        return self.path / "course.toml"

    def secret(self) -> bytes | None:
        """The course's secret; None if it has none, and the checkout's counts.

        :raises CourseError: it is none
        """
        file = self.path / "secret"
        if not file.exists():
            return None
        try:
            found = read_secret(file)
        except (OSError, ValueError):
            found = b""
        if len(found) != SECRET_BYTES:
            digits = 2 * SECRET_BYTES
            raise CourseError(f"{file}: expected {digits} hexadecimal digits, as autograder/secret of a checkout has")
        return found

    @property
    def roster(self) -> Path | None:
        """The list of students, if there is one."""
        file = self.path / "roster.csv"
        return file if file.exists() else None

    @property
    def earlier(self) -> list[Path]:
        """The folder of what was handed in before, if there is one."""
        folder = self.path / "earlier"
        return [folder] if folder.exists() else []


def add_course(parser: argparse.ArgumentParser, what: str) -> None:
    """The option that names the folder.

    :param what: what is taken from it
    """
    about = f"a course's private folder, for {what}"
    parser.add_argument("--course", type=lambda text: CourseFolder(Path(text)), metavar="FOLDER", help=about)
