"""A session: how a probe uses a lab, the same in process and over a pipe. Owns no transport and no judgement.

A probe makes objects, calls functions and methods, reads and sets attributes. What fails is a value too: a
`Failure` comes back instead of an answer, and anything done with a `Failure` gives that `Failure` again, so
that a probe needs no checks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grading.wire import Failure, Handle, inert

Perform = Callable[[list[Any]], Any]  # one operation in, what came of it out; both inert


class Session:
    """One fresh copy of the lab's modules, used through `perform`: `Host.perform` in process, a pipe otherwise."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def _do(self, operation: str, *arguments: Any) -> Any:
        failed = next((a for a in arguments if isinstance(a, Failure)), None)
        return failed if failed is not None else self._perform([operation, *inert(list(arguments))])

    def new(self, module: str, class_name: str, *arguments: Any) -> Any:
        """Make an object; gives its `Handle`."""
        return self._do("new", module, class_name, *arguments)

    def put(self, value: Any) -> Any:
        """Place a value in the worker, so that several calls get the very same object; gives its `Handle`."""
        return self._do("put", value)

    def call(self, target: Any, function: str, *arguments: Any) -> Any:
        """Call a method of a `Handle`, or a function of the module named `target`; gives what it returns."""
        return self._do("call", target, function, *arguments)

    def get(self, target: Any, attribute: str = "") -> Any:
        """The value of an attribute of a `Handle` or module, or of the `Handle` itself."""
        return self._do("get", target, attribute)

    def set(self, target: Any, attribute: str, value: Any) -> Any:
        """Set an attribute of a `Handle` or module."""
        return self._do("set", target, attribute, value)


__all__ = ["Failure", "Handle", "Perform", "Session"]
