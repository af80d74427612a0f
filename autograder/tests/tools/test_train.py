"""`make train`: the command itself, on small data sets, with right, unfinished, failing and endless submissions."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from neural_lab.labs.q1 import datasets
from neural_lab.schema.places import ROOT
from tests.engine_copy import needs_own_uid

TOOL = ROOT / "autograder" / "neural_lab" / "tools" / "training" / "train.py"
SOLUTION = (ROOT / "solution" / "q1.py").read_text(encoding="utf-8")
SMALL = ["--layers", "784,5,10", "--batch", "10", "--eta", "0.5"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set of 60 digits to train with and 20 to test."""
    digits = datasets.load("digits")
    file = tmp_path_factory.mktemp("data") / "few.npz"
    np.savez(file, x_train=digits.pixels_train[:60], y_train=digits.y_train[:60],
             x_test=digits.pixels_test[:20], y_test=digits.y_test[:20])  # fmt: skip
    return file


@pytest.fixture
def submission(tmp_path):
    """A function that writes a student's q1.py: the solution with a text in it replaced."""

    def write(find="", put=""):
        assert find in SOLUTION
        file = tmp_path / "q1.py"
        file.write_text(SOLUTION.replace(find, put, 1) if find else SOLUTION, encoding="utf-8")
        return file

    return write


def train(*arguments, **keywords):
    return subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True, timeout=120, **keywords)


