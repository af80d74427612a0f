"""A submission's place on the leaderboard: its HYPERPARAMETERS, read in a worker and trained by the grader.

Owns the way from the submission to an entry and the line without marks that tells about it. What is allowed and how it
is trained is `hyperparameters`; the marks stand before this begins and are not touched. The grader's training is as
good as the reference, so there is an entry only where the submission's own training, in the lab's trial, learns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from neural_lab.grading.reference import Reference
from neural_lab.intake.foreign import shown
from neural_lab.intake.submission import Submission, Unusable, survey
from neural_lab.isolation.pool import Sandbox
from neural_lab.labs.q1.datasets import load
from neural_lab.labs.q1.hyperparameters import (
    MOST_TEST,
    MOST_TRAIN,
    HyperparametersError,
    LeaderboardEntry,
    check,
    leaderboard,
)
from neural_lab.runtime.host import load_plan
from neural_lab.runtime.protocol import Failure

NAME = "HYPERPARAMETERS"


@dataclass(frozen=True)
class Place:
    """What came of a submission's hyperparameters: an entry, or the reason why there is none."""

    entry: LeaderboardEntry | None
    refusal: str = ""


def module_with_hyperparameters(reference: Reference) -> str | None:
    """The lab's module whose solution defines HYPERPARAMETERS; most labs have none."""
    pattern = re.compile(rf"^{NAME} = ", re.MULTILINE)
    return next((name for name, source in reference.sources.items() if pattern.search(source)), None)


def place(
    reference: Reference, submission: Submission, sandbox: Sandbox, lacks: str = "", data: str | None = None
) -> Place | None:
    """Read and train a submission's hyperparameters; None if neither the lab nor the submission has any.

    :param lacks: why the submission's own training teaches a network nothing, see `Trained`
    :param data: the data set's name or path; without it, what is packed
    :raises SandboxError: the grader's own machinery failed
    :raises DataSetError: there is no data set to train on
    """
    module = module_with_hyperparameters(reference)
    value = _read(reference, submission, sandbox, module) if module else None
    if value is None:
        return None
    if isinstance(value, Failure):
        return Place(None, f"{NAME} could not be read: {shown(value.message, 200) or value.kind}")
    dataset = load(data, most_train=MOST_TRAIN, most_test=MOST_TEST)
    try:
        chosen = check(value, len(dataset.y_train))
        if lacks:
            return Place(None, f"{NAME} are tried out only for a file that trains a network itself; yours {lacks}")
        return Place(leaderboard(chosen, dataset))
    except HyperparametersError as error:
        return Place(None, f"{NAME}: {error}")


def _read(reference: Reference, submission: Submission, sandbox: Sandbox, module: str) -> Any:
    """The value as inert data, a Failure, or None if there is none or the submission cannot be loaded."""
    lab = reference.lab
    with sandbox.spawn() as worker:
        try:
            survey(lab, submission, worker.request(["load", load_plan(lab.modules, submission.files, survey=True)]))
        except Unusable:
            return None  # its marks, and the reason, are in the results already
        value = worker.request(["get", module, NAME])
    return None if isinstance(value, Failure) and value.kind == "missing" else value


def with_place(results: dict[str, Any], found: Place | None) -> dict[str, Any]:
    """The contents of results.json with the leaderboard's entry and a line without marks."""
    if found is None:
        return results
    entry = found.entry
    line = {
        "name": f"{NAME} (section 1.2, no marks)",
        "number": "2",
        "score": 0,
        "max_score": 0,
        "status": "passed" if entry else "failed",
        "output": entry.feedback()
        if entry
        else f"{found.refusal}. There is no entry on the leaderboard; no marks are lost.",
        "output_format": "text",
        "visibility": "visible",
        "tags": [NAME],
        "extra_data": {"accuracies": list(entry.accuracies), "tier": entry.tier} if entry else {},
    }
    placed = {**results, "tests": [*results["tests"], line]}
    return {**placed, "leaderboard": entry.results()} if entry else placed
