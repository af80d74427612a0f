"""The layers that close a worker before it sees a student's byte. Each says whether it held.

The layers overlap on purpose: a worker under another uid that can't start a process needs no Landlock, one under the
grader's own uid does. Which of them a run can't do without is in `limits.py`, what happens then in `self_test.py`; who
forks workers is `fork_server.py`, who feeds and kills them `pool.py`.

Many workers are made, so what can be done once is done in the fork server: `prepare` builds what is slow to build (the
system call filter, the Landlock ruleset, the range of user ids), `enter_shared` applies the layers that a forked
process inherits. That leaves the few of `enter` to each worker. Linux alone has most of the layers; elsewhere they are
reported as not held.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import stat
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from neural_lab.isolation import seccomp
from neural_lab.isolation.limits import Limits

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


class Layer(NamedTuple):
    """One layer of the lockdown: whether it took hold, and if not, why."""

    name: str
    held: bool
    detail: str = ""


class Prepared(NamedTuple):
    """What the fork server has made ready for its workers. Holds no secret: workers inherit it."""

    fork_server: int  # process id
    uids: range  # user ids a worker can be given; empty if none
    uid_detail: str
    program: bytes  # the system call filter in BPF; empty if it couldn't be built
    threadless: bytes  # the same for a worker without a user id of its own
    program_detail: str
    ruleset: int  # descriptor of the Landlock ruleset; -1 if there is none
    ruleset_detail: str


# ---------------------------------------------------------------------------------------------------------------------
# The grader and the fork server protect themselves

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38


def protect_self() -> Layer:
    """Closes this process's memory, environment and descriptors to other processes of the same user.

    An `exec` opens them again, so a new program calls this first of all.
    """
    return _layer("not dumpable", partial(_prctl, _PR_SET_DUMPABLE, 0))


def die_with_parent(parent: int | None = None) -> Layer:
    """Asks the kernel to kill this process when its parent ends.

    Exits at once if the parent, whose process id may be given, has ended already. A change of user id takes the request
    back, so it comes after that.
    """

    def ask() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if parent is not None and os.getppid() != parent:
            os._exit(1)

    return _layer("dies with its parent", ask)


def bound_memory(address_space: int) -> Layer:
    """Bounds this process's address space, so that what a worker asks of the grader can't make it grow for ever."""
    return _layer("bounded memory", partial(_set_limits, {"RLIMIT_AS": address_space}))


def bound_growth(more: int) -> Layer:
    """Bounds this process's address space to so many bytes beyond what it has."""

    def bound() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        _set_limits({"RLIMIT_AS": pages * os.sysconf("SC_PAGE_SIZE") + more})

    return _layer("bounded growth", bound)


# ---------------------------------------------------------------------------------------------------------------------
# Once, in the fork server


def prepare() -> Prepared:
    """Builds everything workers need to lock themselves in. Call it once, after NumPy was imported."""
    folders = readable_folders()
    uids, uid_detail = _usable_uids(folders)
    program, threadless, program_detail = b"", b"", ""
    ruleset, ruleset_detail = -1, ""
    try:
        program, threadless = seccomp.build_filter(threads=True), seccomp.build_filter(threads=False)
    except (OSError, RuntimeError) as why:
        program_detail = str(why)
    try:
        ruleset = _landlock_ruleset(folders)
    except (OSError, RuntimeError) as why:
        ruleset_detail = str(why)
    return Prepared(os.getpid(), uids, uid_detail, program, threadless, program_detail, ruleset, ruleset_detail)


def readable_folders() -> tuple[Path, ...]:
    """The folders Python reads its own files from: standard library, site-packages, shared libraries."""
    found = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [Path(sys.base_exec_prefix) / "lib"]
    if "numpy" in sys.modules:  # an installation beside the usual places, such as Debian's dist-packages
        found.append(Path(str(sys.modules["numpy"].__file__)).parents[1])
    return tuple(dict.fromkeys(folder for folder in found if folder.is_dir()))


def fresh_uid(prepared: Prepared) -> int | None:
    """A user id nobody has, or None if workers can't have one. Never a fixed one: process limits count by user id."""
    if not prepared.uids:
        return None
    return prepared.uids[int.from_bytes(os.urandom(8), "big") % len(prepared.uids)]


