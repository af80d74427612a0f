"""A submission's place on the leaderboard: its HYPERPARAMETERS, read in a worker and trained by the grader.

A line without marks tells about it. `hyperparameters` says what is allowed and how it is trained. The grader's training
is as good as the reference, so there is an entry only where the submission's own training, in the smoke run, learns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neural_lab.feedback.phrases import instead
from neural_lab.intake.foreign import shown
from neural_lab.labs.q1.smoke_run import LACKS, LEARNS
from neural_lab.labs.q1.smoke_run import NAME as SMOKE_RUN
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import Addition, UnmarkedLine, probe
from neural_lab.schema.observations import Call, Observation, Observations

if TYPE_CHECKING:
    from neural_lab.grading.extras import Context
    from neural_lab.labs.q1.hyperparameters import LeaderboardEntry

NAME = "leaderboard"
MODULE, TABLE = "q1", "HYPERPARAMETERS"


def leaderboard(context: Context) -> Addition | None:
    """Read and train a submission's hyperparameters where its marks count; nothing if it has none.

    :raises DataSetError: there is no data set to train on
    """
    if not context.official:
        return None
    value = context.answers(chosen)[0].value
    if value is None or (isinstance(value, Failure) and value.kind == FailureKind.MISSING):
        return None
    # only now: whoever has no leaderboard need not pay for these imports
    from neural_lab.labs.q1 import datasets, hyperparameters

    if isinstance(value, Failure):
        return _refused(f"{TABLE} could not be read: {shown(instead(value), 200)}")
    dataset = datasets.load(most_train=hyperparameters.MOST_TRAIN, most_test=hyperparameters.MOST_TEST)
    try:
        checked = hyperparameters.check(value, len(dataset.y_train))
        own = context.added[SMOKE_RUN].data
        if not own[LEARNS]:
            return _refused(f"{TABLE} are tried out only for a file that trains a network itself; yours {own[LACKS]}")
        deadline = min(hyperparameters.DEADLINE, context.time_left())
        return _entered(hyperparameters.leaderboard(checked, dataset, deadline))
    except hyperparameters.HyperparametersError as error:
        return _refused(f"{TABLE}: {error}")


@probe("chosen")
def chosen(session: Session, rng: np.random.Generator) -> Observations:
    """What the submission has chosen, as inert data."""
    return (Observation(Call(TABLE), session.get(MODULE, TABLE)),)


def _entered(entry: LeaderboardEntry) -> Addition:
    data = {"accuracies": list(entry.accuracies), "tier": entry.tier}
    return Addition(NAME, data=data, lines=(_line(True, entry.feedback(), data),), leaderboard=(entry.place,))


def _refused(why: str) -> Addition:
    text = f"{why}. There is no entry on the leaderboard; no marks are lost."
    return Addition(NAME, data={"refusal": why}, lines=(_line(False, text, {}),))


def _line(passed: bool, text: str, data: Mapping[str, object]) -> UnmarkedLine:
    return UnmarkedLine("2", f"{TABLE} (section 1.2, no marks)", passed, text, TABLE, data)
