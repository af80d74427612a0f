"""Stand-ins: what a worker puts in the place of a function that the grader answers for."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from neural_lab.runtime.plan import Substitution
from neural_lab.runtime.protocol import Failure, inert

Ask = Callable[[str, list[Any], dict[str, Any]], Any]


def put_in_place(module: types.ModuleType, substitution: Substitution, ask: Ask | None) -> None:
    """Put a stand-in, which asks the grader, in the place of one of the student's functions.

    :raises RuntimeError: there is nothing to ask
    """
    if ask is None:
        raise RuntimeError("nothing to ask")
    name, takes = substitution.name, substitution.takes
    parameters = [inspect.Parameter(parameter, _NAMED) for parameter in substitution.parameters]
    contract = CallForm(substitution.binds, inspect.Signature(parameters))
    owner = getattr(module, substitution.owner, None) if substitution.owner else module
    beside = vars(module).get(name)
    if isinstance(owner, type):
        form = _fitting(takes, form_of(stored_in(owner, name))) or contract
        type.__setattr__(owner, name, _StandIn(ask, substitution, form))
        # a module-level twin of a helper that needs no object is the same helper to its author
        twin = _fitting(takes, _of_a_module(beside), form_of(beside)) if substitution.pure else None
        if twin is not None:
            setattr(module, name, _StandIn(ask, substitution, twin).__get__(None, None))
    elif isinstance(owner, types.ModuleType):
        form = _fitting(takes, _of_a_module(beside)) or contract
        setattr(module, name, _StandIn(ask, substitution, form).__get__(None, None))


_NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD


class CallForm(NamedTuple):
    """How a helper is called.

    :param binds: what Python puts before the arguments: "object", "class" or, for a static method, "nothing"
    :param signature: what it takes, that included
    """

    binds: str
    signature: inspect.Signature

    def fits(self, takes: int) -> bool:
        """Whether the contract's call, with so many arguments on an object, can be made."""
        try:
            self.signature.bind(*[None] * (takes + (self.binds != "nothing")))
        except TypeError:
            return False
        return True


def stored_in(owner: type, name: str) -> Any:
    """What a class has under this name, as it is stored: none of the submission's code runs."""
    for base in type.__dict__["__mro__"].__get__(owner):
        stored = type.__dict__["__dict__"].__get__(base)
        if name in stored:
            return stored[name]
    return None


def form_of(stored: Any) -> CallForm | None:
    """The form of a function, or of a static or class method made of one; None for anything else."""
    binds = {staticmethod: "nothing", classmethod: "class"}.get(type(stored), "object")
    function = stored if binds == "object" else stored.__func__
    if type(function) is not types.FunctionType:
        return None
    # a copy: the function itself may carry a `__signature__`, which Python does not go by when it is called
    bare = types.FunctionType(function.__code__, {}, "", function.__defaults__, function.__closure__)
    bare.__kwdefaults__ = function.__kwdefaults__
    return CallForm(binds, inspect.signature(bare))


def _of_a_module(function: Any) -> CallForm | None:
    """The form of a function at module level, which Python binds to nothing."""
    form = form_of(function)
    return form and form._replace(binds="nothing")


def _fitting(takes: int, *forms: CallForm | None) -> CallForm | None:
    """The first form that the contract's call fits."""
    return next((form for form in forms if form is not None and form.fits(takes)), None)


class _StandIn:
    """A method or function whose answer, and effect on self, come from the grader.

    It takes what its form takes and drops nothing, so that a call which raises on the student's own raises here too.
    """

    def __init__(self, ask: Ask, substitution: Substitution, form: CallForm) -> None:
        self._ask = ask
        self._substitution = substitution
        self._form = form

    def __get__(self, instance: Any, owner: Any) -> Callable[..., Any]:
        first = {"object": [] if instance is None else [instance], "class": [owner], "nothing": []}[self._form.binds]
        return functools.partial(self._call, instance, first)

    def _call(self, instance: Any, first: list[Any], /, *arguments: Any, **named: Any) -> Any:
        given = self._given([*first, *arguments], named)
        if self._form.binds != "nothing":
            leading = given.pop(0)
            instance = leading if self._form.binds == "object" else instance
        attributes = {name: inert(getattr(instance, name)) for name in self._substitution.reads}
        reply = self._ask(self._substitution.label, inert(given), attributes)
        if isinstance(reply, Failure):
            raise ValueError(f"{self._substitution.name}: {reply.message}")
        answer, changed = reply
        for name, value in changed.items():
            setattr(instance, name, value)
        return answer

    def _given(self, arguments: list[Any], named: dict[str, Any]) -> list[Any]:
        """The contract's arguments in their order, what comes before them included.

        :raises TypeError: the form does not take these, or one beyond the contract's has another value than its default
        """
        try:
            call = self._form.signature.bind(*arguments, **named)
        except TypeError as error:
            raise TypeError(f"{self._substitution.name}(): {error}") from None
        call.apply_defaults()
        ordered: list[tuple[Any, Any]] = []  # (value, default)
        others: list[tuple[Any, Any]] = []
        for name, parameter in self._form.signature.parameters.items():
            value = call.arguments[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                ordered += [(one, parameter.empty) for one in value]
            elif parameter.kind is parameter.VAR_KEYWORD:
                others += [(one, parameter.empty) for one in value.values()]
            else:
                (others if parameter.kind is parameter.KEYWORD_ONLY else ordered).append((value, parameter.default))
        count = self._substitution.takes + (self._form.binds != "nothing")
        if len(ordered) < count or not all(_is_default(*one) for one in [*ordered[count:], *others]):
            raise TypeError(f"{self._substitution.name}(): the lab's contract has {self._substitution.takes} arguments")
        return [value for value, _ in ordered[:count]]


def _is_default(value: Any, default: Any) -> bool:
    return default is not inspect.Parameter.empty and (value is default or np.array_equal(value, default))
