"""The grader's side of isolation: starts the zygote, gets workers, talks to them under deadlines, kills and reaps them.

Owns processes and time, not what is said: that is `wire`, `worker` and `grafts`; and not the layers: `lockdown`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from neural_lab.isolation.lockdown import Layer
from neural_lab.runtime import host, protocol
from neural_lab.runtime.protocol import Failure

CPU_SECONDS = 5  # for one part's worker; a right submission needs some 0.02
WALL_SECONDS = 15.0  # the backstop: 5 s of CPU take 10 on half a core
TOTAL_SECONDS = 240.0  # for the whole run, well inside Gradescope's ten minutes
# Of memory for all a worker's replies, which the grader keeps from some forty runs; a right submission needs 0.5 MB.
MOST_ANSWERED = 4 << 20
# Seconds that are waited for a process where none can be had: twice what another submission can live, which has them.
PATIENCE = 2 * WALL_SECONDS
_SIGNALS = {number.value: number.name for number in signal.Signals}
_Started = TypeVar("_Started")


class SandboxError(RuntimeError):
    """The grader's own machinery failed: nobody's marks may depend on it."""


class NoWorkerNow(SandboxError):
    """A worker could not be had as it must be, which may be different in a moment."""


def patiently(start: Callable[[], _Started], patience: float = PATIENCE) -> _Started:
    """What `start` gives. While the machine or the user has no process or memory left, it waits and tries again.

    :raises OSError, NoWorkerNow: what `start` raised when patience ended
    """
    until, pause = time.monotonic() + patience, 0.02
    while True:
        try:
            return start()
        except (OSError, NoWorkerNow) as error:
            passing = isinstance(error, NoWorkerNow) or error.errno in (errno.EAGAIN, errno.ENOMEM)
            if not passing or time.monotonic() + pause > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


class Usage(NamedTuple):
    """What a worker used: CPU in seconds, peak memory in bytes, and how it ended (wait status)."""

    cpu: float
    peak: int
    status: int


class Sandbox:
    """The zygote and what it forks. Start it before the grader loads anything but NumPy: workers inherit its memory.

    patience  seconds that are waited for a process where none can be had
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        ours, theirs = socket.socketpair()
        grader = os.getpid()
        pid = patiently(os.fork, patience)
        if pid == 0:
            try:
                ours.close()
                host.zygote(theirs, grader)
            finally:
                os._exit(1)
        theirs.close()
        self._control = ours
        self._pid = pid
        self._held: set[str] | None = None
        self._receive("<I")

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._control.close()
        os.waitpid(self._pid, 0)

    def _tell(self, request: bytes, *descriptors: int) -> None:
        try:
            socket.send_fds(self._control, [request], descriptors)
        except OSError as error:
            raise SandboxError("the process that forks workers has died") from error

    def _receive(self, layout: str) -> tuple[Any, ...]:
        data = b""
        while len(data) < struct.calcsize(layout):
            piece = self._control.recv(struct.calcsize(layout) - len(data))
            if not piece:
                raise SandboxError("the process that forks workers has died")
            data += piece
        return struct.unpack(layout, data)

    def spawn(self, cpu: int = CPU_SECONDS, wall: float = WALL_SECONDS) -> Worker:
        """A fresh locked-down worker.

        :raises SandboxError: none could be had for long, or one less closed than the first, which the canary tried
        """
        return patiently(lambda: self._spawn(cpu, wall), self._patience)

    def _spawn(self, cpu: int, wall: float) -> Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            self._tell(b"S" + struct.pack("<I", cpu), theirs.fileno())
            (pid,) = self._receive("<i")
        if pid <= 0:
            ours.close()
            raise NoWorkerNow(f"no process for a worker: {os.strerror(-pid)}")
        fresh = Worker(self, pid, ours, cpu, wall)
        if not fresh.layers:  # it has seen nothing of a submission yet
            fresh.end()
            raise NoWorkerNow("a worker ended before it was locked in")
        held = {layer.name for layer in fresh.layers if layer.held}
        self._held = held if self._held is None else self._held
        if not held >= self._held:
            fresh.end()
            raise NoWorkerNow(f"a worker lacks what the first one had: {', '.join(sorted(self._held - held))}")
        return fresh

    def reap(self, pid: int) -> Usage:
        """Kill a worker for good and give what it used. Only then can its number be another process's."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._tell(b"R" + struct.pack("<i", pid))
        status, cpu, peak = self._receive("<idQ")
        return Usage(cpu, peak * 1024, status)


def _layers(told: Any) -> tuple[Layer, ...]:
    """The layers that a worker tells of before it gets a submission; none if it ended before."""
    if not isinstance(told, list):
        return ()
    return tuple(Layer(*layer) for layer in told if isinstance(layer, list) and [*map(type, layer)] == [str, bool, str])


class Worker:
    """One untrusted process, for one run of one probe.

    printed  how many characters the code has written to stdout, as the worker says
    """

    def __init__(self, sandbox: Sandbox, pid: int, connection: socket.socket, cpu: int, wall: float) -> None:
        self._sandbox = sandbox
        self._pid = pid
        self._connection = connection
        self._cpu = cpu
        self._started = time.monotonic()
        self._deadline = self._started + wall
        self._failure: Failure | None = None
        self._answered = 0
        self._incoming = protocol.Incoming(self._more)
        self.printed = 0
        self.usage: Usage | None = None
        self.layers = _layers(self._guarded(lambda: protocol.decode(self._incoming.frame())))

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end()

    def hold_to(self, wall: float) -> None:
        """Give it no longer than this since its start."""
        self._deadline = min(self._deadline, self._started + wall)

    def end(self) -> Usage:
        """Kill the worker, if it lives, and reap it."""
        if self.usage is None:
            self._connection.close()
            self.usage = self._sandbox.reap(self._pid)
        return self.usage

    def request(self, operation: list[Any], answer: Callable[[Any], Any] | None = None) -> Any:
        """Have one operation done; `answer` answers what the worker asks meanwhile. Gives the reply or a Failure."""

        def exchange() -> Any:
            self._send(operation)
            while True:
                body = self._incoming.frame()
                message = protocol.decode(body)
                if not isinstance(message, tuple) or not message or not isinstance(message[0], str):
                    raise protocol.Malformed("neither a reply nor a question")
                if message[0] == "reply" and len(message) == 3 and type(message[2]) is int and message[2] >= 0:
                    self.printed = message[2]
                    self._answered += protocol.weight(body)
                    if self._answered > MOST_ANSWERED:
                        raise protocol.Malformed("far more than any right answer has")
                    return message[1]
                if answer is None:
                    raise protocol.Malformed("nothing may be asked here")
                self._send(answer(message))

        return self._guarded(exchange)

    def _guarded(self, action: Callable[[], Any]) -> Any:
        if self._failure is None:
            try:
                return action()
            except TimeoutError:
                self._failure = Failure("timeout")
            except protocol.Malformed as error:
                self._failure = Failure("malformed", message=str(error))
            except OSError:
                self._failure = None
            usage = self.end()
            self._failure = self._failure or self._death(usage)
        return self._failure

    def _death(self, usage: Usage) -> Failure:
        # the kernel's limit and its accounts are kept apart: on a busy machine 5 s by the one were 4.6 by the other
        number = os.WTERMSIG(usage.status) if os.WIFSIGNALED(usage.status) else 0
        if number == signal.SIGKILL and usage.cpu > self._cpu / 2:
            return Failure("timeout")
        if number:
            name = _SIGNALS.get(number, f"signal {number}")  # those of real time have no names
            return Failure("killed", message=f"the process was ended by {name}")
        return Failure("killed", message="the code ended the whole process")

    def _remaining(self) -> float:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining

    def _send(self, value: Any) -> None:
        self._connection.settimeout(self._remaining())
        self._connection.sendall(protocol.encode(value))

    def _more(self) -> bytes:
        self._connection.settimeout(self._remaining())
        piece = self._connection.recv(1 << 16)
        if not piece:
            raise ConnectionResetError("the worker hung up")
        return piece
