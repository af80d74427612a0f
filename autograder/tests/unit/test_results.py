"""results.json: Gradescope's documented format for every kind of report, the faults of gradescope-utils closed, and a
file that is there whole or not at all."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neural_lab.feedback import files, remarks
from neural_lab.feedback.markdown import plain
from neural_lab.grading import compare
from neural_lab.grading.compare import Place, Verdict
from neural_lab.grading.policy import Setting
from neural_lab.grading.records import Attempt, Diagnosis, LineResult, PartResult, Report
from neural_lab.intake.notes import Fault, NoText, OtherName
from neural_lab.isolation.self_test import FULL, READS_OPEN, Isolation
from neural_lab.platforms import gradescope as results
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.observations import Call
from neural_lab.schema.remarks import Prints, Refused
from neural_lab.tools.release import gradescope_format
from tests.hand_ins import SOLUTION, hand_in, with_bodies

LAB = load_lab("q1")
ADVICE, FLAGS = (Prints(("cost",)),), (Refused("back_propagation", "cost"),)
NOTE = OtherName("mine.py", "q1.py")
ISOLATED = Isolation(FULL, (), ())
KINDS = list(compare.Kind)
FAILURES = {
    compare.Kind.NOT_WRITTEN: FailureKind.NOT_WRITTEN,
    compare.Kind.RAISED: FailureKind.RAISED,
    compare.Kind.MISSING: FailureKind.MISSING,
    compare.Kind.TIMEOUT: FailureKind.TIMEOUT,
    compare.Kind.NOT_REACHED: FailureKind.NOT_REACHED,
    compare.Kind.KILLED: FailureKind.KILLED,
}


def report(*kinds, lab=LAB, **more):
    """A report whose parts have these verdicts in turn."""
    parts = [part for line in lab.lines for part in line.parts]
    verdicts = {}
    for index, part in enumerate(parts):
        kind = kinds[index % len(kinds)]
        got = Failure(FAILURES[kind], "ValueError", "x") if kind in FAILURES else np.array([[0.5], [math.nan]])
        verdict = Verdict(kind, Call("f(x)"), Place(entry=(1, 0)), got, np.array([[0.5], [0.25]]))
        verdicts[part] = PartResult(part, verdict, Attempt(Setting(False, ()), ()), verdict)
    lines = tuple(LineResult(line, tuple(verdicts[part] for part in line.parts), Diagnosis()) for line in lab.lines)
    return Report(lab, lines, "seed", 0.5, **more)


def written(report, isolation=ISOLATED, **more):
    """The contents as Gradescope would read them."""
    return gradescope_format.parse(json.dumps(results.results(report, isolation, "01234567", **more), allow_nan=False))


# -- the format -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_verdict_gives_a_valid_file(kind):
    data = written(report(kind))
    assert gradescope_format.problems(data) == []
    worth = compare.WORTH.get(kind, 0.0)
    assert data["score"] == 100 * worth
    assert [test["status"] == "passed" for test in data["tests"]] == [worth == 1] * 8
    assert {part["verdict"] for test in data["tests"] for part in test["extra_data"]["parts"]} == {kind.value}


@pytest.mark.parametrize("name", lab_names())
def test_every_lab_has_one_test_for_each_line(name):
    lab = load_lab(name)
    data = written(report(compare.Kind.RIGHT, compare.Kind.FORM, compare.Kind.VALUE, lab=lab))
    assert gradescope_format.problems(data) == []
    assert len(data["tests"]) == len(lab.lines)
    for test, line in zip(data["tests"], lab.lines, strict=True):
        assert (test["number"], test["name"], test["max_score"]) == (line.number, line.name, line.marks)
        assert test["tags"] == [line.function] and test["name"].startswith(line.function)
        assert test["output_format"] == "md" and test["visibility"] == "visible"
        assert test["score"] == sum(part["marks"] for part in test["extra_data"]["parts"])
        assert test["max_score"] == sum(part["max"] for part in test["extra_data"]["parts"])


def test_the_top_holds_what_a_replay_and_a_complaint_need():
    data = written(report(compare.Kind.RIGHT, notes=(NOTE,), advice=ADVICE, flags=FLAGS))
    assert data["visibility"] == "visible" and data["stdout_visibility"] == "hidden"
    assert data["score"] == LAB.marks and data["execution_time"] == 0.5
    extra = data["extra_data"]
    assert extra["grader_fault"] is False and extra["seed"] == "seed" and extra["fingerprint"] == "01234567"
    assert extra["isolation"] == {"level": FULL, "critical_missing": [], "not_held": []}
    assert (
        extra["notes"] == [files.note(NOTE)]
        and extra["advice_kinds"] == ["prints"]
        and extra["flag_kinds"] == ["refused"]
    )
    assert extra["advice"] == [remarks.advice(*ADVICE)] and extra["flags"] == [remarks.flag(*FLAGS)]
    assert extra["lab"] == "q1" and extra["grader_version"]


def test_a_refusal_is_said_once():
    data = written(Report.refused(LAB, NoText("q1.py", Fault.EMPTY)))
    assert gradescope_format.problems(data) == []
    assert data["score"] == 0 and data["output"] == plain("q1.py is empty. Save your work and upload it again.")
    assert [test["output"] for test in data["tests"]] == [""] * 8
    assert {test["status"] for test in data["tests"]} == {"failed"}


def test_withheld_marks_are_no_marks_and_say_why():
    weak = Isolation(READS_OPEN, ("seccomp",), ("seccomp: not there",))
    data = written(report(compare.Kind.RIGHT), weak, withhold=True)
    assert gradescope_format.problems(data) == []
    assert "score" not in data and data["tests"] == [], "no number that could be taken for a mark"
    assert "says nothing about your submission" in data["output"]
    assert data["extra_data"]["grader_fault"] is True
    assert data["extra_data"]["isolation"]["critical_missing"] == ["seccomp"]


def test_a_fault_of_the_grader_is_marked_as_that():
    data = gradescope_format.parse(json.dumps(results.fault("OSError: disk full")))
    assert gradescope_format.problems(data) == []
    assert "score" not in data and data["tests"] == []
    assert data["extra_data"]["grader_fault"] is True and "disk full" not in data["output"]


def test_long_feedback_is_cut():
    data = written(report(compare.Kind.RIGHT, notes=(NOTE,) * 10_000))
    assert len(data["output"]) <= results.MOST_OUTPUT


# -- the faults of gradescope-utils -----------------------------------------------------------------------------------


def test_scores_do_not_leak_from_one_report_into_the_next():
    first, second, third = (
        written(report(kind)) for kind in (compare.Kind.RIGHT, compare.Kind.VALUE, compare.Kind.RIGHT)
    )
    assert (first["score"], second["score"], third["score"]) == (100, 0, 100)
    assert first == third


@pytest.mark.parametrize(
    "kinds",
    [(compare.Kind.RIGHT, compare.Kind.VALUE), (compare.Kind.FORM, compare.Kind.RIGHT, compare.Kind.RAISED)],
    ids=str,
)
def test_no_line_vanishes_and_the_sum_is_theirs(kinds):
    given = report(*kinds)
    data = written(given)
    assert [test["number"] for test in data["tests"]] == [line.number for line in LAB.lines]
    assert data["score"] == sum(test["score"] for test in data["tests"]) == given.marks


def odd_verdict(share):
    """A verdict worth a number that no verdict has."""
    return type("OddVerdict", (Verdict,), {"worth": share})(compare.Kind.RIGHT)


@pytest.mark.parametrize("share", [math.nan, math.inf, -0.5, 1.5])
def test_a_score_that_is_no_number_or_out_of_bounds_is_the_graders_fault(share):
    given = report(compare.Kind.RIGHT)
    first = given.lines[0]
    part = first.parts[0]._replace(verdict=odd_verdict(share))
    lines = (first._replace(parts=(part,)), *given.lines[1:])
    with pytest.raises(ValueError, match="a score of"):
        results.results(given._replace(lines=lines), ISOLATED, "")


def test_scores_are_plain_numbers():
    given = report(compare.Kind.RIGHT)
    first = given.lines[0]
    part = first.parts[0]._replace(verdict=odd_verdict(np.float32(0.5)))
    data = results.results(given._replace(lines=(first._replace(parts=(part,)), *given.lines[1:])), ISOLATED, "")
    assert type(data["tests"][0]["score"]) is float and data["tests"][0]["score"] == 2.5
    assert {type(test["score"]) for test in data["tests"][1:]} == {int}


# -- the file ---------------------------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole(tmp_path):
    file = tmp_path / "results" / "results.json"
    for score in (1, 2):
        results.write({"score": score}, file)
        assert json.loads(file.read_text()) == {"score": score}
    assert [entry.name for entry in file.parent.iterdir()] == ["results.json"]


@pytest.mark.parametrize("odd", [math.nan, math.inf, object(), np.float32(1)], ids=["NaN", "inf", "object", "float32"])
def test_what_is_not_json_leaves_the_old_file_as_it_was(tmp_path, odd):
    file = tmp_path / "results.json"
    results.write({"score": 1}, file)
    with pytest.raises((ValueError, TypeError)):
        results.write({"score": odd}, file)
    assert json.loads(file.read_text()) == {"score": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_leaves_the_old_file_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "results.json"
    results.write({"score": 1}, file)
    real = os.open

    def open_on_a_full_disk(name, flags, mode=0):
        os.close(real(name, flags, mode))
        return real("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(os, "open", open_on_a_full_disk)
    with pytest.raises(OSError, match="No space"):
        results.write({"score": 2}, file)
    assert json.loads(file.read_text()) == {"score": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.json"]


def test_a_link_is_replaced_and_not_written_through(tmp_path):
    victim, file = tmp_path / "victim", tmp_path / "results.json"
    victim.write_text("untouched")
    file.symlink_to(victim)
    results.write({"score": 1}, file)
    assert victim.read_text() == "untouched" and not file.is_symlink()


def test_text_of_any_kind_is_written_as_ascii(tmp_path):
    file = tmp_path / "results.json"
    results.write({"output": "σ \ud800 \x00 \u202e"}, file)
    assert file.read_bytes().isascii() and json.loads(file.read_text())["output"] == "σ \ud800 \x00 \u202e"


WRITER = """
import sys
from pathlib import Path
from neural_lab.platforms import gradescope
number = 0
while True:
    number += 1
    gradescope.write({"number": number, "filling": "x" * 200_000}, Path(sys.argv[1]))
    print(number, flush=True)
