"""Marks changed by hand, extensions, lateness: what they come to, what is refused, what holds whatever is written."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_lab.platforms import gradescope as gradescope_results
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import adjustments, batch, gradebook, late
from neural_lab.tools.course.adjustments import Adjustments, Kind, Row
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grades_folder import FolderError, Graded
from tests.classes import export_zip, metadata, right
from tests.tools.test_report import folder_of

pytestmark = pytest.mark.fast
LAB = load_lab("q1")
MOST = {line.number: line.marks for line in LAB.lines}
POLICY = """
[late]
deadline = 2026-11-20T23:59:00+01:00
grace_minutes = 15
percent = 10
most_percent = 50
closed_after_hours = 240
"""
ADA = Submitter("Lovelace, Ada", "0007", "ada@example.org")
EMMY = Submitter("Emmy Noether", "8", "emmy@example.org")


def graded(scores=None, submitted="2026-11-20T12:00:00+00:00", who=(ADA,), id="submission_1"):
    """A submission with these scores: {number: marks}, full ones elsewhere."""
    scores = MOST | (scores or {})
    tests = [{"number": line.number, "name": line.name, "score": scores[line.number], "max_score": line.marks,
              "extra_data": {"parts": []}} for line in LAB.lines]  # fmt: skip
    with_what = {"graded_with": {"lab": "q1"}, "submission": id}
    results = {"score": sum(scores.values()), "output": "", "tests": tests, "extra_data": {"batch": with_what}}
    return Graded(Entry(id, who, 50.0, (("q1.py", "q1.py"),), submitted), results)


def finals(tmp_path, table="", *those, policy=""):
    """What the two files come to; the table without its header."""
    if table:
        (tmp_path / "adjustments.csv").write_text("who,line,mark,delta,extension,reason,by\n" + table)
    if policy:
        (tmp_path / "policy.toml").write_text(policy)
    return adjustments.finals(adjustments.read(tmp_path), those or (graded({"1.7": 10.0}),), LAB)


def only(found):
    """The marks, lines and conflicts of a class of one."""
    (one,) = found.students
    return one.marks, one.lines["1.7"], [conflict.text for conflict in found.conflicts]


def test_without_adjustments_marks_are_what_was_graded(tmp_path):
    (one,) = finals(tmp_path).students
    assert (one.graded, one.marks, one.changes) == (85.0, 85.0, ())


@pytest.mark.parametrize("who", ["ada@example.org", "ADA@example.org", "0007", "7", "submission_1", "Ada Lovelace"])
def test_a_line_is_given_other_marks_whoever_is_named(tmp_path, who):
    assert only(finals(tmp_path, f"{who},1.7,20,,,unclear,AB\n")) == (95.0, 20.0, [])


def test_lines_lateness_and_total_come_in_this_order(tmp_path):
    table = "0007,1.7,,5,,a,AB\n0007,1.7,,3,,b,AB\n0007,total,,2.5,,c,AB\n"
    found = finals(tmp_path, table, graded({"1.7": 10.0}, "2026-11-22T12:00:00+01:00"), policy=POLICY)
    (one,) = found.students
    told = [(change.kind, change.line, change.before, change.after) for change in one.changes]
    assert told == [
        (Kind.DELTA, "1.7", 10.0, 15.0), (Kind.DELTA, "1.7", 15.0, 18.0),
        (Kind.LATE, "total", 93.0, 74.4), (Kind.DELTA, "total", 74.4, 76.9),
    ]  # fmt: skip
    assert adjustments.sentence(one.changes[2]) == "the total: 93 → 74.4 (1 d 12 h late: −20 %)"
    assert adjustments.sentence(one.changes[0]) == "line 1.7: 10 → 15 (a, by AB)"
    assert adjustments.sentence(one.changes[0], staff=False) == "line 1.7: 10 → 15 (a)"


def test_a_mark_for_the_total_is_the_last_word(tmp_path):
    table = "0007,1.7,20,,,,\n0007,total,40,,,,\n"
    assert only(finals(tmp_path, table, graded(submitted="2026-12-24T00:00:00+01:00"), policy=POLICY))[0] == 40.0


@pytest.mark.parametrize(
    "submitted, lost",
    [
        ("2026-11-20T22:59:00+00:00", 0),  # on the minute, in another zone
        ("2026-11-21T00:14:00+01:00", 0),  # within the grace
        ("2026-11-21T00:15:00+01:00", 10),
        ("2026-11-21T23:59:00+01:00", 10),
        ("2026-11-22T00:00:00+01:00", 20),
        ("2026-11-28T00:00:00+01:00", 50),  # never more
        ("2026-12-01T00:00:00+01:00", 100),  # closed
    ],
)
def test_lateness_is_that_of_the_submission(tmp_path, submitted, lost):
    assert only(finals(tmp_path, "", graded(submitted=submitted), policy=POLICY))[0] == LAB.marks - lost


def test_an_extension_moves_the_deadline_of_one_student_and_the_longest_counts(tmp_path):
    both = graded(submitted="2026-11-22T01:00:00+01:00", who=(ADA, EMMY))
    found = finals(tmp_path, "ada@example.org,,,,1,ill,AB\n0007,,,,0.5,,\n", both, policy=POLICY)
    assert [one.marks for one in found.students] == [90.0, 80.0]
    found = finals(tmp_path, "submission_1,,,,2,ill,AB\n", both, policy=POLICY)
    assert [one.marks for one in found.students] == [100.0, 100.0], "a submission's id names all its members"


@pytest.mark.parametrize(
    "table, said",
    [
        ("nobody,1.7,3,,,,\n", "row 2: nobody here"),
        ("0007,1.9,3,,,,\n", "row 2: q1 has no line '1.9'"),
        ("0007,1.7,3,2,,,\n", "row 2: expected one of mark, delta and extension, got mark and delta"),
        ("0007,1.7,,,,,\n", "got none of them"),
        (",1.7,3,,,,\n", "row 2: whose marks?"),
        ("0007,,3,,,,\n", "row 2: which line?"),
        ("0007,1.7,,,1,,\n", "row 2: an extension is for the whole work"),
        ("0007,,,,-1,,\n", "row 2: expected the days of an extension"),
        ("0007,1.7,lots,,,,\n", "row 2: expected a number in the column mark, got 'lots'"),
        ("0007,1.7,nan,,,,\n", "row 2: expected a number"),
        ("0007,1.7,5,,,,\n0007,1.7,6,,,,\n", "rows 2, 3 contradict each other about line 1.7"),
        ("0007,1.7,5,,,,\nada@example.org,1.7,,1,,,\n", "rows 2, 3 contradict each other about line 1.7"),
        ("0007,total,5,,,,\n0007,total,,6,,,\n", "rows 2, 3 contradict each other about the total"),
    ],
)
def test_what_cannot_be_done_is_listed_and_changes_nothing(tmp_path, table, said):
    marks, line, conflicts = only(finals(tmp_path, table))
    assert (marks, line, len(conflicts)) == (85.0, 10.0, 1)
    assert said in conflicts[0]


def test_a_row_that_was_pasted_twice_counts_once_and_two_of_a_kind_count_both(tmp_path):
    marks, _, conflicts = only(finals(tmp_path, "0007,1.7,,5,,x,AB\n0007,1.7,,5,,x,AB\n0007,1.7,,5,,y,AB\n"))
    assert marks == 95.0 and conflicts == ["row 3 says the same as row 2, and counts once"]


def test_marks_stay_within_their_bounds_and_it_is_said(tmp_path):
    marks, line, conflicts = only(finals(tmp_path, "0007,1.7,30,,,,\n0007,total,,500,,,\n"))
    assert (marks, line) == (100.0, 25.0) and conflicts == ["row 2: 30 is not between 0 and the 25 of line 1.7: 25"]
    assert only(finals(tmp_path, "0007,1.7,,-30,,,\n"))[:2] == (75.0, 0.0)


def test_a_name_that_several_have_is_nobodys(tmp_path):
    other = graded(who=(Submitter("Ada LOVELACE", "9", "ada2@example.org"),), id="submission_2")
    found = finals(tmp_path, "Ada Lovelace,1.7,3,,,,\n", graded(), other)
    assert [one.marks for one in found.students] == [100.0, 100.0]
    assert "is the name of several (ada@example.org, ada2@example.org)" in found.conflicts[0].text


def test_what_was_not_graded_takes_a_mark_for_the_total_and_nothing_else(tmp_path):
    fault = gradescope_results.fault("it broke")
    fault["extra_data"]["batch"] = {"graded_with": {"lab": "q1"}, "submission": ""}
    entry = Entry("submission_1", (ADA,))
    for results in (None, fault):
        one = Graded(entry, results)
        assert finals(tmp_path, "0007,total,50,,,oral exam,AB\n", one).students[0].marks == 50.0
        found = finals(tmp_path, "0007,total,,50,,,\n0007,1.7,3,,,,\n", one)
        assert found.students[0].marks is None and len(found.conflicts) == 2


def test_a_time_that_is_not_known_costs_nothing_and_is_said_once(tmp_path):
    those = [graded(submitted="", who=(EMMY,)), graded(submitted="", id="submission_2")]
    found = finals(tmp_path, "", *those, policy=POLICY)
    assert [one.marks for one in found.students] == [100.0, 100.0] and len(found.conflicts) == 1
    assert "no time of the hand-in is known" in found.conflicts[0].text


@pytest.mark.parametrize(
    "policy, said",
    [
        ("[late", "cannot be read"),
        ("[latest]", "expected [late] alone, got latest"),
        ("late = 3", "expected a table"),
        ("[late]\npercent = 10", "expected deadline = "),
        ("[late]\ndeadline = '2026-11-20'\npercent = 10", "expected deadline = "),
        ("[late]\ndeadline = 2026-11-20T23:59:00\npercent = 10", "with its offset"),
        (f"{POLICY}\nper_day = 3", "nothing is named 'per_day'"),
        ("[late]\ndeadline = 2026-11-20T23:59:00Z", "expected percent as a number from 0 to 100"),
        ("[late]\ndeadline = 2026-11-20T23:59:00Z\npercent = -5", "expected percent as a number"),
        ("[late]\ndeadline = 2026-11-20T23:59:00Z\npercent = 5\nevery_hours = 0", "expected every_hours"),
        ("[late]\ndeadline = 2026-11-20T23:59:00Z\npercent = nan", "expected percent as a number"),
    ],
)
def test_a_policy_that_says_something_else_is_refused(tmp_path, policy, said):
    with pytest.raises(FolderError) as refused:
        finals(tmp_path, policy=policy)
    assert said in str(refused.value)


def test_a_spreadsheets_way_of_saving_is_read(tmp_path):
    text = 'WHO;Line;Mark;Delta;Extension;Reason;By\r\n7;1.7;;2,5;;"kühn; richtig";AB\r\n;;;;;;\r\n'
    for data in (text.encode("utf-8-sig"), text.replace(";", "\t").replace("\t richtig", "").encode("utf-16")):
        (tmp_path / "adjustments.csv").write_bytes(data)
        assert only(finals(tmp_path)) == (87.5, 12.5, [])


@pytest.mark.parametrize(
    "data, said",
    [
        (b"who,line,mark\n" + b"J\xfcrgen,1.7,3\n", "not in UTF-8"),
        (b"who,who,mark\nx,y,3\n", "two columns named 'who'"),
        (b"who,lines,mark\nx,1.7,3\n", "has a column 'lines'; its columns are who, line,"),
        (b'who,line,mark\n"x,1.7,3\n', "is no table"),
    ],
)
def test_a_file_that_is_no_table_of_adjustments_is_refused(tmp_path, data, said):
    (tmp_path / "adjustments.csv").write_bytes(data)
    with pytest.raises(FolderError) as refused:
        adjustments.read(tmp_path)
    assert said in str(refused.value)


# -- properties -------------------------------------------------------------------------------------------------------

PLACES = st.sampled_from([*MOST, "total"])
VALUES = st.integers(-240, 240).map(lambda quarter: quarter / 4)
KINDS = st.sampled_from([Kind.MARK, Kind.DELTA])
CHANGES = st.tuples(PLACES, KINDS, VALUES)
EXTENSIONS = st.tuples(st.just(""), st.none(), st.integers(0, 5).map(float))
ROWS = st.lists(st.one_of(CHANGES, EXTENSIONS), max_size=6)
QUARTERS = {number: st.integers(0, int(4 * most)).map(lambda quarters: quarters / 4) for number, most in MOST.items()}
SCORES = st.fixed_dictionaries(QUARTERS)
DEADLINE = datetime.fromisoformat("2026-11-20T23:59:00+01:00")
HOURS = st.integers(-48, 400)


def applied(rows, scores, hours):
    """A student's final marks."""
    table = tuple(
        Row(number, "0007", line, kind, value, f"reason {number}")
        for number, (line, kind, value) in enumerate(rows, start=2)
    )
    policy = late.LatePolicy(DEADLINE, 15, 10, 24, 50, 240)
    one = graded(scores, (DEADLINE + timedelta(hours=hours)).isoformat())
    return adjustments.finals(Adjustments(table, policy), [one], LAB).students[0]


