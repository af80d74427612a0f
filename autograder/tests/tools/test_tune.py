"""tune.py, and the summary of `python q1.py`, as students run them, and their numbers against the leaderboard's."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.hyperparameters import SEEDS, Hyperparameters, leaderboard, tier
from neural_lab.schema.places import DATA, ROOT, SOLUTION
from neural_lab.tools.release.leaderboard_numbers import outdated, with_numbers

QUICK = ("--net", "784,12,10", "--epochs", "2", "--eta", "2")


@pytest.fixture
def desk(tmp_path) -> Path:
    """A student's folder with finished work; its name has a space."""
    folder = tmp_path / "neural lab"
    folder.mkdir()
    for file in (*SOLUTION.glob("*.py"), DATA / "digits.npz"):
        shutil.copy(file, folder)
    return folder


def run(folder: Path, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=folder, input=said, capture_output=True, text=True, timeout=120, check=False
    )


def notebook(folder: Path) -> list[dict[str, str]]:
    with (folder / "notebook.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_its_measure_is_the_leaderboards(desk):
    done = run(desk, "tune.py", *QUICK, said="80 %\n")
    assert done.returncode == 0, done.stderr
    entry = leaderboard(Hyperparameters((784, 12, 10), 2, 10, 2.0), datasets.load("digits"))
    (row,) = notebook(desk)
    assert [row[f"seed {seed}"] for seed in SEEDS] == [f"{accuracy:.2f}" for accuracy in entry.accuracies]
    assert row["median"] == f"{entry.accuracy:.2f}"
    assert f"median {entry.accuracy:.2f} %, from {min(entry.accuracies):.2f} to" in done.stdout
    assert row["predicted"] == "80.0"
    assert f"you said 80 %: {entry.accuracy - 80:+.1f} points" in done.stdout


def test_it_asks_before_it_shows_anything_and_notes_every_run(desk):
    done = run(desk, "tune.py", *QUICK, said="about 90\n91,5\n")
    assert done.stdout.index("What will the median be") < done.stdout.index("seed 400")
    assert "A number, such as 90." in done.stdout
    again = run(desk, "tune.py", *QUICK, "--eta", "0.5")
    assert again.returncode == 0
    first, second = notebook(desk)
    assert (first["predicted"], first["eta"], second["predicted"], second["eta"]) == ("91.5", "2.0", "", "0.5")


def test_without_options_it_takes_the_files_own_values(desk):
    text = re.sub(r'"epochs": \d+', '"epochs": 1', (desk / "q1.py").read_text("utf-8"))
    (desk / "q1.py").write_text(text, "utf-8")
    done = run(desk, "tune.py", "--predict", "50")
    assert re.fullmatch("784-8-8-10, 1 epochs, batches of 10, eta .*", done.stdout.splitlines()[0])
    assert notebook(desk)[0]["net"] == "784-8-8-10"


def test_every_line_fits_sixty_columns_of_an_ascii_console(desk):
    done = run(desk, "tune.py", *QUICK, "--predict", "80")
    assert done.stdout.isascii()
    assert max(map(len, done.stdout.splitlines())) <= 60


def test_unfinished_work_gets_one_sentence(desk):
    shutil.copy(ROOT / "student/q1.py", desk)
    done = run(desk, "tune.py")
    assert done.returncode == 1
    assert "mini_batch_GD is not written yet" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (desk / "notebook.csv").exists()


def test_a_missing_data_set_gets_one_sentence(desk):
    (desk / "digits.npz").unlink()
    for script in ("tune.py", "q1.py"):
        done = run(desk, script)
        assert done.returncode == 1
        assert "digits.npz is missing" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--net", "784,10,9"), "784 inputs first and 10 outputs last"),
        (("--epochs", "0"), "expected 1 or more"),
        (("--eta", "fast"), "invalid float value"),
    ],
)
def test_an_unusable_option_is_named(desk, words, says):
    done = run(desk, "tune.py", *words)
    assert done.returncode == 2
    assert says in done.stderr


def test_training_ends_with_the_best_epoch_and_its_place(desk):
    text = re.sub(r'"epochs": \d+', '"epochs": 12', (desk / "q1.py").read_text("utf-8"))
    (desk / "q1.py").write_text(text, "utf-8")
    done = run(desk, "q1.py")
    assert done.returncode == 0, done.stderr
    accuracies = [float(a) for a in re.findall(r"^accuracy on the test data: ([\d.]+) %$", done.stderr, re.M)]
    best = max(accuracies)
    place = tier(best) or "below 82 %"
    assert f"\nbest epoch, {accuracies.index(best) + 1}: {best:.2f} %, {place}\n" in done.stderr
    assert f"\nlast epoch, 12: {accuracies[-1]:.2f} %, " in done.stderr


@pytest.mark.fast
def test_the_numbers_that_students_get_are_the_leaderboards():
    assert outdated(SOLUTION) == {}
    text = (SOLUTION / "tune.py").read_text("utf-8")
    assert with_numbers(text.replace("400", "7").replace("82.0", "1.0")) == text


@pytest.mark.fast
def test_another_scale_is_written_into_the_students_file_by_make_stubs(tmp_path):
    (tmp_path / "tune.py").write_text("# numbers of the leaderboard\nSEEDS = ()\n# end of numbers\n", "utf-8")
    ((path, text),) = outdated(tmp_path).items()
    assert path.name == "tune.py"
    assert f"SEEDS = {SEEDS}\n" in text