def history(folder):
    with (folder / "history.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def expected_costs(data, epochs):
    module: dict = {"__name__": "q1", "__file__": "q1.py"}
    exec(compile(SOLUTION, "q1.py", "exec"), module)  # noqa: S102
    training, test = module["load_data"](data)
    return module["NeuralNetwork"](3, [784, 5, 10]).mini_batch_GD(training, epochs, 10, 0.5, test)


@pytest.mark.parametrize("whose", ["solution", "student"])
def test_the_files_own_training_is_shown_epoch_by_epoch_and_drawn(data, submission, tmp_path, whose):
    own = [submission()] if whose == "student" else []
    out = tmp_path / "plots"
    run = train(*own, "--data", data, *SMALL, "--epochs", "3", "--out", out)
    assert run.returncode == 0, run.stderr
    assert "784-5-10, 3 epochs, batches of 10, eta 0.5" in run.stdout and "60 images to train, 20 to test" in run.stdout
    rows = history(out)
    np.testing.assert_allclose([float(row["cost"]) for row in rows], expected_costs(data, 3), rtol=1e-12)
    for row in rows:
        assert f"epoch {row['epoch']} of 3" in run.stdout and f"accuracy {float(row['accuracy']):6.2f} %" in run.stdout
    for name in ("curves.png", "confusion.png", "wrong.png"):
        picture = (out / name).read_bytes()
        assert picture.startswith(b"\x89PNG\r\n\x1a\n") and len(picture) > 5_000


def test_without_options_it_trains_the_solution_with_its_own_hyperparameters(data, tmp_path):
    run = train("--data", data, "--epochs", "1", "--out", tmp_path / "out")
    assert run.returncode == 0 and "training the solution" in run.stdout
    assert "784-8-8-10, 1 epoch, batches of 10" in run.stdout


def test_a_submissions_hyperparameters_count_where_no_option_says_otherwise(data, submission, tmp_path):
    file = submission("[784, 8, 8, 10]", "[784, 6, 10]")
    run = train(file.parent, "--data", data, "--epochs", "2", "--out", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    assert "784-6-10, 2 epochs" in run.stdout


def test_a_submission_without_hyperparameters_is_trained_with_the_handouts(data, submission, tmp_path):
    run = train(
        submission("HYPERPARAMETERS = {", "_OTHER = {"), "--data", data, "--epochs", "1", "--out", tmp_path / "o"
    )
    assert run.returncode == 0, run.stderr
    assert "784-8-8-10, 1 epoch, batches of 10, eta 3;" in run.stdout


def test_the_plots_show_every_digit_and_every_mistake(tmp_path):
    from matplotlib import image

    from neural_lab.tools.training import plots

    labels = np.arange(20) % 10
    outputs = np.eye(10)[labels]
    pixels = np.full((20, 784), 255, dtype=np.uint8)

    def dark(wrong):
        changed = outputs.copy()
        changed[:wrong] = np.roll(changed[:wrong], 1, axis=1)
        plots.mistakes(tmp_path / "wrong.png", "q1.py", pixels, labels, changed)
        picture = image.imread(tmp_path / "wrong.png")[..., :3]
        return int(np.count_nonzero(picture.max(axis=2) == 0))

    none, one, twelve = dark(0), dark(1), dark(12)
    assert none == 0 and one > 500 and 11.9 * one < twelve < 12.1 * one


def test_ctrl_c_keeps_what_is_done(data, submission, tmp_path):
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, TOOL, submission(), "--data", data, *SMALL, "--epochs", "10000", "--out", out],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("epoch     3 "):
            break
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: every process of the group is told
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert "of 10000 epochs" in stdout and "Traceback" not in stderr
    rows = history(out)
    assert 3 <= len(rows) < 10_000 and [row["epoch"] for row in rows] == [str(i + 1) for i in range(len(rows))]
    assert (out / "curves.png").exists()


@needs_own_uid  # what the isolation lacks is told first
def test_a_function_not_written_yet_is_named_and_nothing_is_written(data, tmp_path):
    run = train(ROOT / "student" / "q1.py", "--data", data, "--out", tmp_path / "out")
    assert run.returncode == 2 and run.stderr.count("\n") == 1
    assert "is not written yet (line " in run.stderr and not (tmp_path / "out").exists()


def test_an_exception_is_shown_with_its_place(data, submission, tmp_path):
    run = train(
        submission("return 1 / (1 + np.exp(-z))", "return 1 / np.exp(z) @ z"), "--data", data, "--out", tmp_path / "o"
    )
    assert run.returncode == 2
    assert "error: ValueError" in run.stderr and "in sigmoid, line " in run.stderr and "Traceback" not in run.stderr


def test_epochs_before_a_failure_are_kept(data, submission, tmp_path):
    file = submission(
        "        cost_history = []\n",
        "        cost_history = []\n        self.calls = getattr(self, 'calls', 0) + 1\n"
        "        if self.calls == 3: raise OverflowError('too much')\n",
    )
    run = train(file, "--data", data, *SMALL, "--epochs", "5", "--out", tmp_path / "out")
    assert run.returncode == 0
    assert "OverflowError: too much in mini_batch_GD" in run.stdout and len(history(tmp_path / "out")) == 2


@pytest.mark.parametrize(
    "find, put, message",
    [
        ("return cost_history", "return 'done'", "mini_batch_GD: expected a list with one cost"),
        ("return cost_history", "return cost_history * 2", "mini_batch_GD: expected a list with one cost"),
        ("        return a\n", "        return a[1:]\n", "could not be broadcast"),
        ("class NeuralNetwork:", "class Network:", ""),
        ("        cost_history = []\n", "        import os; os._exit(0)\n", "killed"),
        ("class NeuralNetwork:", "class Broken(:", "SyntaxError"),
    ],
)  # fmt: skip
def test_whatever_a_submission_does_ends_in_one_sentence(data, submission, tmp_path, find, put, message):
    run = train(submission(find, put), "--data", data, *SMALL, "--epochs", "2", "--out", tmp_path / "out")
    assert "Traceback" not in run.stderr and message in run.stderr
    assert run.returncode == (2 if message else 0)  # a class of another name is found all the same


def test_a_submission_writes_nothing_while_it_trains(data, submission, tmp_path):
    target = tmp_path / "written"
    file = submission(
        "        cost_history = []\n",
        "        cost_history = []\n"
        f"        try: open({str(target)!r}, 'w').write('x')\n        except OSError: pass\n",
    )
    tmp_path.chmod(0o777)
    assert train(file, "--data", data, *SMALL, "--epochs", "1", "--out", tmp_path / "out").returncode == 0
    assert not target.exists()


SEARCH = """
import ctypes, os, re
libc = ctypes.CDLL(None)
# What a process is handed when it starts, its arguments and then its environment, lies at the end of its stack.
place = ctypes.cast(ctypes.c_char_p.in_dll(libc, "program_invocation_name"), ctypes.c_void_p).value & ~0xFFF
pages = 0
while libc.mincore(ctypes.c_void_p(place + 0x1000 * pages), 0x1000, ctypes.create_string_buffer(1)) == 0 and pages < 64:
    pages += 1
found = re.findall(rb"token[-]of-[a-z]+", ctypes.string_at(place, 0x1000 * pages))
found += [name for name in os.environ if "SECRET" in name]
"""


def test_a_submission_finds_nothing_of_the_shells_environment(data, submission, tmp_path):
    """Neither in os.environ nor in the memory in which a process is handed it, which outlives a fork."""
    file = submission("cost_history = []", "raise ValueError(f'{pages > 0} {found}')")
    file.write_text(SEARCH + file.read_text())
    run = train(file, "--data", data, *SMALL, "--epochs", "1", env={**os.environ, "SECRET": "token-of-the-shell"})
    assert "ValueError: True []" in run.stderr


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--layers", "784,x,10"], "expected whole numbers such as 784,30,10, got '784,x,10'"),
        (["--layers", "784"], "2 to 20 layers"),
        (["--layers", "100,10"], "784 inputs first"),
        (["--layers", "784,-5,10"], "1 to 2000 neurons"),
        (["--epochs", "0"], "epochs: expected 1 to 10,000, got 0"),
        (["--epochs", "many"], "EPOCHS: invalid int value: 'many'"),
        (["--batch", "0"], "mini_batch_size: expected 1 to 60, got 0"),
        (["--eta", "nan"], "eta: expected a number above 0"),
        (["--data", "nowhere.npz"], "no such file"),
        (["nowhere.py"], "There is nothing at"),
    ],
)
def test_a_wrong_call_is_refused_in_a_sentence(data, tmp_path, arguments, message):
    run = train("--data", data, *arguments, "--out", tmp_path / "out")
    assert run.returncode == 2 and message in run.stderr and "Traceback" not in run.stderr
    assert not (tmp_path / "out").exists()


def test_a_training_need_not_fit_the_leaderboards_budget(data, tmp_path):
    run = train("--data", data, "--layers", "784,300,10", "--epochs", "1", "--out", tmp_path / "out")
    assert run.returncode == 0, run.stderr
