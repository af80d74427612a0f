"""The grader's side of isolation: starts the fork server, gets workers, asks them under deadlines, kills and reaps."""

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

from neural_lab.isolation import fork_server
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.lockdown import Layer
from neural_lab.runtime import protocol
from neural_lab.runtime.protocol import Failure, FailureKind

_SIGNALS = {number.value: number.name for number in signal.Signals}
_Started = TypeVar("_Started")
MOST_LOOKS = 100  # that a worker tells of, of its own call
LOOK = 0.1  # seconds between two looks at the CPU that a worker has used


class SandboxError(RuntimeError):
    """The grader's own machinery failed: no mark may depend on it."""


class NoWorkerNow(SandboxError):
    """A worker could not be had as it must be, which may be different in a moment."""


def patiently(start: Callable[[], _Started], patience: float) -> _Started:
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
    """What a worker used: CPU in seconds, and how it ended (wait status)."""

    cpu: float
    status: int


class Sandbox:
    """The fork server and its workers. Start it before the grader loads anything but NumPy: workers inherit its memory.

    :param limits: what each worker may use
    """

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008 (a frozen record)
        self.limits = limits
        ours, theirs = socket.socketpair()
        grader = os.getpid()
        pid = patiently(os.fork, limits.patience)
        if pid == 0:
            try:
                ours.close()
                fork_server.run(theirs, grader, limits)
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

    def spawn(self, cpu: float | None = None, wall: float | None = None) -> Worker:
        """A fresh locked-down worker, which may use what one probe may unless told otherwise.

        :param cpu: seconds of CPU until the next `Worker.begin`
        :param wall: seconds of the clock until then
        :raises SandboxError: none could be had for long, or one less closed than the first, which the self-test tried
        """
        return patiently(lambda: self._spawn(cpu, wall), self.limits.patience)

    def _spawn(self, cpu: float | None, wall: float | None) -> Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            self._tell(b"S", theirs.fileno())
            (pid,) = self._receive("<i")
        if pid <= 0:
            ours.close()
            raise NoWorkerNow(f"no process for a worker: {os.strerror(-pid)}")
        cpu = self.limits.probe_cpu if cpu is None else cpu
        fresh = Worker(self, pid, ours, cpu, self.limits.probe_wall if wall is None else wall)
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
        status, cpu = self._receive("<id")
        return Usage(cpu, status)


def _layers(told: Any) -> tuple[Layer, ...]:
    """The layers that a worker tells of before it gets a submission; none if it ended before."""
    if not isinstance(told, list):
        return ()
    return tuple(Layer(*layer) for layer in told if isinstance(layer, list) and [*map(type, layer)] == [str, bool, str])


class Worker:
    """One untrusted process, which serves one probe or several, each within its own bounds."""

    def __init__(self, sandbox: Sandbox, pid: int, connection: socket.socket, cpu: float, wall: float) -> None:
        self._sandbox = sandbox
        self._pid = pid
        self._connection = connection
        self._failure: Failure | None = None
        self._incoming = protocol.Incoming(self._more)
        self.printed = 0  # how many characters the code has written to stdout, as the worker says
        self.usage: Usage | None = None
        self.begin(cpu, sandbox.limits.patience)  # however little time the probe has: this is not its own
        self.layers = _layers(self._guarded(lambda: protocol.decode(self._incoming.frame())))
        self.begin(cpu, wall)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end()

    def begin(self, cpu: float, wall: float) -> None:
        """Count what it uses anew: from now on it may use so many seconds of CPU and of the clock."""
        self._cpu = cpu
        self._cpu_before = self._cpu_clock()
        self._deadline = time.monotonic() + wall
        self._next_look = 0.0
        self._at, self._looks = ("", 0, 0), 0  # where it was when its time was nearly up, as it says
        self._answered = 0

    @property
    def failed(self) -> bool:
        """Whether it can't be asked any more: it died, used up its time or answered nonsense."""
        return self._failure is not None

    def cpu_used(self) -> float:
        """Seconds of CPU since `begin`, as the kernel counts them."""
        return self._cpu_clock() - self._cpu_before

    def _cpu_clock(self) -> float:
        """CPU seconds of the worker so far, read from outside: its own clock could be changed by what it runs."""
        if self.usage is not None:
            return self.usage.cpu
        try:
            return time.clock_gettime((~self._pid << 3) | 2)  # the clock of another process (see clock_getcpuclockid)
        except OSError:  # only Linux has it; elsewhere the wall clock is all there is
            return 0.0

    def end(self) -> Usage:
        """Kill the worker, if it lives, and reap it."""
        if self.usage is None:
            self._connection.close()
            self.usage = self._sandbox.reap(self._pid)
        return self.usage

    def request(self, operation: list[Any], answer: Callable[[Any], Any] | None = None) -> Any:
        """Have one operation done.

        :param answer: answers what the worker asks meanwhile; None: nothing may be asked
        :return: the reply, inert, or a `Failure`: nothing that the worker does raises here
        """

        def exchange() -> Any:
            self._send(operation)
            while True:
                body = self._incoming.frame()
                message = protocol.decode(body)
                if not isinstance(message, tuple) or not message or not isinstance(message[0], str):
                    raise protocol.Malformed("neither a reply nor a question")
                if message[0] == "at" and [*map(type, message)] == [str, str, int, int] and self._looks < MOST_LOOKS:
                    self._at, self._looks = message[1:], self._looks + 1
                    continue
                if message[0] == "reply" and len(message) == 3 and type(message[2]) is int and message[2] >= 0:
                    self.printed = message[2]
                    self._answered += protocol.weight(body)
                    if self._answered > self._sandbox.limits.answered:
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
                self._failure = self._timeout()
            except protocol.Malformed as error:
                self._failure = Failure(FailureKind.MALFORMED, message=str(error))
            except OSError:
                pass  # it has ended; its wait status tells how
            usage = self.end()
            self._failure = self._failure or self._death(usage)
        return self._failure

    def _timeout(self) -> Failure:
        module, first, last = self._at
        return Failure(FailureKind.TIMEOUT, module=module, line=first, last_line=last)

    def _death(self, usage: Usage) -> Failure:
        number = os.WTERMSIG(usage.status) if os.WIFSIGNALED(usage.status) else 0
        # the kernel's limit and its accounts are kept apart: on a busy machine 5 s by the one were 4.6 by the other
        if number == signal.SIGKILL and usage.cpu - self._cpu_before > self._cpu / 2:
            return self._timeout()
        if number:
            return Failure(FailureKind.KILLED, _SIGNALS.get(number, f"signal {number}"))  # not all have names
        return Failure(FailureKind.KILLED)

    def _remaining(self) -> float:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return remaining

    def _send(self, value: Any) -> None:
        self._connection.settimeout(self._remaining())
        self._connection.sendall(protocol.encode(value))

    def _more(self) -> bytes:
        while True:
            remaining = self._remaining()
            if time.monotonic() >= self._next_look:  # also between two bytes: one that talks on and on is not silent
                self._next_look = time.monotonic() + LOOK
                if self.cpu_used() > self._cpu:
                    raise TimeoutError
            self._connection.settimeout(min(LOOK, remaining))
            try:
                piece = self._connection.recv(1 << 16)
            except TimeoutError:
                continue  # it waits, or computes
            if not piece:
                raise ConnectionResetError("the worker hung up")
            return piece
