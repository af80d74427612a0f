"""A session: how a probe uses a lab, the same in process and over a pipe.

A probe makes objects, calls functions and methods, reads and sets attributes. What fails is a value too: a
`Failure` comes back instead of an answer, and anything done with what failed gives that `Failure` again, so
that a probe needs no checks.

What a probe has sent (arguments, values placed in the worker, attributes set) is to stay as it is: after every call all
of it is compared with what was sent, and what differs is a `Change`. What a call is there to change, such as the
parameters in training, is named at that call.

Only questions wait for a reply. What is merely told (what to load, a new object, an attribute's value) goes along with
the next question; but no call goes before the one before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import Failure, FailureKind, Handle, Opaque

Perform = Callable[[list[Any]], Any]  # one operation in, of plain data; what came of it out, inert


class Change(NamedTuple):
    """Something that a call changed and should leave as it is; of a list the first item that differs.

    :param call: the call, as Python writes it
    :param thing: what was changed: an attribute, an argument, an item of it, as Python writes it
    :param before: the item as it was sent
    :param now: the item as the worker says it is
    :param sizes: the whole numbers in the call and in the making of its object: small ones are a small case
    """

    call: str
    thing: str
    before: Any
    now: Any
    sizes: tuple[int, ...] = ()


class Session:
    """One fresh copy of the lab's modules, used through `perform`.

    :param perform: does one operation: `Host.perform` in process, a pipe otherwise
    :param plan: what is to be loaded first; nothing if the modules are loaded already
    """

    def __init__(self, perform: Perform, plan: LoadPlan | None = None) -> None:
        self.changes: list[Change] = []  # what the calls have changed that they should leave as it is, each thing once
        self.numbers = 0  # how many were sent
        # Whether arguments are looked at, which takes copies of them: not worth it where nothing is judged.
        self.watching = True
        self._perform = perform
        self._told: list[list[Any]] = [["load", plan.encoded()]] if plan is not None else []
        self._words: list[str] = []  # for each handle what it stands for
        self._sizes: dict[int, tuple[int, ...]] = {}  # whole numbers that an object was made from, by its handle
        self._sent: dict[tuple[int | str, str], Any] = {}  # by (handle's number or module, attribute or "")
        self._latest: list[Any] = []  # the last call: target, function, arguments

    def new(self, module: str, class_name: str, *arguments: Any) -> Any:
        """Make an object; gives its `Handle`."""
        given = self._given(arguments, f"{class_name}.")
        made = self._keep(f"{class_name}({', '.join(map(repr, arguments))})", "new", module, class_name, *given)
        if isinstance(made, Handle):
            self._sizes[made.number] = tuple(_whole_numbers(arguments))
        return made

    def put(self, value: Any, name: str = "") -> Any:
        """Place a value in the worker, so that several calls get the very same object; gives its `Handle`.

        :param name: what a student calls it, in case a call changes it
        """
        handle = self._keep(name, "put", value)
        if isinstance(handle, Handle):
            self._sent[handle.number, ""] = value
            self.numbers += _count(value)
        return handle

    def set(self, target: Any, attribute: str, value: Any) -> None:
        """Set an attribute of a `Handle` or module."""
        if _failed(target, value) is None:
            self._told.append(["set", target, attribute, value])
            self._sent[_number(target), attribute] = value
            self.numbers += _count(value)

    def call(self, target: Any, function: str, *arguments: Any, may_change: Iterable[Any] = ()) -> Any:
        """Call a method of a `Handle`, or a function of the module named `target`; gives what it returns.

        :param may_change: the handles of values, and of objects with the attributes that were set, that it may change
        """
        return self.call_and_gather(target, function, *arguments, wanted=(), may_change=may_change)[0]

    def call_and_gather(
        self,
        target: Any,
        function: str,
        *arguments: Any,
        wanted: Iterable[tuple[Any, str]],
        may_change: Iterable[Any] = (),
    ) -> Any:
        """What `call` gives, and a list of what `gather` gives right after it."""
        question = ["call", target, function, *self._given(arguments)]
        self._latest = question[1:]
        free = [handle.number for handle in may_change if isinstance(handle, Handle)]
        answer, *values = self._ask(question, *(["get", *one] for one in wanted), free=free)
        # what it left there only the worker knows
        self._sent |= {sent: Opaque("what an earlier call left") for sent in self._sent if sent[0] in free}
        return answer, values

    def call_each(self, target: Any, function: str, arguments: Iterable[Any]) -> list[Any]:
        """What `call` gives for each of these arguments, all sent at once: for many calls of which none is judged.

        What any of them changes is put down to the first.
        """
        return self._ask(*(["call", target, function, *self._given((argument,))] for argument in arguments))

    def watch(self) -> Any:
        """Make the last call again, and tell what was seen meanwhile: see `Host`."""
        return self._ask(["watch", *self._latest])[0]

    def not_finite(self) -> Any:
        """What NumPy noticed in the first call that gave NaN or infinity: see `Host`."""
        return self._ask(["not_finite"])[0]

    def get(self, target: Any, attribute: str = "") -> Any:
        """The value of an attribute of a `Handle` or module, or of the `Handle` itself."""
        return self.gather((target, attribute))[0]

    def gather(self, *wanted: tuple[Any, str]) -> list[Any]:
        """Several values at once: for each (target, attribute) what `get` would give."""
        return self._ask(*(["get", *one] for one in wanted))

    def _keep(self, words: str, verb: str, *arguments: Any) -> Any:
        failed = _failed(*arguments)
        if failed is not None:
            return failed
        handle = Handle(len(self._words))
        self._words.append(words)
        self._told.append([verb, handle.number, *arguments])
        return handle

    def _given(self, arguments: tuple[Any, ...], whose: str = "") -> list[Any]:
        """The arguments, those that a call might change as handles, each with a name."""
        given = []
        for index, argument in enumerate(arguments):
            place = f"{whose}arguments[{index}]"
            if self.watching and isinstance(argument, list | tuple | np.ndarray):
                argument = self.put(argument, place)
            elif isinstance(argument, Handle):
                self._words[argument.number] = self._words[argument.number] or place
            given.append(argument)
        return given

    def _ask(self, *questions: list[Any], free: Iterable[int] = ()) -> list[Any]:
        """An answer to each question; about what failed nothing is asked."""
        asked = [question for question in questions if _failed(*question) is None]
        answers = iter(self._answers(asked, list(free)) if asked else ())
        return [_failed(*question) or next(answers) for question in questions]

    def _answers(self, questions: list[list[Any]], free: list[int]) -> list[Any]:
        told, self._told = self._told, []
        reply = self._perform(["batch", told, questions, free])
        if isinstance(reply, Failure):
            return [reply] * len(questions)
        try:  # a worker's reply may be anything
            answers, changes = reply
            found = [self._change(questions[0], *change) for change in changes]
        except (TypeError, ValueError, KeyError, IndexError):
            return [Failure(FailureKind.MALFORMED, message="what was changed is unknown")] * len(questions)
        if not isinstance(answers, list) or len(answers) != len(questions):
            return [Failure(FailureKind.MALFORMED, message="answers are missing")] * len(questions)
        self.changes += found
        return answers

    def _change(self, question: list[Any], target: Any, attribute: Any, path: Any, now: Any) -> Change:
        """A change in the words of the calls; raises if nothing was sent there."""
        before = self._sent.pop((target, attribute))
        for index in path:
            before = before if isinstance(before, Opaque) else before[index]
        _, owner, function, *arguments = question
        maker = f"{self._words[owner.number]}." if isinstance(owner, Handle) else ""
        given = ", ".join(self._words[a.number] if isinstance(a, Handle) else repr(a) for a in arguments)
        thing = attribute or self._words[target]
        made_of = self._sizes.get(owner.number, ()) if isinstance(owner, Handle) else ()
        place = thing + "".join(f"[{index}]" for index in path)
        return Change(f"{maker}{function}({given})", place, before, now, (*made_of, *_whole_numbers(arguments)))


def _whole_numbers(value: Any) -> Iterator[int]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _whole_numbers(item)
    elif type(value) is int:
        yield value


def _count(value: Any) -> int:
    """How many numbers a value has."""
    if isinstance(value, list | tuple):
        return sum(map(_count, value))
    return value.size if isinstance(value, np.ndarray) else 1


def _number(target: Any) -> int | str:
    """What stands for a `Handle` or module where its number is needed."""
    return target.number if isinstance(target, Handle) else target


def _failed(*values: Any) -> Failure | None:
    return next((value for value in values if isinstance(value, Failure)), None)


__all__ = ["Change", "Failure", "Handle", "Perform", "Session"]
