"""The end-to-end run without marks: what a student reads of it, for right, wrong, slow and unfinished files."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from itertools import chain, combinations
from pathlib import Path

import numpy as np
import pytest

from neural_lab.labs.q1 import datasets, smoke_run, words
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.schema.places import ROOT
from neural_lab.tools.course.grader import ENVIRONMENT
from tests.hand_ins import FULL, MARKS, with_bodies

# Predicts what is in `known`, by the bytes of an image, and trains nothing.
FROM_MEMORY = """
def forward_pass(self, x):
    a = np.zeros((self.num_neurons_per_layer_list[-1], 1))
    a[known.get(key(x), 0)] = 1
    return a
"""


def copies_the_test_labels() -> str:
    """A file that answers what the test data it was given say."""
    train = """
        def mini_batch_GD(self, training_data, epochs, mini_batch_size, eta, test_data):
            known.update((key(x), label) for x, label in test_data)
            return [1.0] * epochs
    """
    above = "known = {}\n\n\ndef key(x):\n    return x.tobytes()\n"
    return with_bodies({"forward_pass": FROM_MEMORY, "mini_batch_GD": train}, above=above)


def knows_all_digits_by_heart() -> str:
    """A file that holds the labels of the public data."""
    train = "def mini_batch_GD(self, *given):\n    return [1.0] * given[1]\n"
    data = datasets.load("digits")
    images, labels = np.concatenate([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    known = {hashlib.md5(x.tobytes()).hexdigest()[:8]: int(y) for x, y in zip(images, labels)}
    above = f"""
        import hashlib
        known = {known}


        def key(x):
            return hashlib.md5(x.tobytes()).hexdigest()[:8]
    """
    return with_bodies({"forward_pass": FROM_MEMORY, "mini_batch_GD": train}, above=above)


def headline(source: str, folder: Path, engine: Path = ROOT) -> tuple[str, str]:
    """What the grader's command prints below the table, in one line, and its total."""
    (folder / "q1.py").write_text(source)
    command = [sys.executable, "-s", str(engine / "autograder" / "neural_lab"), str(folder / "q1.py")]
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
    assert accuracy and float(accuracy[1]) > smoke_run.LEAST_ACCURACY
    assert "% accuracy after 1,200 digits. So few digits say little" in text  # the reference's would be the same
    assert total == f"{FULL:g}"


def test_a_file_that_is_right_but_for_its_cost_is_said_to_train_differently(solution: str, tmp_path: Path) -> None:
    text, total = headline(solution.replace("total += 0.5 * np.sum", "total += np.sum"), tmp_path)
    accuracy = r"has another cost history than the reference and reaches ([\d.]+) % .* digits, the reference ([\d.]+) %"
    own, reference = re.search(accuracy, text).groups()  # type: ignore[union-attr]
    assert own == reference  # a cost that is only shown changes no weights
    assert total == f"{FULL - MARKS['cost']:g}"


def test_an_unfinished_file_does_not_run_through(tmp_path: Path) -> None:
    text, total = headline((ROOT / "student" / "q1.py").read_text(), tmp_path)
    assert "does not run through yet (NotImplementedError)" in text
    assert total == "0"


@pytest.mark.one_in(4)
def test_a_slow_right_file_keeps_its_marks_and_is_told_that_training_takes_too_long(
    solution: str, tmp_path: Path
) -> None:
    # in time that grows with the cube of the samples: 99 take 0.1 s, and 1,200 over a minute
    first = "        cost_history = []"
    slow = solution.replace(first, f"        for _ in range(4 * len(training_data) ** 3):\n            pass\n{first}")
    assert slow != solution
    text, total = headline(slow, tmp_path)
    assert "has the reference's cost history. A longer run, on 1,200 digits, is too slow to be trained here." in text
    assert "does not run" not in text
    assert total == "100"


