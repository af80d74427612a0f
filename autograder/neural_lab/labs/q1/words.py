"""What a student reads of the smoke run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neural_lab.feedback.phrases import instead
from neural_lab.intake.foreign import shown
from neural_lab.runtime.protocol import Failure, FailureKind

if TYPE_CHECKING:
    from neural_lab.labs.q1.smoke_run import Trained


def told(trained: Trained) -> str:
    """Whether the training matches and what a longer one reaches, in a sentence or two."""
    start = "Your file as it is, trained from end to end on the digits"
    if trained.failure is not None:
        return f"{start}, {_instead(trained.failure)}."
    same = "has the reference's cost history" if trained.agrees else "has another cost history than the reference"
    digits = f"{trained.how.samples * trained.how.epochs:,} digits"
    if isinstance(trained.accuracy, Failure):
        return f"{start}, {same}. A longer run, on {digits}, {_instead(trained.accuracy)}."
    beside = f", the reference {trained.reached:.1f} %" if trained.reached is not None else ""
    reaches = f"reaches {trained.accuracy:.1f} % accuracy after {digits}{beside}"
    return f"{start}, {same} and {reaches}. So few digits say little, and no marks depend on it."


def lacks(trained: Trained) -> str:
    """Why a training teaches a network nothing, as a predicate; "" if it teaches something."""
    if trained.failure is not None:
        return _instead(trained.failure)
    return "" if trained.learns else f"has neither the reference's cost history nor {trained.least:g} % accuracy"


NOT_RUN = "was not run, for time ran out before"  # in the place of `lacks`


def _instead(failure: Failure) -> str:
    """What a training did instead of giving a history, as a predicate."""
    if failure.kind == FailureKind.TIMEOUT:
        return "is too slow to be trained here"
    if failure.kind in (FailureKind.RAISED, FailureKind.NOT_WRITTEN):
        return f"does not run through yet ({shown(failure.type_name or failure.kind, 80)})"
    return f"does not run to its end: {instead(failure)}"
