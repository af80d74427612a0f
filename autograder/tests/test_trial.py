"""The end-to-end run without marks: what a student reads of it, for right, wrong, slow and unfinished files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from staff.grader import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]


def headline(source: str, folder: Path) -> tuple[str, str]:
    """What the grader's command prints below the table, in one line, and its total."""
    (folder / "q1.py").write_text(source)
    command = [sys.executable, "-s", str(ROOT / "autograder" / "grading"), str(folder / "q1.py")]
    printed = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True, timeout=120).stdout
    total = re.search(r"total\W+([\d.]+)", printed)
    assert total, printed
    return " ".join(printed.split()), total[1]


@pytest.fixture(scope="module")
def solution() -> str:
    return (ROOT / "solution" / "q1.py").read_text()


def test_a_right_file_has_the_references_history_and_learns(solution: str, tmp_path: Path) -> None:
    text, total = headline(solution, tmp_path)
    accuracy = re.search(r"has the reference's cost history and reaches ([\d.]+) % accuracy", text)
    assert accuracy and float(accuracy[1]) > 50
    assert total == "100"


def test_a_file_that_is_right_but_for_its_cost_is_said_to_train_differently(solution: str, tmp_path: Path) -> None:
    text, total = headline(solution.replace("total += 0.5 * np.sum", "total += np.sum"), tmp_path)
    assert "has another cost history than the reference" in text
    assert total == "95"


def test_an_unfinished_file_does_not_run_through(tmp_path: Path) -> None:
    text, total = headline((ROOT / "student" / "q1.py").read_text(), tmp_path)
    assert "does not run through yet (NotImplementedError)" in text
    assert total == "0"


def test_a_slow_right_file_keeps_its_marks_and_is_told_that_training_takes_too_long(
    solution: str, tmp_path: Path
) -> None:
    answer = "        return output_activations - y"
    slow = solution.replace(answer, f"        for _ in range(200_000):\n            pass\n{answer}")
    text, total = headline(slow, tmp_path)
    assert "is too slow for 5 epochs here" in text
    assert total == "100"
