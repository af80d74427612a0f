"""Platforms other than Gradescope, simulated: each one's folders, its way to start a package, and what it reads of it.

Each follows the platform's documentation; none was compared with the platform itself.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from neural_lab.intake.foreign import printable
from neural_lab.isolation.lockdown import closed_to_others
from neural_lab.schema.lab import Lab
from neural_lab.tools.release import schemas
from neural_lab.tools.release.started import (
    ENVIRONMENT,
    WALL_SECONDS,
    Outcome,
    SimulationError,
    copy_submission,
    extract,
    parsed,
    started,
    write_json,
)

NOBODY = 65534


class Simulation(NamedTuple):
    """A platform as it is simulated.

    :param run: (package, submission, lab, empty folder, seconds) -> what came of it
    :param pieces: what the student would see of that, for a terminal
    :param printed: what its log is called, and who reads it
    """

    run: Callable[[Path, Path, Lab, Path, float], Outcome]
    pieces: Callable[[Outcome], Iterable[Any]]
    printed: str


def _with_python() -> dict[str, str]:
    """The environment of an image that has Python and what the grader needs: this one's."""
    return ENVIRONMENT | {"PATH": f"{Path(sys.prefix) / 'bin'}:{ENVIRONMENT['PATH']}"}


def _title(text: str) -> Text:
    return Text(printable(text), "bold")


def _panel(text: str, title: str, right: bool) -> Panel:
    return Panel(Text(printable(text)), title=Text(title, "green" if right else "red"), title_align="left")


# -- PrairieLearn -----------------------------------------------------------------------------------------------------


