"""The reference and mutants of it: the solution's own text, as it is or with one function edited, run in the grader.

An edit is written against the function's text as it stands in the solution, decorators
included, moved to the left margin.
"""

from __future__ import annotations

import ast
import functools
import itertools
import textwrap
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neural_lab.runtime.host import Host
from neural_lab.runtime.loading import compiled_text
from neural_lab.runtime.plan import LoadPlan, Substitution
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.runtime.session import Perform, Session
from neural_lab.runtime.stand_ins import Ask, CallForm, form_of, stored_in
from neural_lab.schema.lab import Edit, Function, Lab, Probe, Unsound, observe
from neural_lab.schema.observations import Observations
from neural_lab.schema.places import SOLUTION, files_of


class Located(NamedTuple):
    """A function in a module's text: lines first to last (from 0, exclusive), and its text at the left margin."""

    first: int
    last: int
    indent: str
    text: str


def locate(source: str, path: str) -> Located:
    """Find the function `path` ("Class.method" or "function").

    :raises LookupError: it is not there
    """
    body: list[ast.stmt] = ast.parse(source).body
    *owners, name = path.split(".")
    for owner in owners:
        body = next((n.body for n in body if isinstance(n, ast.ClassDef) and n.name == owner), [])
    node = next((n for n in body if isinstance(n, ast.FunctionDef) and n.name == name), None)
    if node is None or node.end_lineno is None:
        raise LookupError(f"the solution has no function {path}")
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
    lines = source.splitlines()
    text = "\n".join(lines[first : node.end_lineno])
    return Located(first, node.end_lineno, " " * node.col_offset, textwrap.dedent(text) + "\n")


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The function's text with all edits made.

    :raises LookupError: an edit's text is not found
    """
    for edit in edits:
        if edit.find not in text:
            raise LookupError(f"not found in the solution: {edit.find!r}")
        text = text.replace(edit.find, edit.put)
    return text


def fit_together(text: str, one: Iterable[Edit], other: Iterable[Edit]) -> bool:
    """Whether the edits of both can be made, in whatever order, and give code that can be compiled."""
    one, other = tuple(one), tuple(other)
    try:
        first = edited(text, (*one, *other))
        return first == edited(text, (*other, *one)) and compiled_text(first) is not None
    except (LookupError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # they change the same place, or make no program together


def edited_module(source: str, path: str, edits: Iterable[Edit]) -> str:
    """The whole module's text with one function edited: a submission that makes this mistake."""
    place = locate(source, path)
    lines = source.splitlines()
    text = textwrap.indent(edited(place.text, edits), place.indent)
    return "\n".join([*lines[: place.first], text.rstrip("\n"), *lines[place.last :]]) + "\n"


_located = functools.lru_cache(maxsize=64)(locate)


class Reference:
    """A lab's solution, ready to answer probes as it is or with one function edited."""

    def __init__(self, lab: Lab, folder: Path = SOLUTION) -> None:
        self.lab = lab
        # The rows of the lab's bank that can't be run, {id: why}, as far as they were tried; see `mutants`.
        self.left_out: dict[str, str] = {}
        self.sources = {name: file.read_text("utf-8") for name, file in files_of(lab, folder).items()}

    def function_text(self, function: Function) -> str:
        """The function's text at the left margin."""
        return _located(self.sources[function.module], function.path).text

    def form(self, function: Function) -> CallForm:
        """How the contract's function is called.

        :raises LookupError: in the solution it is no function
        """
        module = self._modules[function.module]
        owner = getattr(module, function.owner) if function.owner else None
        form = form_of(stored_in(owner, function.name) if owner else staticmethod(getattr(module, function.name)))
        if form is None:
            raise LookupError(f"{function.path} of the solution is no function")
        return form

    def host(
        self,
        function: Function | None = None,
        edits: tuple[Edit, ...] = (),
        ask: Ask | None = None,
        substitutions: tuple[Substitution, ...] = (),
    ) -> Host:
        """The lab's modules, one function edited if asked for; a copy of their own only then: they keep no state, and
        as they stand they change nothing that they should leave alone.

        :param ask: answers for the other functions that are substituted, as in a worker
        """
        if function is None:
            return Host(modules=self._modules, watching=False)
        host = Host(ask)
        self._load(host, substitutions)
        host.loader.redefine(function.module, function.path, edited(self.function_text(function), edits))
        return host

    @functools.cached_property
    def _modules(self) -> dict[str, types.ModuleType]:
        host = Host()
        self._load(host)
        return host.modules

    def _load(self, host: Host, substitutions: tuple[Substitution, ...] = ()) -> None:
        plan = LoadPlan(self.lab.modules, self.sources, substitutions=substitutions)
        notes = host.loader.load(plan, untrusted=False)
        if notes:
            note = notes[0]
            what = f"the solution does not load: {note.type}: {note.message}"
            raise Unsound(what, f"correct line {note.line} of {note.module}.py", note.module)

    def answers(
        self,
        probe: Probe,
        rng: np.random.Generator,
        function: Function | None = None,
        edits: tuple[Edit, ...] = (),
        questions: int | None = None,
    ) -> Observations:
        """What the reference, or a mutant of it, answers to the probe.

        :param questions: how many of the probe's questions are answered, None for all; the others are not reached
        """
        return observed(probe, self.host(function, edits).perform, rng, questions)


def observed(probe: Probe, perform: Perform, rng: np.random.Generator, questions: int | None) -> Observations:
    """What a probe observes through `perform`.

    :param questions: as for `Reference.answers`
    """
    answered = itertools.repeat(True, questions) if questions is not None else itertools.repeat(True)

    def first(operation: list[Any]) -> Any:
        return perform(operation) if next(answered, False) else Failure(FailureKind.NOT_REACHED)

    return observe(probe, Session(first), rng)