@settings(max_examples=150, deadline=None)
@given(ROWS, SCORES, HOURS)
def test_marks_are_never_negative_and_never_more_than_there_are(rows, scores, hours):
    final = applied(rows, scores, hours)
    assert 0 <= final.marks <= LAB.marks
    assert all(0 <= marks <= MOST[number] for number, marks in final.lines.items())


@settings(max_examples=150, deadline=None)
@given(ROWS, SCORES, HOURS, st.sampled_from([*MOST]), st.integers(0, 3))
def test_more_graded_more_given_and_less_late_never_costs_marks(rows, scores, hours, number, index):
    before = applied(rows, scores, hours).marks
    assert applied(rows, {**scores, number: min(scores[number] + 1, MOST[number])}, hours).marks >= before
    assert applied(rows, scores, hours - 7).marks >= before
    assert applied([*rows, ("", None, 3.0)], scores, hours).marks >= before
    if index < len(rows) and rows[index][1] is Kind.DELTA:
        place, kind, value = rows[index]
        assert applied([*rows[:index], (place, kind, value + 2), *rows[index + 1 :]], scores, hours).marks >= before


@settings(max_examples=100, deadline=None)
@given(ROWS, SCORES, SCORES, HOURS, st.randoms(use_true_random=False))
def test_a_regrading_and_the_order_of_rows_leave_no_trace(rows, scores, others, hours, rng: random.Random):
    """Final marks are made of what is graded now: what was graded in between has left nothing behind."""
    first = applied(rows, scores, hours)
    applied(rows, others, hours)
    assert applied(rows, scores, hours) == first
    mixed = rows[:]
    rng.shuffle(mixed)
    assert applied(mixed, scores, hours).marks == first.marks


