"""Codio's wrapper, which runs zips made for Gradescope: what it would make of ours, and why there is no package for it.

The wrapper is modelled here after its source, as far as it reads results.json: a score at the top is taken for a
percent, whatever the maximum; otherwise the tests' scores are added up; both are rounded up. Output is put into a page
as it is.
"""

from __future__ import annotations

import math
import re

import pytest

from neural_lab.grading import compare
from neural_lab.intake.notes import OtherName
from neural_lab.isolation.self_test import READS_OPEN, Isolation
from neural_lab.platforms import gradescope
from neural_lab.schema.discovery import load_lab
from tests.unit.test_results import ISOLATED, report

pytestmark = pytest.mark.fast


def recorded(results):
    """The percent that the wrapper records; None where it records nothing."""
    if "score" in results:
        return math.ceil(results["score"])
    most = sum(test["max_score"] for test in results["tests"])
    return math.ceil(100 * sum(test["score"] for test in results["tests"]) / most) if most else None


def test_it_takes_marks_for_a_percent_so_a_right_warm_up_would_get_a_fifth():
    warm_up = load_lab("neuron")
    results = gradescope.results(report(compare.Kind.RIGHT, lab=warm_up), ISOLATED, "")
    assert results["score"] == warm_up.marks and recorded(results) == warm_up.marks < 100
    del results["score"]
    assert recorded(results) == 100, "the tests alone say it right"


def test_it_rounds_half_marks_up():
    one = report(compare.Kind.FORM, *[compare.Kind.RIGHT] * 200)
    results = gradescope.results(one, ISOLATED, "")
    assert results["score"] % 1 == 0.5 and recorded(results) == results["score"] + 0.5


def test_it_shows_output_unescaped_and_ours_is_inert_there():
    name = "<script>alert(1)</script> <img src=x onerror=y> &lt;.py"
    hostile = report(compare.Kind.VALUE, notes=(OtherName(name, "q1.py"),))
    results = gradescope.results(hostile, ISOLATED, "")
    shown = [results["output"], *(test["output"] for test in results["tests"])]
    assert "alert" in results["output"]
    assert [text for text in shown if re.search(r"<[A-Za-z/!?]", text)] == []


@pytest.mark.parametrize(
    "results",
    [
        gradescope.fault("OSError: disk full"),
        gradescope.results(report(compare.Kind.RIGHT), Isolation(READS_OPEN, ("own uid",), ()), "", withhold=True),
    ],
    ids=["fault", "withheld without root"],
)
def test_it_records_no_0_where_no_mark_was_given(results):
    assert recorded(results) is None
