"""The project itself measured (`make bench`): its size, the time to the first marks, and how long its tests take."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from neural_lab.schema.places import AUTOGRADER, PACKAGE, ROOT
from neural_lab.tools.bench.grading import FIRST, FIRST_RELEASE, NOW, first_release
from neural_lab.tools.bench.measure import Bound, Context, Found, Part, Table, on_two_cores

# What `make bench` was given is not for the verbs that it calls.
_OURS = ("MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS", "DATA", "ONLY")
VERBS = {"test": 60.0, "test-all": 600.0}  # seconds that each may take


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _OURS}


def size(context: Context) -> Found:
    """Files and lines of Python, then and now."""
    tree, why = first_release(context.folder)
    tools = PACKAGE / "tools"
    rows = {
        "the engine and the labs": [file for file in _python(PACKAGE) if tools not in file.parents],
        "tools": list(_python(tools)),
        "tests": list(_python(AUTOGRADER / "tests")),
    }
    before: dict[str, list[Path]] = {}
    if tree is not None:
        old = tree / "autograder"
        before = {
            "the engine and the labs": [*_python(old / "grading"), *_python(old / "labs")],
            "tools": list(_python(old / "staff")),
            "tests": list(_python(old / "tests")),
        }
    header = ("", *([f"{FIRST}: files", "lines"] if before else []), f"{NOW}: files", "lines")
    table = Table(header, tuple((name, *_counts(before.get(name)), *_counts(files)) for name, files in rows.items()))
    return Found({}, (table,), (why,) if why else ())


def _python(folder: Path) -> Iterator[Path]:
    return folder.rglob("*.py")


def _counts(files: list[Path] | None) -> tuple[float, ...]:
    if files is None:
        return ()
    lines = [line.strip() for file in files for line in file.read_text("utf-8").splitlines()]
    return float(len(files)), float(sum(bool(line) and not line.startswith("#") for line in lines))


def first_marks(context: Context) -> Found:
    """Seconds on the clock from `git clone` to the marks of `make grade`, with all that it installs.

    :raises RuntimeError: a solution did not get its marks
    """
    if not context.plan.outside:
        return Found(notes=("Left out of a quick run.",))
    rows, notes = [], []
    for name, commit in ((NOW, "HEAD"), (FIRST, FIRST_RELEASE)):
        clone = context.folder / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        context.tell(name)
        start = time.perf_counter()
        try:
            _quietly("git", "clone", "--quiet", ROOT, clone)
            _quietly("git", "-C", clone, "checkout", "--quiet", commit)
        except (OSError, subprocess.CalledProcessError):
            notes.append(f"Without {name}: this is no clone that has {commit}.")
            continue
        cloned = time.perf_counter()
        marks = _quietly("make", "-C", clone, "grade")
        if not re.search(r"\b100 of 100\b|\b100(\.0)? */ *100\b", marks):
            raise RuntimeError(f"`make grade` of {name} did not give the solution its marks:\n{marks[-500:]}")
        rows.append((name, cloned - start, time.perf_counter() - start))
    return Found({}, (Table(("", "git clone, s", "to the first marks, s"), tuple(rows)),), tuple(notes))


def _quietly(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, env=_environment()).stdout


def tests(context: Context) -> Found:
    """Seconds on the clock of the verbs that run tests, on two cores."""
    if not context.plan.outside:
        return Found(notes=("Left out of a quick run.",))
    makefile, numbers, notes = (ROOT / "Makefile").read_text("utf-8"), {}, []
    with on_two_cores():
        for verb in VERBS:
            if not re.search(rf"^{verb}:", makefile, re.MULTILINE):
                notes.append(f"There is no `make {verb}`.")
                continue
            context.tell(f"make {verb}")
            start = time.perf_counter()
            done = subprocess.run(["make", "-C", ROOT, verb], capture_output=True, text=True, env=_environment())
            seconds = time.perf_counter() - start
            if done.returncode:
                last = (done.stdout.strip().splitlines() or ["nothing was printed"])[-1].strip("= ")
                notes.append(f"`make {verb}` failed after {seconds:.0f} s: {last}.")
            else:
                numbers[verb] = seconds
    rows = tuple((f"make {verb}", seconds) for verb, seconds in numbers.items())
    return Found(numbers, (Table(("", "seconds"), rows),) if rows else (), tuple(notes))


SIZE = Part(
    "size",
    "Size",
    size,
    (),
    """Files of Python, and their lines that are neither blank nor comments. What tests grade counts as tests.""",
)
FIRST_MARKS = Part(
    "first-marks",
    "From nothing to the first marks",
    first_marks,
    (),
    """A clone from this disk, then `make grade`, which sets the environment up from the package index first.""",
)
TESTS = Part(
    "tests",
    "The tests",
    tests,
    tuple(Bound(verb, f"seconds of `make {verb}` on two cores", seconds) for verb, seconds in VERBS.items()),
    """On the clock, kept to two cores.""",
)
