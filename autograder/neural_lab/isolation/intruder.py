"""The self-test's hostile submission: tries what no submission may manage, and says what it managed.

It is loaded in a worker like any student's file, at the start of every run. Where an attempt succeeds it leaves nothing
behind: what is written is removed, what is started ends, what is traced is let go.
"""

from __future__ import annotations

import _socket
import contextlib
import ctypes
import os
from collections.abc import Callable
from typing import Any


def attempt(paths: list[str], grader: int) -> dict[str, bool]:
    """Tries to read each of `paths` (files and folders), and to act on the world and on process `grader`.

    :return: {attempt: whether it succeeded}
    """
    parent = os.getppid()  # the process that forks workers
    processes = list(dict.fromkeys([grader, parent]))
    managed = {f"read {path}": _succeeds(_read, path) for path in paths}
    managed["write a file"] = any(_succeeds(_write, path) for path in [*paths, "/tmp", "/var/tmp", "/dev/shm", "."])
    managed["start a process"] = _succeeds(_start)
    managed["open a socket"] = _succeeds(_connect)
    for name, action in (
        ("signal the grader", _signal),
        ("trace the grader", _trace),
        ("read the grader's memory", _read_memory),
        ("read the grader's environment", _read_environment),
    ):
        managed[name] = any(_succeeds(action, process) for process in processes)
    return managed


def _succeeds(action: Callable[..., None], *arguments: Any) -> bool:
    try:
        action(*arguments)
    except OSError:
        return False
    return True


def _read(path: str) -> None:
    if os.path.isdir(path):
        os.listdir(path)
    else:
        os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))  # doesn't wait for a pipe


def _write(path: str) -> None:
    if os.path.isdir(path):
        new = os.path.join(path, f".self-test-{os.getpid()}")
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink(new)
    else:
        os.close(os.open(path, os.O_WRONLY))


def _start() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _connect() -> None:
    _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).close()


def _signal(process: int) -> None:
    os.kill(process, 0)  # asks for permission only


def _trace(process: int) -> None:
    seize, interrupt, detach, any_child = 0x4206, 0x4207, 17, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "ptrace") or libc.ptrace(seize, process, None, None) != 0:
        raise PermissionError
    libc.ptrace(interrupt, process, None, None)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, any_child)
    libc.ptrace(detach, process, None, None)


def _read_memory(process: int) -> None:
    with open(f"/proc/{process}/mem", "rb"):
        pass


def _read_environment(process: int) -> None:
    with open(f"/proc/{process}/environ", "rb") as file:
        file.read(1)
