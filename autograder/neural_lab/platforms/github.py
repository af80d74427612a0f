"""A run in GitHub Actions, in a repository of the staff's, which students must not be able to read."""

from __future__ import annotations

import os
from pathlib import Path

from neural_lab.platforms import actions
from neural_lab.platforms.entry import Asked, Platform
from neural_lab.platforms.from_report import faulted, outcome
from neural_lab.platforms.outcome import Outcome


def platform(asked: Asked) -> Platform:
    """A run that prints annotations and writes the job's summary."""
    submission = asked.submission or Path(f"{asked.lab.modules[-1]}.py")
    file = submission / f"{asked.lab.modules[-1]}.py" if submission.is_dir() else submission
    path = Path(os.path.relpath(file)).as_posix()

    def told(what: Outcome) -> None:
        actions.hand_over(what, path, asked.environment.get("GITHUB_STEP_SUMMARY", ""))

    return Platform(
        submission,
        lambda graded: told(outcome(*graded)),
        lambda reason: told(faulted(asked.lab, reason)),
        staff_only=False,
        refused=2,
    )
