"""A session: how a probe uses a lab, the same in process and over a pipe. Owns no transport and no judgement.

A probe makes objects, calls functions and methods, reads and sets attributes. What fails is a value too: a
`Failure` comes back instead of an answer, and anything done with what failed gives that `Failure` again, so
that a probe needs no checks.

Only questions wait for a reply. What is merely told (what to load, a new object, an attribute's value) goes along with
the next question; but no call goes before the one before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from neural_lab.runtime.protocol import Failure, Handle

Perform = Callable[[list[Any]], Any]  # one operation in, of plain data; what came of it out, inert


class Session:
    """One fresh copy of the lab's modules, used through `perform`: `Host.perform` in process, a pipe otherwise.

    plan  from `load_plan`, what is to be loaded first; nothing if the modules are loaded already
    """

    def __init__(self, perform: Perform, plan: dict[str, Any] | None = None) -> None:
        self._perform = perform
        self._told: list[list[Any]] = [["load", plan]] if plan is not None else []
        self._handles = 0
        self._latest: list[Any] = []  # the last call: target, function, arguments

    def new(self, module: str, class_name: str, *arguments: Any) -> Any:
        """Make an object; gives its `Handle`."""
        return self._keep("new", module, class_name, *arguments)

    def put(self, value: Any) -> Any:
        """Place a value in the worker, so that several calls get the very same object; gives its `Handle`."""
        return self._keep("put", value)

    def set(self, target: Any, attribute: str, value: Any) -> None:
        """Set an attribute of a `Handle` or module."""
        if _failed(target, value) is None:
            self._told.append(["set", target, attribute, value])

    def call(self, target: Any, function: str, *arguments: Any) -> Any:
        """Call a method of a `Handle`, or a function of the module named `target`; gives what it returns."""
        return self.call_and_gather(target, function, *arguments, wanted=())[0]

    def call_and_gather(self, target: Any, function: str, *arguments: Any, wanted: Iterable[tuple[Any, str]]) -> Any:
        """What `call` gives, and a list of what `gather` gives right after it."""
        self._latest = [target, function, *arguments]
        answer, *values = self._ask(["call", target, function, *arguments], *(["get", *one] for one in wanted))
        return answer, values

    def watch(self) -> Any:
        """Make the last call again, and tell what was seen meanwhile: see `Host`."""
        return self._ask(["watch", *self._latest])[0]

    def get(self, target: Any, attribute: str = "") -> Any:
        """The value of an attribute of a `Handle` or module, or of the `Handle` itself."""
        return self.gather((target, attribute))[0]

    def gather(self, *wanted: tuple[Any, str]) -> list[Any]:
        """Several values at once: for each (target, attribute) what `get` would give."""
        return self._ask(*(["get", *one] for one in wanted))

    def _keep(self, verb: str, *arguments: Any) -> Any:
        failed = _failed(*arguments)
        if failed is not None:
            return failed
        handle = Handle(self._handles)
        self._handles += 1
        self._told.append([verb, handle.number, *arguments])
        return handle

    def _ask(self, *questions: list[Any]) -> list[Any]:
        """An answer to each question; about what failed nothing is asked."""
        asked = [question for question in questions if _failed(*question) is None]
        answers = iter(self._answers(asked) if asked else ())
        return [_failed(*question) or next(answers) for question in questions]

    def _answers(self, questions: list[list[Any]]) -> list[Any]:
        told, self._told = self._told, []
        answers = self._perform(["batch", told, questions])
        if isinstance(answers, list) and len(answers) == len(questions):
            return answers
        failed = answers if isinstance(answers, Failure) else Failure("malformed", message="answers are missing")
        return [failed] * len(questions)


def _failed(*values: Any) -> Failure | None:
    return next((value for value in values if isinstance(value, Failure)), None)


__all__ = ["Failure", "Handle", "Perform", "Session"]
