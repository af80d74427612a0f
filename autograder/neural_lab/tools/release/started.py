"""What every simulated platform does: unpack a package, put a submission in its place, run an entry under limits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_lab.isolation.lockdown import die_with_parent
from neural_lab.tools.release import gradescope_format
from neural_lab.tools.release.limits import gradescopes_limits

WALL_SECONDS = 600.0  # Gradescope's default, and the most that PrairieLearn allows
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


class SimulationError(Exception):
    """A step failed before there was anything to look at; the message says which and why."""


@dataclass(frozen=True)
class Outcome:
    """What a run left behind.

    :param results: what the platform reads, None if there is none that can be read
    :param problems: what is wrong with it, or with how the run ended
    :param stdout: what was printed
    :param seconds: wall time of the entry
    :param limits: in words, the limits it ran under
    :param peak: the most memory used at once, in bytes, where that is known
    """

    results: Any
    problems: tuple[str, ...]
    stdout: str
    seconds: float
    limits: str
    peak: int | None


def extract(archive: Path, folder: Path) -> set[str]:
    """Unpack a zip with the modes that it names; gives the names in it."""
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            target = Path(opened.extract(member, folder))
            if not member.is_dir():
                target.chmod(member.external_attr >> 16 & 0o777 or 0o644)
        return set(opened.namelist())


def copy_submission(submission: Path, target: Path) -> None:
    """Put what is handed in, a file or a folder, into the folder `target`.

    :raises SimulationError: there is no such submission
    """
    if submission.is_dir():
        shutil.copytree(submission, target, symlinks=True, dirs_exist_ok=True)
    elif submission.is_file():
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(submission, target)
    else:
        raise SimulationError(f"there is no file or folder {submission}")


def started(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    wall: float = WALL_SECONDS,
    enter: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run an entry under limits, to its end or until it must end; the outcome's results are still to be read.

    :param enter: what the new process does before the command begins, such as becoming another user
    """
    with gradescopes_limits() as limits, tempfile.TemporaryFile() as output:
        simulation = os.getpid()

        def prepare() -> None:
            die_with_parent(simulation)
            limits.enter()
            enter()

        begun = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=prepare,  # no other thread runs here
        )
        name = Path(command[-1] if command[0] == "bash" else command[0]).name
        problems: tuple[str, ...] = ()
        try:
            if process.wait(wall):
                problems = (f"{name} ended with status {process.returncode}",)
        except BaseException as stop:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(stop, subprocess.TimeoutExpired):
                raise
            problems = (f"{name} did not end within {wall:g} s",)
        seconds = time.monotonic() - begun
        output.seek(0)
        stdout = output.read(1 << 20).decode("utf-8", "replace")
        return Outcome(None, problems, stdout, seconds, limits.how, limits.peak)


def parsed(data: bytes) -> tuple[Any, list[str]]:
    """The contents of a JSON text, read as strictly as any platform does, and what is wrong with it."""
    try:
        return gradescope_format.parse(data), []
    except ValueError as error:
        return None, [f"it is not valid JSON: {error}"]


def write_json(file: Path, data: Any) -> None:
    """Write what a platform puts beside a submission."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data))
