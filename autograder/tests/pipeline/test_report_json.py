"""report.json: the report as data, written beside each results.json and stored for each student of a class."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest

from neural_lab.platforms import report as report_json
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.grader import ENVIRONMENT, Grader
from neural_lab.tools.course.grades_folder import GradesFolder
from tests.hand_ins import FULL, LAB, SOLUTION, hand_in, with_bodies
from tests.pipeline.test_cli import GRADING

WRONG = with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n"})


def graded(tmp_path, text, name="results.json"):
    """(results.json, report.json) of a file graded in a terminal, and where the report lies."""
    file = tmp_path / name
    command = [sys.executable, "-s", str(GRADING), hand_in(tmp_path, text), "--results", file]
    subprocess.run(command, env=ENVIRONMENT, capture_output=True, timeout=120)
    place = report_json.beside(file)
    return json.loads(file.read_text()), report_json.read(place), place


def test_a_report_says_as_data_what_the_results_say(tmp_path):
    results, report, place = graded(tmp_path, WRONG)
    assert place == tmp_path / "report.json"
    about = results["extra_data"]
    same = ("lab", "grader_version", "fingerprint", "isolation", "seed", "refusal", "notes")
    for key in (*same, "advice", "advice_kinds", "flags", "flag_kinds"):
        assert report[key] == about[key], key
    assert report["extras"] == about["extras"] and report["extras"].keys() == {"smoke run"}
    assert report["file"] == hashlib.sha256((tmp_path / "q1.py").read_bytes()).hexdigest()
    assert (report["marks"], report["max"]) == (results["score"], FULL) == (95, 100)
    for line, test, of_rubric in zip(report["lines"], results["tests"], LAB.lines, strict=True):
        assert (line["number"], line["function"], line["name"]) == of_rubric[:3]
        assert (line["marks"], line["max"]) == (test["score"], test["max_score"])
        assert line["mistakes"] == test["extra_data"]["mistakes"]
        assert sum(part["marks"] for part in line["parts"]) == line["marks"]
        told = test["extra_data"]["parts"]
        for key in ("id", "name", "marks", "max", "verdict", "own"):
            assert [part[key] for part in line["parts"]] == [part[key] for part in told]
        assert [part["attempt"]["substituted"] for part in line["parts"]] == [part["substituted"] for part in told]
    assert report["lines"][0]["mistakes"] == ["sig-no-minus"]
    assert report["lines"][0]["parts"][0]["attempt"] == {"shared": False, "substituted": []}


def test_a_report_is_inert_and_the_same_again(tmp_path):
    def constant(name):
        raise AssertionError(name)

    first, second = (graded(tmp_path, WRONG)[1] for _ in range(2))
    assert first == second
    text = (tmp_path / "report.json").read_text()
    assert json.loads(text, parse_constant=constant) == first
    assert json.loads(json.dumps(first, allow_nan=False)) == first


def test_a_file_that_was_refused_has_a_report_with_the_reason(tmp_path):
    results, report, place = graded(tmp_path, "x = 1\n", "ann.json")
    assert place == tmp_path / "ann.report.json"
    assert report["refusal"] == results["extra_data"]["refusal"] != "" and report["marks"] == 0
    assert report["file"] == hashlib.sha256(b"x = 1\n").hexdigest()
    assert {part["verdict"] for line in report["lines"] for part in line["parts"]} == {"not reached"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 99}'])
def test_what_is_no_report_of_this_schema_is_refused(tmp_path, text):
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(ValueError, match=r"report\.json"):
        report_json.read(tmp_path / "report.json")


def test_a_class_keeps_the_report_of_each_student(tmp_path):
    with Grader("q1") as grader:
        results = grader.grade(hand_in(tmp_path, SOLUTION))
    results["extra_data"]["batch"] = {"graded_with": {}, "submission": ""}
    folder, entry = GradesFolder(tmp_path / "grades"), Entry("7", (), None, ())
    with folder.open_for_work():
        folder.keep(entry, results, "")
        report = report_json.read(tmp_path / "grades" / "reports" / "7.json")
        assert (report["lab"], report["marks"], report["extras"]) == ("q1", FULL, {})
        kept = folder.results(entry)
        assert kept is not None and "report" not in kept["extra_data"]
        fault = {"score": 0, "tests": [], "extra_data": {"grader_fault": True, "batch": results["extra_data"]["batch"]}}
        folder.keep(entry, fault, "")
    assert list((tmp_path / "grades" / "reports").iterdir()) == []
