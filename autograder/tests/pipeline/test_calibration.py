"""The proof: every known mistake of every lab costs exactly its own marks, through the whole pipeline.

Of q1's bank every run grades a sample, and of two others'; `make proof` and `make calibrate` grade all of each.
"""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path

import pytest

from neural_lab.grading.reference import Reference
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Edit, Lab, Mistake, Variant
from neural_lab.schema.remarks import Kind
from neural_lab.tools.release import calibrate
from neural_lab.tools.release.calibrate import Case, Row, Told, Totals
from tests import commit

# of NumPy's threads the mutants' process needs none
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
JOBS = min(2, os.cpu_count() or 1)


SHARE = 16  # one row of so many of a bank is graded in every run; the sweep grades all
LABS = [pytest.param(name, marks=[] if name == "q1" else pytest.mark.one_in(3)) for name in lab_names()]


def some(lab: Lab) -> Lab:
    """The lab with a sample of its bank, another one for each commit."""
    mistakes = tuple(row for index, row in enumerate(lab.mistakes) if commit.draws(index, SHARE))
    variants = tuple(row for index, row in enumerate(lab.variants) if commit.draws(index, SHARE))
    return replace(lab, mistakes=mistakes, variants=variants)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", LABS)
def test_a_case_of_the_lab_gets_its_marks_and_its_name(name, tmp_path):
    lab = load_lab(name)
    check(some(lab), tmp_path)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", lab_names())
def test_every_case_of_the_lab_gets_its_marks_and_its_name(name, tmp_path):
    check(load_lab(name), tmp_path)


def check(lab: Lab, tmp_path: Path) -> None:
    rows = calibrate.calibrate(lab, JOBS)
    assert {row.case.id: row.deviations for row in rows if row.deviations} == {}
    kinds = [row.case.kind for row in rows]
    assert {kind: kinds.count(kind) for kind in ("solution", "stub", "mistake", "variant")} == {
        "solution": 1, "stub": 1, "mistake": len(lab.mistakes), "variant": len(lab.variants)
    }  # fmt: skip
    totals = Totals.of(rows)
    assert totals.exact == totals.mistakes == totals.named_first + totals.classes

    calibrate.write_csv(lab, rows, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        table = {line["case"]: line for line in csv.DictReader(file)}
    marks = {row.case.id: sum(row.taken.values()) for row in rows}
    for case, line in table.items():
        taken = sum(float(value) for column, value in line.items() if column.startswith("taken"))
        assert taken == pytest.approx(marks[case])
    calibrate.draw(lab, rows, tmp_path / "plot.svg")
    plot = (tmp_path / "plot.svg").read_text("utf-8")
    assert all(mistake.id in plot for mistake in lab.mistakes)


def test_the_naive_grader_takes_more_than_the_mistake_is_worth():
    reference = Reference(load_lab("q1"))
    naive = calibrate._Naive(reference)
    by_id = {case.id: case for case in calibrate.cases(reference)}
    assert set(naive.taken(by_id["sig-precedence"])) == {"1.1", "1.2", "1.3", "1.5", "1.6", "1.7", "1.8"}
    assert naive.taken(by_id["gd-plus"]) == {line.number: line.marks for line in reference.lab.lines[5:6]}
    assert naive.taken(by_id["solution"]) == {}


# -- what a calibration would not let pass ----------------------------------------------------------------------------

LOST = {("1.3", "handout"): 3.0, ("1.3", "other"): 2.0}
MISTAKE = Case("slip", "mistake", "cost", {}, LOST, known=("slip",))
RIGHT = Row(MISTAKE, LOST, named=("slip",))
PAIR = Case(
    "slip + twin", "pair", "cost", {}, None, lines=frozenset({7}), made=(frozenset({"slip"}), frozenset({"twin"}))
)


def test_a_row_as_expected_does_not_deviate():
    assert RIGHT.deviations == []
    assert RIGHT.rank == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (replace(RIGHT, taken={}), "line 1.3, handout: loses 0 marks, expected 3"),
        (replace(RIGHT, taken=LOST | {("1.3", "other"): 1.0}), "line 1.3, other: loses 1 marks, expected 2"),
        (replace(RIGHT, taken=LOST | {("1.6", "ragged"): 2.0}), "line 1.6, ragged: loses 2 marks, expected 0"),
        (
            replace(RIGHT, taken={("1.3", "handout"): 2.0, ("1.3", "other"): 3.0}),  # the sum is as it should be
            "line 1.3, handout: loses 2 marks, expected 3",
        ),
        (replace(RIGHT, named=()), "named nothing, expected slip"),
        (replace(RIGHT, named=("other",)), "named other, expected slip"),
        (replace(RIGHT, named=("other", "slip")), "named other, slip, expected slip"),
        (replace(RIGHT, fault="the grader failed"), "the grader failed"),
        (Row(replace(MISTAKE, known=("slip", "twin")), LOST, named=("twin",)), "expected slip or twin"),
        (
            Row(Case("v", "variant", "cost", {}, {}, advice=()), {}, advice=("prints",)),
            "the advice is about prints, expected nothing",
        ),
        (Row(Case("v", "variant", "cost", {}, {}, advice=(Kind.OVERFLOWS,)), {}), "about nothing, expected overflows"),
        (
            Row(Case("v", "variant", "cost", {}, {}, advice=(Kind.OVERFLOWS,)), {}, advice=("prints", "overflows")),
            "the advice is about prints, overflows, expected overflows",
        ),
    ],
)
def test_every_deviation_is_noticed(row, said):
    assert any(said in deviation for deviation in row.deviations)


