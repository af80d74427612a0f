"""Progress between hand-ins: what is told, what does not count, and that no history does harm."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from neural_lab.feedback.progress import since_last
from neural_lab.grading.progress import progress
from neural_lab.platforms import gradescope, history
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.release import gradescope_format
from tests.classes import edited, right

LAB = load_lab("q1")
MOST = {line.number: line.marks for line in LAB.lines}


def results(scores=None, seed="s", version="1", lab="q1", **about):
    """A results.json as the grader writes it: {number: marks}, full ones elsewhere."""
    tests = [{"number": number, "name": "=<b>evil</b>", "score": (scores or {}).get(number, most), "max_score": most}
             for number, most in MOST.items()]  # fmt: skip
    extra = {"lab": lab, "seed": seed, "grader_version": version, "fingerprint": "f", "grader_fault": False, **about}
    return {"score": sum(test["score"] for test in tests), "tests": tests, "extra_data": extra}


def told(before, now):
    """What a student reads."""
    one, other = history.hand_in(before, LAB), history.hand_in(now, LAB)
    assert one and other
    return since_last(progress(one, other, LAB))


def last(tmp_path, *previous):
    file = tmp_path / "submission_metadata.json"
    file.write_text(json.dumps({"previous_submissions": list(previous)}))
    return history.last_hand_in(file, LAB)


def run(results, time=None, error=False):
    return {"submission_time": time, "score": "3.0", "autograder_error": error, "results": results}


@pytest.mark.fast
def test_what_is_better_and_what_broke_is_told_line_by_line():
    text = told(results({"1.7": 10, "1.8": 0}, "a"), results({"1.1": 2.5, "1.8": 17.5}, "b"))
    assert "**What broke** (−2.5 marks)" in text and "- 1.1 sigmoid: 5 → 2.5 of 5" in text
    assert "**What is better** (+32.5 marks):" in text
    assert "- 1.7 back\\_propagation: gradients of the biases: 10 → 25 of 25" in text
    assert "5 lines have the marks of last time." in text and "No marks depend on it." in text
    assert text.index("broke") < text.index("better") and "evil" not in text


@pytest.mark.fast
def test_the_same_file_and_another_grader_are_said():
    assert told(results({"1.1": 0}), results({"1.1": 0})).startswith("This is the same file as last time")
    assert told(results(seed="a"), results(seed="b")).startswith("Every line has")
    assert "grader itself has changed" in told(results(version="1"), results(version="2"))
    assert "grader itself has changed" not in told(results(), results({"1.1": 0}, "b"))


@pytest.mark.fast
def test_the_last_graded_hand_in_counts(tmp_path):
    """In time, not in the list; a run in which Gradescope or the grader failed was none, and the clock says nothing."""
    first = run(results(seed="first"), "2026-11-01T10:00:00.000000-05:00")
    second = run(results(seed="second"), "2026-11-01T14:00:00.000000+00:00")  # an hour earlier
    failed = run(results(seed="failed"), "2026-11-09T10:00:00.000000-05:00", error=True)
    faulty = run(results(seed="faulty", grader_fault=True), "2026-11-09T10:00:00.000000-05:00")
    other = run(results(seed="other", lab="ann"), "2026-11-09T10:00:00.000000-05:00")
    for those in ([first, second, failed, faulty, other], [other, failed, faulty, second, first]):
        assert last(tmp_path, *those).seed == "first"
    assert last(tmp_path, run(results(seed="a")), run(results(seed="b"))).seed == "b", "without times the list decides"
    assert last(tmp_path, failed, faulty, other) is None and last(tmp_path) is None


ODD: list[Any] = [
    None,
    777,
    "text",
    [],
    {},
    [[]],
    math.nan,
    math.inf,
    -1,
    1e9,
    True,
    10**300,
    "</b>",
    {"number": {}},
    [None],
]


@pytest.mark.fast
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_hostile_history_is_none(tmp_path, odd):
    good = run(results(seed="good"), "2026-01-01T00:00:00Z")
    strange = [odd, run(odd), {**good, "results": {**results(), "tests": odd}}]
    strange += [run({**results(), "extra_data": odd}), run(results() | {"tests": [odd, odd]})]
    assert last(tmp_path, *strange) is None
    assert last(tmp_path, *strange, good).seed == "good"
    for key in ("number", "score", "max_score"):
        broken = results()
        broken["tests"][0][key] = odd
        found = last(tmp_path, run(broken, time=odd))
        assert "1.1" not in found.marks and len(found.marks) == len(MOST) - 1
    file = tmp_path / "submission_metadata.json"
    file.write_text(json.dumps({"previous_submissions": odd}))
    assert history.last_hand_in(file, LAB) is None
    file.write_text(json.dumps(odd))
    assert history.last_hand_in(file, LAB) is None


@pytest.mark.fast
@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000])
def test_a_file_that_is_no_metadata_is_none(tmp_path, text):
    (tmp_path / "m.json").write_bytes(text)
    assert history.last_hand_in(tmp_path / "m.json", LAB) is None
    assert history.last_hand_in(tmp_path / "none.json", LAB) is None
    (tmp_path / "m.json").write_bytes(b" " * (history.MOST_BYTES + 1))
    assert history.last_hand_in(tmp_path / "m.json", LAB) is None


def test_a_part_of_its_own_is_added_to_real_results_and_nothing_else_changes(grader, tmp_path):
    mistakes = {mistake.id: mistake for mistake in LAB.mistakes}
    (tmp_path / "q1.py").write_text(edited(LAB, mistakes["sig-no-minus"]))
    wrong = grader.grade(tmp_path)
    (tmp_path / "q1.py").write_text(right())
    good = grader.grade(tmp_path)
    before = last(tmp_path, run(json.loads(json.dumps(wrong))))
    better = gradescope.with_progress(good, before, LAB)
    assert {**better, "tests": better["tests"][:-1]} == good
    (added,) = better["tests"][len(good["tests"]) :]
    assert added["tags"] == [gradescope.PROGRESS] and (added["score"], added["max_score"]) == (0, 0)
    assert added["extra_data"] == {"better": ["1.1"], "broken": [], "same_file": False, "same_grader": True}
    assert "- 1.1 sigmoid: 0 → 5 of 5" in added["output"]
    better["extra_data"].pop("report")
    assert gradescope_format.problems(better) == []
    # the next hand-in reads these results, with that part in them
    again = last(tmp_path, run(better))
    assert again == history.hand_in(good, LAB)