def prairielearn(archive: Path, submission: Path, lab: Lab, root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """Run the question's entrypoint below a folder in the place of /grade.

    :raises SimulationError: the package has no such question, or there is no such submission
    """
    extract(archive, root / "course")
    infos = [*(root / "course" / "questions").glob("*/info.json")]
    if len(infos) != 1:
        raise SimulationError(f"{archive.name} has {len(infos)} questions, 1 was expected")
    info = json.loads(infos[0].read_text("utf-8"))
    wrong = schemas.problems("prairielearn_question", info)
    options = info["externalGradingOptions"]
    grade = root / "grade"
    for name in options["serverFilesCourse"]:
        shutil.copytree(root / "course" / "serverFilesCourse" / name, grade / "serverFilesCourse" / name)
    copy_submission(submission, grade / "student")
    write_json(grade / "data" / "data.json", {"params": {}, "variant_seed": 1, "submitted_answers": {}})
    command = [word.replace("/grade/", f"{grade}/") for word in options["entrypoint"]]
    environment = _with_python() | {"NEURAL_LAB_ROOT": str(grade)}
    ran = started(command, grade, environment, min(wall, options["timeout"]))
    file = grade / "results" / "results.json"
    if not file.is_file():
        return dataclasses.replace(ran, problems=(*wrong, *ran.problems, "no results: the grading job has failed"))
    data = file.read_bytes()
    results, unreadable = parsed(data)
    told = unreadable or schemas.problems("prairielearn", results)
    if len(data) > 1_000_000:
        told.append(f"results.json has {len(data):,} bytes; PrairieLearn takes 1 MB")
    return dataclasses.replace(ran, results=results, problems=(*wrong, *ran.problems, *told))


def _prairielearn_pieces(outcome: Outcome) -> Iterator[Any]:
    results = outcome.results
    if not isinstance(results, dict):
        return
    if not results.get("gradable", True):
        yield _title("Invalid submission, not gradable: no attempt is used")
        for text in results.get("format_errors", ()):
            yield Text(printable(text))
        return
    yield _title(f"Score: {100 * results['score']:.0f} %")
    yield Text(printable(results.get("output", "")))
    for test in results.get("tests", ()):
        right = test["points"] == test["max_points"]
        yield _panel(test.get("output", ""), f"[{test['points']:g}/{test['max_points']:g}] {test['name']}", right)


# -- Autolab ----------------------------------------------------------------------------------------------------------


def autolab(archive: Path, submission: Path, lab: Lab, root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """Run make in a folder that holds the two files and the hand-in, as a user without privileges.

    :raises SimulationError: there is no such submission, or it is no single file
    """
    extract(archive, root / "uploaded")
    folder = root / "autolab"
    folder.mkdir(mode=0o755)
    shutil.copy(root / "uploaded" / "autograde.tar", folder)
    shutil.copy(root / "uploaded" / "autograde-Makefile", folder / "Makefile")
    shutil.rmtree(root / "uploaded")  # the site's own copy is on another machine
    handed_in = submission / f"{lab.modules[-1]}.py" if submission.is_dir() else submission
    if not handed_in.is_file():
        raise SimulationError(f"there is no file {handed_in}; Autolab takes one file")
    shutil.copy(handed_in, folder / f"{lab.modules[-1]}.py")
    ran = started(["make", "--no-print-directory"], folder, _with_python(), wall, _nobody(folder))
    lines = ran.stdout.rstrip("\n").split("\n")
    results, _ = parsed(lines[-1].encode())
    if not isinstance(results, dict) or "scores" not in results:  # no scores are entered, whatever it was
        return ran
    wrong = schemas.problems("autolab", results)
    feedback, unreadable = parsed(lines[-2].encode())
    wrong += unreadable or schemas.problems("autolab_feedback", feedback)
    return dataclasses.replace(ran, results=results, problems=(*ran.problems, *wrong))


def _nobody(folder: Path) -> Callable[[], None]:
    """Gives the folder to a user without privileges, and the call by which a process becomes that user."""
    if os.geteuid() != 0 or closed_to_others(Path(sys.prefix)) is not None:
        return lambda: None
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)

    def become() -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    return become


def _autolab_pieces(outcome: Outcome) -> Iterator[Any]:
    if outcome.results is None:
        yield _title("no scores were entered")
    else:
        scores: Mapping[str, float] = outcome.results["scores"]
        yield _title(", ".join(f"{name}: {score:g}" for name, score in scores.items()))
        yield _title(f"total: {sum(scores.values()):g}")


# -- Classroom 50 and GitHub Actions ----------------------------------------------------------------------------------


def _checkout(submission: Path, lab: Lab, folder: Path) -> None:
    """A student's repository with one commit, which holds the submission."""
    copy_submission(submission, folder)
    if submission.is_file():
        (folder / submission.name).rename(folder / f"{lab.modules[-1]}.py")
    author = ["-c", "user.name=A Student", "-c", "user.email=student@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "handed in"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def classroom50(archive: Path, submission: Path, lab: Lab, root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """Run the bundle's autograder.py in a student's checkout.

    :raises SimulationError: there is no such submission
    """
    extract(archive, root)
    checkout = root / "checkout"
    _checkout(submission, lab, checkout)
    site = "https://example.org/student/q1"
    environment = _with_python() | {
        "CLASSROOM": "a-classroom",
        "ASSIGNMENT": lab.name,
        "ASSIGNMENT_TYPE": "individual",
        "OWNER": "student",
        "USERNAME": "student",
        "SUBMISSION_TAG": "submit/1",
        "COMMIT_URL": f"{site}/commit/1",
        "RELEASE_URL": f"{site}/releases/1",
        "REVIEW_URL": f"{site}/pull/1",
        "CLASSROOM50_BUNDLE_DIR": str(root / "bundle"),
    }
    ran = started(["python3", str(root / "bundle" / "autograder.py")], checkout, environment, wall)
    file = checkout / "result.json"
    if not file.is_file():
        return dataclasses.replace(ran, problems=(*ran.problems, "no result.json: nothing is published"))
    results, unreadable = parsed(file.read_bytes())
    wrong = unreadable or schemas.problems("classroom50", results)
    body = (checkout / "release-body.md").read_text("utf-8")
    return dataclasses.replace(
        ran, results=None if wrong else results | {"body": body}, problems=(*ran.problems, *wrong)
    )


def _classroom50_pieces(outcome: Outcome) -> Iterator[Any]:
    results = outcome.results
    if results is None:
        yield _title("nothing is published; an earlier result stays")
        return
    yield _title(f"{results['owner']}: {results['score']} of {results['max-score']} points")
    yield Markdown(printable(results["body"]))


def github(archive: Path, submission: Path, lab: Lab, root: Path, wall: float = WALL_SECONDS) -> Outcome:
    """Run the last step of the template's workflow in a student's checkout.

    :raises SimulationError: there is no such submission
    """
    extract(archive, root)
    checkout = root / "checkout"
    shutil.copytree(root / "template", checkout)
    _checkout(submission, lab, checkout)
    workflow = yaml.safe_load((checkout / ".github/workflows/self-check.yml").read_text("utf-8"))
    (job,) = workflow["jobs"].values()
    summary = root / "summary.md"
    environment = _with_python() | {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_ACTIONS": "true"}
    ran = started(["bash", "-ec", job["steps"][-1]["run"]], checkout, environment, wall)
    text = summary.read_text("utf-8") if summary.is_file() else ""
    commands = [line for line in ran.stdout.splitlines() if line.startswith("::") or "##[" in line]
    return dataclasses.replace(ran, results={"summary": text, "commands": commands})


def _github_pieces(outcome: Outcome) -> Iterator[Any]:
    for command in outcome.results["commands"]:
        yield Panel(Text(printable(command)), title="an annotation", title_align="left")
    yield Markdown(printable(outcome.results["summary"]))


SIMULATIONS = {
    "prairielearn": Simulation(prairielearn, _prairielearn_pieces, "what was printed: instructors see it"),
    "autolab": Simulation(autolab, _autolab_pieces, "what was printed: students see it"),
    "classroom50": Simulation(classroom50, _classroom50_pieces, "the job's log: students see it"),
    "github": Simulation(github, _github_pieces, "the job's log: students see it"),
}
