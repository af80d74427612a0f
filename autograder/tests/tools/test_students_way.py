"""A student's whole way, from the zip to a net that reads digits, with Python and NumPy and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from neural_lab.schema.places import ROOT, SOLUTION
from neural_lab.tools.release import handout

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHERS = [version for version in ("3.10", "3.11", "3.12", "3.13") if version != THIS]
CONSOLES = ("ascii", "cp1252")


@dataclass(frozen=True)
class Desk:
    """The unpacked handout, and a Python with NumPy alone."""

    folder: Path
    python: Path

    def run(self, *words: str, console: str = "utf-8", ends: int = 0) -> str:
        """What a command says, on a console of 60 columns that has these letters only."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment |= {"PYTHONIOENCODING": console, "PYTHONUTF8": "0", "COLUMNS": "60"}
        command = [str(self.python), *words]
        done = subprocess.run(command, cwd=self.folder, env=environment, input=b"", capture_output=True, timeout=200)
        said = (done.stdout + done.stderr).decode(console)
        assert done.returncode == ends, said
        assert "Traceback" not in said
        return said.replace("\r\n", "\n")


def python_of(version: str) -> str:
    """An interpreter of this version: from the path, or one that pyenv keeps; skips the test where there is none."""
    kept = (Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python")
    for found in (sys.executable if version == THIS else None, shutil.which(f"python{version}"), *map(str, kept)):
        if found and subprocess.run([found, "-c", ""], capture_output=True).returncode == 0:
            return found
    pytest.skip(f"no Python {version} here")


@pytest.fixture(scope="module", params=[THIS, *(pytest.param(v, marks=pytest.mark.sweep) for v in OTHERS)])
def desk(request, tmp_path_factory) -> Desk:
    found = python_of(request.param)
    folder = tmp_path_factory.mktemp("student")
    subprocess.run([found, "-m", "venv", folder / "environment"], check=True)
    python = next((folder / "environment").glob("*/python"))
    lock = (ROOT / "requirements/grading.txt").read_text("utf-8")
    numpy = re.findall(r"^numpy==(?:.*\\\n)*.*\n", lock, re.M)
    (folder / "numpy.txt").write_text("".join(numpy), "utf-8")
    install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([*install, "-r", folder / "numpy.txt"], check=True, capture_output=True)
    with zipfile.ZipFile(handout.build(folder / "handout.zip")) as archive:
        archive.extractall(folder / "a student's")
    return Desk(folder / "a student's" / handout.FOLDER, python)


@pytest.fixture
def finished(desk) -> Desk:
    """The same with the seven functions written, and a training of two epochs."""
    text = re.sub(r'"epochs": \d+', '"epochs": 2', (SOLUTION / "q1.py").read_text("utf-8"))
    (desk.folder / "q1.py").write_text(text, "utf-8")
    return Desk(desk.folder, desk.python)


def widest(said: str) -> int:
    return max(len(line) for line in said.splitlines())


def test_nothing_but_numpy_is_installed(desk):
    listed = desk.run("-m", "pip", "list", "--format=freeze", "--disable-pip-version-check")
    assert {line.split("==")[0] for line in listed.splitlines()} - {"pip", "setuptools", "wheel"} == {"numpy"}


@pytest.mark.parametrize("console", CONSOLES)
def test_at_first_nothing_is_written(desk, console):
    assert "0 of 8" in desk.run("check.py", console=console, ends=1)
    for script in ("tune.py", "look.py"):
        assert "mini_batch_GD is not written yet" in desk.run(script, console=console, ends=1)


@pytest.mark.parametrize("console", CONSOLES)
def test_at_the_end_the_net_is_checked_trained_tuned_and_looked_at(finished, console):
    assert "8 of 8" in finished.run("check.py", console=console)
    trained = finished.run("q1.py", console=console)
    assert "On the leaderboard's scale:" in trained
    tuned = finished.run("tune.py", "--epochs", "1", "--predict", "30", console=console)
    assert "noted in notebook.csv" in tuned
    seen = finished.run("look.py", console=console)
    assert "wrote look.html" in seen
    assert widest(trained) <= 60
    assert widest(tuned) <= 60
    assert widest(seen.partition("file:")[0]) <= 60  # the page's address is as long as the folder's
    assert (finished.folder / "look.html").stat().st_size > 100_000


def test_the_first_warm_up_can_be_begun(desk):
    shutil.copy(SOLUTION / "warmups/neuron.py", desk.folder / "warmups")
    desk.run("warmups/neuron.py")
    desk.run("warmups/train_neuron.py", "--help")
