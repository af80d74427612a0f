"""Gradescope's entry script, with a stand-in for the grader: what a failing grader leaves, and what it is given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from neural_lab.schema.places import ROOT


@pytest.fixture
def gradescope(tmp_path):
    """An AUTOGRADER_ROOT, in a folder with a space, whose grader is still missing."""
    root = tmp_path / "auto grader"
    (root / "source" / "autograder").mkdir(parents=True)
    (root / "source" / "autograder" / "lab").write_text("q1\n")
    (root / "venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "autograder" / "run_autograder", root)
    return root


def grader_is(root, text):
    """Put a shell script in the place of the environment's Python."""
    python = root / "venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{text}\n")
    python.chmod(0o755)


def start(root, **more):
    environment = os.environ | {"AUTOGRADER_ROOT": str(root)} | more
    return subprocess.run([root / "run_autograder"], env=environment, cwd=root, capture_output=True, timeout=60)


def results_of(root):
    return json.loads((root / "results" / "results.json").read_text())


@pytest.mark.parametrize(
    "grader",
    [None, "exit 3", "kill -9 $$", "kill -SEGV $$", "exec /no/such/python"],
    ids=["missing", "failing", "killed", "crashing", "broken"],
)
def test_whatever_happens_to_the_grader_a_valid_result_says_that_it_was_not_the_student(gradescope, grader):
    if grader:
        grader_is(gradescope, grader)
    assert start(gradescope).returncode != 0
    results = results_of(gradescope)
    assert "score" not in results and results["extra_data"] == {"grader_fault": True} and results["tests"] == []
    assert results["output_format"] == "text" and results["stdout_visibility"] == "hidden"
    assert "nothing about your submission" in results["output"]


def test_a_missing_lab_file_leaves_the_fallback(gradescope):
    (gradescope / "source" / "autograder" / "lab").unlink()
    grader_is(gradescope, "exit 0")
    assert start(gradescope).returncode != 0
    assert results_of(gradescope)["extra_data"]["grader_fault"] is True


def test_nothing_of_the_harness_environment_reaches_the_grader(gradescope):
    record = gradescope / "environment"
    grader_is(gradescope, f'cat /proc/$$/environ > "{record}"; printf "%s\\n" "$@" > "{record}.args"')
    start(gradescope, HARNESS_TOKEN="secret", PYTHONPATH="/tmp", LD_PRELOAD="")
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc to look at the environment that a process was started with")
    given = set(filter(None, record.read_text().split("\0")))
    assert given == {"PYTHONHASHSEED=0", "PATH=/usr/bin:/bin", "LANG=C.UTF-8", f"AUTOGRADER_ROOT={gradescope}"}
    grader = str(gradescope / "source" / "autograder" / "neural_lab")
    assert Path(f"{record}.args").read_text().splitlines() == ["-s", grader, "--platform", "gradescope", "--lab", "q1"]


def test_the_graders_own_result_replaces_the_fallback(gradescope):
    results = gradescope / "results"
    grader_is(gradescope, f"""cd "{results}" && echo '{{"score": 7}}' > new && mv new results.json""")
    assert start(gradescope).returncode == 0
    assert results_of(gradescope) == {"score": 7}
    assert [file.name for file in results.iterdir()] == ["results.json"]


def test_a_link_in_the_place_of_the_result_is_replaced_and_not_written_through(gradescope, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (gradescope / "results").mkdir()
    (gradescope / "results" / "results.json").symlink_to(victim)
    start(gradescope)
    assert victim.read_text() == "untouched"
    assert not (gradescope / "results" / "results.json").is_symlink() and results_of(gradescope)["tests"] == []


def test_other_users_cannot_read_the_result(gradescope):
    start(gradescope)
    assert (gradescope / "results" / "results.json").stat().st_mode & 0o077 == 0