"""


def test_whenever_the_writer_is_killed_a_whole_file_is_there(tmp_path):
    file = tmp_path / "results.json"
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", WRITER, file], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout:
            for _ in range(3):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.wait()
        data = json.loads(file.read_text())
        assert data["number"] >= 3 and len(data["filling"]) == 200_000


# -- the whole way ----------------------------------------------------------------------------------------------------


HANDED_IN = {
    "right": SOLUTION,
    "empty": "",
    "not Python": "((((",
    "a wrong function": with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return np.exp(z)\n"}),
    "odd text in an exception": with_bodies({
        "cost": "def cost(self, data):\n    raise ValueError('\\ud800 \\x00 \\x1b[31m <b> ```' + '9' * 5000)\n"
    }),
    "NaN everywhere": with_bodies({"forward_pass": "def forward_pass(self, x):\n    return x * np.nan\n"}),
}  # fmt: skip


@pytest.mark.parametrize("what", HANDED_IN)
def test_whatever_is_handed_in_the_results_are_valid(grader, tmp_path, what):
    data = grader.grade(hand_in(tmp_path, HANDED_IN[what]))
    assert gradescope_format.problems(data) == []
    assert data["extra_data"]["grader_fault"] is False and len(data["tests"]) == 8


def test_a_known_mistake_is_named_in_the_results(grader, tmp_path):
    wrong = with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n"})
    tests = grader.grade(hand_in(tmp_path, wrong))["tests"]
    assert tests[0]["extra_data"]["mistakes"] == ["sig-no-minus"]
    assert [test["extra_data"]["mistakes"] for test in tests[1:]] == [[]] * 7
    helped = tests[4]["extra_data"]["parts"][0]  # forward_pass; the derivative of a mirrored sigmoid is the right one
    assert (helped["verdict"], helped["own"]) == ("right", "wrong value") and "sigmoid" in helped["substituted"]


def test_another_file_is_asked_with_other_inputs(grader, tmp_path):
    texts = (SOLUTION, f"{SOLUTION}# mine\n")
    seeds = [grader.grade(hand_in(tmp_path, text))["extra_data"]["seed"] for text in texts]
    assert seeds[0] != seeds[1]
