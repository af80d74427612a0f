"""The last graded hand-in before this one, from `previous_submissions` of Gradescope's submission_metadata.json.

The student is told what changed since; nothing here counts. Which hand-in counts is the platform's to say.
Only numbers are taken from it, and only such as this lab can have given: no word of it reaches the feedback. It may be
missing, of an older grader or of another lab, or say anything at all; then there is no earlier hand-in.
"""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

from neural_lab.grading.progress import HandIn
from neural_lab.schema.lab import Lab

MOST_BYTES = 8 << 20  # of all earlier results together: some hundred; read, they take ten times as much memory


def last_hand_in(metadata: Path, lab: Lab) -> HandIn | None:
    """The last hand-in before this one that was graded; a run in which the grader failed was none."""
    try:
        if metadata.stat().st_size > MOST_BYTES:
            return None
        contents = json.loads(metadata.read_bytes())
    except (OSError, ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None
    previous = contents.get("previous_submissions") if isinstance(contents, dict) else None
    listed = [one for one in previous if isinstance(one, dict)] if isinstance(previous, list) else []
    graded = [
        (_time(one.get("submission_time")), number, found)
        for number, one in enumerate(listed)
        if not one.get("autograder_error") and (found := hand_in(one.get("results"), lab)) is not None
    ]
    return max(graded, key=lambda one: one[:2])[2] if graded else None


def hand_in(results: Any, lab: Lab) -> HandIn | None:
    """What a results.json says of a hand-in; None if it is none of this lab's, or the grader failed."""
    about = results.get("extra_data") if isinstance(results, dict) else None
    if not isinstance(about, dict) or about.get("lab") != lab.name or about.get("grader_fault"):
        return None
    tests = results.get("tests")
    by_number = {
        test["number"]: test
        for test in (tests if isinstance(tests, list) else ())
        if isinstance(test, dict) and isinstance(test.get("number"), str)
    }
    marks = {
        line.number: float(score)
        for line in lab.lines
        for score in [_score(by_number.get(line.number), line.marks)]
        if score is not None
    }
    seed, version, secret = (_text(about.get(key)) for key in ("seed", "grader_version", "fingerprint"))
    return HandIn(marks, seed, (version, secret)) if marks else None


def _score(test: Any, most: float) -> float | None:
    """A line's marks, if they are marks out of as many as it has now."""
    numbers = (test.get("score"), test.get("max_score")) if test else ()
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers) or not numbers:
        return None
    score, maximum = numbers
    return score if maximum == most and 0 <= score <= most else None  # NaN is not either


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _time(value: Any) -> float:
    """When that was, in seconds; the order of the list decides where it is not told."""
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
    except (AttributeError, ValueError, OverflowError):
        return -math.inf
