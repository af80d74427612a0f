"""Does what a session asks: makes objects, calls functions, reads and sets attributes.

The same code runs in the worker (on the submission) and in the grader (on the reference and on mutants of it). It knows
no expected value and no verdict.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import io
import marshal
import os
import random
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.random  # NumPy loads it only when it is asked for

from neural_lab.isolation.limits import Limits
from neural_lab.runtime import protocol
from neural_lab.runtime.changes import Sent, calls_during
from neural_lab.runtime.failures import MissingName, describe
from neural_lab.runtime.loading import Loader, compiled_statements, packed
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import Failure, Handle, inert
from neural_lab.runtime.stand_ins import Ask
from neural_lab.runtime.timers import timers

NEARLY, EACH = 0.85, 0.01  # shares of a probe's time: from then on a worker tells where a call is, and how often
_MOST_TOLD = 20  # failures in one batch that tell their values: all of them, of hundreds, would not fit a frame


class _PrintCounter(io.TextIOBase):
    """Stands in for stdout and stderr: counts what is written and keeps nothing."""

    def __init__(self) -> None:
        self.characters = 0

    def write(self, text: Any) -> int:
        length = len(text) if isinstance(text, str) else 0
        self.characters += length
        return length

    def writable(self) -> bool:
        return True


class Host:
    """Modules and objects of one session, and the operations on them.

    :param ask: answers for a substituted function; without it nothing can be substituted
    :param limits: how long what stands at the top level of a file may run
    :param modules: modules that are loaded already
    :param watching: whether what the calls change is looked for
    :param tell: tells of a call whose time is nearly up in which module it is, and from which line to which
    """

    def __init__(
        self,
        ask: Ask | None = None,
        limits: Limits = Limits(),  # noqa: B008 (a frozen record)
        modules: dict[str, types.ModuleType] | None = None,
        watching: bool = True,
        tell: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._limits = limits
        self._tell = tell
        self._alone = False  # whether no other probe is asked in this process
        self._watching = watching
        self.loader = Loader(ask, limits, modules)
        self.modules = self.loader.modules
        self.objects: dict[int, Any] = {}  # by the numbers of their handles; a Failure where one could not be made
        self.printed = _PrintCounter()
        self._sent = Sent()
        self._noticed: list[Any] = []  # by NumPy in the latest call: what came first, the module and its line
        self._not_finite: list[Any] = []  # the same, of the first call that gave NaN or infinity
        self._after_load: tuple[Any, ...] | None = None
        self._edits: Callable[..., Any] = _no_edits

    def start_over(self) -> None:
        """Let go of the objects of an earlier probe; the modules stay as they are."""
        self.objects, self._sent = {}, Sent()
        self._not_finite = []

    def perform(self, operation: list[Any]) -> Any:
        """Do one operation; inert in, inert out; whatever the student's code raises is a `Failure`."""
        verb, *arguments = operation
        try:
            if verb not in ("load", "batch", "extend", "edits"):
                arguments = [self._resolve(argument) for argument in arguments]
            with np.errstate(all="ignore"):
                return getattr(self, f"_do_{verb}")(*arguments)
        except _NeverMade as error:
            return error.failure
        except BaseException as error:
            return self._failure(error)

    def _do_batch(self, told: list[Any], questions: list[Any], free: list[int]) -> Any:
        if told and told[0][0] == "load" and not self._untouched():
            return protocol.TOUCHED
        for operation in told:
            result = self.perform(operation)
            verb, target = operation[:2]
            if isinstance(result, Failure):
                if verb in ("new", "put"):
                    self.objects[target] = result
            elif verb == "put":
                self._sent.keep(target, "", operation[2])
            elif verb == "set":
                self._sent.keep(target, operation[2], operation[3])
        answers = [self.perform(question) for question in questions]
        failures = [number for number, answer in enumerate(answers) if isinstance(answer, Failure)]
        for number in failures[_MOST_TOLD:]:
            answers[number] = dataclasses.replace(answers[number], values=())
        look = self._watching and any(question[0] == "call" for question in questions)
        return answers, list(self._sent.changes(self._now, self._failure, set(free))) if look else []

    def _failure(self, error: BaseException) -> Failure:
        return describe(error, set(self.modules))

    def _now(self, target: int | str, attribute: str) -> Any:
        thing = self.modules[target] if isinstance(target, str) else self.objects[target]
        return getattr(thing, attribute) if attribute else thing

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Handle):
            thing = self.objects[value.number]
            if isinstance(thing, Failure):
                raise _NeverMade(thing)
            return thing
        if isinstance(value, list | tuple):
            return type(value)(self._resolve(item) for item in value)
        return inert(value)  # a copy: in process the probe keeps its own

    def _target(self, target: Any, name: str) -> Any:
        thing = self.modules.get(target) if isinstance(target, str) else target
        try:
            return getattr(thing, name)
        except AttributeError:
            if hasattr(type(thing), name) or (isinstance(target, str) and name in vars(thing)):
                raise  # it is there, and raised by itself
            raise MissingName(name) from None

    def _do_new(self, handle: int, module: str, class_name: str, *arguments: Any) -> Any:
        self.objects[handle] = self._target(module, class_name)(*arguments)

    def _do_put(self, handle: int, value: Any) -> Any:
        self.objects[handle] = value

    def _do_call(self, target: Any, function: str, *arguments: Any) -> Any:
        self._noticed = []
        with np.errstate(over="call", divide="call", invalid="call", call=self._notice), self._timed(function):
            answer = inert(self._target(target, function)(*arguments))
        if self._noticed and not self._not_finite and not protocol.finite(answer):
            self._not_finite = self._noticed
        return answer

    @contextlib.contextmanager
    def _timed(self, function: str) -> Iterator[None]:
        """Tell where a call is while the last of its time passes: from which line to which in the function called. All
        of them lie in the loop that does not end, and what that calls may be right. In a shared worker nothing is told:
        what ends there is asked again."""
        tell = self._tell
        if tell is None or not self._alone:
            yield
            return
        lines: list[int] = []

        def look(number: int, frame: types.FrameType | None) -> None:
            while frame is not None:
                module = frame.f_code.co_filename.removesuffix(".py")
                if frame.f_code.co_name == function and module in self.modules:
                    lines.append(frame.f_lineno)
                    tell(module, min(lines), max(lines))
                    return
                frame = frame.f_back

        cpu, wall = (
            (NEARLY * seconds, EACH * seconds) for seconds in (self._limits.probe_cpu, self._limits.probe_wall)
        )
        with timers(look, cpu, wall):
            yield

    def _do_not_finite(self) -> Any:
        """What NumPy noticed first in the first call that gave NaN or infinity; [] if it noticed nothing."""
        return self._not_finite

    def _notice(self, what: str, flag: int) -> None:
        """NumPy calls this where a number overflows, is divided by zero, or has no result."""
        frame = None if self._noticed else sys._getframe(1)
        while frame is not None and frame.f_code.co_filename.removesuffix(".py") not in self.modules:
            frame = frame.f_back
        if frame is not None:
            self._noticed = [what, frame.f_code.co_filename.removesuffix(".py"), frame.f_lineno]

    def _do_watch(self, target: Any, function: str, *arguments: Any) -> Any:
        """Call it, and tell what `calls_during` has seen of the submission's functions."""
        call = functools.partial(self._target(target, function), *arguments)
        return calls_during(call, {f"{name}.py" for name in self.modules}, self._limits.events)

    def _do_get(self, target: Any, attribute: str) -> Any:
        return inert(self._target(target, attribute) if attribute else target)

    def _do_set(self, target: Any, attribute: str, value: Any) -> Any:
        setattr(self.modules[target] if isinstance(target, str) else target, attribute, value)

    def _forget(self) -> None:
        """Undo an earlier load as far as it can be undone from here: modules, objects, random numbers."""
        self.loader.forget()
        self.start_over()
        self.printed.characters = 0
        random.seed(0)
        np.random.seed(0)

    def _surroundings(self) -> tuple[Any, ...]:
        """What code can leave behind outside its modules: the sizes of all others, and what the common ones hold."""
        others = [vars(module) for name, module in sys.modules.items() if name not in self.modules]
        common = [vars(sys.modules[name]) for name in ("builtins", "sys", "random", "math", "numpy", "numpy.random")]
        held = [tuple(map(id, names.values())) for names in common]
        return len(others), sum(map(len, others)), len(os.environ), held

    def _do_extend(self, code: np.ndarray) -> None:
        """Take on the operations of `edits`, sent as code since most workers never need them."""
        names: dict[str, Any] = {"__name__": "neural_lab.runtime.edits"}
        exec(marshal.loads(code.tobytes()), names)  # noqa: S102 (the grader's own code)
        self._edits = names["extend"](self, lambda tree, name: packed(compiled_statements(tree, name)))

    def _do_edits(self, *arguments: Any) -> Any:
        return inert(self._edits(*arguments))

    def _untouched(self) -> bool:
        """Whether the process is as it was after the first load, so that another probe may be asked here."""
        return self._after_load is None or self._surroundings() == self._after_load

    def _do_load(self, encoded: dict[str, Any]) -> Any:
        if self.modules:
            self._forget()
        plan = LoadPlan.decoded(encoded)
        notes = self.loader.load(plan, untrusted=True)
        report = self.loader.report(plan, notes) if plan.report else None
        self._alone = not plan.shared
        if plan.shared:  # to look at all modules takes as long as to compile a submission
            self._after_load = self._after_load or self._surroundings()
        return report