def test_an_exception_in_the_longer_run_alone_is_named_and_not_called_slow(tmp_path: Path) -> None:
    above = "calls = []\n\n\ndef deeper():\n    return deeper()\n"
    difference = """
        def cost_derivative(self, output_activations, y):
            calls.append(1)
            if len(calls) > 1_000:  # of 1,200
                deeper()
            return output_activations - y
    """
    text, total = headline(with_bodies({"cost_derivative": difference}, above=above), tmp_path)
    assert "A longer run, on 1,200 digits, does not run through yet (RecursionError)." in text
    assert "slow" not in text and total == f"{FULL:g}"


def test_a_file_that_ends_its_process_is_neither_slow_nor_an_exception(solution: str, tmp_path: Path) -> None:
    train = "def mini_batch_GD(self, *given):\n    os._exit(3)\n"
    text, _ = headline(with_bodies({"mini_batch_GD": train}, above="import os\n"), tmp_path)
    assert "does not run to its end: the code ended the whole process." in text


@pytest.mark.parametrize(
    "cheat, most",
    [(copies_the_test_labels, smoke_run.LEAST_ACCURACY), (knows_all_digits_by_heart, 0)],  # no digit stands for itself
    ids=["copied", "by heart"],
)
@pytest.mark.one_in(2)
def test_labels_that_were_copied_or_known_before_are_no_accuracy(cheat, most, tmp_path: Path) -> None:
    text, _ = headline(cheat(), tmp_path)
    accuracy = re.search(r"has another cost history than the reference and reaches ([\d.]+) % accuracy", text)
    assert accuracy and float(accuracy[1]) <= most


def test_no_two_numbers_of_a_run_are_equal() -> None:
    """A file that takes one for the other must be seen to."""
    for how in (smoke_run.COMPARED, smoke_run.LEARNED):
        batches, rest = divmod(how.samples, how.batch)
        assert rest == 0
        depth = (len(smoke_run.SIZES), len(smoke_run.SIZES) - 1)
        numbers = chain(smoke_run.SIZES, depth, (*how[:3], batches, smoke_run.WATCHED, smoke_run.TESTED))
        assert [pair for pair in combinations(numbers, 2) if pair[0] == pair[1]] == []


SLOW, RAISED = Failure(FailureKind.TIMEOUT), Failure(FailureKind.RAISED, "ValueError", "x")
ENDED = Failure(FailureKind.KILLED)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("history", "accuracy", "learns", "lacks"),
    [
        ([2.0, 1.0], 0.0, True, ""),
        ([2.0, 1.0], SLOW, True, ""),
        ([2.0, 1.5], smoke_run.LEAST_ACCURACY, True, ""),
        ([2.0, 1.5], 29.9, False, "has neither the reference's cost history nor 30 % accuracy"),
        ([2.0, 1.5], SLOW, False, "has neither the reference's cost history nor 30 % accuracy"),
        (SLOW, 99.0, False, "is too slow to be trained here"),
        (RAISED, RAISED, False, "does not run through yet (ValueError)"),
        (ENDED, ENDED, False, "does not run to its end: the code ended the whole process"),
    ],
)
def test_a_training_teaches_something_if_it_is_the_references_or_accurate(history, accuracy, learns, lacks):
    trained = smoke_run.outcome(history, [2.0, 1.0], accuracy)._replace(reached=60.0)
    assert (trained.learns, words.lacks(trained)) == (learns, lacks)
    told = words.told(trained)
    assert isinstance(history, list) or lacks in told
    assert ("another cost history" in told) == (history == [2.0, 1.5])


def test_another_data_set_in_the_place_of_the_digits_does_as_well(solution: str, tmp_path: Path) -> None:
    """A zip for Gradescope holds one data set, and that may be MNIST."""
    engine = tmp_path / "engine"
    for name in ("autograder", "solution", "student"):
        shutil.copytree(ROOT / name, engine / name, ignore=shutil.ignore_patterns("__pycache__", "tests", "staff"))
    (engine / "data").mkdir()
    shutil.copy(ROOT / "data" / "digits.npz", engine / "data" / "mnist.npz")
    assert "has the reference's cost history and reaches" in headline(solution, tmp_path, engine)[0]
