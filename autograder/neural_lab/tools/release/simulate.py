"""Run the built zip as Gradescope would (`make simulate SUBMISSION=q1.py`): the last step before an upload.

In an empty folder of its own: extract, setup.sh, submission, metadata, run_autograder, under Gradescope's limits. Then
results.json is checked against the documented format (`gradescope_format`) and shown as the student will see it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from neural_lab.intake.foreign import printable
from neural_lab.isolation.lockdown import die_with_parent
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.places import ROOT, SOLUTION, submission_in
from neural_lab.tools.release import gradescope_format, package
from neural_lab.tools.release.limits import gradescopes_limits

WALL_SECONDS = 600.0  # Gradescope's default
SETUP_SECONDS = 1200.0
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


class SimulationError(Exception):
    """A step failed before there was anything to look at; the message says which and why."""


@dataclass(frozen=True)
class Outcome:
    """What a run left behind.

    :param results: results.json's contents, None if there is none that can be read
    :param problems: what is wrong with it, or with how the run ended
    :param stdout: what the instructor sees
    :param seconds: wall time of run_autograder
    :param limits: in words, the limits it ran under
    :param peak: the most memory used at once, in bytes, where that is known
    """

    results: Any
    problems: tuple[str, ...]
    stdout: str
    seconds: float
    limits: str
    peak: int | None


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
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        for name in ("setup.sh", "run_autograder"):
            if name not in names:
                raise SimulationError(f"{archive.name} has no {name} at its root; Gradescope needs it there")
            if not opened.read(name).startswith(b"#!"):
                raise SimulationError(f"{name} does not begin with a #! line")
        for member in opened.infolist():
            target = Path(opened.extract(member, source))
            if not member.is_dir():
                target.chmod(member.external_attr >> 16 & 0o777 or 0o644)
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
    target = root / "submission"
    if submission.is_dir():
        shutil.copytree(submission, target, symlinks=True)
    elif submission.is_file():
        target.mkdir()
        shutil.copy(submission, target)
    else:
        raise SimulationError(f"there is no file or folder {submission}")
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
    with gradescopes_limits() as limits, tempfile.TemporaryFile() as output:
        simulation = os.getpid()

        def enter() -> None:
            die_with_parent(simulation)
            limits.enter()

        started = time.monotonic()
        process = subprocess.Popen(
            [str(root / "run_autograder")],
            cwd=root,
            env={**ENVIRONMENT, "AUTOGRADER_ROOT": str(root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=enter,  # no other thread runs here
        )
        ending = []
        try:
            if process.wait(wall):
                ending.append(f"run_autograder ended with status {process.returncode}")
        except BaseException as stop:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(stop, subprocess.TimeoutExpired):
                raise
            ending.append(f"run_autograder did not end within {wall:g} s")
        seconds = time.monotonic() - started
        output.seek(0)
        stdout = output.read(1 << 20).decode("utf-8", "replace")
        peak = limits.peak
    results, wrong = read_results(root / "results" / "results.json")
    return Outcome(results, (*ending, *wrong), stdout, seconds, limits.how, peak)


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


def show(outcome: Outcome, console: Console) -> None:
    """Show what the student will see, then what the instructor sees besides, then what is wrong."""
    if isinstance(outcome.results, dict):
        for piece in _as_student(outcome.results):
            console.print(piece)
    if outcome.stdout.strip():
        console.print(Panel(_literal(outcome.stdout.strip()[-4000:]), title="what was printed: instructors see it"))
    memory = "" if outcome.peak is None else f", at most {outcome.peak / (1 << 20):.0f} MB"
    console.print(f"{outcome.seconds:.1f} s{memory}; {outcome.limits}", highlight=False)
    for problem in outcome.problems:
        console.print(Text(f"problem: {printable(problem)}", "bold red"))
    if not outcome.problems:
        console.print("results.json is as Gradescope documents it", style="green")


def _as_student(results: dict[str, Any]) -> list[Any]:
    """The pieces of a student's page, as far as a terminal can show them."""
    tests = [test for test in results.get("tests", ()) if isinstance(test, dict)]
    default = results.get("visibility", "visible")
    hidden = [test for test in tests if test.get("visibility", default) != "visible"]
    most = sum(test.get("max_score", 0) for test in tests)
    total = "the total is hidden, for some tests are" if hidden else f"{results.get('score', '–')} / {most:g}"
    pieces: list[Any] = [Text(f"Autograder score: {total}", "bold")]
    pieces.append(_rendered(str(results.get("output", "")), results.get("output_format", "simple_format")))
    for test in tests:
        if test not in hidden:
            marks = f"({test.get('score')}/{test.get('max_score')})"
            title = _literal(f"{test.get('number', '')}) {test.get('name', '')} {marks}")
            title.stylize("green" if test.get("score") == test.get("max_score") else "red")
            kind = test.get("output_format", results.get("test_output_format", "text"))
            pieces.append(Panel(_rendered(str(test.get("output", "")), kind), title=title, title_align="left"))
    return pieces


def _rendered(text: str, kind: str) -> Any:
    return Markdown(printable(text)) if kind == "md" else _literal(text)


def _literal(text: str) -> Text:
    return Text(printable(text))


def newer_than(archive: Path, root: Path = ROOT) -> str:
    """A file that was changed since the zip was built and would be packed, or nothing."""
    packed = [name for name in package.files_of_the_tree(root) if package.is_packed(name) and (root / name).is_file()]
    newest = max(packed, key=lambda name: (root / name).stat().st_mtime)
    return newest if (root / newest).stat().st_mtime > archive.stat().st_mtime else ""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="make simulate",
        description=__doc__.splitlines()[0] if __doc__ else None,
        epilog="Exit status: 0 results.json is in order, 1 it is not or the grader failed, 2 a bad call.",
    )
    parser.add_argument("submission", nargs="?", type=Path, help="a file or a folder (default: the lab's solution)")
    parser.add_argument("--lab", default="q1", choices=lab_names())
    parser.add_argument("--keep", action="store_true", help="keep the simulated folder, and say where it is")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that nothing is left lying about
    lab = load_lab(options.lab)
    submission = options.submission or submission_in(SOLUTION, lab)
    archive = ROOT / "dist" / f"autograder-{lab.name}.zip"
    if not archive.is_file():
        print(f"{archive.relative_to(ROOT)} is not there; building it")
        tool = Path(__file__).with_name("package.py")
        if subprocess.run([sys.executable, str(tool), "--lab", lab.name]).returncode:
            return 1
    if newer := newer_than(archive):
        print(f"warning: {newer} is newer than the zip; `make zip` packs it", file=sys.stderr)
    root = Path(tempfile.mkdtemp(prefix="gradescope-"))
    root.chmod(0o755)  # as /autograder: the sandbox's unprivileged worker passes through it
    try:
        outcome = simulate(archive, submission, root)
    except (SimulationError, zipfile.BadZipFile) as error:
        print(f"make simulate: {printable(str(error))}", file=sys.stderr)
        return 2
    finally:
        if options.keep:
            print(f"kept: {root}")
        else:
            shutil.rmtree(root, ignore_errors=True)
    show(outcome, Console())
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
