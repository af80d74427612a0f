"""Builds a version of q1: a checkout of its own, dist/versions/NAME/, in which some lines read differently.

Every verb of the Makefile takes VERSION=NAME, builds that folder anew and works in it: the solution, the stub, the
rubric, the probes, the bank and the grader there are the version's, and what is written goes below it. This checkout
stays as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path

from neural_lab.intake.secret import read_secret
from neural_lab.labs.q1 import version as default
from neural_lab.labs.q1.version import Version
from neural_lab.schema.lab import Mistake, Variant
from neural_lab.schema.places import ROOT, SOLUTION
from neural_lab.tools.course.course_folder import CourseError, CourseFolder, add_course
from neural_lab.tools.release.package import ORIGIN, files_of_the_tree, origin
from neural_lab.tools.versions import handed_out
from neural_lab.tools.versions.bank import Bank, bank
from neural_lab.tools.versions.course_rows import slips
from neural_lab.tools.versions.described import BUILT_IN, Course, DescriptionError, course, version_named
from neural_lab.tools.versions.elsewhere import elsewhere, known
from neural_lab.tools.versions.rewrite import NotFound, Rewrite

NO_COURSE = Course({}, {})
VERSIONS = ROOT / "dist" / "versions"
NOT_TAKEN = ("autograder/tests/", "autograder/neural_lab/labs/q1/versions.toml", "docs/", "dist/", "grades/", ".")
LAB = Path("autograder/neural_lab/labs/q1")
# The lab's own files that call the student's functions by their names.
# What shows or checks the public lab's network alone.
PUBLIC_ONLY = ("look.py", "checks")
NAMED = ("probes.py", "rubric.py", "advice.py", "smoke_run.py")


def build(
    version: Version,
    root: Path = ROOT,
    folder: Path = VERSIONS,
    told: Course = NO_COURSE,
    own_secret: bytes | None = None,
) -> tuple[Path, Bank]:
    """Write the version's checkout.

    :param told: what the course tells its students, for the handout, and adds to the bank; its versions are recognised
    :param own_secret: the course's, in the place of this checkout's
    :return: where it is, and its bank
    :raises NotFound: the public lab lacks what the version changes
    """
    public = (root / "solution" / "q1.py").read_text("utf-8")
    rewrite, rows = Rewrite(version), bank(version, public, told.added)
    solution = rewrite.solution(public)
    target = folder / version.name
    unfinished = folder / f".{version.name}.{os.getpid()}"
    fetched = (file.relative_to(root).as_posix() for file in (root / "data").glob("*.npz"))
    for name in {*files_of_the_tree(root), *fetched}:
        if not name.startswith(NOT_TAKEN) and (root / name).is_file():
            (unfinished / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, unfinished / name)
    (unfinished / ORIGIN).write_text(json.dumps(origin(root)._replace(version=version.name)._asdict()), "utf-8")
    lab = unfinished / LAB
    (lab / "version.py").write_text(described(version, (lab / "version.py").read_text("utf-8")), "utf-8")
    (lab / "mistakes.py").write_text("\n".join(written(version, rows)), "utf-8")
    (lab / "elsewhere.json").write_text(elsewhere(version, [*known(), *told.versions.values()], public), "utf-8")
    for name in NAMED:
        (lab / name).write_text(rewrite.named((lab / name).read_text("utf-8")), "utf-8")
    (unfinished / "solution" / "q1.py").write_text(solution, "utf-8")
    if version == Version():
        readme = unfinished / "student" / "README.md"
        readme.write_text(handed_out.public_page(readme.read_text("utf-8"), told.about), "utf-8")
    else:
        _hand_out(version, solution, unfinished, told.about)
    secret = unfinished / "autograder" / "secret"
    secret.touch(0o600)
    secret.write_text((own_secret or read_secret()).hex() + "\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(unfinished / "autograder")}
    stubs = [sys.executable, "-m", "neural_lab.tools.release.stubs"]
    subprocess.run(stubs, env=environment, check=True, stdout=subprocess.DEVNULL)
    _replace(unfinished, target)
    return target, rows


def _hand_out(version: Version, solution: str, tree: Path, about: Mapping[str, str]) -> None:
    """Put in the place of the public lab's page and checks those of the version."""
    for name in PUBLIC_ONLY:
        for part in ("solution", "student"):
            shutil.rmtree(tree / part / name) if (tree / part / name).is_dir() else (tree / part / name).unlink()
    student = tree / "student"
    drawn = {name: (student / name).read_text("utf-8") for name in handed_out.pictures(version)}
    shutil.rmtree(student / "pictures")
    (student / "pictures").mkdir()
    for name, public_picture in drawn.items():
        (student / name).write_text(handed_out.picture(version, public_picture), "utf-8")
    (student / "check.py").write_text(handed_out.CHECK.read_text("utf-8"), "utf-8")
    (student / "check.json").write_text(handed_out.examples(version, solution), "utf-8")
    public = (student / "README.md").read_text("utf-8")
    (student / "README.md").write_text(handed_out.page(version, solution, public, about), "utf-8")
    tune = tree / "solution" / "tune.py"
    text = tune.read_text("utf-8").replace(
        "See what your network learned: python look.py", "Your functions: python check.py"
    )
    tune.write_text(Rewrite(version).named(text), "utf-8")


