"""Lists submissions to a version that are right for another one, or for the public lab: `make recognise`.

A function that is wrong here is graded by the other version's own grader, under that version's names. If it gets all
its marks there, it is right for that version, and the list says so: by what the function does, however it is written or
called, and however it fails here. For versions of a course's own the list has what the version's grader recognised,
which students are told, too: answers as the other solution's. What is right here is never listed.

It is for the staff to look at, and decides nothing: a cost of half squares may also be a slip of memory.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from neural_lab.feedback.phrases import labs
from neural_lab.intake.foreign import shown
from neural_lab.labs.q1.version import Version
from neural_lab.schema.lab import PUBLIC
from neural_lab.tools.command import Parser
from neural_lab.tools.course.exports import Export, ExportError, Unreadable, stage
from neural_lab.tools.course.grader import Grader, GraderDied
from neural_lab.tools.versions.build import VERSIONS, build
from neural_lab.tools.versions.described import DescriptionError, version_named
from neural_lab.tools.versions.elsewhere import known
from neural_lab.tools.versions.rewrite import NotFound, renamed, translation


def marks_only(tree: Path) -> Path:
    """The grader of a version's checkout that looks for no wrong lines."""
    return tree / "autograder" / "neural_lab" / "tools" / "versions" / "marks_only.py"


class Recognised(NamedTuple):
    """A function that is wrong for the version that was handed out, and right for another one."""

    function: str
    version: str

    def __str__(self) -> str:
        return f"{self.function} is right for {labs([self.version])}"


class Recogniser:
    """`with Recogniser(version, others, folder) as recogniser: recogniser.look(path)`; the graders end with it.

    :param folder: where the versions' checkouts are made
    """

    def __init__(self, version: Version, others: Iterable[Version], folder: Path = VERSIONS) -> None:
        self._version = version
        self._graders = contextlib.ExitStack()
        self._own = self._grader(version, folder)
        self._others = [(other, self._grader(other, folder)) for other in others if other.name != version.name]

    def __enter__(self) -> Recogniser:
        return self

    def __exit__(self, *error: object) -> None:
        self._graders.close()

    def _grader(self, version: Version, folder: Path) -> Grader:
        tree, _ = build(version, folder=folder)
        return self._graders.enter_context(Grader(package=marks_only(tree)))

    def look(self, submission: Path) -> list[Recognised]:
        """What of a submission, a folder, is right for another version; each function by its name in this version.

        :raises GraderDied: a grader ended
        """
        results = self._own.grade(submission)
        wrong = functions(results, right=False)
        graded = {other.name for other, _ in self._others}  # of these more is known than that it fails alike
        found = [
            Recognised(function, version)
            for test in results["tests"]
            for function in test.get("tags", ())
            for version in test["extra_data"].get("elsewhere", ())
            if version not in graded
        ]
        for other, grader in self._others if wrong else ():
            names = translation(self._version, other)
            with tempfile.TemporaryDirectory() as folder:
                stage({name: renamed(text, names) for name, text in _files(submission).items()}, Path(folder))
                right = functions(grader.grade(Path(folder)), right=True)
            found += [Recognised(name, other.name) for name in wrong if names.get(name, name) in right]
        return list(dict.fromkeys(found))


def functions(results: Mapping[str, Any], right: bool) -> list[str]:
    """The graded functions that have all their marks, or those that have not."""
    complete: dict[str, bool] = {}
    for test in results["tests"]:
        for function in test.get("tags", ()):
            if test.get("max_score"):
                complete[function] = complete.get(function, True) and test["score"] == test["max_score"]
    return [function for function, whole in complete.items() if whole is right]


def _files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def main() -> int:
    """Run the command line; gives the exit status."""
    parser = Parser("recognise", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--version", default="", help="the version that was handed out; the public lab if left out")
    parser.add_argument("export", type=Path, help="Gradescope's export, or any folder of submissions")
    options = parser.parse_args()
    found = 0
    try:
        own = version_named(options.version) if options.version else Version(PUBLIC)
        with Export(options.export) as export, Recogniser(own, known()) as recogniser:
            for entry in export.entries:
                with tempfile.TemporaryDirectory() as folder:
                    try:
                        stage(export.read(entry), Path(folder))
                        said = [str(one) for one in recogniser.look(Path(folder))]
                    except (Unreadable, GraderDied) as error:
                        said = [f"could not be looked at: {error}"]
                for sentence in said:
                    print(shown(f"{entry.title}: {sentence}", 300))
                found += bool(said)
            print(f"{found} of {len(export.entries)} submissions are listed")
    except (DescriptionError, NotFound, ExportError) as error:
        print(f"make recognise: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