class _NeverMade(Exception):
    """Something is done with an object that could not be made."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Channel:
    """Frames over a connected socket, blocking."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.idle = True  # not in the middle of a frame
        self._incoming = protocol.Incoming(self._more)

    def send(self, value: Any) -> None:
        view = memoryview(protocol.encode(value))
        self.idle = False
        while view:
            view = view[os.write(self.descriptor, view) :]
        self.idle = True

    def receive(self) -> Any:
        return protocol.decode(self._incoming.frame(), trusted=True)

    def _more(self) -> bytes:
        return os.read(self.descriptor, 1 << 16) or os._exit(0)


def serve(channel: Channel, limits: Limits) -> None:
    """A worker's life: do each operation that comes, until the grader hangs up."""

    def ask(function: str, arguments: list[Any], attributes: dict[str, Any]) -> Any:
        channel.send(("ask", function, arguments, attributes))
        return channel.receive()

    def tell(module: str, first: int, last: int) -> None:
        if channel.idle:
            channel.send(("at", module, first, last))

    host = Host(ask, limits, tell=tell)
    sys.stdout, sys.stderr = host.printed, _PrintCounter()
    random.seed(0)  # again: a fork seeds it anew
    while True:
        channel.send(("reply", host.perform(channel.receive()), host.printed.characters))


def _no_edits(*arguments: Any) -> Any:
    raise LookupError("nothing can be edited here")
