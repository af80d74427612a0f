"""Remarks without marks that hold for any lab: prints, edits outside the TODO blocks; and flags for the staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from grading.models import Reference
from grading.submission import Submission

if TYPE_CHECKING:
    from grading.grade import Run


def general_advice(
    reference: Reference, submission: Submission, runs: Mapping[str, Mapping[str, Run]]
) -> tuple[list[str], list[str]]:
    """Texts for the student and flags for the staff, from the first run of each probe: {function: {probe: run}}."""
    advice = []
    printing = [label for label, probes in runs.items() if any(run.printed for run in probes.values())]
    if printing:
        advice.append(f"Something is printed while these run: {', '.join(printing)}. The hand-in should print nothing.")
    return advice, []
