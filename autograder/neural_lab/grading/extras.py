"""Runs a lab's extras on a submission that has been graded. No mark depends on them, and none is lost if one fails."""

from __future__ import annotations

import contextlib
import json
import signal
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import TextIO

from neural_lab.grading.pipeline import Grading
from neural_lab.grading.records import Report
from neural_lab.grading.reference import Reference
from neural_lab.intake.foreign import printable
from neural_lab.intake.submission import Submission
from neural_lab.schema.lab import Addition, Probe
from neural_lab.schema.observations import Observations


class OutOfTime(Exception):
    """An extra did not end in time."""


@dataclass(frozen=True)
class Context:
    """What an extra gets.

    :param report: the submission's, finished
    :param official: whether the marks of this run count
    :param added: what the extras before this one have added, by their names
    """

    report: Report
    official: bool
    added: Mapping[str, Addition]
    _grading: Grading

    @property
    def reference(self) -> Reference:
        return self._grading.reference

    @property
    def submission(self) -> Submission:
        return self._grading.submission

    @property
    def out_of_time(self) -> bool:
        """Whether a part of the submission never ended, or no time is left to run it again."""
        return self._grading.out_of_time

    def time_left(self) -> float:
        """Seconds until the whole run must end; an extra is stopped soon after."""
        return self._grading.time_left()

    def answers(self, probe: Probe) -> Observations:
        """What the submission as it is answers, in a fresh worker."""
        return self._grading.answers(probe)

    def expected(self, probe: Probe) -> Observations:
        """What the reference answers, from the same numbers."""
        return self.reference.answers(probe, self._grading.rng(probe))


def with_extras(report: Report, grading: Grading, official: bool, log: TextIO) -> Report:
    """The report with what the lab's extras add to it.

    :param official: whether the marks of this run count
    :param log: where the staff reads which extra failed, and why
    """
    if report.refusal:
        return report
    added: dict[str, Addition] = {}
    for extra in grading.lab.extras:
        try:
            with _stopped_after(grading.time_left() + grading.limits.extras_grace):
                addition = extra(Context(report, official, added, grading))
            # what can't be written as JSON would keep the marks from being written, too
            json.dumps(
                [] if addition is None else [dict(addition.data), addition.lines, addition.leaderboard], allow_nan=False
            )
        except Exception:  # whatever it is, the marks stand, and they are still to be written
            print(printable(traceback.format_exc()), file=log)
            continue
        if addition is not None:
            added[addition.name] = addition
    return report._replace(added=tuple(added.values()), seconds=time.monotonic() - grading.started)


@contextlib.contextmanager
def _stopped_after(seconds: float) -> Iterator[None]:
    """Raise `OutOfTime` in whatever still runs then. An extra is the grader's own code: no worker's limit ends it."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime("a lab's extra was stopped, because the time for the whole run was used up")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))  # 0 would mean never
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