# -- in a class -------------------------------------------------------------------------------------------------------


def table_of(out):
    return {row["SID"]: row for row in csv.DictReader(io.StringIO((out / "grades.csv").read_text("utf-8")))}


def test_a_class_shows_raw_and_final_marks_and_keeps_them_over_a_regrading(tmp_path, capsys):
    yml = metadata(["submission_1", "submission_2"]).replace("Student 0", "=cmd()")
    export = export_zip(tmp_path / "e.zip", {"submission_1": right(), "submission_2": f"{right()}\n#"}, yml)
    out = tmp_path / "grades"
    out.mkdir()
    (out / "adjustments.csv").write_text("who,line,delta,reason,by\n00000000,1.7,-5,<b>copied</b>,AB\nEve,1.7,-5,,\n")
    (out / "policy.toml").write_text("[late]\ndeadline = 2026-11-20T08:00:00Z\npercent = 10\n")
    for _ in range(2):
        assert batch.batch(export, out, LAB, 1) == 0
        rows = table_of(out)
        assert (rows["00000000"]["Raw Score"], rows["00000000"]["Total Score"]) == ("100", "85.5")
        assert (rows["00000001"]["Raw Score"], rows["00000001"]["Total Score"]) == ("100", "90")
        assert rows["00000000"]["1.7 back_propagation: gradients of the biases (25)"] == "20"
        assert "line 1.7: 25 → 20 (<b>copied</b>, by AB)" in rows["00000000"]["Adjustments"]
        assert "nobody here has the name, id or e-mail address 'Eve'" in " ".join(capsys.readouterr().out.split())
        page = (out / "feedback" / "submission_1.md").read_text("utf-8")
        assert page.startswith("# =cmd\\(\\): 85.5 of 100") and "&lt;b&gt;copied" in page and "AB" not in page
        next((out / "results").iterdir()).unlink()  # so that one is graded anew
    (out / "adjustments.csv").unlink()
    assert batch.batch(export, out, LAB, 1) == 0
    assert table_of(out)["00000000"]["Total Score"] == "90"
    assert "copied" not in (out / "feedback" / "submission_1.md").read_text("utf-8")


