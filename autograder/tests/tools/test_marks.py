"""Marks stand in the rubrics alone: the tables in the students' pages are written from them, all else is computed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.release.marks import PageError, with_marks

STUDENT = ROOT / "student"
EMPTY = "Before.\n\n<!-- marks of neuron -->\n<!-- end of marks -->\n\nAfter.\n"
COPIED = ("autograder", "solution", "student", "data", "requirements", "setup.sh", "LICENSE", "pyproject.toml")


def table_on(text: str) -> dict[str, tuple[str, list[float], float]]:
    """{line: (what is written there, marks of its parts, marks)} of the table on a page."""
    rows = re.findall(r"^\| (\d+\.\d+) \| (.+?) \| (.+?) \| ([\d.]+) \|$", text, re.M)
    return {
        number: (name, [float(part) for part in re.findall(r": ([\d.]+)(?=;|$)", parts)], float(marks))
        for number, name, parts, marks in rows
    }


# -- the tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", lab_names())
def test_the_marks_of_every_lab_stand_on_one_page_and_are_those_of_its_rubric(name):
    lab = load_lab(name)
    texts = [path.read_text("utf-8") for path in STUDENT.rglob("*.md")]
    (text,) = [text for text in texts if f"<!-- marks of {name} -->" in text]
    table = table_on(text)
    assert list(table) == [line.number for line in lab.lines]
    for line in lab.lines:
        written, parts, marks = table[line.number]
        assert written.startswith(f"`{line.function}`")
        assert marks == line.marks
        assert parts == ([part.marks for part in line.parts] if len(line.parts) > 1 else [])
    assert f"| **{lab.marks:g}** |" in text


def test_a_table_is_written_between_its_comments_and_the_rest_stays():
    text = with_marks(EMPTY, "page.md")
    assert text.startswith("Before.\n\n<!-- marks of neuron -->\n\n| line |")
    assert text.endswith("** |\n\n<!-- end of marks -->\n\nAfter.\n")
    assert list(table_on(text)) == [line.number for line in load_lab("neuron").lines]
    assert with_marks(text, "page.md") == text
    assert with_marks("A page that speaks of marks.\n", "page.md") == "A page that speaks of marks.\n"


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("<!-- end of marks -->", "", "1 such comments"),
        ("<!-- marks of neuron -->", "<!-- marks: neuron -->", "2 such comments"),
        ("<!-- end of marks -->", "<!-- End of marks -->", "2 such comments"),
        ("neuron", "neurone", "no lab named 'neurone'"),
    ],
)
def test_a_mistyped_comment_is_one_sentence_that_names_the_page(old, new, said):
    with pytest.raises(PageError, match=f"^page.md: .*{said}"):
        with_marks(EMPTY.replace(old, new), "page.md")


# -- one mark changed -------------------------------------------------------------------------------------------------

# Parts whose marks grow by 1.5 wherever a part of this id stands. Rows spare some of them and halve others.
CHANGED = {"q1": ("columns", "handout", "dw-deeper", "ragged"), "network": ("Wt", "h")}
MORE = {  # marks that a mistake costs more than before
    "q1": {
        "sig-flat": 0.75,
        "fwd-flat": 0.75,
        "fwd-hardcoded-3": 0,
        "bp-sign": 0.75,
        "bp-lists-reversed": 0.75,
        "bp-W-always-last": 1.5,
        "gd-drops-ragged": 1.5,
    },
    "network": {"ev-stacked-rows": 0.75, "ev-linear-hidden": 1.5, "upd-no-w-back": 1.5, "upd-Wt-transposed": 1.5},
}
CALIBRATE = """
import dataclasses, json, sys
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.release import calibrate

lab = load_lab(sys.argv[1])
rows = tuple(mistake for mistake in lab.mistakes if mistake.id in sys.argv[2:])
done = calibrate.calibrate(dataclasses.replace(lab, mistakes=rows, variants=()), 1)
print(json.dumps({row.case.id: [sum(row.taken.values()), row.deviations] for row in done}))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the repository with other marks in two rubrics."""
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "submissions", "secret", "mnist.npz")
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copy2(source, root / name)
    for name, ids in CHANGED.items():
        file = root / "autograder" / "neural_lab" / "labs" / name / "rubric.py"
        text, count = re.subn(
            rf'(Part\(\s*"(?:{"|".join(ids)})",\s*(?:"[^"]*"|\w+),\s*)([\d.]+)',
            lambda found: f"{found[1]}{float(found[2]) + 1.5:g}",
            file.read_text("utf-8"),
        )
        assert count == {"q1": 8, "network": 2}[name]
        file.write_text(text, "utf-8")
    return root


def run(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(root / "autograder")}
    return subprocess.run(
        [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, timeout=250
    )


def test_the_tables_are_found_stale_and_written_anew(tree):
    stubs = str(tree / "autograder" / "neural_lab" / "tools" / "release" / "stubs.py")
    found = run(tree, stubs, "--check")
    assert found.returncode == 1
    assert found.stdout.splitlines() == [
        f"out of date: {page}, whose marks are not the rubric's (run `make stubs`)"
        for page in ("README.md", "warmups/network.md")
    ]
    assert run(tree, stubs).returncode == 0 and run(tree, stubs, "--check").returncode == 0
    was, now = (table_on((root / "student" / "README.md").read_text("utf-8")) for root in (ROOT, tree))
    more = {number: now[number][2] - was[number][2] for number in was}
    assert more == {"1.1": 1.5, "1.2": 1.5, "1.3": 1.5, "1.4": 1.5, "1.5": 1.5, "1.6": 3, "1.7": 0, "1.8": 1.5}


@pytest.mark.parametrize("name", MORE)
@pytest.mark.one_in(4)
def test_the_calibration_expects_what_the_new_marks_make_of_the_rows(tree, name):
    done = run(tree / "autograder", "-c", CALIBRATE, name, *MORE[name])
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {id: deviations for id, (_, deviations) in rows.items() if deviations} == {}
    lab = load_lab(name)
    before = {mistake.id: sum(lab.losses(mistake).values()) for mistake in lab.mistakes if mistake.id in MORE[name]}
    more = {id: rows[id][0] - marks for id, marks in before.items()}
    assert more == MORE[name]
    assert rows["stub"][0] - lab.marks == {"q1": 12, "network": 3}[name]


@pytest.mark.one_in(3)
def test_the_tests_of_the_feedback_agree_with_the_new_marks(tree):
    tests = "autograder/tests/pipeline/test_feedback.py"
    done = run(tree, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-k", "not whatever", tests)
    assert done.returncode == 0, done.stdout[-3000:]