def _usable_uids(folders: Iterable[Path]) -> tuple[range, str]:
    """User ids the worker can change to; if there are none, an empty range and the reason."""
    none = range(0)
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return none, "the grader isn't root, so workers run as the same user"
    for folder in folders:
        closed = closed_to_others(folder)
        if closed is not None:
            return none, (
                f"Python's files in {folder} can't be read by another user because {closed} is closed: "
                "use an interpreter outside closed folders, e.g. /usr/bin/python3 -m venv in an open place"
            )
    # Above the ranges of system tools and containers; in a small user namespace, the upper half of what is mapped.
    wanted = range(2_000_000_000, 2_100_000_000)
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/uid_map").read_text().splitlines():
            first, _, count = map(int, line.split())
            mapped = range(first, first + count)
            if wanted[0] in mapped and wanted[-1] in mapped:
                break
            if count > 2000:
                return range(first + count // 2, first + count - 1), ""  # the last one is "nobody" by custom
        else:
            return none, "this user namespace has no other user ids"
    return wanted, ""


def closed_to_others(folder: Path) -> Path | None:
    """The first folder on the way to `folder` (itself included) that other users can't enter; None if all are open."""
    resolved = folder.resolve()
    for step in [*reversed(resolved.parents), resolved]:
        needed = stat.S_IROTH | stat.S_IXOTH if step == resolved else stat.S_IXOTH
        if step.stat().st_mode & needed != needed:
            return step
    return None


# ---------------------------------------------------------------------------------------------------------------------
# Landlock

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # the same on every architecture
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_ALSO_READABLE = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
)


def _landlock_ruleset(folders: Iterable[Path]) -> int:
    """A descriptor of rules that leave nothing of the file system but reading below `folders` and system libraries.

    They also forbid TCP (kernel ABI 4) and signals to processes outside (ABI 6). Raises OSError where the kernel has
    no Landlock.
    """
    if not sys.platform.startswith("linux"):
        raise RuntimeError("only Linux has Landlock")
    abi = _syscall(_LANDLOCK_CREATE, None, 0, 1)
    file_rights = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5)  # each version after the first learned one more
    attributes = struct.pack("=QQQ", (1 << file_rights) - 1, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    ruleset = _syscall(_LANDLOCK_CREATE, attributes, len(attributes), 0)
    for path in dict.fromkeys([*map(str, folders), *_ALSO_READABLE]):
        try:
            beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        try:
            rights = _READ_FILE | _READ_DIR if stat.S_ISDIR(os.fstat(beneath).st_mode) else _READ_FILE
            _syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, beneath), 0)
        finally:
            os.close(beneath)
    return ruleset


# ---------------------------------------------------------------------------------------------------------------------
# The layers


def enter_shared(prepared: Prepared, limits: Limits, keep: Sequence[int] = ()) -> tuple[Layer, ...]:
    """Locks the fork server in, as far as it can still fork workers and reap them; they inherit all of it.

    :param keep: the descriptors that stay open besides 0, 1, 2, which become /dev/null
    :return: each layer: one that fails raises nothing, and is reported as not held
    """
    return tuple(_layer(name, close) for name, close in shared_layers(prepared, limits, keep))


def enter(prepared: Prepared, limits: Limits, uid: int | None, keep: Sequence[int] = ()) -> tuple[Layer, ...]:
    """Locks a freshly forked child of the fork server in, for good, after `enter_shared`.

    :param uid: the user id to take on where that is possible, see `fresh_uid`
    :param keep: the descriptors that stay open
    :return: each layer: one that fails raises nothing, and is reported as not held
    """
    return tuple(_layer(name, close) for name, close in layers(prepared, limits, uid, keep))


Closing = tuple[tuple[str, Callable[[], None]], ...]


def shared_layers(prepared: Prepared, limits: Limits, keep: Sequence[int] = ()) -> Closing:
    """The layers that a fork inherits and the fork server can live with; each raises if it doesn't hold.

    Landlock isn't among them, nor the session: a worker that shared them with the fork server could reach more of it.
    """
    return (
        ("inherited descriptors", partial(_close_inherited, (prepared.ruleset, *keep))),
        ("limits", partial(_limit, limits)),
        ("no new privileges", partial(_prctl, _PR_SET_NO_NEW_PRIVS, 1)),
    )


def layers(prepared: Prepared, limits: Limits, uid: int | None, keep: Sequence[int] = ()) -> Closing:
    """The layers of one worker, in the order in which they must be applied; each raises if it doesn't hold.

    Descriptors first, as everything later only guards what is reached by name; privileges before the filter that
    forbids to change them; the filter last, as it forbids what the others need.
    """
    return (
        ("descriptors", partial(_close_descriptors, prepared, limits, keep)),
        ("out of memory first", _offer_to_oom_killer),
        ("own limits", partial(_limit_worker, prepared, limits, uid)),
        ("session", os.setsid),
        ("own uid", partial(_become, prepared, uid)),
        ("dies with fork server", partial(_follow, prepared)),
        ("not dumpable", partial(_prctl, _PR_SET_DUMPABLE, 0)),
        ("landlock", partial(_apply_landlock, prepared)),
        ("seccomp", partial(_apply_filter, prepared, uid)),
    )


