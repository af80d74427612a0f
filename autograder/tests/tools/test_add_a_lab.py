"""A lab is added as docs/new_lab.md says: to a copy of the tree, by `make new-lab` and five files, and then used."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.course.grader import ENVIRONMENT
from neural_lab.tools.release.new_lab import SCAFFOLD
from tests.logistic import FILES

COPIED = (
    *("autograder/neural_lab", "autograder/run_autograder"),
    *("solution", "student", "data", "requirements", "setup.sh", "LICENSE"),
)
RELEASE = "autograder/neural_lab/tools/release"
TOTAL = 20


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the repository with a lab that is begun by the tool, written, and has its stubs made anew."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "mnist.npz"))
        else:
            shutil.copy2(source, target)
    begun = run(root, f"{RELEASE}/new_lab.py", "logistic").stdout
    assert all(f"wrote {name}" in begun for name in (*FILES, "student/logistic.py"))
    run(root, f"{RELEASE}/validate.py", "--lab", "logistic")
    results_of_scaffold = results(root, root / "solution" / "logistic.py")
    assert (results_of_scaffold["score"], len(results_of_scaffold["tests"])) == (10, 2)
    for name, text in FILES.items():
        (root / name).write_text(text)
    run(root, f"{RELEASE}/stubs.py")
    return root


def run(root: Path, tool: str, *arguments: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-s", str(root / tool), *arguments]
    environment = ENVIRONMENT | {"PYTHONPATH": str(root / "autograder")}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=200)
    assert result.returncode == status, result.stdout + result.stderr
    return result


def results(root: Path, submission: Path, lab: str = "logistic") -> dict:
    file = root / "results.json"
    run(root, "autograder/neural_lab", "--lab", lab, "--results", str(file), str(submission))
    return json.loads(file.read_text())


def test_it_has_at_most_a_hundred_lines_beside_the_solution_and_the_page():
    assert sum(text.count("\n") for name, text in FILES.items() if "/labs/" in name) <= 100


def test_what_is_begun_leaves_room_for_two_more_functions_in_a_hundred_lines():
    beside = [text for name, text in SCAFFOLD.items() if not name.startswith("solution/")]
    assert sum(bool(line.strip()) for text in beside for line in text.splitlines()) <= 55


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("logistic", "solution/logistic.py is there already; take another name, or remove it"),
        ("Logistic", "'Logistic' can't be a lab's name; take lower-case letters"),
        ("random", "'random' is a module that students may want to import; take another name"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused(tree, name, said):
    assert said in run(tree, f"{RELEASE}/new_lab.py", name, status=1).stderr


def test_no_slips_are_found_in_it(tree):
    assert "logistic: no slips found" in run(tree, f"{RELEASE}/validate.py", "--lab", "logistic").stdout


def test_its_stub_and_its_table_of_marks_are_made(tree):
    stub = (tree / "student" / "logistic.py").read_text()
    assert 'raise NotImplementedError("gradient")' in stub and "np.exp" not in stub
    assert f"| **{TOTAL}** |" in (tree / "student" / "logistic.md").read_text()


def test_its_solution_gets_all_marks_and_its_stub_none(tree):
    assert results(tree, tree / "solution" / "logistic.py")["score"] == TOTAL
    assert results(tree, tree / "student" / "logistic.py")["score"] == 0


def test_a_mistake_in_a_helper_costs_its_own_marks_and_is_named(tree, tmp_path):
    text = (tree / "solution" / "logistic.py").read_text()
    (tmp_path / "logistic.py").write_text(text.replace("x @ w + b", "x @ w"))
    graded = results(tree, tmp_path)
    assert [test["score"] for test in graded["tests"]] == [4, 0, 4, 8]
    assert "What is your output where all inputs are zero?" in graded["tests"][1]["output"]


@pytest.mark.one_in(2)
def test_its_known_mistakes_are_calibrated(tree, tmp_path):
    calibrate = (f"{RELEASE}/calibrate.py", "--lab", "logistic", "--jobs", "1", "--out", str(tmp_path))
    one = run(tree, *calibrate, "--only", "pre-no-bias").stdout
    assert "1 mistakes: 1 cost exactly" in one and list(tmp_path.iterdir()) == []
    result = run(tree, *calibrate)
    assert "9 cost exactly their own marks" in result.stdout and " 0 cases deviate" in result.stdout
    assert sorted(file.name for file in tmp_path.iterdir()) == ["logistic.csv", "logistic.svg"]


def test_its_zip_is_built_and_proved(tree):
    result = run(tree, f"{RELEASE}/package.py", "--lab", "logistic")
    assert f"{TOTAL} of {TOTAL}" in result.stdout
    assert (tree / "dist" / "autograder-logistic.zip").is_file()


def test_its_handout_is_the_stub_and_the_page(tree):
    run(tree, f"{RELEASE}/handout.py", "--lab", "logistic")
    names = zipfile.ZipFile(tree / "dist" / "handout-logistic.zip").namelist()
    assert [name.removeprefix("neural-lab/") for name in names] == ["LICENSE.txt", "logistic.html", "logistic.py"]


def test_the_other_labs_are_as_they_were(tree):
    listed = run(tree, "autograder/neural_lab", "--help").stdout
    assert "logistic" in listed and "q1" in listed
    assert results(tree, tree / "solution" / "warmups" / "neuron.py", "neuron")["score"] == load_lab("neuron").marks
