"""Run a built package as its platform would (`make simulate SUBMISSION=q1.py`): the last step before an upload.

Here is Gradescope, the others are in `simulations`. In an empty folder of its own: extract, setup.sh, submission,
metadata, run_autograder, under Gradescope's limits. Then results.json is checked against the documented format
(`gradescope_format`) and shown as the student will see it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from neural_lab.intake.foreign import printable
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, SOLUTION, submission_in
from neural_lab.tools.command import Parser
from neural_lab.tools.release import gradescope_format, package
from neural_lab.tools.release.packages import PACKAGES, target_of
from neural_lab.tools.release.simulations import SIMULATIONS, Simulation
from neural_lab.tools.release.started import (
    ENVIRONMENT,
    WALL_SECONDS,
    Outcome,
    SimulationError,
    copy_submission,
    extract,
    started,
)

SETUP_SECONDS = 1200.0


def gradescope(archive: Path, submission: Path, lab: Lab, root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """As `simulate`; Gradescope takes files of any name."""
    return simulate(archive, submission, root, wall)


def simulate(archive: Path, submission: Path, root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """Do what Gradescope does with a zip and a submission, below the empty folder `root`.

    :raises SimulationError: the zip or its setup.sh is no good, or there is no such submission
    """
    build(archive, root)
    place(submission, root)
    return run(root, wall)


def build(archive: Path, root: Path) -> None:
    """Build the image: extract, put run_autograder in its place, run setup.sh as root.

    :raises SimulationError: the zip lacks what Gradescope needs, or setup.sh fails
    """
    source = root / "source"
    names = extract(archive, source)
    for name in ("setup.sh", "run_autograder"):
        if name not in names:
            raise SimulationError(f"{archive.name} has no {name} at its root; Gradescope needs it there")
        if not (source / name).read_bytes().startswith(b"#!"):
            raise SimulationError(f"{name} does not begin with a #! line")
    shutil.copy2(source / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    (source / "setup.sh").chmod(0o755)
    (root / "results").mkdir()
    environment = {**ENVIRONMENT, **_network(), "AUTOGRADER_ROOT": str(root), "HOME": os.environ.get("HOME", "/")}
    made = subprocess.run(
        [str(source / "setup.sh")], cwd=root, env=environment, capture_output=True, text=True, timeout=SETUP_SECONDS
    )
    if made.returncode:
        raise SimulationError(f"setup.sh failed with status {made.returncode}:\n{made.stdout}{made.stderr}".rstrip())


def _network() -> dict[str, str]:
    """How this machine reaches a package index, which setup.sh needs; nothing else of our environment."""
    words = ("PIP_", "UV_", "SSL_", "REQUESTS_")
    return {
        name: value for name, value in os.environ.items() if name.startswith(words) or name.lower().endswith("_proxy")
    }


def place(submission: Path, root: Path) -> None:
    """Put the submission and the metadata where Gradescope does.

    :raises SimulationError: there is no such submission
    """
    copy_submission(submission, root / "submission")
    metadata = {
        "id": 1,
        "created_at": "2026-01-01T12:00:00.000000-05:00",
        "assignment": {
            "id": 2, "course_id": 3, "title": "simulated", "due_date": "2026-01-02T12:00:00.000000-05:00",
            "total_points": "100.0",
        },
        "submission_method": "upload",
        "users": [{"id": 4, "email": "student@example.org", "name": "A Student"}],
        "previous_submissions": [],
    }  # fmt: skip
    (root / "submission_metadata.json").write_text(json.dumps(metadata))


def run(root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """Run run_autograder under Gradescope's limits and look at what it left."""
    ran = started([str(root / "run_autograder")], root, {**ENVIRONMENT, "AUTOGRADER_ROOT": str(root)}, wall)
    results, wrong = read_results(root / "results" / "results.json")
    return dataclasses.replace(ran, results=results, problems=(*ran.problems, *wrong))


def read_results(file: Path) -> tuple[Any, list[str]]:
    """A results.json's contents, and all that is wrong with it."""
    try:
        data = file.read_bytes()
        if len(data) > gradescope_format.MOST_BYTES:
            return None, [f"results.json has {len(data):,} bytes"]
        results = gradescope_format.parse(data)
    except OSError as error:
        return None, [f"results.json cannot be read: {error.strerror}"]
    except ValueError as error:
        return None, [f"results.json is not valid: {error}"]
    problems = gradescope_format.problems(results)
    if isinstance(results, dict) and (results.get("extra_data") or {}).get("grader_fault"):
        problems.append("the grader says that it failed; what it printed says why")
    return results, problems


# -- the terminal -----------------------------------------------------------------------------------------------------


