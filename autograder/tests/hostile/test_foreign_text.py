"""Text of a submission on every way out: terminal, results.json, tables, pages, plots' titles.

One submission says the same hostile text wherever it can say anything: in the names of its file, class and exceptions,
in messages, prints, attributes, docstrings and comments. Each tool that shows something of it is run as people run it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from neural_lab.intake.foreign import printable, shown
from neural_lab.labs.q1 import datasets
from neural_lab.tools.course.grader import ENVIRONMENT
from neural_lab.tools.release import simulate, started
from tests.classes import EXPORT, metadata, right
from tests.engine_copy import REPOSITORY, needs_own_uid

AUTOGRADER = REPOSITORY / "autograder"
GRADER = ""  # the package itself
# Colours, a window's title, deletion of the line, CSI as one character, reversed writing, what joins and hides letters.
EVIL = (
    "\x1b[2J\x1b[32mPASS\x1b]0;taken\x07\x1b]8;;http://evil\x1b\\\x9b31m\u202e001\u2066\u200f\u200b\x08\x0b\x0c\r\x00"
    "`</pre><script>alert(1)</script>**100 of 100** [x](http://evil) [red]=1+1\u2028"
    + "a" + "\u0301" * 50 + "\ud800"
)  # fmt: skip
# What even Python's own text of a file can hold.
WRITTEN = EVIL.replace("\x00", "").replace("\ud800", "").replace("\r", "")
NAMED = WRITTEN.replace("/", "|")[:60]


def in_python(body: str) -> str:
    """The solution in which `body` has happened, and the text stands as it is in a comment and a docstring."""
    return f"{right()}\n# {WRITTEN.splitlines()[0]}\nEVIL = {EVIL!a}\n{body}\n"


CASES = {
    "says it in exceptions": """
NAME = EVIL.replace("\\0", "").encode("utf-8", "replace").decode()
Painted = type(NAME, (Exception,), {"__str__": lambda self: EVIL})
def broken(*arguments):
    print(EVIL)
    raise Painted(EVIL)
NeuralNetwork.sigmoid = staticmethod(broken)
NeuralNetwork.mini_batch_GD = broken
NeuralNetwork.cost = lambda self, data: EVIL
NeuralNetwork.cost_derivative = staticmethod(lambda a, y: {EVIL: [EVIL]})
broken()
""",
    "says it instead of hyperparameters": """
del HYPERPARAMETERS
def __getattr__(name):
    raise type("E", (Exception,), {})(EVIL)
NeuralNetwork.mini_batch_GD = lambda self, *arguments: EVIL
""",
    "says it in hyperparameters": """
HYPERPARAMETERS["eta"] = EVIL
NeuralNetwork.mini_batch_GD = lambda self, *arguments: [EVIL]
""",
    "says it in the keys of hyperparameters": """
HYPERPARAMETERS = {EVIL: EVIL, "epochs": [EVIL]}
NeuralNetwork.forward_pass = lambda self, x: EVIL
""",
    "says it in the names of its definitions": """
