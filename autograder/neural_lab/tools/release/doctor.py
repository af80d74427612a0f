"""Tell what this machine lacks to set the project up and to grade in isolation, and what to do (`make doctor`).

It installs and changes nothing, and uses the standard library alone, because it must
run where the environment could not be made yet. Which layers of isolation a run reached is for the grader to say.
"""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
OLDEST = (3, 10)
FREE_GB = 1.0  # the environment takes 0.6
_LANDLOCK_CREATE_RULESET = 444  # the same number on every architecture
_LANDLOCK_VERSION_FLAG = 1


@dataclass(frozen=True)
class Finding:
    """What one check found. `remedy` says what to do, if anything; `needed` means the project cannot do without it."""

    name: str
    found: str
    remedy: str = ""
    needed: bool = True

    @property
    def mark(self) -> str:
        return "ok" if not self.remedy else "MISSING" if self.needed else "note"


def closed_to_others(file: Path) -> Path | None:
    """The first folder or file on the way to `file` that a user without rights may not enter or read, or None."""
    file = Path(os.path.realpath(file))
    for parent in reversed(file.parents):
        if not parent.stat().st_mode & 0o001:
            return parent
    return None if file.stat().st_mode & 0o004 else file


def check_python() -> Finding:
    """The interpreter that `make` takes."""
    found = f"Python {platform.python_version()}, {sys.executable}"
    remedy = "" if sys.version_info >= OLDEST else "Python 3.10 or newer is needed: PYTHON=path make ..."
    return Finding("interpreter", found, remedy)


def check_venv() -> Finding:
    """Whether it can make a virtual environment; Debian ships it without."""
    missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
    if not missing:
        return Finding("venv module", "venv and ensurepip")
    remedy = "apt-get install python3-venv (Debian, Ubuntu), or take another Python: PYTHON=path make ..."
    return Finding("venv module", f"no {' and no '.join(missing)}", remedy)


def check_environment(root: Path = ROOT) -> Finding:
    """Whether .venv is there and starts."""
    python = root / ".venv" / "bin" / "python"
    if python.exists() and (root / ".venv" / "stamp").exists():
        return Finding("environment", ".venv")
    if (root / ".venv").exists():
        return Finding("environment", ".venv is unfinished or its Python is gone", "make clean, then any other verb")
    return Finding("environment", "not made yet; the first verb that needs it makes .venv")


def check_interpreter_is_open(root: Path = ROOT) -> Finding:
    """As root, each submission runs under a user of its own, who must be able to read Python and packages."""
    name = "open to others"
    if os.geteuid() != 0:
        return Finding(name, "not needed: only root grades submissions under another user")
    environment = root / ".venv"
    made = (environment / "pyvenv.cfg").exists()
    python = environment / "bin" / "python" if made else Path(sys.executable)
    if closed := closed_to_others(python) or closed_to_others(Path(os.__file__)):
        return Finding(
            name,
            f"{closed} is closed to other users, and Python ({os.path.realpath(python)}) lies in it",
            "apt-get install python3 python3-venv, make clean, PYTHON=/usr/bin/python3 make grade; or do not be root",
            needed=False,
        )
    if closed := closed_to_others(environment / "pyvenv.cfg" if made else root / "setup.sh"):
        return Finding(
            name,
            f"{closed} is closed to other users, and .venv lies in it",
            f"move this folder to where others may enter, or chmod o+x {closed}; or do not be root",
            needed=False,
        )
    return Finding(name, "another user can read Python and its packages")


def check_seccomp() -> Finding:
    """libseccomp, which keeps a submission from starting processes, opening sockets and writing files."""
    name = "libseccomp"
    if sys.platform != "linux":
        remedy = "submissions run as a separate process only: not for official marks"
        return Finding(name, f"none on {platform.system()}", remedy, needed=False)
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        remedy = "apt-get install libseccomp2 (Debian, Ubuntu), dnf install libseccomp (Fedora)"
        return Finding(name, "not found", remedy)

    class Version(ctypes.Structure):
        _fields_ = [("major", ctypes.c_uint), ("minor", ctypes.c_uint), ("micro", ctypes.c_uint)]

    library.seccomp_version.restype = ctypes.POINTER(Version)
    version = library.seccomp_version().contents
    return Finding(name, f"{version.major}.{version.minor}.{version.micro}")


def check_landlock() -> Finding:
    """Landlock, which keeps a submission from reading files even without another user."""
    if sys.platform != "linux":
        return Finding("Landlock", f"none on {platform.system()}", "as above", needed=False)
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION_FLAG)
    if version > 0:
        return Finding("Landlock", f"version {version}")
    if os.geteuid() == 0:
        return Finding("Landlock", "not in this kernel; as root another user keeps submissions from reading")
    return Finding(
        "Landlock",
        f"not available ({os.strerror(ctypes.get_errno())})",
        "a submission can read what you can: grade only what you trust, or as root in a container",
        needed=False,
    )


def check_user() -> Finding:
    """Who grades decides which layers of isolation there are."""
    if os.geteuid() == 0:
        return Finding("user", "root: each submission gets a user of its own, as on Gradescope")
    return Finding("user", "not root: no user of its own for a submission; seccomp and Landlock do what they can")


def check_space(root: Path = ROOT) -> Finding:
    """Space for the environment and the zips."""
    free = shutil.disk_usage(root).free / 1e9
    remedy = "" if free >= FREE_GB else f"{FREE_GB:g} GB are needed for .venv and dist/"
    return Finding("free space", f"{free:.1f} GB", remedy)


def check_browser() -> Finding:
    """Only a test needs it, which looks at the report of a class."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    remedy = "" if found else "apt-get install chromium, if you want to test the report's page"
    return Finding("browser", found or "no Chromium", remedy, needed=False)


CHECKS: tuple[Callable[[], Finding], ...] = (
    check_python,
    check_venv,
    check_environment,
    check_interpreter_is_open,
    check_user,
    check_seccomp,
    check_landlock,
    check_space,
    check_browser,
)


def lines(findings: list[Finding]) -> Iterator[str]:
    """The report, for a terminal or a pipe."""
    for finding in findings:
        yield f"{finding.mark:>7}  {finding.name:<15} {finding.found}"
        if finding.remedy:
            yield f"{'':>7}  {'':<15} -> {finding.remedy}"


def main() -> int:
    """Print the findings; the exit status is 1 if something needed is missing."""
    findings = [check() for check in CHECKS]
    print("\n".join(lines(findings)))
    missing = [finding.name for finding in findings if finding.remedy and finding.needed]
    print(f"Missing: {', '.join(missing)}." if missing else "Nothing is missing.")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
