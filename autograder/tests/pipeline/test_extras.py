"""A lab's extras: what they get, what they add to the report, and that no mark depends on them."""

from __future__ import annotations

import dataclasses
import io
import json
import sys
import time

import pytest

from neural_lab.grading.extras import with_extras
from neural_lab.grading.pipeline import Grading, report_on
from neural_lab.grading.reference import Reference
from neural_lab.intake.submission import read
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox
from neural_lab.isolation.self_test import FULL, Isolation
from neural_lab.platforms import gradescope
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Addition, Place, UnmarkedLine
from neural_lab.schema.places import SOLUTION
from neural_lab.tools.release import gradescope_format

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox's layers are Linux's")
WARM_UP = load_lab("perceptron")
LINE = UnmarkedLine("9", "something seen", True, "nothing to see", "seen", {"times": 2})


def graded(*extras, official=False, limits=Limits()):  # noqa: B008 (a frozen record)
    """The warm-up's solution, graded with these extras: the report, results.json's contents, and what was logged."""
    lab, log = dataclasses.replace(WARM_UP, extras=extras), io.StringIO()
    with Sandbox(limits) as sandbox:
        submission = read(SOLUTION / "warmups" / "perceptron.py", lab)
        grading = Grading(Reference(lab), submission, b"secret", sandbox)
        report = with_extras(report_on(grading), grading, official, log)
    data = json.loads(json.dumps(gradescope.results(report, Isolation(FULL, (), ()), ""), allow_nan=False))
    assert gradescope_format.problems(data) == []
    assert report.marks == data["score"] == WARM_UP.marks
    return report, data, log.getvalue()


def test_what_extras_add_is_told_and_written_beside_the_marks():
    def one(context):
        return Addition("one", told="One was here.", data={"n": 1})

    def two(context):
        seen = (context.report.marks, context.official, [*context.added], context.submission.files.keys())
        assert seen == (WARM_UP.marks, True, ["one"], {"perceptron"})
        return Addition("two", lines=(LINE,), leaderboard=(Place("height", 2.0, "asc"),))

    _, data, log = graded(one, two, lambda context: None, official=True)
    assert log == "" and "One was here." in data["output"]
    assert data["extra_data"]["extras"] == {"one": {"n": 1}, "two": {}}
    assert data["leaderboard"] == [{"name": "height", "value": 2.0, "order": "asc"}]
    assert (data["tests"][-1]["name"], data["tests"][-1]["extra_data"]) == ("something seen", {"times": 2})


def test_an_extra_runs_the_loaded_submission_beside_the_reference():
    def same(context):
        probe = WARM_UP.lines[0].parts[0].probe
        asked, expected = ([one.call for one in answers(probe)] for answers in (context.answers, context.expected))
        assert asked == expected
        return Addition("same")

    report, _, log = graded(same)
    assert [added.name for added in report.added] == ["same"], log


def test_an_extra_that_fails_is_told_to_the_staff_and_costs_nothing():
    def broken(context):
        raise LookupError("no data set \x1b[31m")

    report, data, log = graded(broken, lambda context: Addition("after"))
    assert "LookupError: no data set" in log and "\x1b" not in log
    assert [added.name for added in report.added] == ["after"] and "no data set" not in json.dumps(data)


@pytest.mark.parametrize("odd", [float("nan"), object()], ids=["NaN", "object"])
def test_what_can_not_be_written_is_left_out(odd):
    report, _, log = graded(lambda context: Addition("odd", data={"x": odd}))
    assert report.added == () and "Error" in log


def test_an_extra_that_does_not_end_is_stopped_soon_after_the_time_of_the_run():
    def endless(context):
        while True:
            context.time_left()

    started = time.monotonic()
    report, _, log = graded(endless, limits=Limits(run_wall=3.0, extras_grace=0.5))
    assert "OutOfTime" in log and report.added == ()
    assert time.monotonic() - started < 30


def test_a_class_is_graded_without_extras_and_warm_ups_have_none():
    assert [name for name in lab_names() if load_lab(name).extras] == ["q1"]


def test_nothing_but_the_labs_own_folder_knows_what_the_lab_is_about():
    """The engine has no lab in it. `cli.py` names the one that is graded where none is named."""
    from neural_lab.schema.places import PACKAGE

    rooms = ("schema", "intake", "runtime", "isolation", "grading", "feedback", "platforms")
    files = [file for room in rooms for file in (PACKAGE / room).rglob("*.py")] + [PACKAGE / "cli.py"]
    words = ("labs.q1", "HYPERPARAMETERS", "784", "digits", "leaderboard.", "smoke", "trial")
    assert len(files) > 20
    assert [(file.name, word) for file in files for word in words if word in file.read_text("utf-8")] == []
