"""What a worker is told to load, and what it says of it: frozen records, and how they pass the pipe."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np


class Statement(NamedTuple):
    """A statement at the top level of a module, counted from 0."""

    module: str
    number: int


class Renamed(NamedTuple):
    """A class of a module that is taken for one of the contract's."""

    module: str
    found: str
    wanted: str


class Substitution(NamedTuple):
    """What a worker must know to put a stand-in in a function's place: names alone, no code.

    :param label: what the grader is asked for
    :param owner: the class that has it; None for a function of the module
    :param takes: how many arguments the contract's call has
    :param binds: what Python puts before them: "object", "class" or "nothing"
    :param parameters: their names, with what is bound
    :param reads: the attributes that go along with each question
    :param pure: whether it needs no object
    """

    label: str
    module: str
    owner: str | None
    name: str
    takes: int
    binds: str
    parameters: tuple[str, ...]
    reads: tuple[str, ...]
    pure: bool


class LoadPlan(NamedTuple):
    """What is to be loaded, in which order, and what is to be changed meanwhile.

    :param modules: the lab's, in their order
    :param files: the text of each file by its module's name
    :param skip: statements to leave out
    :param classes: classes to take for the contract's
    :param substitutions: functions that the grader answers for
    :param code: what a worker has compiled of the files before; to the grader these are bytes
    :param report: whether to answer with what was found
    :param shared: whether other probes are asked in this process later, which what this one leaves behind may spoil
    :param definitions: leave out what defines and sets nothing, such as training: loading with it took all the time
    :param cells: of modules that were notebooks, the first line of each cell
    """

    modules: tuple[str, ...]
    files: Mapping[str, str]
    skip: tuple[Statement, ...] = ()
    classes: tuple[Renamed, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    code: Mapping[str, np.ndarray] = MappingProxyType({})
    report: bool = False
    shared: bool = False
    cells: Mapping[str, tuple[int, ...]] = MappingProxyType({})
    definitions: bool = False

    def encoded(self) -> dict[str, Any]:
        """The plan as plain data, which can pass to a worker."""
        return self._asdict() | {"files": dict(self.files), "code": dict(self.code), "cells": dict(self.cells)}

    @classmethod
    def decoded(cls, data: dict[str, Any]) -> LoadPlan:
        """The plan that was `encoded`. It comes from the grader, so nothing in it is checked."""
        records = {
            "skip": tuple(Statement(*one) for one in data["skip"]),
            "classes": tuple(Renamed(*one) for one in data["classes"]),
            "substitutions": tuple(Substitution(*one) for one in data["substitutions"]),
        }
        return cls(**data | records)


class StatementKind(str, Enum):
    """What became of a top-level statement that did not come to its end."""

    SYNTAX = "syntax"
    SLOW = "slow"
    RAISED = "raised"
    LEFT_OUT = "left out"


class Note(NamedTuple):
    """What is said of a top-level statement that failed or was left out.

    :param statement: its number; -1 where the whole file could not be compiled
    :param type: the name of the exception's class, if one was raised
    """

    module: str
    statement: int
    line: int
    kind: StatementKind
    type: str
    message: str
