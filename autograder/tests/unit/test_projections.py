"""What each platform is told of a report, without running one: marks, the three states, and foreign text made inert."""

from __future__ import annotations

import itertools
import json
import random
import re
import xml.etree.ElementTree as ET

import pytest

from neural_lab.feedback import files
from neural_lab.grading import compare
from neural_lab.intake.notes import Fault, NoText
from neural_lab.intake.submission import Submission
from neural_lab.isolation.self_test import PROCESS_ONLY, Isolation
from neural_lab.platforms import actions, autolab, gradescope, junit, prairielearn
from neural_lab.platforms import report as report_json
from neural_lab.platforms.from_report import faulted, outcome
from neural_lab.platforms.outcome import Line, Outcome, State, plain_text
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.release import schemas
from tests.unit.test_results import ISOLATED, KINDS, report

LAB = load_lab("q1")
REFUSED = NoText("q1.py", Fault.EMPTY)
NASTY = "x\r\n::error::forged\n##[error]forged %0A::warning:: a:b,c %"
OPEN = Isolation(PROCESS_ONLY, ("seccomp",), ("seccomp: not here",))


def drawn(number):
    """A report of any verdicts, halves among them."""
    rng = random.Random(number)
    return report(*rng.choices(KINDS, k=rng.randint(1, 40)), lab=rng.choice([LAB, load_lab("neuron")]))


def told(what, **more):
    return outcome(what, ISOLATED, "01234567", **more)


def parsed(what):
    return ET.fromstring(junit.document(what))


def line(number=1, marks=0.0, most=5.0, text="wrong", **more):
    return Line(f"1.{number}", f"f{number}", f"f{number}", marks, most, text, **more)


# -- marks and states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(30))
def test_every_platform_gets_the_same_marks_to_the_half_mark(number):
    one = drawn(number)
    marks = one.marks
    assert gradescope.results(one, ISOLATED, "")["score"] == marks
    assert report_json.as_data(one, ISOLATED, "")["marks"] == marks
    assert told(one).marks == marks and told(one).most == one.lab.marks
    document = parsed(told(one))
    assert (
        sum(float(case.find(".//property[@name='marks']").get("value")) for case in document.iter("testcase")) == marks
    )
    of_prairielearn = prairielearn.results(told(one))
    assert sum(test["points"] for test in of_prairielearn["tests"]) == marks
    assert of_prairielearn["score"] * one.lab.marks == pytest.approx(marks, abs=1e-9)  # far below what it stores
    assert sum(json.loads([*autolab.printed(told(one))][-1])["scores"].values()) == marks
    assert f"| **{marks:g}** | **{one.lab.marks:g}** |" in actions.summary(told(one))


def test_the_three_states_are_told_apart():
    states = [told(report(compare.Kind.VALUE)), told(report(compare.Kind.VALUE, refusal=REFUSED))]
    states += [told(report(compare.Kind.RIGHT), withhold=True), faulted(LAB, "broken")]
    assert [one.state for one in states] == [State.GRADED, State.REFUSED, State.FAULT, State.FAULT]


@pytest.mark.parametrize("kind", KINDS)
def test_report_json_keeps_to_its_schema(kind):
    assert schemas.problems("report", report_json.as_data(report(kind), OPEN, "01234567", withhold=True)) == []


# -- JUnit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_junit_has_a_case_for_each_line_with_at_most_one_ending(kind):
    document = parsed(told(report(kind)))
    cases = [*document.iter("testcase")]
    endings = [[child for child in case if child.tag != "properties"] for case in cases]
    assert len(cases) == int(document.get("tests")) == len(LAB.lines)
    assert sum(map(len, endings)) == int(document.get("failures")) and document.get("errors") == "0"
    assert all(len(ending) == (kind != compare.Kind.RIGHT) for ending in endings)
    types = {ending[0].get("type") for ending in endings if ending}
    assert types <= ({"not written"} if kind == compare.Kind.NOT_WRITTEN else {"wrong", "partly right"})


def test_junit_tells_a_refusal_as_errors_and_no_failure():
    document = parsed(told(report(compare.Kind.NOT_REACHED, refusal=REFUSED)))
    assert (document.get("errors"), document.get("failures")) == (str(len(LAB.lines)), "0")
    assert {error.text for error in document.iter("error")} == {files.refusal(REFUSED)}


def test_junit_is_xml_whatever_a_file_is_called():
    hostile = told(report(compare.Kind.RIGHT))._replace(refusal="]]> & <q> \x00\x1b\ud800 \ufffe")
    assert parsed(hostile).get("errors") == "8"


# -- PrairieLearn and Autolab -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("refusal", [None, REFUSED])
def test_prairielearn_and_autolab_get_what_their_schemas_say(kind, refusal):
    what = told(report(kind, refusal=refusal))
    assert schemas.problems("prairielearn", prairielearn.results(what)) == []
    *_, feedback, scores = autolab.printed(what)
    if not refusal:
        assert schemas.problems("autolab", json.loads(scores)) == []
        assert schemas.problems("autolab_feedback", json.loads(feedback)) == []


