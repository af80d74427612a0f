"""Reads descriptions of versions: `labs/q1/versions.toml`, and the `versions` of a course's private folder."""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from neural_lab.labs.q1.version import (
    Activation,
    Cost,
    Output,
    OwnAxis,
    OwnChange,
    OwnMistake,
    Returned,
    Samples,
    Smoke,
    Stored,
    Update,
    Version,
)
from neural_lab.schema import lab
from neural_lab.schema.places import LABS
from neural_lab.tools.versions.bank import NOTHING_ADDED, Added, bank
from neural_lab.tools.versions.rewrite import Rewrite

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILT_IN = LABS / "q1" / "versions.toml"
AXES: dict[str, type[Enum]] = {
    "activation": Activation,
    "output": Output,
    "cost": Cost,
    "stored": Stored,
    "samples": Samples,
    "update": Update,
    "returned": Returned,
}
PUBLIC = Version()
FUNCTIONS = ("forward_pass", "back_propagation", "mini_batch_GD", "cost_derivative", "cost")


class DescriptionError(ValueError):
    """A description that is no version; the message says what was expected."""


def versions(file: Path = BUILT_IN) -> dict[str, Version]:
    """The versions of a file, by name.

    :raises DescriptionError: naming the file, the version and what was expected
    """
    try:
        tables = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DescriptionError(f"{file.name} can't be read: {error}") from error
    return {name: resolved(name, table, file.name) for name, table in tables.items()}


class Course(NamedTuple):
    """What a course's private folder says in its course.toml.

    :param about: what its handout begins with: {"term": "2027", …}
    :param versions: by name; the public lab where the folder describes none
    :param added: to the bank of each
    """

    about: dict[str, str]
    versions: dict[str, Version]
    added: Added = NOTHING_ADDED

    def version_named(self, name: str) -> Version:
        """One version, or the only one if no name is given.

        :raises DescriptionError: there is none of that name, or which one is not said
        """
        there = f"course.toml has: {', '.join(self.versions)}"
        if name and name not in self.versions:
            raise DescriptionError(f"there is no version {name!r}; {there}")
        if not name and len(self.versions) > 1:
            raise DescriptionError(f"which version? {there}")
        return self.versions[name or next(iter(self.versions))]


# What a course may tell its students, in the order in which the handout does.
TOLD = ("name", "term", "contact", "deadline", "platform", "collaboration", "ai")


def course(folder: Path) -> Course:
    """Read a course's folder.

    :raises DescriptionError: naming the file, and what was expected
    """
    file = folder / "course.toml"
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DescriptionError(f"{file} can't be read: {error}") from error
    tables = ("versions", "axes", "mistakes", "hints")
    unknown = sorted(said.keys() - {*tables, *TOLD})
    if unknown:
        raise DescriptionError(
            f"{file.name}: {unknown[0]!r} means nothing; expected one of {', '.join((*TOLD, *tables))}"
        )
    axes = {name: own_axis(name, table, file.name) for name, table in dict(said.get("axes", {})).items()}
    found = {}
    for name, table in dict(said.get("versions", {})).items():
        own = table.get("own", []) if isinstance(table, Mapping) else []
        missing = [axis for axis in own if axis not in axes]
        if missing:
            raise DescriptionError(f"{file.name}, version {name}: there is no axis [axes.{missing[0]}] in this file")
        rest = {key: value for key, value in table.items() if key != "own"} if isinstance(table, Mapping) else table
        found[name] = resolved(name, rest, file.name)._replace(own=tuple(axes[axis] for axis in own))
    about = {key: str(said[key]) for key in TOLD if key in said}
    return Course(about, found or {PUBLIC.name: PUBLIC}, _added(said, file.name))


def _added(said: Mapping[str, Any], where: str) -> Added:
    """The course's own rows and hints."""
    hints = said.get("hints", {})
    if not isinstance(hints, Mapping) or not all(isinstance(hint, str) for hint in hints.values()):
        raise DescriptionError(f'{where}, hints: expected a table [hints] with lines such as bp-sign = "What …?"')
    try:
        rows = tuple(own_mistake(row) for row in said.get("mistakes", ()))
    except TypeError as error:
        raise DescriptionError(
            f"{where}, mistakes: expected tables [[mistakes]] with id, function, find, put and hint, and for parts "
            f"that keep marks spares, halves and because ({error})"
        ) from error
    return Added(rows, tuple(hints.items()))


def own_mistake(table: Any) -> OwnMistake:
    """A row that a course has written.

    :raises TypeError: something is missing or unknown in it, or is no text, or no list of texts
    """
    row = OwnMistake(**table)
    for name, value in table.items():
        if name in ("spares", "halves"):
            if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
                raise TypeError(f"{name} is no list of parts")
        elif not isinstance(value, str):
            raise TypeError(f"{name} is no text")
    return row._replace(spares=tuple(row.spares), halves=tuple(row.halves))


def own_axis(name: str, table: Any, where: str) -> OwnAxis:
    """An axis of the course's own.

    :raises DescriptionError: see `course`
    """
    try:
        changes = tuple(OwnChange(**change) for change in table["changes"])
        return OwnAxis(name, str(table["says"]), changes, tuple(own_mistake(row) for row in table["mistakes"]))
    except (KeyError, TypeError) as error:
        raise DescriptionError(
            f"{where}, axes.{name}: expected `says`, a [[axes.{name}.changes]] with function, find and put, and a "
            f"[[axes.{name}.mistakes]] with id, function, find, put and hint ({error})"
        ) from error


