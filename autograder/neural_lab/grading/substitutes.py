"""Substituted helpers: the reference answering, in the grader, for functions that stand in for the student's.

The one way into the grader from a submission, so it is narrow: only the functions substituted in this run, only
arguments of the contract's kinds for the current net, bounded in number, bytes and time. The number is for each call
of the probe what its net and samples need, so that nobody finds derivatives by asking.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import numpy as np

from neural_lab.grading.reference import Reference
from neural_lab.isolation.limits import Limits
from neural_lab.runtime.plan import Substitution
from neural_lab.runtime.protocol import Failure, FailureKind, Handle, inert
from neural_lab.schema.contracts import Net, Refused
from neural_lab.schema.lab import Function


class Helpers:
    """The helpers substituted in one run.

    :param limits: how much may be asked
    """

    def __init__(
        self,
        reference: Reference,
        functions: tuple[Function, ...],
        limits: Limits = Limits(),  # noqa: B008 (a frozen record)
    ) -> None:
        self._reference = reference
        self._limits = limits
        self._functions = {function.label: function for function in functions}
        self._host = reference.host()
        self._net: Net | None = None
        self._passes = 0
        self._asked = dict.fromkeys(self._functions, 0)
        self.refused: set[str] = set()  # labels of those that were asked more often than a call needs them
        self._bytes = 0
        self._seconds = 0.0

    def follow(self, operation: list[Any]) -> None:
        """Take note of what a probe has done: which net it calls, and on how many samples.

        What it makes and sets is made and set here too, on the reference's objects.
        """
        _, told, questions, _ = operation
        self._host.perform(["batch", [one for one in told if one[0] != "load"], [], []])
        for verb, target, name, *arguments in questions:
            if verb == "call":
                thing = self._host.modules[target] if isinstance(target, str) else self._thing(target)
                arguments = [self._thing(argument) for argument in arguments]
                owner = None if isinstance(target, str) else type(thing).__name__
                called = self._reference.lab.function_called(owner, name)
                self._net = self._reference.lab.net(thing, arguments)
                self._passes = called.passes(thing, *arguments)
                self._asked = dict.fromkeys(self._functions, 0)

    def _thing(self, value: Any) -> Any:
        return self._host.objects[value.number] if isinstance(value, Handle) else value

    def most(self, function: Function) -> int:
        """How often a function may be asked, or called, during the probe's latest call."""
        return self._passes * function.asked(self._net or Net())

    def plan(self) -> tuple[Substitution, ...]:
        """What the worker must know to put stand-ins in place."""
        return tuple(
            Substitution(
                label=f.label,
                module=f.module,
                owner=f.owner,
                name=f.name,
                takes=len(f.takes),
                binds=form.binds,
                parameters=tuple(form.signature.parameters),
                reads=tuple(f.reads),
                pure=not f.reads and not f.writes,
            )
            for f, form in ((f, self._reference.form(f)) for f in self._functions.values())
        )

    def answer(self, message: Any) -> Any:
        """Answer ("ask", label, arguments, attributes): (answer, {attribute: new value}), or a Failure."""
        started = time.process_time()
        try:
            return self._answer(*self._checked(message))
        except Refused as error:
            return Failure(FailureKind.REFUSED, message=f"the reference's copy can't answer this call: {error}")
        finally:
            self._seconds += time.process_time() - started

    def _checked(self, message: Any) -> tuple[Function, list[Any], dict[str, Any]]:
        if not (isinstance(message, tuple) and len(message) == 4 and message[0] == "ask"):
            raise Refused("not a question")
        _, label, arguments, attributes = message
        function = self._functions.get(label) if isinstance(label, str) else None
        if function is None or not isinstance(arguments, list) or not isinstance(attributes, dict):
            raise Refused("not substituted in this run")
        size = _bytes_in([arguments, list(attributes.values())])
        self._count(function, 1)
        self._bytes += size
        if self._bytes > self._limits.asked_bytes or self._seconds > self._limits.asked_cpu:
            raise Refused("asked for too much")
        if size > self._limits.asked_call or set(attributes) != set(function.reads):
            raise Refused("too large, or not the object's attributes")
        if len(arguments) != len(function.takes):
            raise Refused(f"{len(function.takes)} arguments were expected, there are {len(arguments)}")
        for name, kind in function.reads.items():
            kind.check(attributes[name], {})
        sizes = self._reference.lab.sizes(attributes)
        for kind, argument in zip(function.takes, arguments, strict=True):
            kind.check(argument, sizes)
        net = self._reference.lab.net(SimpleNamespace(**attributes), arguments)
        if net is not None and net != self._net:
            raise Refused("this is another net than the one that was called")
        self._count(function, sizes.get("N", 1) - 1)  # several samples at once are as many questions
        return function, arguments, attributes

    def _count(self, function: Function, questions: int) -> None:
        self._asked[function.label] += questions
        if self._asked[function.label] > self.most(function):
            self.refused.add(function.label)
            raise Refused(f"asked more than the {self.most(function):,} times that this call needs at most")

    def _answer(self, function: Function, arguments: list[Any], attributes: dict[str, Any]) -> Any:
        thing: Any = self._host.modules[function.module]
        if function.owner is not None:
            owner = getattr(thing, function.owner)
            thing = owner.__new__(owner)
            for name, value in attributes.items():
                setattr(thing, name, value)
        try:
            with np.errstate(all="ignore"):
                answer = getattr(thing, function.name)(*arguments)
            changed = {name: getattr(thing, name) for name in function.writes}
            if _bytes_in([answer, *changed.values()]) > self._limits.asked_call:
                raise Refused("its answer is too large")
            return inert(answer), {name: inert(value) for name, value in changed.items()}
        except Refused:
            raise
        except Exception as error:  # arguments of the right kind, and yet of no use: sizes that explode, for one
            raise Refused(type(error).__name__) from None


def _bytes_in(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, list | tuple):
        return 16 + sum(_bytes_in(item) for item in value)
    return 16