def _close_inherited(keep: Sequence[int]) -> None:
    """Close whatever this process was started with."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    for descriptor in [int(name) for name in os.listdir("/dev/fd")]:
        if descriptor not in {0, 1, 2, *keep}:
            with contextlib.suppress(OSError):  # the listing's own is closed by now
                os.close(descriptor)


def _close_descriptors(prepared: Prepared, limits: Limits, keep: Sequence[int]) -> None:
    """Close what the fork server has opened since its limits hold, which let no number be higher."""
    lowest = 3
    for kept in sorted({prepared.ruleset, *keep} - {-1}):
        os.closerange(lowest, kept)
        lowest = kept + 1
    os.closerange(lowest, limits.open_files)


def _offer_to_oom_killer() -> None:
    """When memory is short, the kernel ends the worker and not the grader."""
    _prctl(_PR_SET_DUMPABLE, 1)  # a process that isn't dumpable can't write to its own /proc folder
    own = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    try:
        os.write(own, b"1000")
    finally:
        os.close(own)


def _limit(limits: Limits) -> None:
    _set_limits(
        {
            "RLIMIT_AS": limits.address_space,
            "RLIMIT_FSIZE": 0,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": limits.open_files,
        }
    )


def _limit_worker(prepared: Prepared, limits: Limits, uid: int | None) -> None:
    wanted = {"RLIMIT_CPU": limits.worker_cpu}
    if uid is not None and prepared.uids:  # else all processes of the user count, and it may start no thread
        wanted["RLIMIT_NPROC"] = limits.threads
    _set_limits(wanted)


def _become(prepared: Prepared, uid: int | None) -> None:
    if uid is None or not prepared.uids:
        raise RuntimeError(prepared.uid_detail or "no user id given")
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if (os.getresuid(), os.getresgid(), os.getgroups()) != ((uid,) * 3, (uid,) * 3, []):
        raise RuntimeError("the user id changed in part only")
    with contextlib.suppress(PermissionError):
        os.setuid(0)
        raise RuntimeError("the worker could become root again")


def _follow(prepared: Prepared) -> None:
    layer = die_with_parent(prepared.fork_server)
    if not layer.held:
        raise RuntimeError(layer.detail)


def _apply_landlock(prepared: Prepared) -> None:
    if prepared.ruleset < 0:
        raise RuntimeError(prepared.ruleset_detail)
    try:
        _syscall(_LANDLOCK_RESTRICT, prepared.ruleset, 0)
    finally:
        os.close(prepared.ruleset)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _apply_filter(prepared: Prepared, uid: int | None) -> None:
    # thousands of threads under the grader's own user id would leave no process to anybody of that user
    chosen = prepared.program if os.geteuid() == uid else prepared.threadless
    if not chosen:
        raise RuntimeError(prepared.program_detail)
    program = _Program(len(chosen) // 8, chosen)
    _prctl(_PR_SET_SECCOMP, 2, ctypes.addressof(program))


# ---------------------------------------------------------------------------------------------------------------------
# Small pieces


def _layer(name: str, close: Callable[[], object]) -> Layer:
    try:
        close()
    except Exception as why:  # a layer that fails is a finding, and the worker must go on to the next one
        return Layer(name, False, str(why) or type(why).__name__)
    return Layer(name, True)


def _set_limits(wanted: dict[str, int]) -> None:
    """Sets soft and hard limit to the value wanted, or to the present hard limit where that is lower."""
    if resource is None:
        raise RuntimeError("this platform has no resource limits")
    refused = []
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            refused.append(f"{name} unknown here")
            continue
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (value, value))
        except (OSError, ValueError) as why:
            refused.append(f"{name}: {why}")
    if refused:
        raise RuntimeError("; ".join(refused))


def _prctl(option: int, value: int, pointer: int = 0) -> None:
    if not sys.platform.startswith("linux"):
        raise RuntimeError("Linux alone has it")
    numbers = (value, pointer, 0, 0)
    _checked(_libc().prctl(option, *map(ctypes.c_ulong, numbers)))


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    wide = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *wide))


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
