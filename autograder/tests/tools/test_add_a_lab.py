"""Adding a lab takes four new files and `make stubs`; here a toy lab is added to a copy of the tree, and used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.course.grader import ENVIRONMENT

COPIED = (
    *("autograder/neural_lab", "autograder/run_autograder"),
    *("solution", "student", "data/digits.npz", "requirements", "setup.sh", "LICENSE"),
)

FILES = {
    "solution/thermometer.py": '''
"""thermometer: degrees Celsius and Fahrenheit."""

import numpy as np


def fahrenheit(celsius):
    """Degrees Fahrenheit.

    :param celsius: numpy array of any shape
    :return: numpy array of the same shape
    """
    # TODO: water freezes at 32 and boils at 212 degrees Fahrenheit
    # BEGIN ANSWER
    return 1.8 * celsius + 32
    # END ANSWER


def warmest(celsius):
    """The highest of several temperatures, in degrees Fahrenheit.

    :param celsius: numpy array (N,)
    :return: float
    """
    # TODO: use fahrenheit
    # BEGIN ANSWER
    return float(np.max(fahrenheit(celsius)))
    # END ANSWER
''',
    "autograder/neural_lab/labs/thermometer/rubric.py": '''
"""The marks of the thermometer lab."""

from neural_lab.schema.contracts import Elementwise
from neural_lab.schema.lab import Function, Lab, Line, Part
from neural_lab.labs.thermometer import probes
from neural_lab.labs.thermometer.mistakes import MISTAKES

LAB = Lab(
    name="thermometer",
    title="Degrees",
    modules=("thermometer",),
    functions=(
        Function("fahrenheit", "thermometer", takes=(Elementwise(),)),
        Function("warmest", "thermometer"),
    ),
    lines=(
        Line("1.1", "fahrenheit", "fahrenheit", (Part("several", "several temperatures", 4, probes.fahrenheit),)),
        Line("1.2", "warmest", "warmest", (Part("several", "several temperatures", 6, probes.warmest),)),
    ),
    mistakes=MISTAKES,
)
''',
    "autograder/neural_lab/labs/thermometer/probes.py": '''
"""The probes of the thermometer lab."""

from neural_lab.schema.observations import Call, Observation
from neural_lab.schema.lab import probe

SEVERAL = {"temperatures": 5}


@probe("fahrenheit")
def fahrenheit(session, rng):
    call = Call("fahrenheit", "{function} of {temperatures}", sizes=SEVERAL)
    return (Observation(call, session.call("thermometer", "fahrenheit", rng.normal(10, 20, 5))),)


@probe("warmest")
def warmest(session, rng):
    call = Call("warmest", "{function} of {temperatures}", sizes=SEVERAL)
    return (Observation(call, session.call("thermometer", "warmest", rng.normal(10, 20, 5))),)
''',
    "autograder/neural_lab/labs/thermometer/mistakes.py": '''
"""The bank of the thermometer lab."""

from neural_lab.schema.lab import Edit, Mistake

MISTAKES = (
    Mistake("f-no-offset", "fahrenheit", (Edit(" + 32", ""),), "At how many degrees does water freeze?"),
    Mistake("f-inverse", "fahrenheit", (Edit("1.8 *", "1 / 1.8 *"),), "Are its degrees larger or smaller?"),
    Mistake("w-coldest", "warmest", (Edit("np.max", "np.min"),), "The highest or the lowest?"),
)
''',
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the repository with the toy lab's four files and the stubs made anew."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text.lstrip())
    run(root, "autograder/neural_lab/tools/release/stubs.py")
    return root


def run(root: Path, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-s", str(root / tool), *arguments]
    environment = ENVIRONMENT | {"PYTHONPATH": str(root / "autograder")}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=200)
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def results(root: Path, submission: Path, lab: str = "thermometer") -> dict:
    file = root / "results.json"
    run(root, "autograder/neural_lab", "--lab", lab, "--results", str(file), str(submission))
    return json.loads(file.read_text())


def test_adding_a_lab_takes_four_files():
    assert len(FILES) == 4


def test_its_stub_is_made_from_its_solution(tree):
    stub = (tree / "student" / "thermometer.py").read_text()
    assert 'raise NotImplementedError("fahrenheit")' in stub and "1.8" not in stub


def test_its_solution_gets_all_marks_and_its_stub_none(tree):
    assert results(tree, tree / "solution" / "thermometer.py")["score"] == 10
    assert results(tree, tree / "student" / "thermometer.py")["score"] == 0


def test_a_mistake_in_a_helper_costs_its_own_marks_and_is_named(tree, tmp_path):
    text = (tree / "solution" / "thermometer.py").read_text()
    (tmp_path / "thermometer.py").write_text(text.replace("1.8 * celsius + 32", "1.8 * celsius"))
    graded = results(tree, tmp_path)
    assert [test["score"] for test in graded["tests"]] == [0, 6]
    assert "At how many degrees does water freeze?" in graded["tests"][0]["output"]


def test_its_known_mistakes_are_calibrated(tree, tmp_path):
    result = run(
        tree,
        "autograder/neural_lab/tools/release/calibrate.py",
        "--lab",
        "thermometer",
        "--jobs",
        "1",
        "--out",
        str(tmp_path),
    )
    assert "3 cost exactly their own marks" in result.stdout and " 0 cases deviate" in result.stdout


def test_its_zip_is_built_and_proved(tree):
    result = run(tree, "autograder/neural_lab/tools/release/package.py", "--lab", "thermometer")
    assert "10 of 10" in result.stdout
    assert (tree / "dist" / "autograder-thermometer.zip").is_file()


def test_the_other_labs_are_as_they_were(tree):
    listed = run(tree, "autograder/neural_lab", "--help").stdout
    assert "thermometer" in listed and "q1" in listed
    assert results(tree, tree / "solution" / "warmups" / "neuron.py", "neuron")["score"] == load_lab("neuron").marks
