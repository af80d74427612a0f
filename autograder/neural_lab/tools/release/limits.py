"""Half a CPU and 768 MB, as Gradescope gives a submission, for a command on this machine.

By control groups of version 2 or 1 where this user may make some; else by rlimits, which bound each process's memory
and not the CPU's speed. Which of them it was is in `Limits.how`. What a submission
itself may use is in isolation/limits.py.
"""

from __future__ import annotations

import contextlib
import functools
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CPUS = 0.5
MEMORY = 768 << 20  # bytes
_PERIOD = 100_000  # microseconds


@dataclass(frozen=True)
class Limits:
    """Limits that are set.

    :param how: in words, what bounds what
    :param enter: to be called in the new process, before the command begins (subprocess's preexec_fn)
    """

    how: str
    enter: Callable[[], None]
    _groups: tuple[Path, ...] = ()
    _peak: str = ""

    @property
    def peak(self) -> int | None:
        """The most memory that was used at once, in bytes, where that can be known."""
        for group in self._groups:
            with contextlib.suppress(OSError, ValueError):
                return int((group / self._peak).read_text())
        return None


@contextlib.contextmanager
def gradescopes_limits(mounts: Path = Path("/proc/self/mounts")) -> Iterator[Limits]:
    """Set up the limits; whatever still runs within them at the end is killed."""
    for make in (_version_2, _version_1):
        groups: list[Path] = []
        try:
            how, peak = make(_mounted(mounts), f"gradescope-{threading.get_native_id()}", groups)
        except (OSError, LookupError):
            _remove(groups)
            continue
        try:
            yield Limits(how, functools.partial(_join, groups), tuple(groups), peak)
        finally:
            _remove(groups)
        return
    yield Limits("rlimits: 768 MB of addresses for each process, but a whole CPU (no control groups here)", _rlimits)


def _mounted(mounts: Path) -> dict[str, Path]:
    """Where control groups are: {"v2" or version 1's controller: folder}."""
    found = {}
    with contextlib.suppress(OSError):
        for line in mounts.read_text().splitlines():
            _, where, kind, options, *_ = line.split()
            if kind == "cgroup2":
                found["v2"] = Path(where)
            elif kind == "cgroup":
                found |= {option: Path(where) for option in options.split(",")}
    return found


def _version_2(mounted: dict[str, Path], name: str, groups: list[Path]) -> tuple[str, str]:
    group = mounted["v2"] / name
    group.mkdir()
    groups.append(group)
    (group / "cpu.max").write_text(f"{int(CPUS * _PERIOD)} {_PERIOD}")
    (group / "memory.max").write_text(str(MEMORY))
    _without_swap(group / "memory.swap.max", "0")
    return "control groups, version 2: half a CPU, 768 MB", "memory.peak"


def _version_1(mounted: dict[str, Path], name: str, groups: list[Path]) -> tuple[str, str]:
    for controller, settings in (
        ("memory", {"memory.limit_in_bytes": MEMORY}),
        ("cpu", {"cpu.cfs_period_us": _PERIOD, "cpu.cfs_quota_us": int(CPUS * _PERIOD)}),
    ):
        group = mounted[controller] / name
        group.mkdir()
        groups.append(group)
        for file, value in settings.items():
            (group / file).write_text(str(value))
    _without_swap(groups[0] / "memory.memsw.limit_in_bytes", str(MEMORY))
    return "control groups, version 1: half a CPU, 768 MB", "memory.max_usage_in_bytes"


def _without_swap(file: Path, value: str) -> None:
    """Bound the swap too, where the kernel counts it."""
    with contextlib.suppress(OSError):
        if file.exists():
            file.write_text(value)


def _join(groups: list[Path]) -> None:
    for group in groups:
        (group / "cgroup.procs").write_text(str(os.getpid()))


def _rlimits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _remove(groups: list[Path]) -> None:
    """Kill what is left in the groups, and remove them."""
    for group in groups:
        for _ in range(100):
            with contextlib.suppress(OSError):
                for pid in (group / "cgroup.procs").read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(pid), 9)
                group.rmdir()
            if not group.exists():
                break
            time.sleep(0.02)