def show(outcome: Outcome, console: Console, platform: str = "gradescope") -> None:
    """Show what the student will see, then what was printed, then what is wrong."""
    for piece in PLATFORMS[platform].pieces(outcome):
        console.print(piece)
    if outcome.stdout.strip():
        console.print(Panel(_literal(outcome.stdout.strip()[-4000:]), title=PLATFORMS[platform].printed))
    memory = "" if outcome.peak is None else f", at most {outcome.peak / (1 << 20):.0f} MB"
    console.print(f"{outcome.seconds:.1f} s{memory}; {outcome.limits}", highlight=False)
    for problem in outcome.problems:
        console.print(Text(f"problem: {printable(problem)}", "bold red"))
    if not outcome.problems:
        console.print(f"what it left is as {PACKAGES[platform].title} documents it", style="green")


def _as_student(outcome: Outcome) -> Iterable[Any]:
    """The pieces of a student's page, as far as a terminal can show them."""
    results = outcome.results
    if not isinstance(results, dict):
        return ()
    tests = [test for test in results.get("tests", ()) if isinstance(test, dict)]
    default = results.get("visibility", "visible")
    hidden = [test for test in tests if test.get("visibility", default) != "visible"]
    most = sum(test.get("max_score", 0) for test in tests)
    total = "the total is hidden, for some tests are" if hidden else f"{results.get('score', '–')} / {most:g}"
    pieces: list[Any] = [Text(f"Autograder score: {total}", "bold")]
    pieces.append(_rendered(str(results.get("output", "")), str(results.get("output_format", "simple_format"))))
    for test in tests:
        if test not in hidden:
            marks = f"({test.get('score')}/{test.get('max_score')})"
            title = _literal(f"{test.get('number', '')}) {test.get('name', '')} {marks}")
            title.stylize("green" if test.get("score") == test.get("max_score") else "red")
            kind = str(test.get("output_format", results.get("test_output_format", "text")))
            pieces.append(Panel(_rendered(str(test.get("output", "")), kind), title=title, title_align="left"))
    return pieces


def _rendered(text: str, kind: str) -> Any:
    return Markdown(printable(text)) if kind == "md" else _literal(text)


def _literal(text: str) -> Text:
    return Text(printable(text))


PLATFORMS = {
    "gradescope": Simulation(gradescope, _as_student, "what was printed: instructors see it"),
    **SIMULATIONS,
}


def newer_than(archive: Path, root: Path = ROOT) -> str:
    """A file that was changed since the zip was built and would be packed, or nothing."""
    packed = [name for name in package.files_of_the_tree(root) if package.is_packed(name) and (root / name).is_file()]
    newest = max(packed, key=lambda name: (root / name).stat().st_mtime)
    return newest if (root / newest).stat().st_mtime > archive.stat().st_mtime else ""


def main() -> int:
    """Run the command line."""
    parser = Parser(
        "simulate",
        description=__doc__.splitlines()[0] if __doc__ else None,
        epilog="Exit status: 0 what it left is in order, 1 it is not or the grader failed, 2 a bad call.",
    )
    parser.add_argument("submission", nargs="?", type=Path, help="a file or a folder (default: the lab's solution)")
    parser.add_argument("--lab", default="q1", choices=lab_names())
    parser.add_argument("--platform", default="gradescope", choices=PLATFORMS)
    parser.add_argument("--keep", action="store_true", help="keep the simulated folder, and say where it is")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that nothing is left lying about
    lab = load_lab(options.lab)
    submission = options.submission or submission_in(SOLUTION, lab)
    zip_alone = options.platform == "gradescope"
    archive = package.target_of(lab.name) if zip_alone else target_of(lab.name, options.platform)
    verb = ["package"] if zip_alone else ["packages", "--platform", options.platform]
    if not archive.is_file():
        print(f"{package.from_here(archive)} is not there; building it")
        tool = [sys.executable, "-m", f"neural_lab.tools.release.{verb[0]}", *verb[1:]]
        if subprocess.run([*tool, "--lab", lab.name]).returncode:
            return 1
    if newer := newer_than(archive):
        again = "make zip" if zip_alone else f"make package PLATFORM={options.platform}"
        print(f"warning: {newer} is newer than the zip; `{again}` packs it", file=sys.stderr)
    root = Path(tempfile.mkdtemp(prefix=f"{options.platform}-"))
    root.chmod(0o755)  # as /autograder: the sandbox's unprivileged worker passes through it
    try:
        outcome = PLATFORMS[options.platform].run(archive, submission, lab, root, WALL_SECONDS)
    except (SimulationError, zipfile.BadZipFile) as error:
        print(f"make simulate: {printable(str(error))}", file=sys.stderr)
        return 2
    finally:
        if options.keep:
            print(f"kept: {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
    show(outcome, Console(), options.platform)
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
