"""Classroom 50's result.json and release-body.md. Format: classroom50/result/v1, September 2026.

Points are whole numbers there, so every mark counts twice, and the words say so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from neural_lab.platforms import actions
from neural_lab.platforms.outcome import Line, Outcome

SCHEMA = "classroom50/result/v1"
POINTS = 2  # for a mark, so that half a mark is a whole point
DOUBLED = "Points are whole numbers here: two points are one mark."


def result(told: Outcome, environment: Mapping[str, str], committed: int) -> dict[str, Any]:
    """The contents of result.json, for an outcome with marks.

    :param environment: what Classroom 50 says of the submission
    :param committed: the commit's time, in seconds; a regrade must not change it
    :raises KeyError: something that is needed is not said
    """
    return {
        "schema": SCHEMA,
        "classroom": environment["CLASSROOM"],
        "assignment": environment["ASSIGNMENT"],
        "assignment_type": environment["ASSIGNMENT_TYPE"],
        "owner": environment["OWNER"] if "OWNER" in environment else environment["USERNAME"],
        "submission": environment["SUBMISSION_TAG"],
        "commit": environment["COMMIT_URL"],
        "release": environment["RELEASE_URL"],
        "review": environment["REVIEW_URL"],
        "datetime": datetime.fromtimestamp(committed, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(points(line.marks) for line in told.lines),
        "max-score": sum(points(line.most) for line in told.lines),
        "tests": [_test(line) for line in told.lines],
    }


def points(marks: float) -> int:
    """Marks as points.

    :raises ValueError: they are no multiple of half a mark
    """
    doubled = marks * POINTS
    if doubled != int(doubled):
        raise ValueError(f"{marks:g} marks are no whole number of points")
    return int(doubled)


def _test(line: Line) -> dict[str, Any]:
    return {
        "test-name": f"{line.number} {line.name}",
        "passed": line.right,
        "score": points(line.marks),
        "max-score": points(line.most),
    }


def hand_over(told: Outcome, environment: Mapping[str, str], committed: int, folder: Path) -> None:
    """Write result.json, and what the student reads in the release.

    :param folder: the checkout
    """
    (folder / "release-body.md").write_text(f"{actions.summary(told)}\n{DOUBLED}\n", encoding="utf-8")
    (folder / "result.json").write_text(json.dumps(result(told, environment, committed), indent=2) + "\n")