def version_named(name: str, file: Path = BUILT_IN) -> Version:
    """One version.

    :raises DescriptionError: there is none of that name; the message lists those there are
    """
    found = versions(file)
    if name not in found:
        raise DescriptionError(f"there is no version {name!r}; {file.name} has: {', '.join(found)}")
    return found[name]


def resolved(name: str, table: Any, where: str) -> Version:
    """The version that a table describes.

    :raises DescriptionError: see `versions`
    """
    at = f"{where}, version {name}"
    if not isinstance(table, Mapping):
        raise DescriptionError(f"{at}: expected a table [{name}] with a choice on some axes")
    if name == lab.PUBLIC:
        raise DescriptionError(f"{at}: this is what the public lab is called; expected another name")
    unknown = sorted(table.keys() - {"term", "names", "epochs", "eta", "smoke", *AXES})
    if unknown:
        raise DescriptionError(
            f"{at}: there is no axis {unknown[0]!r}; there are: {', '.join(AXES)}, names, epochs, eta, smoke, term"
        )
    chosen: dict[str, Any] = {}
    for axis, kind in AXES.items():
        if axis in table:
            choices = [choice.value for choice in kind]
            if table[axis] not in choices:
                raise DescriptionError(f"{at}: {axis} = {table[axis]!r}; expected one of: {'; '.join(choices)}")
            chosen[axis] = kind(table[axis])
    names = table.get("names", {})
    if not isinstance(names, Mapping):
        raise DescriptionError(f'{at}: names: expected {{ old = "new" }}')
    for old, new in names.items():
        if old not in FUNCTIONS:
            raise DescriptionError(f"{at}: names: {old!r} can't be renamed; expected one of: {', '.join(FUNCTIONS)}")
        if not isinstance(new, str) or not new.isidentifier():
            raise DescriptionError(f"{at}: names: {old} = {new!r}; expected a name as Python has them")
    version = Version(name, str(table.get("term", "")), **chosen, names=tuple(names.items()))
    epochs, eta = table.get("epochs", version.epochs), table.get("eta", round(version.eta * version.pace, 6))
    if type(epochs) is not int or epochs < 1:
        raise DescriptionError(f"{at}: epochs = {epochs!r}; expected a whole number from 1")
    if type(eta) not in (int, float) or not 0 < eta < math.inf:
        raise DescriptionError(f"{at}: eta = {eta!r}; expected a number above 0")
    version = version._replace(epochs=epochs, eta=float(eta), smoke=_smoke(table.get("smoke", {}), at))
    if version.cost is Cost.CROSS_ENTROPY and (version.activation, version.output) != (Activation.SIGMOID, Output.SAME):
        raise DescriptionError(f"{at}: cross-entropy needs outputs between 0 and 1: activation sigmoid, output same")
    if not renaming_fails(version):
        raise DescriptionError(
            f"{at}: the public solution with other names would earn most marks; choose another way of storing the "
            f'weights (stored = "{Stored.OUT_IN.value}"), samples = "{Samples.ROWS.value}" or '
            f'output = "{Output.LINEAR.value}" as well'
        )
    return version


def _smoke(table: Any, at: str) -> Smoke:
    """The smoke run that a table describes.

    :raises DescriptionError: see `versions`
    """
    usual = Smoke()._asdict()
    if isinstance(table, Mapping) and table.keys() <= usual.keys():
        smoke = Smoke(**{**usual, **table})
        if type(smoke.epochs) is int and all(type(one) in (int, float) and 0 < one <= 100 for one in smoke):
            return smoke
    raise DescriptionError(
        f"{at}: smoke = {table!r}; expected {{ epochs, eta, least }}, some of them, above 0 and up to 100"
    )


def renaming_fails(version: Version) -> bool:
    """Whether what the version changes goes through every large function, so that new names alone earn little."""
    return (
        version.stored is not Stored.IN_OUT
        or version.samples is not Samples.COLUMNS
        or version.output is not Output.SAME
    )


def axes_apart(one: Version, other: Version) -> list[str]:
    """The axes on which two versions differ; their names for functions are one."""
    return [axis for axis in (*AXES, "names", "own") if getattr(one, axis) != getattr(other, axis)]


# Versions of one term are to be equally hard: how much longer the answers of one may be, and how many more rows its
# bank may have.
MOST_CODE, MOST_ROWS = 0.15, 0.10


def unequal(one: Version, other: Version, public: str) -> str:
    """Why two versions are not equally hard, in words, or "".

    :param public: the public solution's text
    """
    if (one.output, one.cost) != (other.output, other.cost):
        return "their outputs or costs differ, which vary between years only"
    for what, most, count in (("code in the answers", MOST_CODE, _nodes), ("known mistakes", MOST_ROWS, _rows)):
        fewer, more = sorted((count(one, public), count(other, public)))
        if more > fewer * (1 + most):
            return f"one has {more / fewer - 1:.0%} more {what} than the other, and {most:.0%} are allowed"
    return ""


def _nodes(version: Version, public: str) -> int:
    """How much a student writes: the nodes of the syntax tree of all answers."""
    tree = ast.parse(Rewrite(version).solution(public))
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    return sum(1 for _ in ast.walk(owner))


def _rows(version: Version, public: str) -> int:
    return len(bank(version, public).mistakes)
