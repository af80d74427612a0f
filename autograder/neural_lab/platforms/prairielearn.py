"""PrairieLearn's external grader: results.json below /grade. The format is that of its documentation in 2026.

A refused file is not gradable there, so no attempt is used. If the grader fails there is no file, and PrairieLearn
says that the job failed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_lab import atomic
from neural_lab.platforms.entry import Asked, Graded, Platform
from neural_lab.platforms.from_report import outcome
from neural_lab.platforms.outcome import NOT_GRADED, Line, Outcome, State, plain_text

MOST_BYTES = 1_000_000  # PrairieLearn takes a file of 1 MB, and these texts are at most six times as long when escaped
MOST_OUTPUT = 10_000  # characters of one line's feedback


def platform(asked: Asked) -> Platform:
    """A run in PrairieLearn's container."""
    root = Path(asked.environment.get("NEURAL_LAB_ROOT", "/grade"))
    file = root / "results" / "results.json"
    file.unlink(missing_ok=True)

    def tell(graded: Graded) -> None:
        if not graded.withhold:
            file.parent.mkdir(exist_ok=True)
            atomic.write(file, json.dumps(results(outcome(*graded)), indent=2, allow_nan=False) + "\n")

    closed = tuple(root / name for name in ("results", "serverFilesCourse", "tests", "data"))
    return Platform(root / "student", tell, fault=lambda reason: None, closed=closed)


def results(told: Outcome) -> dict[str, Any]:
    """The contents of results.json."""
    if told.state == State.REFUSED:
        return {"gradable": False, "format_errors": [f"{plain_text(told.headline, MOST_OUTPUT)} {NOT_GRADED}"]}
    return {
        "gradable": True,
        "score": told.marks / told.most,
        "output": plain_text(told.headline, MOST_OUTPUT),
        "tests": [_test(line) for line in told.lines],
        "neural_lab": {"marks": told.marks, "max": told.most, **dict(told.facts)},
    }


def _test(line: Line) -> dict[str, Any]:
    return {
        "name": f"{line.number} {line.name}",
        "points": line.marks,
        "max_points": line.most,
        "output": plain_text(line.text, MOST_OUTPUT),
    }
