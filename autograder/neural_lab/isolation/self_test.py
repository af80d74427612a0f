"""Says which isolation a run has reached, in words, and whether it may give marks.

It follows from the layers that held (`lockdown`) and from what `intruder.py`, run in a worker like a submission,
managed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from neural_lab.isolation.limits import CRITICAL_LAYERS
from neural_lab.isolation.lockdown import Layer

FULL, READS_OPEN, PROCESS_ONLY = "full", "reads not isolated", "process only"

_UNANSWERED = "the self-test gave no answer"

# The one setting that lets Gradescope's runs give marks although a critical layer is missing: a file of this name,
# empty or with the reason in it, beside `run_autograder` when the zip is built.
ACCEPT_WEAK_ISOLATION = "accept_weak_isolation"


class Isolation(NamedTuple):
    """The isolation a run has reached.

    :param level: FULL, READS_OPEN or PROCESS_ONLY
    :param critical_missing: names of critical layers that didn't hold, and attempts the self-test got through with
    :param not_held: "layer: reason" for every layer that didn't hold, critical or not
    """

    level: str
    critical_missing: tuple[str, ...]
    not_held: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For the instructor and standard output."""
        meaning = {
            FULL: "submissions could read Python's own files only, write nothing, and start or reach no process.",
            READS_OPEN: "submissions could change nothing, but read files of this user. Good for practice; for "
            "official grades run the grader as root in a container (docker run).",
            PROCESS_ONLY: "submissions ran in a process of their own, with little to keep them from this user's files "
            "and processes. Not for official grades: run the grader as root in a Linux container (docker run).",
        }[self.level]
        sentences = [f"Isolation: {self.level}: {meaning}"]
        if self.critical_missing:
            sentences.append(f"Missing: {', '.join(self.critical_missing)}.")
        if self.not_held and self.level != FULL:
            sentences.append(f"Layers that did not hold: {'; '.join(self.not_held)}.")
        return " ".join(sentences)

    def withholds_marks(self, official: bool, accepted: bool) -> bool:
        """Whether this run may give no marks: official (Gradescope), unsafe, and not accepted by the instructor."""
        return official and bool(self.critical_missing) and not accepted

    @property
    def withheld_sentence(self) -> str:
        """For the instructor, when marks are withheld."""
        return (
            f"No marks were given, because submissions can't be isolated on this machine. {self.sentence} "
            f"Expected: all critical layers. Next: see what is missing; to grade all the same, make the file "
            f"autograder/{ACCEPT_WEAK_ISOLATION}, build the zip again and upload it."
        )


def intruder_source() -> str:
    """The intruder's source text, which defines `attempt(paths, grader)`."""
    return (Path(__file__).parent / "intruder.py").read_text(encoding="utf-8")


def accepts_weak_isolation(autograder: Path) -> bool:
    """Whether the folder `autograder` holds the file that lets unsafe runs give marks."""
    return (autograder / ACCEPT_WEAK_ISOLATION).exists()


class Managed(NamedTuple):
    """What the intruder managed.

    :param reads: what it has read that it must not
    :param acts: what it has done
    """

    reads: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()


def managed(reply: Any) -> Managed | None:
    """What the intruder managed, from its reply; None if that is no answer."""
    if not isinstance(reply, dict) or not all(isinstance(reply.get(name), dict) for name in Managed._fields):
        return None
    return Managed(*(tuple(what for what, done in reply[name].items() if done) for name in Managed._fields))


def isolation(layers: Iterable[Layer], managed: Managed | None, root: bool) -> Isolation:
    """What was reached.

    :param layers: of the intruder's worker
    :param managed: None: the intruder gave no answer
    :param root: whether the grader runs as root; then the worker must have a user id of its own
    """
    layers = tuple(layers)
    held = {layer.name for layer in layers if layer.held}
    successes = (_UNANSWERED,) if managed is None else (*(f"read {what}" for what in managed.reads), *managed.acts)
    reads_closed = "own uid" in held or ("landlock" in held and not root)
    missing = tuple(name for name in CRITICAL_LAYERS if name not in held)
    if missing or managed is None or managed.acts:
        level = PROCESS_ONLY
    elif not reads_closed or successes:
        level = READS_OPEN
    else:
        level = FULL
    if not reads_closed:
        missing += ("own uid",) if root else ("own uid or landlock",)
    not_held = tuple(f"{layer.name}: {layer.detail}" for layer in layers if not layer.held)
    return Isolation(level, missing + tuple(f"self-test: {name}" for name in successes), not_held)