def test_a_class_may_be_named_in_any_order():
    both = replace(MISTAKE, known=("slip", "twin"))
    assert Row(both, LOST, named=("twin", "slip")).deviations == []
    assert Row(both, LOST, named=("slip", "twin")).deviations == []


def test_a_doctored_bank_fails_the_whole_pipeline(monkeypatch, capsys, tmp_path):
    """A mistake that costs nothing, one whose row spares what is lost, and a variant that is wrong."""
    lab = load_lab("q1")
    doctored = replace(
        lab,
        mistakes=(
            Mistake("harmless", "cost", (Edit("total = 0.0", "total = 0"),), "Is there anything to ask?"),
            Mistake("spared", "cost", (Edit("0.5 * ", ""),), "Which constant is missing?", spares=("handout",)),
            Mistake("gone", "cost", (Edit("no such text", ""),), "Which text was it?"),
            Mistake("endless", "sigmoid", (Edit("return", "while True:\n        pass\n    return"),), "When?"),
        ),
        variants=(Variant("wrong", "cost_derivative", (Edit("- y", "+ y"),)),),
    )
    monkeypatch.setattr(calibrate, "load_lab", lambda name: doctored)
    assert calibrate.main(["--jobs", "1", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    handout = f"{lab.lines[2].parts[0].marks:g}"
    assert f"harmless: line 1.3, handout: loses 0 marks, expected {handout}; line 1.3, other: loses 0 marks" in said
    assert f"mistake spared: line 1.3, handout: loses {handout} marks, expected 0" in said
    assert f"variant wrong: line 1.4, columns: loses {lab.lines[3].marks:g} marks, expected 0" in said
    assert "mistake gone: it is left out of the bank: LookupError: not found in the solution: 'no such text'" in said
    assert "mistake endless: it is left out of the bank: it used more than 1 s of CPU" in said
    assert "solution solution" not in said and "stub stub" not in said
    assert list(tmp_path.iterdir()) == []


def test_one_row_is_calibrated_by_itself_and_nothing_is_written(capsys, tmp_path):
    assert calibrate.main(["--only", "sig-no-minus", "--jobs", "1", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "sig-no-minus" in said and "1 mistakes: 1 cost exactly their own marks, 1 named alone" in said
    assert "solution" not in said.split("mistakes:")[0] and list(tmp_path.iterdir()) == []


# -- pairs, and mistakes in right variants ----------------------------------------------------------------------------


@pytest.mark.fast
def test_the_same_pairs_and_mistakes_in_variants_are_drawn_each_time():
    reference = Reference(load_lab("q1"))
    one, other = calibrate.drawn(reference, 8), calibrate.drawn(reference, 8)
    assert one == other and [case.kind for case in one] == ["pair"] * 8 + ["transplant"] * 8
    assert len({case.id for case in one}) == 16 and all(case.lines for case in one)
    assert all(len(case.made) == (2 if case.kind == "pair" else 1) for case in one)
    (variant,) = (row for row in reference.lab.variants if row.id == "bp-loops")
    (mistake,) = (row for row in reference.lab.mistakes if row.id == "bp-sign")
    reference = Reference(replace(reference.lab, mistakes=(mistake,), variants=(variant,)))
    (case,) = calibrate.drawn(reference, 8)
    held = [case.files["q1"].splitlines()[line - 1] for line in case.lines]
    assert held and all("cost_derivative" in line for line in held)  # the mistake's lines, not the variant's


def test_what_is_told_of_drawn_cases_is_counted(capsys, tmp_path):
    lab = load_lab("neuron")
    lab = replace(lab, mistakes=lab.mistakes[:3], variants=())
    rows = calibrate.calibrate(lab, JOBS, count=1)
    (pair,) = (row for row in rows if row.case.kind == "pair")
    assert pair.deviations == [] and pair.taken
    told = Totals.of(rows).pairs
    assert (told.cases, told.all + told.one) == (1, bool(pair.told))
    assert told.shown >= told.right and "1 lose marks" in str(Totals.of(rows))


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        (Row(PAIR, LOST, together=("slip", "twin")), "named 1, one of two named 0, line shown 0, right 0, nothing"),
        (Row(PAIR, LOST, named=("twin",)), "named 0, one of two named 1, line shown 0"),
        (Row(PAIR, LOST, shown=frozenset({7}), near=frozenset({7})), "line shown 1, right 1, nothing of these 0"),
        (Row(PAIR, LOST, shown=frozenset({9}), near=frozenset({9})), "line shown 1, right 0, nothing of these 0"),
        (Row(PAIR, LOST, raised=True), "line shown 0, right 0, nothing of these 0"),
        (Row(PAIR, LOST), "1 lose marks; named 0, one of two named 0, line shown 0, right 0, nothing of these 1"),
        (Row(PAIR, {}), "0 lose marks"),
    ],
)  # fmt: skip
def test_a_drawn_case_is_counted_by_what_was_told(row, counted):
    assert counted in str(Told.of([row]))


def test_marks_lost_elsewhere_by_a_drawn_case_are_a_deviation():
    assert Row(PAIR, LOST).deviations == []
    assert Row(PAIR, LOST, elsewhere=2.0).deviations == ["loses 2 marks in other functions"]


def test_a_bad_call_is_refused(capsys):
    for arguments in (["--lab", "nonsense"], ["--jobs", "0"], ["--only", "bp-sing"]):
        with pytest.raises(SystemExit) as exit:
            calibrate.main(arguments)
        assert exit.value.code == 2
    said = capsys.readouterr().err
    assert (
        "JOBS: expected at least 1, got 0" in said
        and "q1 has no mistake or variant 'bp-sing'; near it: bp-sign" in said
    )