def _replace(made: Path, target: Path) -> None:
    """Put the finished folder in the place of the last one, of which what was written there stays."""
    for kept in ("dist", "grades", "docs"):
        if (target / kept).exists() and not (made / kept).exists():
            (target / kept).rename(made / kept)
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)


def described(version: Version, text: str) -> str:
    """The text of labs/q1/version.py with another version at its end.

    :raises NotFound: that file ends in another way
    """
    lines = text.rstrip("\n").split("\n")
    if lines[-1] != "VERSION = Version()":
        raise NotFound(f"{default.__name__} does not end with `VERSION = Version()`")
    arguments = ", ".join(f"{field}={_code(value)}" for field, value in version._asdict().items())
    return "\n".join([*lines[:-1], f"VERSION = Version({arguments})", ""])


def _code(value: object) -> str:
    return f"{type(value).__name__}.{value.name}" if isinstance(value, Enum) else repr(value)


def written(version: Version, rows: Bank) -> Iterator[str]:
    """The lines of the version's mistakes.py."""
    yield f'"""The bank of version {version.name}, made from the public lab\'s by tools/versions/."""\n'
    yield "from neural_lab.schema.lab import Edit, Mistake, Variant"
    yield "from neural_lab.schema.remarks import Kind\n"
    yield "MISTAKES = ("
    yield from (f"    {row!r}," for row in rows.mistakes if isinstance(row, Mistake))
    yield ")\n\nVARIANTS = ("
    for row in rows.variants:
        assert isinstance(row, Variant)
        advice = "".join(f"Kind.{kind.name}, " for kind in row.advice)
        yield f"    Variant({row.id!r}, {row.function!r}, {row.edits!r}, {row.why!r}, ({advice})),"
    yield ")\n"


def main() -> int:
    """Run the command line, which prints the version's name; gives the exit status."""
    parser = argparse.ArgumentParser(description="Build a version of q1 in dist/versions/NAME.")
    parser.add_argument("version", nargs="?", default="", help="its name; may be left out for a course's only version")
    parser.add_argument("--lab", default="q1", help="the lab that the verb is about")
    add_course(parser, "its versions, known mistakes, hints and secret")
    options = parser.parse_args()
    if options.version and options.lab != "q1":
        print(f"Only q1 has versions: leave out VERSION={options.version}, or LAB={options.lab}.", file=sys.stderr)
        return 2
    try:
        if options.course:
            version, target, rows = _of_course(options.course, options.version)
        else:
            version = version_named(options.version, BUILT_IN)
            target, rows = build(version)
    except (DescriptionError, CourseError, NotFound) as error:
        print(f"VERSION={options.version}: {error}" if options.version else error, file=sys.stderr)
        return 2
    print(
        f"{target.relative_to(ROOT)}: version {version.name} of q1, {len(rows.mistakes)} mistakes; "
        "what is written goes below it",
        file=sys.stderr,
    )
    print(version.name)
    return 0


def _of_course(folder: CourseFolder, name: str) -> tuple[Version, Path, Bank]:
    """Build a course's version.

    :raises DescriptionError, CourseError: the folder has a slip
    """
    told = course(folder.path)
    version = told.version_named(name)
    found = next(slips(told, (SOLUTION / "q1.py").read_text("utf-8")), "")
    if found:
        raise DescriptionError(f"{folder.description}, {found}; `make validate COURSE={folder.path}` tells all")
    if "ai" not in told.about:
        print("warning: course.toml does not say what is allowed of AI tools (ai = ...)", file=sys.stderr)
    return (version, *build(version, told=told, own_secret=folder.secret()))


if __name__ == "__main__":
    sys.exit(main())
