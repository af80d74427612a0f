"""Whatever is handed in, the grader is not at fault, and the same file gets the same results.

A little of it in every run of the suite. All of it, before a release, by `make proof`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from neural_lab.schema.places import AUTOGRADER
from neural_lab.tools.course.grader import Grader
from neural_lab.tools.release import gradescope_format
from tests import commit, engine_copy, fuzzed
from tests.engine_copy import Engine

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's")
FEW, MANY, AT_ONCE, TWENTY = 20, 10_000, 1_000, 20  # of users there are two


def faults(engine: Engine, numbers: range) -> list[tuple[int, str]]:
    """The numbers of those fuzzed submissions with which the grader was at fault, and how."""
    found = []
    with tempfile.TemporaryDirectory() as name, Grader("q1", engine.grading, engine.python) as grader:
        os.chmod(name, 0o755)
        for number in numbers:
            folder = Path(name) / str(number)
            folder.mkdir()
            fuzzed.make(number, folder)
            engine.hand_over(folder)
            data = grader.grade(folder)
            fault = data["extra_data"].get("fault") or gradescope_format.problems(data)
            unsafe = [letter for letter in _shown(data) if not letter.isprintable() and letter != "\n"]
            if fault or unsafe or not 0 <= data["score"] <= 100:
                found.append((number, str(fault or unsafe or data["score"])))
            shutil.rmtree(folder)
    return found


def _shown(data: dict[str, Any]) -> str:
    return "".join([data["output"], *(test["output"] for test in data["tests"])])


def test_no_fuzzed_file_or_folder_is_a_fault_of_the_grader(engine):
    """The commit draws which."""
    first = commit.number() % (MANY // FEW) * FEW
    assert faults(engine, range(first, first + FEW)) == []


@pytest.mark.sweep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(0, MANY, AT_ONCE))
def test_no_fuzzed_file_or_folder_of_many_thousand_is_a_fault_of_the_grader(engine, first):
    assert faults(engine, range(first, first + AT_ONCE)) == []


HOSTILE = sorted((AUTOGRADER / "tests" / "hostile" / "submissions").glob("*.py"))


@pytest.mark.sweep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.stem)
def test_a_hostile_submission_gets_the_same_results_twenty_times(engine, file):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "q1.py").write_text(engine_copy.whole(file.read_text()))
        engine.hand_over(folder)
        seen = set()
        for _ in range(TWENTY):
            with Grader("q1", engine.grading, engine.python) as grader:
                data = grader.grade(folder)
            del data["execution_time"]
            seen.add(json.dumps(data, sort_keys=True))
    assert len(seen) == 1
