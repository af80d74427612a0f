"""A line explained to the staff: on the inputs that were graded, with numbers, helpers and mistakes, or why not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys

import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.course.grader import ENVIRONMENT
from tests.classes import edited, right, stub

LAB = load_lab("q1")
MARKS = {line.number: f"{line.marks:g}" for line in LAB.lines}
SHALLOW = {line.number: f"{line.parts[-1].marks:g}" for line in LAB.lines}  # nets with one hidden layer


def with_mistakes(*ids):
    text = right()
    for id in ids:
        text = edited(LAB, next(mistake for mistake in LAB.mistakes if mistake.id == id), text)
    return text


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the grader with a secret of its own."""
    copy = tmp_path_factory.mktemp("copy") / "project"
    for name in ("autograder/neural_lab", "data", "solution", "student"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "autograder" / "secret").write_text("ab" * 32)
    return copy


@pytest.fixture
def graded(checkout, tmp_path):
    """Grade a text on the command line: (text, options) -> what ran."""

    def run(text, *options):
        (tmp_path / "q1.py").write_text(text)
        command = [sys.executable, "-s", checkout / "autograder" / "neural_lab", tmp_path / "q1.py", *options]
        return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120)

    return run


@pytest.mark.one_in(3)
def test_the_numbers_are_those_that_were_graded(graded, tmp_path):
    text = with_mistakes("sig-no-minus")
    graded(text, "--results", str(tmp_path / "r.json"))
    results = json.loads((tmp_path / "r.json").read_text())
    told = graded(text, "--explain", "1.1", "--against", str(tmp_path / "r.json"))
    assert told.returncode == 0 and "NOT THE SAME" not in told.stderr
    table = re.findall(r"```text\n.*?```", results["tests"][0]["output"], re.S)
    assert table and table[0] in told.stdout, "the case that the student saw"
    assert told.stdout.startswith(f"**1.1 sigmoid: 0 of {MARKS['1.1']} marks**") and "`sig-no-minus`" in told.stdout
    seed = results["extra_data"]["seed"]
    assert seed[:8] in told.stdout and results["extra_data"]["fingerprint"] in told.stdout


@pytest.mark.one_in(3)
def test_another_call_tells_the_same(graded):
    first, second = (graded(with_mistakes("bp-W-always-last"), "--explain", "1.8").stdout for _ in range(2))
    assert first == second and f"{SHALLOW['1.8']} of {MARKS['1.8']} marks" in first


@pytest.mark.one_in(3)
def test_the_helpers_that_were_replaced_are_named(graded):
    told = graded(with_mistakes("sig-no-minus", "bp-W-always-last"), "--explain", "1.7").stdout
    full = SHALLOW["1.7"]
    assert f"one hidden layer: {full} of {full} with the reference's `sigmoid` in place of the submission's" in told
    assert re.search(r"handout net, .*: 0 of [\d.]+, raised with the reference's `sigmoid` in place", told)
    assert "In the bank: `bp-W-always-last`." in told


def test_parts_that_failed_alike_are_told_once(graded):
    told = graded(with_mistakes("bp-W-always-last"), "--explain", "1.7").stdout
    assert told.count("on a 784-8-8-10 net") == 1
    assert len(re.findall(r"handout net, .*: 0 of [\d.]+, raised", told)) == 3


def test_a_right_line_and_an_unwritten_one_are_explained_too(graded):
    assert "Right:" in (told := graded(right(), "--explain", "1.5").stdout) and "lost" not in told
    told = graded(stub(), "--explain", "1.5").stdout
    assert f"0 of {MARKS['1.5']}" in told and "Not written yet" in told and "known mistake" not in told


def test_a_refused_file_has_its_reason(graded):
    told = graded("def broken(:\n", "--explain", "1.1")
    assert told.returncode == 0 and f"0 of {MARKS['1.1']}" in told.stdout and "not valid Python" in told.stdout


