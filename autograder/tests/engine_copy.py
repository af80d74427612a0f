"""A copy of the grader to attack: with short time limits, closed to others, owned by whoever shall run it."""

from __future__ import annotations

import ctypes
import functools
import os
import shlex
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from neural_lab.isolation.lockdown import closed_to_others
from neural_lab.schema import places

REPOSITORY = places.ROOT
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
SOMEBODY = 65534
USERS = ("root", "ordinary user") if ROOT else ("ordinary user",)
# Root's workers get user ids of their own only where other users can read Python's files.
CLOSED = closed_to_others(Path(sys.prefix)) if ROOT else None
needs_own_uid = pytest.mark.skipif(
    CLOSED is not None, reason=f"{CLOSED} is closed: clone into a folder that other users can enter"
)
# Shorter than for real, so that what waits for a limit waits less.
SHORT = (
    "Limits(probe_cpu=1.5, probe_wall=2.5, shared_cpu=0.5, shared_wall=1.5, statement_cpu=0.3, statement_wall=1.0, "
    "mutant_cpu=0.25, mutant_wall=1.0, load_wall=5.0)"
)
START = """import os, sys
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
from neural_lab.start import start
from neural_lab.isolation.limits import Limits
start({limits})
"""
SECRET = "5e" * 32


@dataclass(frozen=True)
class Engine:
    """A copy of the grader.

    :param folder: as in the repository
    :param user: whose the folder is
    :param python: an interpreter that runs as that user
    """

    folder: Path
    user: str
    python: str

    @property
    def grading(self) -> Path:
        return self.folder / "autograder" / "neural_lab"

    @property
    def uid(self) -> int:
        """The user's id."""
        return os.geteuid() if not other(self.user) else SOMEBODY

    def hand_over(self, path: Path) -> None:
        """Give a file or folder, with all below, to the engine's user."""
        if other(self.user) and os.path.lexists(path):
            for name in [path, *path.rglob("*")]:
                os.chown(name, SOMEBODY, SOMEBODY, follow_symlinks=False)


def whole(text: str) -> str:
    """A file of `submissions/` with its placeholders replaced by the texts they stand for."""
    texts = {
        "solution": REPOSITORY / "solution" / "q1.py",
        "unwritten": REPOSITORY / "student" / "q1.py",
        "wrong": REPOSITORY / "autograder" / "tests" / "hostile" / "submissions" / "wrong.txt",
    }
    for word, file in texts.items():
        text = text.replace(f"# <{word}>\n", file.read_text())
    return text


def other(user: str) -> bool:
    """Whether `user` is another one than runs the tests."""
    return ROOT and user != "root"


def copy_engine(folder: Path, user: str, short: bool = True) -> Engine:
    """Copy what the zip holds to `folder`, which must not exist yet."""
    closed = closed_to_others(Path(sys.prefix)) if other(user) else None
    if closed is not None:
        pytest.skip(f"another user can't reach the project: {closed} is closed")
    ignore = shutil.ignore_patterns("__pycache__", "tests", "tools", "secret")
    for name in ("autograder", "solution", "student", "data", "requirements"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=ignore)
    if short:
        (folder / "autograder" / "neural_lab" / "__main__.py").write_text(START.format(limits=SHORT))
    secret = folder / "autograder" / "secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    wrapper = folder / "python"
    if other(user):
        become = f"import os\nos.setgroups([])\nos.setgid({SOMEBODY})\nos.setuid({SOMEBODY})\n"
        command = [sys.executable, "-I", "-c", f"{become}import sys\nos.execv(sys.argv[1], sys.argv[1:])"]
    else:
        # Gradescope's kernel may lack Landlock, and root must not need it
        command = without("landlock") if user == "root" else ["env"]
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(command)} {shlex.quote(sys.executable)} "$@"\n')
    wrapper.chmod(0o755)
    engine = Engine(folder, user, str(wrapper))
    engine.hand_over(folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
    return engine


@functools.cache
def has_landlock() -> bool:
    """Whether this kernel, and what runs the tests, offers Landlock."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


def adopt_orphans() -> None:
    """Become the parent of whatever a grader leaves behind, so that it can be seen."""
    if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) != 0:  # PR_SET_CHILD_SUBREAPER
        raise OSError("prctl")


def children(process: int | str) -> list[int]:
    """Process ids of the children of all threads of a process."""
    found: list[int] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += map(int, file.read_text().split())
        except OSError:  # the thread has ended
            continue
    return found


# -- kernels that lack something

WITHOUT = """
import ctypes, os, sys
sys.path.insert(0, {autograder!r})
from neural_lab.isolation import seccomp
lib = seccomp._library()
rules = lib.seccomp_init(0x7FFF0000)
def answer(error, call, comparison=None):
    number = lib.seccomp_syscall_resolve_name(call)
    assert lib.seccomp_rule_add_array(rules, 0x50000 | error, number, 1 if comparison else 0, comparison) == 0
for call in sys.argv[1].split(","):
    if call == "prctl":  # no more filters
        answer(22, b"prctl", (seccomp._Comparison * 1)(seccomp._Comparison(0, 4, 22, 0)))
    elif call == "landlock":  # the answer of a container runtime that doesn't know it
        answer(38, b"landlock_create_ruleset")
    elif call == "setresuid":
        answer(1, b"setresuid")
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert lib.seccomp_load(ctypes.c_void_p(rules)) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


def without(*missing: str) -> list[str]:
    """A command that runs another where the kernel refuses something."""
    code = WITHOUT.format(autograder=str(REPOSITORY / "autograder"))
    return [sys.executable, "-I", "-c", code, ",".join(missing)]
