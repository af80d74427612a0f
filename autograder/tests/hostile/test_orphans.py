"""Runs that are stopped or die at random moments: no worker, fork server or grader outlives them."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import engine_copy
from tests.engine_copy import REPOSITORY, USERS, Engine, children, copy_engine

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux tells who is whose child")

SLEEPS = engine_copy.whole(
    (REPOSITORY / "autograder" / "tests" / "hostile" / "submissions" / "sleeps_in_sigmoid.py").read_text()
)
TOOLS = REPOSITORY / "autograder" / "neural_lab" / "tools"
ENDLESS_ROW = ('{"np.exp(-z)": "np.exp(z)"}', '{"return": "while True:\\n        "}')
ASKS = """
import sys
sys.path.insert(0, {autograder!r})
from pathlib import Path
from neural_lab.tools.course.grader import Grader
with Grader("q1", Path({grading!r}), {python!r}) as grader:
    grader.grade(Path({file!r}))
"""
SIMULATES = """
import sys
sys.path.insert(0, {autograder!r})
from pathlib import Path
from neural_lab.tools.release.simulate import simulate
simulate(Path({archive!r}), Path({file!r}), Path({root!r}))
"""


@pytest.fixture(scope="module", params=USERS)
def engine(request) -> Iterator[Engine]:
    """A copy of the grader, with a row in its bank that never ends, and real limits: whatever sleeps, sleeps long."""
    folder = Path(tempfile.mkdtemp(prefix="orphans-"))
    folder.chmod(0o755)
    try:
        made = copy_engine(folder / "source", request.param, short=False)
        bank = made.folder / "autograder" / "neural_lab" / "labs" / "q1" / "mistakes.py"
        bank.write_text(bank.read_text().replace(*ENDLESS_ROW, 1))
        made.hand_over(bank)
        yield made
    finally:
        shutil.rmtree(folder)


def write(folder: Path, text: str) -> Path:
    """A submission that everybody can read."""
    file = folder / "q1.py"
    file.write_text(text)
    file.chmod(0o644)
    return file


def command_of(engine: Engine, *arguments: str) -> list[str]:
    return [engine.python, "-I", str(engine.grading), *arguments]


def sleeping(engine: Engine, folder: Path) -> list[str]:
    return command_of(engine, str(write(folder, SLEEPS)))


def with_an_endless_row(engine: Engine, folder: Path) -> list[str]:
    wrong = engine_copy.whole("# <solution>\n").replace("1 / (1 + np.exp(-z))", "2 / (1 + np.exp(-z))")
    return command_of(engine, str(write(folder, wrong)))


def as_gradescope(engine: Engine, folder: Path) -> list[str]:
    (folder / "submission").mkdir()
    write(folder / "submission", SLEEPS)
    engine.hand_over(folder)
    return ["env", f"AUTOGRADER_ROOT={folder}", *command_of(engine, "--platform", "gradescope")]


def asked_by_another(engine: Engine, folder: Path) -> list[str]:
    places = {"autograder": str(REPOSITORY / "autograder"), "grading": str(engine.grading), "python": engine.python}
    return [sys.executable, "-I", "-c", ASKS.format(**places, file=str(write(folder, SLEEPS)))]


def batch(folder: Path) -> list[str]:
    for name in ("one", "two", "three"):
        (folder / "class" / name).mkdir(parents=True)
        write(folder / "class" / name, f"{SLEEPS}\n# {name}\n")
    return [
        sys.executable,
        str(TOOLS / "course" / "batch.py"),
        str(folder / "class"),
        "--out",
        str(folder / "out"),
        "--jobs",
        "2",
    ]


def make(folder: Path) -> list[str]:
    return ["make", "-C", str(REPOSITORY), "grade", f"SUBMISSION={write(folder, SLEEPS)}"]


def simulate(folder: Path) -> list[str]:
    archive = folder / "autograder.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name, text in (("setup.sh", "#!/bin/sh\n"), ("run_autograder", "#!/bin/sh\nexec sleep 300\n")):
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o755 << 16
            packed.writestr(info, text)
    (folder / "root").mkdir()
    places = {"autograder": str(REPOSITORY / "autograder"), "archive": str(archive), "root": str(folder / "root")}
    return [sys.executable, "-I", "-c", SIMULATES.format(**places, file=str(write(folder, SLEEPS)))]


OF_ANY_USER: tuple[Callable[[Engine, Path], list[str]], ...] = (
    sleeping,
    with_an_endless_row,
    as_gradescope,
    asked_by_another,
)
TOOLS_STOPPED: list[tuple[Callable[[Path], list[str]], signal.Signals]] = [
    *((tool, stop) for tool in (batch, simulate) for stop in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)),
    (make, signal.SIGTERM),
]


def named(value: Any) -> str:
    return getattr(value, "__name__", None) or str(value.name)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGKILL], ids=named)
@pytest.mark.parametrize("kind", OF_ANY_USER, ids=named)
def test_nothing_outlives_a_run_that_is_stopped(engine, kind, stop):
    assert left_by(lambda folder: kind(engine, folder), stop) == []


@pytest.mark.parametrize("tool, stop", TOOLS_STOPPED, ids=named)
def test_nothing_outlives_a_tool_of_the_checkout_that_is_stopped(tool, stop):
    assert left_by(tool, stop) == []


def left_by(command: Callable[[Path], list[str]], stop: signal.Signals) -> list[str]:
    """The commands that live on of three runs, side by side, each stopped at a random moment."""
    engine_copy.adopt_orphans()
    before = set(children("self"))
    with contextlib.ExitStack() as folders:
        with contextlib.ExitStack() as running:
            stops = []
            for seed in range(3):
                folder = Path(folders.enter_context(tempfile.TemporaryDirectory(prefix="orphans-")))
                folder.chmod(0o755)
                run = subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                stops.append((time.monotonic() + random.Random(seed).uniform(0.2, 2.0), running.enter_context(run)))
            for moment, process in sorted(stops, key=lambda one: one[0]):
                time.sleep(max(0.0, moment - time.monotonic()))
                process.send_signal(stop)
        return left_after(5.0, before)


def left_after(seconds: float, before: set[int]) -> list[str]:
    """The commands of orphans, which come to this process, that live on for so long."""
    until = time.monotonic() + seconds
    while (left := set(children("self")) - before) and time.monotonic() < until:
        for orphan in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(orphan, os.WNOHANG)
        time.sleep(0.01)
    commands = [Path(f"/proc/{orphan}/cmdline").read_bytes().replace(b"\0", b" ").decode() for orphan in left]
    for orphan in left:
        os.kill(orphan, signal.SIGKILL)
        os.waitpid(orphan, 0)
    return commands
