"""Looks for slips in what a course adds to the bank, and in its axes: each is one sentence."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from neural_lab.grading.reference import edited_module, locate
from neural_lab.labs.q1.mistakes import MISTAKES, VARIANTS
from neural_lab.labs.q1.version import OwnMistake, Version
from neural_lab.schema.lab import Mistake
from neural_lab.tools.versions.bank import bank
from neural_lab.tools.versions.described import Course
from neural_lab.tools.versions.handed_out import ORDER
from neural_lab.tools.versions.mistakes import own
from neural_lab.tools.versions.rewrite import Rewrite


def slips(told: Course, public: str) -> Iterator[str]:
    """What is wrong with a course's axes, mistakes and hints, where it says so in the file and what to do.

    :param public: the public solution's text
    """
    found = [*_repeated(told), *_rows(told, public), *_axes(told, public)]
    yield from found or _in_banks(told, public)


def _repeated(told: Course) -> Iterator[str]:
    axes = {axis.name: axis for version in told.versions.values() for axis in version.own}
    ids = [row.id for row in told.added.mistakes] + [row.id for axis in axes.values() for row in axis.mistakes]
    known = {row.id for row in MISTAKES} | {row.id for row in VARIANTS}
    known |= {row.id for version in told.versions.values() for row in own(version._replace(own=()))}
    for id, times in Counter(ids).items():
        if times > 1 or id in known:
            yield f"mistake {id}: another row has this id; give it one of its own, or a new hint in [hints]"


def _rows(told: Course, public: str) -> Iterator[str]:
    """The rows that are written against the public solution."""
    for row in told.added.mistakes:
        yield from _of_row(row, f"mistake {row.id}", public, "the public solution", row.function, row.find)


def _axes(told: Course, public: str) -> Iterator[str]:
    """The axes' changes of the public solution, and their mistakes, which are edits of the version's."""
    for version in told.versions.values():
        rewrite = Rewrite(version)
        try:
            solution = rewrite.solution(public)
        except LookupError as error:
            yield f"axes: {error}; copy the `find` of a change from this function of the public solution"
            continue
        for axis in version.own:
            for row in axis.mistakes:
                where, whose = f"axis {axis.name}, mistake {row.id}", f"the solution of version {version.name}"
                function, find = rewrite.names.get(row.function, row.function), rewrite.named(row.find)
                yield from _of_row(row, where, solution, whose, function, find)


def _of_row(row: OwnMistake, where: str, solution: str, whose: str, function: str, find: str) -> Iterator[str]:
    """
    :param whose: in words, where the text that the row edits must stand
    :param function: its name there
    :param find: the text as it stands there
    """
    if row.function not in ORDER:
        yield f"{where}: there is no function {row.function!r}; expected one of: {', '.join(ORDER)}"
        return
    text = locate(solution, f"NeuralNetwork.{function}").text
    if not find or find not in text:
        close = difflib.get_close_matches(find, [line.strip() for line in text.splitlines()], 1, 0.5)
        meant = f"did you mean {close[0]!r}?" if close else "copy it from there"
        yield f"{where}: {find!r} does not stand in {function} of {whose}; {meant}"
    if len(row.hint.split()) < 2:
        yield f"{where}: no hint; ask the student what you would ask at the desk"
    if bool(row.spares or row.halves) != bool(row.because):
        yield f"{where}: spared or halved parts and a reason go together; say in `because` why a part keeps marks"


def _in_banks(told: Course, public: str) -> Iterator[str]:
    """What shows only in the versions' banks."""
    banks = {name: bank(version, public, told.added) for name, version in told.versions.items()}
    for row in told.added.mistakes:
        if all(row.id in rows.lost for rows in banks.values()):
            yield f"mistake {row.id}: in no version does it change anything; make another edit, or take it out"
    hinted = {row.id for row in MISTAKES} | {row.id for rows in banks.values() for row in rows.mistakes}
    for id, hint in told.added.hints:
        if id not in hinted:
            close = difflib.get_close_matches(id, hinted, 1)
            yield f"hints: there is no mistake {id!r}; " + (
                f"did you mean {close[0]}?" if close else "`make calibrate` lists them"
            )
        if len(hint.split()) < 2:
            yield f"hints, {id}: no hint; ask the student what you would ask at the desk"
    for name, version in told.versions.items():
        yield from _compiled(version, Rewrite(version).solution(public), banks[name].mistakes, told)


def _compiled(version: Version, solution: str, mistakes: Iterable[Mistake], told: Course) -> Iterator[str]:
    """Whether the course's own rows are Python."""
    theirs = {row.id for row in told.added.mistakes} | {row.id for axis in version.own for row in axis.mistakes}
    for row in mistakes:
        if row.id in theirs:
            try:
                ast.parse(edited_module(solution, f"NeuralNetwork.{row.function}", row.edits))
            except SyntaxError as error:
                yield (
                    f"mistake {row.id}: {row.function} does not compile with its edit: {error.msg}; "
                    "correct what is put there, its indentation too"
                )
