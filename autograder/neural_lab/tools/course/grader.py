"""A long-lived grader in a process of its own, for whoever grades many submissions: batches, calibration, tests."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from neural_lab.schema.places import PACKAGE

# As `make grade` and run_autograder start it: a clean environment, and a fixed seed of hash(), which -I would ignore.
ENVIRONMENT = {"PYTHONHASHSEED": "0", "PATH": os.defpath, "LANG": "C.UTF-8"}

PATIENCE = 600.0  # Gradescope's own limit


class GraderDied(RuntimeError):
    """The grader's process ended while it should have graded; the next call needs a new `Grader`."""


class Grader:
    """`with Grader("q1") as grader: results = grader.grade(path)`; ends with the thread that makes it, if not before.

    :param package: the folder of the grader, for a copy of it that lies elsewhere
    :param patience: seconds without an answer after which the process is ended
    :raises OSError: the process could not be started
    """

    def __init__(
        self, lab: str = "q1", package: Path = PACKAGE, python: str = sys.executable, patience: float = PATIENCE
    ) -> None:
        self.lab = lab
        self._patience = patience
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (as long as the process; a pipe nobody reads would fill)
        try:
            self._process = subprocess.Popen(
                [python, "-s", str(package), "--serve", "--parent", str(os.getpid()), "--lab", lab],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=ENVIRONMENT,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for whoever uses the grader
            )
        except OSError:
            self._complaints.close()
            raise

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def grade(self, submission: Path) -> dict[str, Any]:
        """Grade a file or folder: the contents of its results.json.

        :raises GraderDied: the grader ended instead of answering
        """
        return self._answer({"submission": str(Path(submission).absolute())})

    def difference(self, one: Path, other: Path, names: tuple[str, str], functions: Sequence[str] = ()) -> str:
        """Where two submissions first answer differently, in words for the staff; empty if one can't be run.

        :param names: whose they are
        :param functions: labels of those to ask first
        :raises GraderDied: the grader ended instead of answering
        """
        paths = {"submission": str(one.absolute()), "beside": str(other.absolute())}
        told: str = self._answer({**paths, "names": names, "functions": list(functions)}).get("told", "")
        return told

    def groups(self, asked: Sequence[tuple[Path, str, Sequence[str]]]) -> list[int]:
        """For each (submission, function, substituted helpers) a number, the same for those that answer alike; below
        0 for what can't be run.

        :raises GraderDied: the grader ended instead of answering
        """
        found: list[int] = self._answer(
            {"alike": [[str(path.absolute()), function, list(helpers)] for path, function, helpers in asked]}
        ).get("groups", [-1] * len(asked))
        return found

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write((json.dumps(request) + "\n").encode())
            line = self._line(self._process.stdout.fileno())
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            self._process.wait()
            self._complaints.seek(0)
            said = self._complaints.read().decode("utf-8", "replace")[-2000:]
            raise GraderDied(said or f"exit status {self._process.returncode}")
        data: dict[str, Any] = json.loads(line)
        return data

    def _line(self, descriptor: int) -> bytes:
        """The next line that the process writes; only the beginning of one if it ended, or had to be."""
        line, until = b"", time.monotonic() + self._patience
        with selectors.DefaultSelector() as selector:  # no thread that watches: there may be none to be had
            selector.register(descriptor, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, until - time.monotonic())):
                    self._process.kill()
                    break
                piece = os.read(descriptor, 1 << 16)
                if not piece:
                    break
                line += piece
        return line

    def close(self) -> None:
        """End the process, and all that it started."""
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # a question that the process did not live to read
                    stream.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
