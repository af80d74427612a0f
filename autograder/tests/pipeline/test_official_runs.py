"""The grader as it is run for GitHub Actions and for readers of JUnit XML: files of every kind, attacks, own faults."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import pytest

from neural_lab.tools.course.grader import ENVIRONMENT
from neural_lab.tools.release import schemas
from tests import engine_copy
from tests.classes import stub
from tests.hand_ins import FULL, LAB, SOLUTION, hand_in, with_bodies
from tests.hostile.test_hostile import HERE
from tests.pipeline.test_cli import GRADING

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's")

WRONG = with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n"})
HALF = with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return (1 / (1 + np.exp(-z))).ravel()\n"})
REFUSED = "class Network:\n    def sigmoid(self, z)\n"
FORGED = with_bodies(
    {
        "sigmoid": """@staticmethod
def sigmoid(z):
    print("\\n::error file=q1.py::forged")
    raise ValueError("\\n::error file=q1.py::forged\\r\\n##[error]forged")"""
    }
)


@dataclass(frozen=True)
class Ran:
    """How a run ended, what it printed, and what lies in its folder besides the submission."""

    status: int
    said: str
    folder: Path
    complaints: str

    def written(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    @property
    def commands(self) -> list[str]:
        return [text for text in self.said.splitlines() if text.startswith("::") or "##[" in text]


@pytest.fixture
def ran(tmp_path):
    """Run a platform on a file's text: (platform, text) -> Ran."""

    def run(
        platform: str, text: str, grading: Path = GRADING, python: str = sys.executable, file: str = "q1.py"
    ) -> Ran:
        hand_in(tmp_path, text)
        named = ["--results", "junit.xml"] if platform == "junit" else []
        done = subprocess.run(
            [python, "-s", str(grading), "--platform", platform, *named, file],
            cwd=tmp_path,
            env=ENVIRONMENT | {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, tmp_path, done.stderr)

    return run


def marks_in(ran):
    """(marks, cases, failures, errors) of the JUnit XML."""
    suite = ET.fromstring(ran.written("junit.xml"))
    marks = [float(one.attrib["value"]) for one in suite.iterfind("*/testcase/properties/property[@name='marks']")]
    return sum(marks), *(int(suite.attrib[name]) for name in ("tests", "failures", "errors"))


@pytest.mark.parametrize(
    ("text", "marks", "failures"),
    [(SOLUTION, FULL, 0), (HALF, FULL - 2.5, 1), (stub(), 0, 8)],
    ids=["right", "half", "unfinished"],
)
def test_junit_and_report_say_the_marks(ran, text, marks, failures):
    run = ran("junit", text)
    assert run.complaints == f"written: {run.folder / 'junit.xml'}, and junit.report.json beside it\n"
    assert run.status == 0, run.complaints
    assert marks_in(run) == (marks, len(LAB.lines), failures, 0)
    report = json.loads(run.written("junit.report.json"))
    assert schemas.problems("report", report) == [] and report["marks"] == marks
    assert run.said.startswith("Isolation: ") and report["isolation"]["level"] in run.said


def test_junit_says_error_of_what_cannot_be_graded(ran):
    run = ran("junit", REFUSED)
    assert run.status == 2 and marks_in(run) == (0, len(LAB.lines), 0, len(LAB.lines))


@pytest.fixture
def broken(tmp_path_factory):
    """A grader whose solution is no Python: it fails whatever is handed in."""
    engine = engine_copy.copy_engine(tmp_path_factory.mktemp("broken") / "source", engine_copy.USERS[0])
    (engine.folder / "solution" / "q1.py").write_text("def broken(:\n")
    return engine


def test_a_fault_of_the_grader_leaves_no_junit_not_even_an_earlier_one(ran, broken, tmp_path):
    for name in ("junit.xml", "junit.report.json"):
        (tmp_path / name).write_text("of an earlier run")
    run = ran("junit", SOLUTION, broken.grading, broken.python)
    assert run.status == 1 and not {"junit.xml", "junit.report.json"} & {file.name for file in tmp_path.iterdir()}
    assert "SyntaxError" in run.said + run.complaints


def test_a_wrong_function_is_annotated_on_the_line_that_is_proved(ran):
    run = ran("github", WRONG)
    (command,) = run.commands
    number = WRONG.splitlines().index("        return 1 / (1 + np.exp(z))") + 1
    assert run.status == 0 and command.startswith(f"::error file=q1.py,line={number},endLine={number},title=sigmoid%3A")
    assert f"| **{FULL - 5:g}** | **{FULL:g}** |" in run.written("summary.md")


def test_a_notebook_is_annotated_without_a_line_and_with_its_cell(ran, tmp_path):
    cell: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": WRONG,
    }
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "q1.ipynb").write_text(json.dumps(notebook))
    run = ran("github", WRONG, file="q1.ipynb")
    (command,) = run.commands
    assert command.startswith("::error file=q1.ipynb,title=sigmoid%3A") and "cell 1" in command.lower()


def test_github_is_told_of_each_function_once(ran):
    run = ran("github", stub())
    assert run.status == 0 and len(run.commands) == len({line.function for line in LAB.lines})
    assert f"| **0** | **{FULL:g}** |" in run.written("summary.md")


def test_github_is_told_apart_what_cannot_be_graded_and_a_fault(ran, broken):
    refused, failed = ran("github", REFUSED), ran("github", SOLUTION, broken.grading, broken.python)
    assert (refused.status, failed.status) == (2, 1)
    assert "Cannot be graded" in refused.commands[0] and "The grader itself failed" in failed.commands[0]
    assert len(refused.commands) == len(failed.commands) == 1
    assert "Traceback" not in failed.said, "students read this log"


def test_a_student_cannot_forge_a_command(ran):
    run = ran("github", FORGED)
    (command,) = run.commands
    assert command.startswith("::error file=q1.py,line=") and "title=sigmoid" in command
    assert "\n::error" not in run.written("summary.md") and "\n##[" not in run.written("summary.md")


WORST = (
    "writes_results",
    "writes_results_at_the_end",
    "leaves_a_daemon",
    "kills_the_grader",
    "edits_the_harness",
    "reads_the_solution",
    "forges_replies",
    "prints_fake_results",
    "is_a_memory_bomb",
    "steals_from_callers",
)
EARNS = {"prints_fake_results": FULL - 5, "is_a_memory_bomb": FULL - 5}  # and nothing, the others


@pytest.mark.parametrize("name", [WORST[0], *(pytest.param(name, marks=pytest.mark.sweep) for name in WORST[1:])])
def test_a_hostile_file_earns_its_own_marks(ran, tmp_path, name):
    text = (HERE / f"{name}.py").read_text().replace("{RESULTS}", str(tmp_path / "junit.xml"))
    run = ran("junit", engine_copy.whole(text))
    assert run.status == 0, run.complaints
    assert marks_in(run)[0] == EARNS.get(name, 0)


@pytest.mark.parametrize("named", [[], ["--results", "x.xml"]])
def test_junit_without_its_files_named_is_a_bad_call(tmp_path, named):
    command = [sys.executable, "-s", str(GRADING), "--platform", "junit", *named]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "RESULTS=junit.xml SUBMISSION=q1.py" in done.stderr
