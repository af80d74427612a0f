"""Autolab: what the student reads on standard output, and the scores as its last line. Format: its docs/lab.md of 2026.

A line of JSON before that gives each test's sign and hint. Where there are no marks there is no line of scores, so that
none are entered. Students read all that is printed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural_lab.platforms.entry import Asked, Platform
from neural_lab.platforms.from_report import faulted, outcome
from neural_lab.platforms.outcome import FAULT, NOT_GRADED, Line, Outcome, State, plain_text

MOST_HINT = 2_000  # characters


def platform(asked: Asked) -> Platform:
    """A run in the folder that holds the hand-in."""
    root = Path(asked.environment.get("NEURAL_LAB_ROOT", "."))

    def told(what: Outcome) -> None:
        print("\n".join(printed(what)), flush=True)

    return Platform(
        root / f"{asked.lab.modules[-1]}.py",
        lambda graded: told(outcome(*graded)),
        lambda reason: told(faulted(asked.lab, reason)),
        closed=(root / "autograde.tar",),
        staff_only=False,
    )


def problem(line: Line) -> str:
    """What a line is called on Autolab's page, where the instructor has to enter the same."""
    return f"{line.number} {line.function}"


def printed(told: Outcome) -> Iterator[str]:
    """The lines of standard output."""
    if told.state == State.FAULT:
        yield FAULT
        return
    yield plain_text(told.headline)
    if told.state == State.REFUSED:
        yield NOT_GRADED
        return
    for line in told.lines:
        yield f"\n{line.number} {line.name}: {line.marks:g} of {line.most:g}"
        if not line.right:
            yield "\n".join(f"    {text}".rstrip() for text in plain_text(line.text).splitlines())
    yield ""
    yield json.dumps(_feedback(told), allow_nan=False)
    yield json.dumps({"scores": {problem(line): line.marks for line in told.lines}}, allow_nan=False)


def _feedback(told: Outcome) -> dict[str, Any]:
    tests = {problem(line): {"passed": line.right, "hint": plain_text(line.text, MOST_HINT)} for line in told.lines}
    return {"_presentation": "semantic", "stages": [told.title], told.title: tests}