def test_the_longest_feedback_fits_what_prairielearn_takes():
    lines = tuple(line(number, text="\u2713" * 100_000) for number in range(1, 9))
    what = Outcome("q1", "Lab", "q1.py", lines, headline="\u2713" * 100_000)
    assert len(json.dumps(prairielearn.results(what), indent=2)) < prairielearn.MOST_BYTES


@pytest.mark.parametrize("what", [Outcome("q1", "Lab", "q1.py", headline='x\n{"scores": {}}', refusal="x"),
                                  faulted(LAB, '{"scores": {"1.1": 100}}')])  # fmt: skip
def test_autolabs_last_line_is_no_score_where_there_are_no_marks(what):
    assert "{" not in "\n".join(autolab.printed(what)).splitlines()[-1]


# -- GitHub -----------------------------------------------------------------------------------------------------------


def test_annotations_are_at_most_ten_with_most_marks_first():
    lines = tuple(line(number, most=float(number)) for number in range(1, 15))
    said = actions.commands(Outcome("q1", "Lab", "q1.py", lines), "q1.py")
    lost = [float(found) for one in said for found in re.findall(r"title=f\d+%3A ([\d.]+) of", one)]
    assert lost == [float(number) for number in range(14, 4, -1)]


def test_a_function_is_annotated_once_where_its_line_is_known():
    lines = (line(1), line(2, at=7, file="other.py")._replace(function="f1"), line(3, marks=5.0))
    (said,) = actions.commands(Outcome("q1", "Lab", "q1.py", lines), "work/q1.py")
    assert said.startswith("::error file=work/other.py,line=7,endLine=7,title=f1%3A 10 of 10 marks missing::")


@pytest.mark.parametrize("path", ["work/q1_final.py", "q1.ipynb", "clones/ada/q1.py"])
def test_an_annotation_names_the_file_that_was_handed_in(path):
    for at in (0, 7):
        one = Outcome("q1", "Lab", "q1.py", (line(at=at, file="q1.py"),))
        assert actions.commands(one, path)[0].startswith(f"::error file={path},")


def test_a_line_of_a_notebook_is_told_in_the_text_alone():
    read = Submission({"q1": "x\n" * 99}, b"", cells={"q1": (1, 50)})
    what = report(*KINDS)
    lines = told(what._replace(lines=tuple(one._replace(submission=read) for one in what.lines))).lines
    assert {(one.file, one.at) for one in lines} == {("q1.ipynb", 0)}


@pytest.mark.parametrize("field", ["text", "function", "file"])
def test_no_text_can_begin_a_workflow_command_of_its_own(field):
    one = Outcome("q1", "Lab", "q1.py", (line(at=3, file="q1.py")._replace(**{field: NASTY}),))
    (said,) = actions.commands(one, "q1.py")
    assert "\n" not in said and "\r" not in said and said.startswith("::error file=")
    properties, _, text = said.removeprefix("::error ").partition("::")
    assert properties.count("=") - properties.count("%3D") >= 2 and properties.count(",") == 3
    assert "forged" in properties + text


@pytest.mark.parametrize("path", ["q1.py", NASTY])
def test_a_refusal_and_a_fault_are_one_annotation_each(path):
    refused = Outcome("q1", "Lab", "q1.py", refusal=NASTY, headline="no")
    for told_, word in ((refused, "Cannot be graded"), (faulted(LAB, NASTY), "The grader itself failed")):
        (said,) = actions.commands(told_, path)
        assert "\n" not in said and word in said and said.startswith("::error ")


def test_what_is_not_written_yet_is_a_notice():
    one = Outcome("q1", "Lab", "q1.py", (line()._replace(unwritten=True),))
    assert actions.commands(one, "q1.py")[0].startswith("::notice ")


def test_the_summary_fits_what_github_takes():
    one = Outcome("q1", "Lab", "q1.py", tuple(line(number, text="ä" * 200_000) for number in range(8)))
    assert len(actions.summary(one).encode()) <= actions.MOST_SUMMARY


def test_formative_marks_are_said_to_be_practice():
    one = Outcome("q1", "Lab", "q1.py", (line(),), formative=True)
    assert "not your grade" in actions.summary(one) and "practice marks" in actions.commands(one, "q1.py")[0]


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Line 3**: `a * b` \\*here\\*", "Line 3: a * b *here*"),
        ("x\n\n```python\n3  a[1] * \\*b\n```\n\n- ✗ 0 of 5", "x\n\n3  a[1] * \\*b\n\n- ✗ 0 of 5"),
        ("&lt;script&gt; &amp;", "‹script> &"),
        ("`<b>` <- 3 < 4", "‹b> <- 3 < 4"),
    ],
)
def test_feedback_is_told_in_plain_text_that_is_no_markup(markdown, text):
    assert plain_text(markdown) == text


def test_plain_text_is_cut():
    assert plain_text("x" * 50, 10) == "x" * 9 + "…"


def test_combinations_are_drawn_with_halves():
    assert any(drawn(number).marks % 1 for number in range(30))
    assert len(set(itertools.chain(drawn(number).marks for number in range(30)))) > 5
