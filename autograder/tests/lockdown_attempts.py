"""What a locked-down process tries in the tests of `lockdown`. Run as a program, so that it can run as another user.

Prints one JSON object: how the layers held, and for each attempt the name of the error it met, or what it gave.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import importlib
import json
import mmap
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the grader: without a user id of its own a worker has no threads

import numpy as np

from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import Limits

LIBC = ctypes.CDLL(None, use_errno=True)
X86_64 = os.uname().machine == "x86_64"
INHERITED = 100  # a descriptor, open in the process that forks before its limits hold
OPENED = 50  # one that it opens afterwards


def call(number: int, *arguments: Any) -> int:
    result = LIBC.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return int(result)


def libc(name: str, *arguments: Any) -> int:
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)
    return 0


def open_without_end() -> None:
    opened: list[int] = []
    try:
        while True:
            opened.append(os.dup(0))
    finally:
        for descriptor in opened:
            os.close(descriptor)


def attempts(private: str, grader: int) -> dict[str, tuple[Callable[[], Any], str]]:
    """name: (what is tried, the error it must meet)."""
    pipe_end = os.pipe()[0]
    folder = os.path.dirname(private)
    new = os.path.join(folder, "new")
    high_bits = 1 << 32  # the kernel ignores them, a careless filter doesn't
    tried: dict[str, tuple[Callable[[], Any], str]] = {
        "fork": (os.fork, "EPERM"),
        "spawn a program": (lambda: os.posix_spawn("/bin/true", ["true"], {}), "EPERM"),
        "replace the program": (lambda: os.execv("/bin/true", ["true"]), "EPERM"),
        "clone with new namespaces": (lambda: call(56 if X86_64 else 220, 0x10000000, 0, 0, 0, 0), "EPERM"),
        "clone3": (lambda: call(435, 0, 0), "ENOSYS"),
        "openat2": (lambda: call(437, -100, private.encode(), 0, 0), "ENOSYS"),
        "io_uring": (lambda: call(425, 8, 0), "ENOSYS"),
        "asynchronous input and output": (lambda: call(206 if X86_64 else 0, 8, bytes(8)), "EPERM"),
        "pidfd_open": (lambda: call(434, grader, 0), "ENOSYS"),
        "memfd_secret": (lambda: call(447, 0), "ENOSYS"),
        "a call not invented yet": (lambda: call(999), "ENOSYS"),
        "ask whether a signal may be sent": (lambda: os.kill(grader, 0), "EPERM"),
        "kill everything": (lambda: os.kill(-1, signal.SIGKILL), "EPERM"),
        "signal a thread": (lambda: call(200 if X86_64 else 130, grader, 0), "EPERM"),
        "have a descriptor signal the grader": (lambda: fcntl.fcntl(pipe_end, fcntl.F_SETOWN, grader), "EPERM"),
        "the same with high bits": (lambda: call(72 if X86_64 else 25, pipe_end, 8 | high_bits, grader), "EPERM"),
        "push input into a terminal": (lambda: call(16 if X86_64 else 29, 0, 0x5412 | high_bits, 0), "EPERM"),
        "a socket": (socket.socket, "EPERM"),
        "a pair of sockets": (socket.socketpair, "EPERM"),
        "trace the grader": (lambda: libc("ptrace", 0x4206, grader, None, None), "EPERM"),
        "read the grader's memory": (lambda: libc("process_vm_readv", grader, None, 0, None, 0, 0), "EPERM"),
        "bound the grader": (lambda: resource.prlimit(grader, resource.RLIMIT_NOFILE, (1, 1)), "EPERM"),
        "slow the grader": (lambda: os.setpriority(os.PRIO_PROCESS, grader, 19), "EPERM"),
        "pin the grader": (lambda: os.sched_setaffinity(grader, {0}), "EPERM"),
        "raise a limit": (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)), "ValueError"),
        "outlive the fork server": (lambda: libc("prctl", 1, 0, 0, 0, 0), "EPERM"),
        "become dumpable": (lambda: libc("prctl", 4, 1, 0, 0, 0), "EPERM"),
        "leave the session": (os.setsid, "EPERM"),
        "become root": (lambda: os.setuid(0), "EPERM"),
        "a user namespace": (lambda: libc("unshare", 0x10000000), "EPERM"),
        "mount": (lambda: libc("mount", b"none", folder.encode(), b"tmpfs", 0, None), "EPERM"),
        "change the root": (lambda: os.chroot(folder), "EPERM"),
        "shared memory": (lambda: libc("shmget", 0, 4096, 0o1600), "EPERM"),
        "a message queue": (lambda: libc("msgget", 0, 0o1600), "EPERM"),
        "memory as a file": (lambda: os.memfd_create("x"), "EPERM"),
        "watch a folder": (lambda: libc("inotify_init"), "EPERM"),
        "bpf": (lambda: call(321 if X86_64 else 280, 0, 0, 0), "EPERM"),
        "performance counters": (lambda: call(298 if X86_64 else 241, 0, 0, -1, -1, 0), "EPERM"),
        "keys": (lambda: call(250 if X86_64 else 219, 0, -3, 0), "EPERM"),
        "another filter": (lambda: call(317 if X86_64 else 277, 1, 0, 0), "EPERM"),
        "write a new file": (lambda: os.open(new, os.O_WRONLY | os.O_CREAT), "EROFS"),
        "a nameless file": (lambda: os.open("/tmp", os.O_TMPFILE | os.O_RDWR), "EROFS"),
        "write to a file": (lambda: os.open(private, os.O_WRONLY), "EROFS"),
        "empty a file": (lambda: os.open(private, os.O_RDONLY | os.O_TRUNC), "EROFS"),
        "truncate": (lambda: os.truncate(private, 0), "EPERM"),
        "remove": (lambda: os.unlink(private), "EPERM"),
        "rename": (lambda: os.rename(private, new), "EPERM"),
        "a folder": (lambda: os.mkdir(new), "EPERM"),
        "a link": (lambda: os.symlink(private, new), "EPERM"),
        "a hard link": (lambda: os.link(private, new), "EPERM"),
        "a pipe with a name": (lambda: os.mkfifo(new), "EPERM"),
        "permissions": (lambda: os.chmod(private, 0o777), "EPERM"),
        "the owner": (lambda: os.chown(private, 1, 1), "EPERM"),
        "the times": (lambda: os.utime(private), "EPERM"),
        "an attribute": (lambda: os.setxattr(private, "user.x", b"x"), "EPERM"),
        "read a private file": (lambda: os.open(private, os.O_RDONLY), "EACCES"),
        "list a private folder": (lambda: os.listdir(folder), "EACCES"),
        "read the users": (lambda: os.open("/etc/passwd", os.O_RDONLY), "EACCES"),
        "read the grader's environment": (lambda: os.open(f"/proc/{grader}/environ", os.O_RDONLY), "EACCES"),
        "a second megabyte too many": (lambda: np.ones(600 << 17), "MemoryError"),
        "descriptors without end": (open_without_end, "EMFILE"),
        "an inherited descriptor": (lambda: os.fstat(INHERITED), "EBADF"),
        "a descriptor of the fork server": (lambda: os.fstat(OPENED), "EBADF"),
    }
    if X86_64:
        tried |= {
            "vfork": (lambda: call(58), "EPERM"),
            "open of old": (lambda: call(2, new.encode(), os.O_CREAT, 0o600), "EROFS"),
            "creat": (lambda: call(85, new.encode(), 0o600), "EPERM"),
        }
    return tried


def threads_add_up() -> int:
    done: list[int] = []
    threads = [threading.Thread(target=done.append, args=(i,)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


def lazy_imports() -> str:
    for name in ("decimal", "concurrent.futures", "statistics", "sqlite3", "numpy.polynomial", "xml.dom", "zoneinfo"):
        importlib.import_module(name)
    return sys.modules["decimal"].__name__


def linear_algebra() -> bool:
    matrix = np.random.default_rng(1).normal(size=(300, 300))
    return bool(np.allclose(matrix @ np.linalg.inv(matrix), np.eye(300), atol=1e-6))


STILL_WORK: dict[str, tuple[Callable[[], Any], Any]] = {
    "threads": (threads_add_up, 190),
    "lazy imports": (lazy_imports, "decimal"),
    "linear algebra": (linear_algebra, True),
    "reading /dev/null": (lambda: Path("/dev/null").read_text(), ""),
    "random bytes": (lambda: len(os.read(os.open("/dev/urandom", os.O_RDONLY), 3)) + len(os.urandom(3)), 6),
    "its own limits": (lambda: resource.prlimit(0, resource.RLIMIT_CORE)[1], 0),
    "pipes": (lambda: len(os.pipe()), 2),
    "the time": (lambda: time.localtime(0).tm_sec, 0),
}


def call_as_32_bit() -> None:
    """`int 0x80`: the number of getpid among the 32 bit calls is that of writev among the 64 bit ones."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(bytes.fromhex("b814000000cd80c3"))
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


