"""Notebooks are graded as the Python files of their code, and whatever is told of a line tells its cell."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from neural_lab.tools.course.grades_folder import GradesFolder
from tests.hand_ins import CLASS, FULL, SOLUTION, hand_in, marks_but, marks_of
from tests.notebooks import WRITERS, colab, jupyter, vs_code, written
from tests.pipeline.test_carried import SHARED

pytestmark = pytest.mark.slow

IMPORTS, DEFINED = SOLUTION.split(f"\nclass {CLASS}", 1)
DEFINED = f"class {CLASS}{DEFINED}"
OWN = f"net = {CLASS}(3, [4, 3, 2])\nx, y = np.ones((4, 1)), np.ones((2, 1))\n"
TRAINED = "costs = net.mini_batch_GD([(x, y)] * 4, 2, 2, 0.1, [(x, 1)])\n"
SIGMOID = "1 / (1 + np.exp(-z))"
assert SIGMOID in DEFINED

# name: cells; what a Python file would not have is between « and »
NOTEBOOKS = {
    "the solution": [IMPORTS, DEFINED],
    "magics and commands of the shell": [
        "«%matplotlib inline\n%load_ext autoreload\n»" + IMPORTS, "«!pip install numpy\n»" + DEFINED,
        "«%%time\n»" + OWN + TRAINED],
    "training at the top level": [IMPORTS, DEFINED, OWN, TRAINED, "print(f'{costs[-1]:.3f}')", "costs[-1] < costs[0]"],
    "a half-finished method": [
        IMPORTS, DEFINED.replace(f"return {SIGMOID}", "raise NotImplementedError"), OWN + TRAINED],
    "cells out of order": [
        OWN, DEFINED.replace(SIGMOID, "curve(z)"), TRAINED, "def curve(z):\n    return " + SIGMOID, IMPORTS],
    "a cell that fails": [IMPORTS, DEFINED, "net.accuracy", "«%%bash\nls 'it\n»", "1 / 0"],
    "methods put into the class later": [
        IMPORTS, DEFINED.replace(SIGMOID, "z"), f"def sigmoid(z):\n    return {SIGMOID}",
        f"{CLASS}.sigmoid = staticmethod(sigmoid)"],
    "the class written twice": [IMPORTS, DEFINED.replace(SIGMOID, "z"), DEFINED, "«np.dot?\n»", "«files = !ls\n»"],
    "a wrong sign": [IMPORTS, "plt = None", DEFINED.replace(SIGMOID, "1 / (1 + np.exp(z))"), "net"],
    "a cell that can't be read": [IMPORTS, DEFINED, "for epoch in range(3)\n    pass", OWN],
}  # fmt: skip


def kept(text):
    return re.sub("[«»]", "", text)


def script(cells):
    """The cells as a student would save them in a file."""
    return "\n\n# In[ ]:\n\n".join(re.sub("«.*?»", "", text, flags=re.S) for text in cells) + "\n"


def judged(data):
    """All of a result but its words."""
    parts = [(test["number"], test["score"], test["extra_data"]["parts"]) for test in data["tests"]]
    return [(number, score, [(p["id"], p["verdict"], p["own"]) for p in found]) for number, score, found in parts]


@pytest.mark.parametrize("name", NOTEBOOKS)
@pytest.mark.one_in(2)
def test_a_notebook_is_graded_as_its_python_file(grader, tmp_path, name):
    cells = NOTEBOOKS[name]
    alone = grader.grade(hand_in(tmp_path, script(cells)))
    assert (alone["score"] == 0) == ("can't be read" in name) and (alone["score"] == FULL) == (
        name not in ("a half-finished method", "a wrong sign", "a cell that can't be read")
    )
    for writer in (jupyter, colab, vs_code):
        folder = tmp_path / writer.__name__
        folder.mkdir()
        data = grader.grade(hand_in(folder, written([*map(kept, cells)], writer), "q1.ipynb"))
        assert judged(data) == judged(alone), writer.__name__
        mistakes = [test["extra_data"]["mistakes"] for test in data["tests"]]
        assert mistakes == [test["extra_data"]["mistakes"] for test in alone["tests"]]


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_the_same_text_gets_the_same_words_but_for_the_cell(grader, tmp_path, writer):
    text = SOLUTION.replace("return output_activations - y", "return output_activations - target")
    assert text != SOLUTION
    alone = grader.grade(hand_in(tmp_path, text + "\n"))
    data = grader.grade(hand_in(tmp_path, written([text], writer), "mine.ipynb").rename(tmp_path / "q1.ipynb"))
    assert data["extra_data"]["seed"] == alone["extra_data"]["seed"]
    for one, other in zip(data["tests"], alone["tests"], strict=True):
        words, others = (re.sub(" of (cell 1|your file)", "", test["output"]) for test in (one, other))
        assert words == others
    assert any("of cell 1" in test["output"] for test in data["tests"])


# -- what is told of a line -------------------------------------------------------------------------------------------


def line_in(cell, piece):
    return cell[: cell.index(piece)].count("\n") + 1


def test_an_exception_tells_its_cell(grader, tmp_path):
    wrong = DEFINED.replace("return output_activations - y", "return output_activations - gone(y)")
    data = grader.grade(hand_in(tmp_path, written([IMPORTS, "net", wrong]), "q1.ipynb"))
    number = line_in(wrong, "gone(y)")
    output = next(test["output"] for test in data["tests"] if test["number"] == "1.4")
    assert f"**Line {number} of cell 3 raised this**" in output
    assert f"\n{number}: return output_activations - gone(y)" in output
    assert marks_of(data) == marks_but(cost_derivative=5)


def test_a_proved_line_tells_its_cell_in_words_and_as_data(grader, tmp_path):
    wrong = DEFINED.replace(SIGMOID, "1 / (1 + np.exp(z))")
    data = grader.grade(hand_in(tmp_path, written([IMPORTS, "x = 1", wrong]), "q1.ipynb"))
    test = data["tests"][0]
    number = line_in(wrong, "np.exp(z)")
    assert (
        f"**Line {number} of cell 3**" in test["output"] and f"\n{number}  return 1 / (1 + np.exp(z))" in test["output"]
    )
    repair = test["extra_data"]["repair"]
    assert repair["cells"] == [[3, number]] and repair["lines"] == [number + IMPORTS.count("\n") + 2]
    assert data["extra_data"]["report"]["lines"][0]["repair"] == repair


def test_a_slip_that_cost_its_marks_elsewhere_tells_its_cell(grader, tmp_path):
    right, find, put = SHARED["with zip"]
    shared = f"class {CLASS}" + right.split(f"\nclass {CLASS}", 1)[1].replace(find, put)
    data = grader.grade(hand_in(tmp_path, written([IMPORTS, shared]), "q1.ipynb"))
    output = next(test["output"] for test in data["tests"] if test["number"] == "1.8")
    assert f"ight but for the slip in line {line_in(shared, put)} of cell 2" in output


def test_a_statement_that_fails_or_cant_be_read_tells_its_cell(grader, tmp_path):
    data = grader.grade(hand_in(tmp_path, written([IMPORTS, DEFINED, "x = 1\ny = x.size"]), "q1.ipynb"))
    assert "q1.ipynb, line 2 of cell 3 failed while the file was loaded" in data["extra_data"]["notes"][1]
    open_bracket = "x = 1\nprint((x)\n"
    data = grader.grade(hand_in(tmp_path, written([IMPORTS, open_bracket, DEFINED]), "q1.ipynb"))
    assert re.search(
        r"q1\.ipynb, line 2 of cell 2 is not valid Python.*never closed\. ",
        data["extra_data"]["refusal"],
    )
    data = grader.grade(hand_in(tmp_path, written([IMPORTS, DEFINED, "x = 1\nreturn x"]), "q1.ipynb"))
    assert re.search(r"line 2 of cell 3 is not valid.*outside function\. ", data["extra_data"]["refusal"])


def test_an_edit_outside_the_blocks_tells_its_cell(grader, tmp_path):
    data = grader.grade(
        hand_in(tmp_path, written(["%matplotlib inline", IMPORTS, DEFINED, "# mine\nx = 1"]), "q1.ipynb")
    )
    (advice,) = data["extra_data"]["advice"]
    assert (
        "q1.ipynb differs from the stub: line 1 of cell 4" in advice
        and "matplotlib" not in advice
        and "pass" not in advice
    )


def test_a_notebook_uses_the_module_beside_it(grader, tmp_path):
    (tmp_path / "curves.py").write_text(f"import numpy as np\n\n\ndef curve(z):\n    return {SIGMOID}\n")
    cells = [IMPORTS + "\nfrom curves import curve", DEFINED.replace(SIGMOID, "curve(z)")]
    hand_in(tmp_path, written(cells), "q1.ipynb")
    assert marks_of(grader.grade(tmp_path)) == marks_but()


def test_a_notebook_says_how_it_was_read(grader, tmp_path):
    cells = ["%matplotlib inline\n!ls", IMPORTS, "%%html\n<b>", DEFINED]
    (note,) = grader.grade(hand_in(tmp_path, written(cells), "q1.ipynb"))["extra_data"]["notes"]
    assert "4 code cells, in the order in which they stand" in note
    assert "Left out: 2 lines" in note and "not in Python: cell 3" in note


# -- a class ----------------------------------------------------------------------------------------------------------


def test_a_class_may_hand_in_files_and_notebooks(tmp_path):
    export = tmp_path / "export"
    export.mkdir()
    hand_in(export, SOLUTION, "ada.py")
    hand_in(export, written([IMPORTS, "# " + "1, " * 1_000_000, DEFINED]), "emmy.ipynb")
    batch = [sys.executable, "-m", "neural_lab.tools.course.batch", "export", "--out", "grades", "--jobs", "1"]
    done = subprocess.run(batch, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    folder = GradesFolder(tmp_path / "grades")
    refused, graded = sorted((one.results or {} for one in folder.graded()), key=lambda one: one["score"])
    assert graded["score"] == FULL and "too many values" in refused["extra_data"]["refusal"]
    hand_in(export, written([IMPORTS, DEFINED]), "emmy.ipynb")
    subprocess.run(batch, cwd=tmp_path, capture_output=True, check=True, timeout=300)
    assert [(one.entry.id, (one.results or {})["score"]) for one in folder.graded()] == [("ada", FULL), ("emmy", FULL)]