def in_the_students_words(graded, file, mistake):
    """Whether the explanation of a line that lost marks holds what the student reads of it, each hint once."""
    number = next(line.number for line in LAB.lines if line.function == mistake.function)
    told = graded(with_mistakes(mistake.id), "--results", str(file), "--explain", number).stdout
    lost = next(test for test in json.loads(file.read_text())["tests"] if test["number"] == number)
    hints = re.findall(r"\*\*(?:Hint|Certain|What the numbers say|Next step)\b.*", told)
    return lost["output"] in told and all(told.count(hint) == 1 and hint in lost["output"] for hint in hints)


@pytest.mark.parametrize("id", ["bp-W-always-last", "sig-no-minus", "gd-plus"])
@pytest.mark.one_in(3)
def test_a_line_is_explained_in_the_words_that_the_student_reads(graded, tmp_path, id):
    mistake = next(mistake for mistake in LAB.mistakes if mistake.id == id)
    assert in_the_students_words(graded, tmp_path / "r.json", mistake)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
def test_no_explanation_of_a_known_mistake_contradicts_the_feedback(graded, tmp_path):
    odd = [m.id for m in LAB.mistakes if not in_the_students_words(graded, tmp_path / "r.json", m)]
    assert odd == []


@pytest.mark.one_in(3)
def test_a_line_of_another_rubric_is_told_by_what_it_counted(graded, tmp_path):
    """A line of 7 marks was once explained as one of 5, without a word."""
    text = with_mistakes("sig-no-minus")
    graded(text, "--results", str(tmp_path / "r.json"))
    results = json.loads((tmp_path / "r.json").read_text())
    results["tests"][0]["max_score"] = 7
    (tmp_path / "r.json").write_text(json.dumps(results))
    told = graded(text, "--explain", "1.1", "--against", str(tmp_path / "r.json")).stderr
    assert told.count("NOT THE SAME") == 1 and "line 1.1 counted 7 marks then and counts 5 here" in told


@pytest.mark.parametrize(
    "place, value, words",
    [
        (("extra_data", "fingerprint"), "00000000", "another secret: 00000000 then"),
        (("extra_data", "seed"), "0" * 64, "the file is not the one that was graded"),
        (("extra_data", "grader_version"), "0.1", "another version of the grader: 0.1 then"),
        (("extra_data", "lab"), "xor", "another lab: xor then, q1 here"),
        (("tests", 0, "score"), 1.5, "line 1.1 had 1.5 marks then and has 0 here"),
    ],
)
@pytest.mark.one_in(5)
def test_what_is_not_the_same_is_said(graded, tmp_path, place, value, words):
    text = with_mistakes("sig-no-minus")
    graded(text, "--results", str(tmp_path / "r.json"))
    results = json.loads((tmp_path / "r.json").read_text())
    *steps, last = place
    inner = results
    for step in steps:
        inner = inner[step]
    inner[last] = value
    (tmp_path / "r.json").write_text(json.dumps(results))
    told = graded(text, "--explain", "1.1", "--against", str(tmp_path / "r.json"))
    assert told.returncode == 0 and f"NOT THE SAME: {words}" in re.sub("it was graded with ", "", told.stderr)


@pytest.mark.parametrize("line", ["9.9", "", "sigmoid"])
def test_a_line_that_is_not_there_is_one_sentence(graded, line):
    told = graded(right(), f"--explain={line}")
    if line:
        assert told.returncode == 2 and "there are: 1.1, 1.2" in told.stderr and told.stdout == ""
    else:
        total = f"{LAB.marks:g} of {LAB.marks:g}"
        assert told.returncode == 0 and total in told.stdout.replace("**", ""), "nothing asked: the usual table"


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"extra_data": 5, "tests": []}'])
def test_an_against_that_is_no_results_json_is_one_sentence(graded, tmp_path, text):
    if text is not None:
        (tmp_path / "r.json").write_text(text)
    told = graded(right(), "--explain", "1.1", "--against", str(tmp_path / "r.json"))
    assert told.returncode == 2 and "results.json" in told.stderr and "Traceback" not in told.stderr
