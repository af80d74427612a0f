"""Grafted helpers: the reference answering, in the grader, for functions that stand in for the student's.

The one way into the grader from a submission, so it is narrow: only the functions grafted in this run, only
arguments of the contract's kinds for the current net, bounded in number, bytes and time.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from neural_lab.grading.reference import Reference
from neural_lab.runtime.protocol import Failure, inert
from neural_lab.schema.schema import Function, Refused

MOST_CALLS = 20_000  # one handout-net gradient by finite differences asks 12,800 times; honest code stays below 1,000
MOST_BYTES = 256 << 20  # of arguments in one run
MOST_CALL_BYTES = 4 << 20
MOST_SECONDS = 10.0  # of the grader's CPU in one run


class Helpers:
    """The helpers grafted in one run."""

    def __init__(self, reference: Reference, functions: tuple[Function, ...]) -> None:
        self._reference = reference
        self._functions = {function.label: function for function in functions}
        self._host = reference.host()
        self._calls = 0
        self._bytes = 0
        self._seconds = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._functions)

    def plan(self) -> list[dict[str, Any]]:
        """What the worker must know to put stand-ins in place: names alone, no code."""
        return [
            {
                "label": f.label,
                "module": f.module,
                "owner": f.owner,
                "name": f.name,
                "takes": len(f.takes),
                "binds": form.binds,
                "parameters": list(form.signature.parameters),
                "reads": list(f.reads),
                "pure": not f.reads and not f.writes,
            }
            for f, form in ((f, self._reference.form(f)) for f in self._functions.values())
        ]

    def answer(self, message: Any) -> Any:
        """Answer ("ask", label, arguments, attributes): (answer, {attribute: new value}), or a Failure."""
        started = time.process_time()
        try:
            return self._answer(*self._checked(message))
        except Refused as error:
            return Failure("refused", message=f"the reference's copy can't answer this call: {error}")
        finally:
            self._seconds += time.process_time() - started

    def _checked(self, message: Any) -> tuple[Function, list[Any], dict[str, Any]]:
        if not (isinstance(message, tuple) and len(message) == 4 and message[0] == "ask"):
            raise Refused("not a question")
        _, label, arguments, attributes = message
        function = self._functions.get(label) if isinstance(label, str) else None
        if function is None or not isinstance(arguments, list) or not isinstance(attributes, dict):
            raise Refused("not grafted in this run")
        size = _bytes_in([arguments, list(attributes.values())])
        self._calls += 1
        self._bytes += size
        if self._calls > MOST_CALLS or self._bytes > MOST_BYTES or self._seconds > MOST_SECONDS:
            raise Refused("asked too often or for too much")
        if size > MOST_CALL_BYTES or set(attributes) != set(function.reads):
            raise Refused("too large, or not the object's attributes")
        if len(arguments) != len(function.takes):
            raise Refused(f"{len(function.takes)} arguments were expected, there are {len(arguments)}")
        for name, kind in function.reads.items():
            kind.check(attributes[name], {})
        sizes = self._reference.lab.sizes(attributes)
        for kind, argument in zip(function.takes, arguments, strict=True):
            kind.check(argument, sizes)
        return function, arguments, attributes

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
            if _bytes_in([answer, *changed.values()]) > MOST_CALL_BYTES:
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
