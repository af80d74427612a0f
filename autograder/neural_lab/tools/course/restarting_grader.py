"""A long-lived grader for one submission after another, with a new process when it dies.

When a grader dies, its submission is tried once more by a fresh one, and if that dies too, it gets the result of a
grader's fault. Where no process can be had, it is waited for.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from types import TracebackType

from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import patiently
from neural_lab.platforms import gradescope as gradescope_results
from neural_lab.tools.course.grader import PATIENCE, Grader, GraderDied
from neural_lab.tools.course.grades_folder import Results

ATTEMPTS = 2


class Stopped(Exception):
    """Nothing is graded here any more."""


class RestartingGrader:
    """`with RestartingGrader("q1") as grader: results = grader.grade(folder)`; one thread at a time."""

    def __init__(self, lab: str, patience: float = PATIENCE) -> None:
        self._lab = lab
        self._patience = patience
        self._grader: Grader | None = None
        self._stopped = False

    def __enter__(self) -> RestartingGrader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The grader's process, if there is one."""
        return self._grader.pid if self._grader else None

    def close(self) -> None:
        """End the grader."""
        if self._grader:
            self._grader.close()
            self._grader = None

    def stop(self) -> None:
        """Grade nothing more, and leave what is being graded; from another thread."""
        self._stopped = True
        self._kill()

    def _kill(self) -> None:
        grader = self._grader
        if grader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(grader.pid, signal.SIGKILL)

    def grade(self, folder: Path) -> Results:
        """The submission's results, those of a grader's fault if no grader survives it.

        :raises Stopped: `stop` was called
        """
        why = ""
        for _ in range(ATTEMPTS):
            if self._stopped:
                raise Stopped
            try:
                if self._grader is None:
                    self._grader = patiently(lambda: Grader(self._lab, patience=self._patience), Limits().patience)
                return self._grader.grade(folder)
            except (GraderDied, OSError) as error:
                why = str(error).strip().rpartition("\n")[2] or type(error).__name__
                self._kill()
                self.close()
        if self._stopped:
            raise Stopped
        return gradescope_results.fault(f"{ATTEMPTS} graders died of it: {why}"[:500])
