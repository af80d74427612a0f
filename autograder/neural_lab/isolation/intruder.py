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


def attempt(paths: list[str], grader: int) -> dict[str, dict[str, bool]]:
    """Tries to read what it must not, and to act on the world and on the grader.

    :param paths: of files and folders that it must not read
    :param grader: the grader's process
    :return: {"reads": {what was to be read: whether it was}, "acts": {what was to be done: whether it was}}
    """
    parent = os.getppid()  # the process that forks workers
    processes = list(dict.fromkeys([grader, parent]))
    of_grader = {
        action: any(_succeeds(action, process) for process in processes)
        for action in (_signal, _trace, _read_memory, _read_environment)
    }
    reads = {path: _succeeds(_read, path) for path in paths} | {
        "the grader's memory": of_grader[_read_memory],
        "the grader's environment": of_grader[_read_environment],
    }
    acts = {
        "write a file": any(_succeeds(_write, path) for path in [*paths, "/tmp", "/var/tmp", "/dev/shm", "."]),
        "start a process": _succeeds(_start),
        "open a socket": _succeeds(_connect),
        "signal the grader": of_grader[_signal],
        "trace the grader": of_grader[_trace],
    }
    return {"reads": reads, "acts": acts}


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
