"""The leaderboard in a whole Gradescope run: an entry, a reason, or nothing, and never a change of the marks."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.hyperparameters import ORDER, SEEDS
from neural_lab.labs.q1.trainer import Trainer, initial_parameters
from neural_lab.schema.places import ROOT
from neural_lab.tools.course.grader import ENVIRONMENT
from neural_lab.tools.release import gradescope_format
from tests.engine_copy import USERS, copy_engine, needs_own_uid
from tests.hand_ins import FULL, with_bodies
from tests.pipeline.test_smoke_run import copies_the_test_labels, knows_all_digits_by_heart

SOLUTION = (ROOT / "solution" / "q1.py").read_text(encoding="utf-8")
QUICK = """HYPERPARAMETERS = {
    "num_neurons_per_layer_list": [784, 8, 10],
    "epochs": 2,
    "mini_batch_size": 50,
    "eta": 2.0,
}
"""
# it costs no more computing than is allowed
GREEDY = QUICK.replace("50", "1437").replace(": 2,", ": 1,").replace("784, 8, 10", "784, 2000, 2000, 500, 10")
ENDLESS = "def mini_batch_GD(self, *given):\n    while True:\n        pass\n"
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox's layers are Linux's"),
    needs_own_uid,  # a Gradescope run gives no marks without
]


def grade(tmp_path, hyperparameters, lab="q1", text=SOLUTION, engine=ROOT / "autograder" / "neural_lab", fails=""):
    """The results of a Gradescope run on the solution with other hyperparameters.

    :param fails: how an extra is to fail
    """
    start, end = text.index("HYPERPARAMETERS = {"), text.index("\n}\n") + 3
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / f"{lab}.py").write_text(text[:start] + hyperparameters + text[end:], encoding="utf-8")
    environment = {**ENVIRONMENT, "AUTOGRADER_ROOT": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-s", engine, "--platform", "gradescope"],
        env=environment, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert run.returncode == 0 and ("Traceback" in run.stdout) == bool(fails), run.stdout + run.stderr
    assert fails in run.stdout
    results = json.loads((tmp_path / "results" / "results.json").read_text())
    assert gradescope_format.problems(results) == []
    return results


def lines(results):
    return [test for test in results["tests"] if test["tags"] == ["HYPERPARAMETERS"]]


def test_the_median_of_the_graders_own_trainings_is_entered_and_told_without_marks(tmp_path):
    results = grade(tmp_path, QUICK)
    digits = datasets.load("digits")
    accuracies = []
    for seed in SEEDS:
        trainer = Trainer([784, 8, 10], ORDER)
        trainer.weights, trainer.biases = initial_parameters([784, 8, 10], seed)
        trainer.train(digits.pixels_train, datasets.one_hot(digits.y_train), 2, 50, 2.0)
        accuracies.append(100 * trainer.correct(digits.pixels_test, digits.y_test) / len(digits.y_test))
    (line,) = lines(results)
    np.testing.assert_allclose(line["extra_data"]["accuracies"], accuracies, atol=100 / len(digits.y_test))
    expected = {"name": "accuracy on digits (%)", "value": round(np.median(line["extra_data"]["accuracies"]), 2)}
    assert results["leaderboard"] == [{**expected, "order": "desc"}]
    assert line["score"] == line["max_score"] == 0 and "784-8-10, 2 epochs" in line["output"]
    assert "set for MNIST" in line["output"]
    assert results["score"] == FULL == sum(test["max_score"] for test in results["tests"])


def test_the_code_of_the_submission_plays_no_part_in_the_accuracy(tmp_path):
    (tmp_path / "right").mkdir()
    (tmp_path / "other").mkdir()
    doubled = SOLUTION.replace("total += 0.5 * np.sum", "total += np.sum")
    right, other = grade(tmp_path / "right", QUICK), grade(tmp_path / "other", QUICK, text=doubled)
    assert other["score"] == 95 and other["leaderboard"] == right["leaderboard"]


@pytest.mark.parametrize(
    "text, lacks",
    [
        ((ROOT / "student" / "q1.py").read_text(encoding="utf-8"), "yours does not run through yet"),
        (copies_the_test_labels(), "yours has neither the reference's cost history nor 30 % accuracy"),
        (knows_all_digits_by_heart(), "yours has neither the reference's cost history nor 30 % accuracy"),
        (with_bodies({"mini_batch_GD": ENDLESS}), "yours was not run, for time ran out before"),
    ],
    ids=["unwritten", "copied labels", "digits known by heart", "endless"],
)
@pytest.mark.one_in(4)
def test_a_file_that_trains_nothing_has_no_entry_and_reads_why(tmp_path, text, lacks):
    results = grade(tmp_path, QUICK, text=text, engine=copy_engine(tmp_path / "source", USERS[0]).grading)
    (line,) = lines(results)
    assert lacks in line["output"] and "no marks are lost" in line["output"]
    assert "leaderboard" not in results and line["extra_data"] == {}


@pytest.mark.parametrize(
    "hyperparameters, message",
    [
        (QUICK.replace("2.0", "-1"), "eta: expected a number above 0"),
        (QUICK.replace('"epochs": 2', '"epochs": 9999').replace("[784, 8, 10]", "[784, 500, 10]"), "multiply-adds"),
        (GREEDY, "MB of memory"),
        ("HYPERPARAMETERS = [784, 8, 10]\n", "expected a dictionary"),
        ("class Evil(dict):\n    def get(self, *a): raise SystemExit\nHYPERPARAMETERS = Evil()\n", "is missing"),
    ],
)
@pytest.mark.one_in(2)
def test_wrong_hyperparameters_get_the_reason_no_entry_and_cost_nothing(tmp_path, hyperparameters, message):
    results = grade(tmp_path, hyperparameters)
    (line,) = lines(results)
    assert message in line["output"] and "no marks are lost" in line["output"]
    assert "leaderboard" not in results and results["score"] == FULL


@pytest.mark.parametrize("hyperparameters", ["", "HYPERPARAMETERS = None\n"])
def test_a_submission_without_hyperparameters_is_fine(tmp_path, hyperparameters):
    text = SOLUTION.replace("\ndef main():", "\ndef main_of_old():").replace("    main()\n", "    pass\n")
    results = grade(tmp_path, hyperparameters, text=text)
    assert lines(results) == [] and "leaderboard" not in results and results["score"] == FULL


def test_only_q1_has_a_leaderboard():
    from neural_lab.labs.q1.leaderboard import leaderboard
    from neural_lab.schema.discovery import lab_names, load_lab

    assert [name for name in lab_names() if leaderboard in load_lab(name).extras] == ["q1"]


def test_the_results_are_the_same_again(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    one, other = grade(first, QUICK), grade(second, QUICK)
    one["execution_time"] = other["execution_time"]
    assert one == other


def test_marks_stand_where_there_is_no_data_set_to_train_on(tmp_path):
    engine = copy_engine(tmp_path / "source", USERS[0], short=False)
    for file in (engine.folder / "data").glob("*.npz"):
        file.unlink()
    results = grade(tmp_path, QUICK, engine=engine.grading, fails="DataSetError")
    assert results["score"] == FULL and lines(results) == [] and "leaderboard" not in results