def test_without_an_export_tables_and_feedback_are_written_anew_and_nothing_is_graded(tmp_path, capsys):
    folder = folder_of(tmp_path / "grades", {"a": {}, "b": {"fault": True}})
    results = {file: file.stat() for file in (folder.path / "results").iterdir()}
    (folder.path / "adjustments.csv").write_text("who,line,delta,reason\na@x,1.7,-5,late\nEve,1.7,-5,\n")
    assert batch.anew(folder.path) == 3, "b has no marks"
    row = table_of(folder.path)["00a"]
    assert (row["Raw Score"], row["Total Score"]) == ("100", "95")
    assert "late" in (folder.path / "feedback" / "a.md").read_text("utf-8")
    assert "nobody here has the name" in " ".join(capsys.readouterr().out.split())
    assert {file: file.stat() for file in (folder.path / "results").iterdir()} == results
    with pytest.raises(FolderError, match="was graded as q1, not as ann"):
        batch.anew(folder.path, "ann")


@pytest.mark.parametrize(
    ("options", "said"),
    [([], "grades is no folder of grades; `make batch EXPORT="), (["--lower", "yes"], "which export?")],
)
def test_without_an_export_and_without_a_class_it_is_told_what_to_give(tmp_path, options, said):
    command = [sys.executable, batch.__file__, *options]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, list(tmp_path.iterdir())) == (2, []) and said in " ".join(ran.stderr.split())


def test_members_of_a_group_read_nothing_about_each_other(tmp_path):
    both = graded(who=(ADA, EMMY))
    found = finals(tmp_path, "0007,1.7,3,,,cheated,AB\n", both)
    page = gradebook.feedback_md(both.entry, both.results, found.of(both.entry))
    assert "cheated" not in page and "tells each of you" in page