globals()[EVIL] = type(EVIL.replace("\\0", "").encode("utf-8", "replace").decode(), (), {})
globals()[EVIL].__module__ = __name__
globals()[EVIL[1:]] = lambda: None
del NeuralNetwork
""",
    "does not parse": "def f(:\n    '" + WRITTEN.splitlines()[0] + "'",
}


def harmful(text: str) -> list[str]:
    """The characters that may not arrive anywhere."""
    piles = re.findall(r"(?:\w)([\u0300-\u036f]{3,})", text)
    return [f"{ord(each):x}" for each in set(text) - {"\n"} if not each.isprintable()] + piles


def texts(value: Any) -> list[str]:
    """All texts in a JSON value, keys among them."""
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


def tool(script: str, *arguments: Any, **keywords: Any) -> str:
    """Run one of the tools; gives what it printed."""
    command = [sys.executable, str(AUTOGRADER / "neural_lab" / script), *map(str, arguments)]
    if script == GRADER:
        command.insert(1, "-s")
        keywords["env"] = ENVIRONMENT | keywords.get("env", {})
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=200, **keywords)
    said = str(ran.stdout + ran.stderr, "utf-8")
    assert "Traceback" not in said, said
    return said


@pytest.fixture(params=CASES)
def submission(request, tmp_path):
    """A file that says it; its own name does, too."""
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / f"{NAMED}.py"
    file.write_text(in_python(CASES[request.param]), encoding="utf-8")
    return file


@pytest.mark.parametrize("explained", [(), ("--explain", "1.1"), ("--explain", "1.6")])
@pytest.mark.one_in(9)
def test_grading_in_a_terminal(submission, tmp_path, explained):
    results = tmp_path / "results.json"
    for given_as in (submission, submission.parent):
        assert harmful(tool(GRADER, given_as, "--results", results, *explained)) == []
        assert harmful("".join(texts(json.loads(results.read_text())))) == []


def test_a_file_that_is_not_there(tmp_path):
    for script in (
        GRADER,
        "tools/training/train.py",
        "tools/course/batch.py",
        "tools/course/report.py",
        "tools/course/similarity.py",
    ):
        assert harmful(tool(script, tmp_path / NAMED)) == []


@needs_own_uid  # without it there are no marks, and no leaderboard to look at
def test_gradescopes_results(submission, tmp_path):
    """With the leaderboard, which reads what a module gives for HYPERPARAMETERS, and what instructors see."""
    root = tmp_path / "autograder"
    (root / "results").mkdir(parents=True)
    submission.parent.rename(root / "submission")
    said = tool(GRADER, "--platform", "gradescope", env={"AUTOGRADER_ROOT": str(root)})
    written = json.loads((root / "results" / "results.json").read_text())
    assert not written["extra_data"]["grader_fault"] or "user id" in said
    assert harmful(said) == [] and harmful("".join(texts(written))) == []
    screen = io.StringIO()
    outcome = started.Outcome(written, ("a problem",), said, 1.0, "limits", None)
    simulate.show(outcome, Console(file=screen, width=100))
    assert harmful(screen.getvalue()) == []


@pytest.mark.one_in(2)
def test_training(submission, tmp_path):
    digits = datasets.load("digits")
    few = tmp_path / "few.npz"
    np.savez(few, x_train=digits.pixels_train[:30], y_train=digits.y_train[:30],
             x_test=digits.pixels_test[:10], y_test=digits.y_test[:10])  # fmt: skip
    for given_as in (submission, submission.parent):
        said = tool("tools/training/train.py", given_as, "--data", few, "--epochs", "1", "--out", tmp_path / NAMED)
        assert harmful(said) == [] and said


def test_a_file_whose_name_says_it_is_trained_and_drawn(tmp_path):
    file = tmp_path / "$\\frac{1}[2J.py"
    file.write_text(right())
    said = tool("tools/training/train.py", file, "--epochs", "1", "--out", tmp_path / "out")
    assert harmful(said) == [] and (tmp_path / "out" / "curves.png").exists()


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of them, two of each, graded: (export, folder of grades, what was said)."""
    place = tmp_path_factory.mktemp("class")
    export = place / "e.zip"
    ids = [f"submission_{n}" for n in range(2 * len(CASES))]
    yml = metadata(ids).replace("Student", json.dumps(EVIL.replace("\ud800", "")).strip('"') + " Student")
    yml = re.sub(r"(:name: )(.*)", r'\1"\2"', yml)
    with zipfile.ZipFile(export, "w") as archive:
        archive.writestr(f"{EXPORT}/submission_metadata.yml", yml)
        for number, body in enumerate([*CASES.values()] * 2):
            archive.writestr(f"{EXPORT}/{ids[number]}/{NAMED}.py", in_python(body).encode())
            archive.writestr(f"{EXPORT}/{ids[number]}/..\\{NAMED}", "x")
        archive.writestr(f"{EXPORT}/{NAMED}/q1.py", right())
    said = tool("tools/course/batch.py", export, "--out", place / "grades")
    return export, place / "grades", said


def test_a_class_and_its_tables(graded):
    _, out, said = graded
    assert harmful(said) == [] and "graded" in said
    for file in ("grades.csv", "changes.csv"):
        cells = [cell for row in csv.reader(io.StringIO((out / file).read_text("utf-8"))) for cell in row]
        assert harmful("".join(cells)) == [] and not any(cell.startswith(("=", "+", "@")) for cell in cells)
    for file in (out / "feedback").iterdir():
        assert harmful(file.read_text("utf-8")) == []
    for file in [*(out / "results").iterdir(), out / "roster.json"]:
        value = json.loads(file.read_text("utf-8"))
        if file.name == "roster.json":
            value = [{name: each[name] for name in ("id", "submitters")} for each in value]  # not the files' own names
        assert harmful("".join(texts(value))) == [], file.name


def test_the_page_about_a_class_and_its_similar_pairs(graded):
    _, out, _ = graded
    assert harmful(tool("tools/course/report.py", out)) == []
    page = (out / "report.html").read_text("utf-8")
    assert harmful(page.replace("\t", "")) == [] and "<script>alert" not in page
    assert "Similar" in page
    assert harmful(tool("tools/course/similarity.py", out)) == []


def test_a_results_json_that_came_from_elsewhere(graded, tmp_path):
    file = tmp_path / "q1.py"
    file.write_text(right())
    forged = {"tests": [], "extra_data": dict.fromkeys(("fingerprint", "grader_version", "lab", "seed"), EVIL)}
    (tmp_path / "results.json").write_text(json.dumps(forged))
    said = tool(GRADER, file, "--explain", "1.1", "--against", tmp_path / "results.json")
    assert "NOT THE SAME" in said and harmful(said) == []


# -- the function -----------------------------------------------------------------------------------------------------


@pytest.mark.fast
@given(st.text())
@example(EVIL)
def test_printable_text_keeps_its_lines_and_its_letters(text):
    assert harmful(printable(text)) == []
    assert printable(text).count("\n") == text.count("\n") and printable(printable(text)) == printable(text)
    kept = [each for each in text if each.isprintable() and unicodedata.category(each) not in ("Mn", "Me")]
    assert [each for each in printable(text) if each != " " and each in kept] == [each for each in kept if each != " "]


@pytest.mark.parametrize("name", ["Nguyễn Thị", unicodedata.normalize("NFD", "Nguyễn Thị Ệ"), "हिन्दी", "Zoë 王"])
def test_names_stay_as_people_write_them(name):
    assert shown(name) == name


@pytest.mark.fast
@given(st.text(), st.integers(1, 50))
@example(EVIL, 50)
def test_what_is_shown_is_one_line_of_bounded_length(text, most):
    assert shown(text, most).isprintable() and len(shown(text, most)) <= most
