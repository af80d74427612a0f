"""The public self-check, as Classroom 50 and GitHub Actions run it in a student's own repository.

It runs the handout's checks, which hold no solution, no known mistakes and no secret, and makes practice marks of them:
a line's marks where its check passes, else none. The student can read and change all of it, so it decides no grade. The
checks run in a process of their own, so that what the student's program prints, or does at its end, is not taken for
what is reported. It needs Python and NumPy alone.
"""

from __future__ import annotations

import importlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neural_lab.feedback.markdown import block, literal, plain
from neural_lab.intake.foreign import shown
from neural_lab.platforms import actions, classroom50
from neural_lab.platforms.outcome import Line, Outcome, State

SECONDS = 240.0  # for all checks; a right file takes a few, and Classroom 50 ends a job after 15 minutes
MOST_BYTES = 1 << 20  # that are read of what the checks found
MOST_WORDS = 500
STATUS = {State.GRADED: 0, State.REFUSED: 2, State.FAULT: 1}
CHILD = """
import sys
from pathlib import Path
sys.path[0] = sys.argv[1]  # in the place of the folder that it is started in
from neural_lab.platforms.self_check import check
check(Path(sys.argv[2]), int(sys.argv[3]))
"""
STOPPED = "The checks ended here: your program stopped them, or ran for too long. Is there a loop that never ends?"


def main(platform: str, bundle: Path, seconds: float = SECONDS) -> int:
    """Check the file in this folder, and hand over what came of it; gives the exit status.

    :param platform: "classroom50" or "github"
    :param bundle: the folder with `checks` and `lines.json`
    """
    about = json.loads((bundle / "lines.json").read_text("utf-8"))
    file = Path(about["file"])
    told = outcome(about, [*_found(file, bundle, seconds)])
    actions.hand_over(told, file.as_posix(), os.environ.get("GITHUB_STEP_SUMMARY", ""))
    if platform == "classroom50" and told.state == State.GRADED:
        commit = ["git", "log", "-1", "--format=%ct"]
        committed = int(subprocess.run(commit, capture_output=True, text=True, check=True).stdout)
        classroom50.hand_over(told, os.environ, committed, Path())
    return STATUS[told.state]


def outcome(about: dict[str, Any], found: list[dict[str, Any]]) -> Outcome:
    """The practice marks.

    :param about: the lab's name, title, file and lines, as lines.json has them
    :param found: what the process with the checks said: that it is ready, then each finding, or why it can't check
    """
    told = Outcome(about["lab"], about["title"], about["file"], formative=True)
    if not found or found[0] != {"ready": True}:
        return told._replace(fault="the checks could not be started")
    refused = next((one["unusable"] for one in found if isinstance(one.get("unusable"), str)), "")
    if refused:
        refused = shown(refused, MOST_WORDS)
        return told._replace(refusal=refused, headline=plain(refused))
    lines = tuple(_lines(about, found[1:]))
    told = told._replace(lines=lines)
    return told._replace(headline=f"**{told.marks:g} of {told.most:g} practice marks.**")


def _lines(about: dict[str, Any], found: list[dict[str, Any]]) -> Iterator[Line]:
    """Each line of the rubric with its check: the first about a function is that of the function's first line."""
    left = list(found)
    for line in about["lines"]:
        one = next((one for one in left if one.get("function") == line["function"]), None)
        if one is not None:
            left.remove(one)
        kind = one.get("kind") if one is not None else ""
        at = one.get("line") if one is not None else None
        yield Line(
            line["number"],
            line["function"],
            line["name"],
            line["marks"] if kind == "right" else 0.0,
            line["marks"],
            _text(one),
            unwritten=kind in ("unwritten", "waits"),
            file=about["file"],
            at=at if isinstance(at, int) and not isinstance(at, bool) and 0 < at < 1_000_000 else 0,
        )


def _text(one: dict[str, Any] | None) -> str:
    """What a check said, in Markdown in which nothing of the student's is markup."""
    if one is None:
        return STOPPED
    if one.get("kind") == "right":
        return "✓ right"
    if one.get("kind") == "unwritten":
        return "Not written yet: it still raises `NotImplementedError`."
    if one.get("kind") == "waits":
        return f"Fix {plain(str(one.get('waits_for')), 80)} first: this may follow from it."
    code = [block([literal(str(one["code"]))], "python")] if one.get("code") else []
    words = [plain(str(one[name]), MOST_WORDS) for name in ("words", "ask") if one.get(name)]
    return "\n\n".join([*code, *words])


# -- the process with the checks --------------------------------------------------------------------------------------


def _found(file: Path, bundle: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """What the checks find, as their process says it: JSON objects, as long as it says such."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-s", "-c", CHILD, str(bundle), str(file), str(writing)],
        # a fixed seed of hash(), as the grader has, which -I would ignore
        env={"PATH": os.defpath, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
        pass_fds=[writing],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writing)
    try:
        said = _read(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for line in said.split(b"\n"):
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            return
        if not isinstance(one, dict):
            return
        yield one


def _read(descriptor: int, until: float) -> bytes:
    """All that is written there, up to the end, the time or the size at which no more is read."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while len(said) < MOST_BYTES and selector.select(max(0.0, until - time.monotonic())):
            piece = os.read(descriptor, 1 << 16)
            if not piece:
                break
            said += piece
    return said


def check(file: Path, descriptor: int) -> None:
    """Run the checks on a file, and write what each finds to the descriptor as soon as it is known.

    The folder that holds `checks` is on Python's path.
    """
    # By name: the folder is the handout's, and no part of this package.
    engine, files, q1 = (importlib.import_module(f"checks.{name}") for name in ("engine", "files", "q1"))

    def say(what: dict[str, Any]) -> None:
        os.write(descriptor, json.dumps(what).encode() + b"\n")

    class Said(engine.Report):  # type: ignore[name-defined, misc]
        def tell(self, finding: Any) -> None:
            names = ("function", "words", "ask", "code", "line", "waits_for")
            say({"kind": finding.kind.value, **{name: getattr(finding, name) for name in names}})

    say({"ready": True})
    try:
        source = files.source_of(files.find(str(file)))
        module, _ = files.load(source, lambda module: q1.class_in(module)[0])
    except files.Unusable as why:
        say({"unusable": str(why)})
        return
    owner, _ = q1.class_in(module)
    q1.run(Said([source], owner, stream=open(os.devnull, "w")), owner)  # noqa: SIM115 (as long as the process)
