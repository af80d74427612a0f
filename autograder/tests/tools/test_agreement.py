"""check.py and the grader blame the same functions: on the bank, the right variants, and odd versions of q1.py.

The checks run in this process, hundreds of times. A drawn sample is tried here; the sweep tries all and proves by the
grader what `odd_versions.py` says that each costs.
"""

from __future__ import annotations

import importlib
import io
import random
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from neural_lab.grading.reference import edited_module
from neural_lab.labs.q1.rubric import LAB
from neural_lab.schema.places import ROOT
from tests import commit
from tests.tools.odd_versions import ODD, Odd

SOLUTION = (ROOT / "solution/q1.py").read_text("utf-8")
SAMPLE, GRADED = 20, 3  # versions that each commit draws
FUNCTIONS = {line.number: line.function for line in LAB.lines}

# What the page says costs no marks of its own: an np.matrix is wrong where it is made, and the marks are lost where its
# product is another one.
AT_THE_SOURCE = {"sig-matrix", "der-matrix", "cd-matrix", "fwd-returns-matrix", "bp-matrix-db"}


class Version(NamedTuple):
    """One q1.py and the functions that lose marks for it."""

    id: str
    text: str
    loses: frozenset[str]


class Told(NamedTuple):
    """What check.py said of a version."""

    blamed: frozenset[str]
    waits: frozenset[str]
    text: str
    report: Any


def version_of(odd: Odd) -> Version:
    text = SOLUTION
    for old, new in odd.changes.items():
        assert text.count(old) == 1, (odd.id, old)
        text = text.replace(old, new)
    return Version(odd.id, text, frozenset(odd.loses))


def bank() -> list[Version]:
    """Every known mistake, which costs its own function alone, and every right variant, which costs nothing."""
    rows: list[tuple[Any, frozenset[str]]] = [(row, frozenset({row.function})) for row in LAB.mistakes]
    rows += [(row, frozenset()) for row in LAB.variants]
    return [
        Version(row.id, edited_module(SOLUTION, LAB.function(row.function).path, row.edits), loses)
        for row, loses in rows
    ]


@pytest.fixture(scope="module")
def check():
    """Takes a version's text and gives what check.py says of it."""
    sys.path.append(str(ROOT / "student"))
    engine, errors, files, q1 = (
        importlib.import_module(f"checks.{name}") for name in ("engine", "errors", "files", "q1")
    )

    def told(text: str, run: bool = True) -> Told:
        source = errors.Source("/somewhere/q1.py", text)
        said = io.StringIO()
        report = engine.Report([source], stream=said)
        module, _ = files.load(source, lambda module: q1.class_in(module)[0])
        report.owner, _ = q1.class_in(module)
        if run:
            q1.run(report, report.owner)
            report.finish("python q1.py")
        kinds = {kind: {one.function for one in report.findings if one.kind is kind} for kind in engine.Kind}
        blamed = kinds[engine.Kind.WRONG] | kinds[engine.Kind.UNWRITTEN]
        return Told(frozenset(blamed), frozenset(kinds[engine.Kind.WAITS]), said.getvalue(), report)

    yield told
    sys.path.remove(str(ROOT / "student"))
    for name in [name for name in sys.modules if name == "q1" or name.partition(".")[0] == "checks"]:
        del sys.modules[name]


def disagreements(check, versions: Iterable[Version]) -> list[str]:
    """What is said of versions whose marks and whose check tell different stories; the figures are printed."""
    found, count, directions = [], 0, 0
    for one in versions:
        told, count = check(one.text), count + 1
        directions += bool(told.blamed) != bool(one.loses)
        if one.id in AT_THE_SOURCE and len(told.blamed) == 1:
            continue
        # no function is blamed that keeps its marks, and what loses them is blamed or waits for one that is
        fair = told.blamed <= one.loses <= told.blamed | told.waits and bool(told.blamed) == bool(one.loses)
        if not fair:
            found.append(f"{one.id}: blames {sorted(told.blamed)}, and marks are lost for {sorted(one.loses)}")
    function, direction = 1 - len(found) / count, 1 - directions / count
    print(f"{count} versions: {function:.1%} agree on the function, {direction:.1%} on the direction")
    return found


def test_check_and_grader_agree_on_a_sample(check):
    versions = [*bank(), *map(version_of, ODD)]
    assert len(versions) >= 450
    assert disagreements(check, random.Random(commit.number()).sample(versions, SAMPLE)) == []


def test_the_odd_versions_cost_what_they_are_said_to(grader, tmp_path):
    assert costs_other_than_said(grader, random.Random(commit.number()).sample(ODD, GRADED), tmp_path) == []


@pytest.mark.sweep
@pytest.mark.timeout(3600)
def test_check_and_grader_agree_on_all_versions(check, grader, tmp_path):
    assert costs_other_than_said(grader, ODD, tmp_path) == []
    assert disagreements(check, [*bank(), *map(version_of, ODD)]) == []


def costs_other_than_said(grader, odd: Iterable[Odd], folder) -> list[str]:
    """The versions that lose marks for other functions than their row says."""
    found = []
    for one in odd:
        (folder / "q1.py").write_text(version_of(one).text, "utf-8")
        tests = grader.grade(folder / "q1.py")["tests"]
        loses = {FUNCTIONS[test["number"]] for test in tests if test["score"] < test["max_score"]}
        if loses != set(one.loses):
            found.append(f"{one.id}: {sorted(loses)}")
    return found


# ---------------------------------------------------------------- the gradient microscope

BEFORE_LAST, TWO_BEFORE = 1, 2  # layers before the last
# Where the mistakes of back_propagation sit, in layers before the last; those not named show in the last one already.
SITS = dict.fromkeys(
    ("bp-no-hidden-sp", "bp-sp-always-output", "bp-W-transposed", "bp-try-transpose", "bp-W-wrong-layer", "bp-dW-for-W",
     "bp-error-not-delta", "bp-updates-inside", "bp-output-only"),
    BEFORE_LAST,
) | dict.fromkeys(
    ("bp-W-always-last", "bp-delta-not-carried", "bp-hardcoded-2", "bp-stops-early"),
    TWO_BEFORE,
)  # fmt: skip


def test_the_first_layer_that_the_microscope_marks_is_where_the_mistake_sits(check):
    report = check(SOLUTION, run=False).report
    picture = importlib.import_module("checks.picture")
    assert picture.views(report, report.owner).marked is None
    rows = [row for row in LAB.mistakes if row.function == "back_propagation"]
    off = []
    for row in rows:
        text = edited_module(SOLUTION, LAB.function(row.function).path, row.edits)
        report = check(text, run=False).report
        view = picture.views(report, report.owner)
        last = len(view.sizes) - 2
        true = last - SITS.get(row.id, 0)
        if view.marked != true:
            off.append(f"{row.id}: layer {view.marked} of {view.sizes}, true {true}")
        assert "<svg" in picture.page(view)
    print(f"{len(rows)} mistakes: {1 - len(off) / len(rows):.1%} marked where they sit")
    assert len(off) <= 0.05 * len(rows), off
