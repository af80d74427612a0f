"""The grader without its isolation: the same engine, with the submission in the grader's own process.

    python -I autograder/neural_lab/tools/bench/unisolated.py q1.py

It grades nobody: `make bench` measures with it what isolation costs.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy

import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from neural_lab.grading.pipeline import grade
from neural_lab.grading.reference import Reference
from neural_lab.intake.submission import read
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Usage
from neural_lab.runtime.host import Host
from neural_lab.schema.discovery import load_lab


class InProcess:
    """In the place of a sandbox and of its workers: a fresh host for each, and nothing is held to a limit."""

    limits = Limits()
    failed = False

    def __init__(self) -> None:
        self.printed = 0
        self._answer: Callable[[Any], Any] | None = None
        self._host = Host(self._ask)

    def spawn(self, cpu: float | None = None, wall: float | None = None) -> InProcess:
        return InProcess()

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def _ask(self, function: str, arguments: list[Any], attributes: dict[str, Any]) -> Any:
        if self._answer is None:
            raise RuntimeError("nothing may be asked here")
        return self._answer(("ask", function, arguments, attributes))

    def request(self, operation: list[Any], answer: Callable[[Any], Any] | None = None) -> Any:
        self._answer = answer
        return self._host.perform(operation)

    def begin(self, cpu: float, wall: float) -> None:
        """Nothing is counted here."""

    def cpu_used(self) -> float:
        return 0.0

    def end(self) -> Usage:
        return Usage(0.0, 0)


def main(submission: str) -> None:
    lab = load_lab("q1")
    report = grade(Reference(lab), read(Path(submission), lab), bytes(32), InProcess())  # type: ignore[arg-type]
    print(report.marks)


if __name__ == "__main__":
    main(*sys.argv[1:])
