"""`make why`: the total explained in the student's own words, for whoever is asked about, and checked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from neural_lab.feedback.markdown import plain
from neural_lab.intake.functions import Span, span_of
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import batch, people, why
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grades_folder import GradesFolder
from tests.classes import edited, export_zip, right

LAB = load_lab("q1")
TOOL = Path(why.__file__)


def mistaken(*ids):
    text = right()
    for id in ids:
        text = edited(LAB, next(mistake for mistake in LAB.mistakes if mistake.id == id), text)
    return text


TEXTS = {
    "two_slips": mistaken("sig-no-minus", "bp-W-always-last"),
    "right_one": right(),
    "minus": mistaken("sig-no-minus"),
    "broken": "def broken(:\n",
}
PEOPLE = {
    "two_slips": ("Søren Łukasz Ødegård", "00001", "soren@example.org"),
    "right_one": ("Ada Lovelace", "00002", "ada@example.org"),
    "minus": ("Ada Byron", "00003", "byron@example.org"),
    "broken": ("Bo <b>Bold</b>", "00004", "bo@example.org"),
}
YML = yaml.safe_dump(
    {id: {":submitters": [{":name": name, ":sid": sid, ":email": email}]} for id, (name, sid, email) in PEOPLE.items()}
)


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    place = tmp_path_factory.mktemp("class")
    batch.batch(export_zip(place / "export.zip", TEXTS, YML), place / "grades", LAB, 2)
    return place / "grades"


def ask(grades, who, *options):
    command = [sys.executable, TOOL, "--out", grades, *options, who]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_answer_is_what_the_student_read_in_the_order_of_loss(grades):
    told = ask(grades, "00001")
    results = json.loads((grades / "results" / "two_slips.json").read_text())
    assert told.returncode == 0 and told.stderr == ""
    assert told.stdout.startswith(f"**Søren Łukasz Ødegård: {results['score']:g} of {LAB.marks:g} marks**")
    lost = [test for test in results["tests"] if test["score"] < test["max_score"]]
    assert len(lost) == 3 and all(test["output"] in told.stdout for test in lost)
    assert told.stdout.index("## `back_propagation`") < told.stdout.index("## `sigmoid`")
    for mistake in ("sig-no-minus", "bp-W-always-last"):
        hint = next(one.hint for one in LAB.mistakes if one.id == mistake)
        assert told.stdout.count(hint) == 1
    full = [test for test in results["tests"] if test not in lost]
    names = ", ".join(f"{test['number']} {plain(test['name'])}" for test in full)
    assert f"Full marks: {names}." in told.stdout


def test_the_students_function_is_shown_with_the_proved_and_the_raising_line_marked(grades):
    told = ask(grades, "00001").stdout
    report = json.loads((grades / "reports" / "two_slips.json").read_text())
    lines = TEXTS["two_slips"].splitlines()
    (proved,) = report["lines"][0]["repair"]["lines"]
    place = report["lines"][6]["repair"] or report["lines"][6]["raised"]
    second = place.get("line") or place["lines"][0]
    for number in (proved, second):
        assert f"> {number}  {lines[number - 1]}" in told
    listing = re.findall(r"```python\n(.*?)```", told, re.S)
    assert any("def sigmoid(z):" in block and "def cost" not in block for block in listing)


@pytest.mark.parametrize("who", ["two_slips", "SOREN@example.org", "soren odegard", "Ødegård, Søren", "00001"])
def test_a_student_is_found_by_name_id_or_address(grades, who):
    assert people.find(GradesFolder(grades).roster(), who).id == "two_slips"


@pytest.mark.parametrize(
    "who, words",
    [("ada", ["Ada Lovelace (right_one)", "Ada Byron (minus)"]), ("", ["nobody"]),
     ("soeren", ["nobody", "Søren Łukasz Ødegård (two_slips)"]), ("birons", ["Ada Byron (minus)"]),
     ("aad", ["Ada Byron (minus)"]),
     ("ada lovelac", ["Ada Lovelace"]), ("nn", ["nobody"])],
)  # fmt: skip
def test_who_is_not_one_student_is_one_sentence_with_those_who_may_be_meant(grades, who, words):
    if who == "ada lovelac":
        assert people.find(GradesFolder(grades).roster(), who).id == "right_one"
        return
    with pytest.raises(people.NotOne) as told:
        people.find(GradesFolder(grades).roster(), who)
    assert all(word in str(told.value) for word in words)


def test_a_student_of_two_submissions_is_told_to_give_the_id():
    twice = [Entry(id, (Submitter("Ada", "1", "a@x"),), None, ()) for id in ("a", "b")]
    with pytest.raises(people.NotOne, match="give the id"):
        people.find(twice, "Ada")
    assert people.find(twice, "b").id == "b"


def test_a_result_of_another_rubric_and_another_file_is_told(grades, tmp_path):
    copy = tmp_path / "grades"
    subprocess.run(["cp", "-r", grades, copy], check=True)
    file = copy / "results" / "minus.json"
    results = json.loads(file.read_text())
    results["tests"][0]["max_score"] = 7
    results["extra_data"]["batch"]["graded_with"]["rubric"] = "0" * 12
    file.write_text(json.dumps(results))
    told = ask(copy, "minus")
    assert told.returncode == 0 and "line 1.1 counted 7 marks then and counts 5 here" in told.stderr
    assert "another rubric" in told.stderr and "of 7" in told.stdout, "what was graded is what is explained"
    (copy / "submissions" / "minus" / "q1.py").write_text(right())
    assert "the file is not the one that was graded" in ask(copy, "minus").stderr


def test_two_are_compared_on_the_first_input_on_which_they_differ(grades):
    told = ask(grades, "minus", "--beside", "ada@example.org").stdout
    assert "| 1.1 sigmoid | 5 | 0 | 5 |" in told.replace("\\", "") and "| total | 100 | 95 | 100 |" in told
    assert told.count("differ:**") == 1 and "`sigmoid(z) with" in told
    assert re.search(r"\*\*Ada Byron\*\*: wrong value\n\n```text\n.*expected.*yours", told, re.S)
    assert "**Ada Lovelace**: right" in told


def test_two_who_answer_alike_are_said_to(grades):
    assert "Both answer every call the same" in ask(grades, "minus", "--beside", "byron").stdout


def test_a_refused_file_and_a_hostile_name_are_inert(grades):
    told = ask(grades, "bo@example.org")
    assert told.returncode == 0 and "not valid Python" in told.stdout and "<b>" not in told.stdout
    assert "can't be run" in ask(grades, "broken", "--beside", "minus").stdout


def test_no_class_and_nobody_end_with_a_sentence(grades, tmp_path):
    assert ask(tmp_path, "ada").stderr.startswith("make why: ")
    told = ask(grades, "xyz")
    assert told.returncode == 2 and f"nobody in {grades} is called xyz" in told.stderr


@pytest.mark.fast
@pytest.mark.parametrize(
    "text, path, span",
    [
        ("class A:\n  @staticmethod\n  def f(z):\n    return z\n\n  def g(self):\n    pass\n", "A.f", Span(2, 4)),
        ("class A:\n    def f(\n        z,\n    ):\n        return z\nx = 1\n", "A.f", Span(2, 5)),
        ("class B:\n    def f(self):\n        return 1\n", "A.f", Span(2, 3)),
        ("class A:\n    def f(self):\n        def f(x):\n            pass\n        return 1\n", "A.f", Span(2, 5)),
        ("class A:\n  def f(self):\n    pass\n  def f(self):\n    return 2\n", "A.f", Span(4, 5)),
        ("def f(x):\n# a remark\n    return x\ny = 2\n", "f", Span(1, 3)),
        ("def g(x):\n    return x\n", "f", None),
        ("", "A.f", None),
        ("class A:\n\tdef f(self):\n\t\treturn 1\n", "A.f", Span(2, 3)),
    ],
)  # fmt: skip
def test_a_function_is_found_by_its_indentation(text, path, span):
    assert span_of(text, path) == span