def spin() -> None:
    for kind in (signal.SIGXCPU, signal.SIGTERM, signal.SIGALRM):
        signal.signal(kind, signal.SIG_IGN)
    while True:
        pass


def recurse_without_end() -> None:
    def recurse(depth: int) -> int:
        return max(map(recurse, [depth + 1]))  # through C, so that the process's own stack runs out

    sys.setrecursionlimit(10**9)
    recurse(0)


DEADLY: dict[str, Callable[[], Any]] = {
    "abort": os.abort,
    "ignore the CPU limit": spin,
    "recursion without end": recurse_without_end,
} | ({"x32 call": lambda: call(0x40000000 + 39), "32 bit call": call_as_32_bit} if X86_64 else {})


def outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    except Exception as error:
        return type(error).__name__


def in_child(prepared: lockdown.Prepared, action: Callable[[], Any], limits: Limits) -> tuple[Any, Any, int]:
    """(layers, what `action` gave, wait status) of a locked-down child."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        held = lockdown.enter_shared(prepared, limits, keep=(write_end,))
        os.dup2(0, OPENED)
        held += lockdown.enter(prepared, limits, lockdown.fresh_uid(prepared), keep=(write_end,))
        result = action()
        with open(write_end, "w") as file:
            json.dump([[[layer.name, layer.held, layer.detail] for layer in held], result], file)
            file.flush()
            os._exit(0)
    os.close(write_end)
    with open(read_end) as file:
        text = file.read()
    status = os.waitpid(child, 0)[1]
    layers, result = json.loads(text) if text else (None, None)
    return layers, result, status


def main(private: str) -> None:
    os.dup2(os.open(__file__, os.O_RDONLY), INHERITED)
    grader = os.getppid()
    prepared = lockdown.prepare()

    def battery() -> dict[str, Any]:
        tried = {name: outcome(action) for name, (action, _) in attempts(private, grader).items()}
        return {"attempts": tried, "still work": {name: outcome(action) for name, (action, _) in STILL_WORK.items()}}

    layers, results, _ = in_child(prepared, battery, Limits())
    deaths = {name: os.WTERMSIG(in_child(prepared, action, Limits(worker_cpu=1))[2]) for name, action in DEADLY.items()}
    print(json.dumps({"layers": layers, **results, "deaths": deaths}))


if __name__ == "__main__":
    main(sys.argv[1])
