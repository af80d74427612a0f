"""The bank of a version: the public lab's rows, read as the version's, and rows of its own.

A row is made in the public solution, and the result is read as the version's: where it differs from the version's
solution, there is the row's edit. A row that leaves no difference is no mistake in this version, and one that is about
what the version has changed does not apply (`mistakes.py`). Either way there is a reason.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from neural_lab.grading.reference import edited, locate
from neural_lab.labs.q1.mistakes import MISTAKES, VARIANTS
from neural_lab.labs.q1.version import OwnMistake, Version
from neural_lab.schema.lab import Edit, Mistake, Variant
from neural_lab.tools.versions.mistakes import Own, left_out, own
from neural_lab.tools.versions.rewrite import Rewrite

Row = Mistake | Variant


class Bank(NamedTuple):
    """The rows of a version, and why others of the public lab are not among them: {id: reason}."""

    mistakes: tuple[Mistake, ...]
    variants: tuple[Variant, ...]
    lost: dict[str, str]


class Added(NamedTuple):
    """What a course adds to every version's bank.

    :param mistakes: rows like those of the public bank
    :param hints: (id of a row, the hint in the place of its own)
    """

    mistakes: tuple[OwnMistake, ...] = ()
    hints: tuple[tuple[str, str], ...] = ()


NOTHING_ADDED = Added()
SAME = "it changes nothing that is in this version's solution, or makes it what it is"


@functools.lru_cache(maxsize=16)
def bank(version: Version, public: str, added: Added = NOTHING_ADDED) -> Bank:
    """All rows that can be read as the version's.

    :param public: the public solution's text
    """
    rewrite, hints = Rewrite(version), dict(added.hints)
    solution = rewrite.solution(public)
    lost: dict[str, str] = {}
    kept: dict[str, Row] = {}
    public_rows: tuple[Row, ...] = (*MISTAKES, *VARIANTS)
    reasons = {row.id: why for row in public_rows for pattern, why in left_out(version) if fnmatchcase(row.id, pattern)}
    for row in (*public_rows, *map(_public, added.mistakes)):
        reason = reasons.get(row.id, "")
        if not reason:
            edits = _edits(rewrite, row, public, solution)
            reason = "" if edits else SAME
        if reason:
            lost[row.id] = reason
        else:
            kept[row.id] = _named(rewrite, row, edits, hints.get(row.id, ""))
    for one in own(version):
        kept[one.id] = _mistake(rewrite, one, solution, hints.get(one.id, ""))
    rows = [_among(row, kept) for row in kept.values()]
    return Bank(
        tuple(row for row in rows if isinstance(row, Mistake)),
        tuple(row for row in rows if isinstance(row, Variant)),
        lost,
    )


def _edits(rewrite: Rewrite, row: Row, public: str, solution: str) -> tuple[Edit, ...]:
    """The row's edits of the version's solution; none if there is no difference."""
    text = edited(_function(public, row.function), row.edits)
    wrong = rewrite.text(text, row.function)
    right = _function(solution, _name(rewrite, row.function))
    return tuple(differences(right, wrong)) if _meaning(right) != _meaning(wrong) else ()


@functools.lru_cache(maxsize=64)
def _function(source: str, name: str) -> str:
    """A function's text at the left margin."""
    return locate(source, f"NeuralNetwork.{name}").text


def _meaning(text: str) -> str:
    """The text without comments, so that only code counts."""
    return re.sub(r" *#[^\n]*", "", text)


def differences(right: str, wrong: str) -> Iterator[Edit]:
    """One edit that makes the first text the second: the lines from the first to the last difference, with as many
    lines before them as tell them from others."""
    before, after = right.splitlines(), wrong.splitlines()
    blocks = [
        code
        for code in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if code[0] != "equal"
    ]
    first, last = blocks[0][1], blocks[-1][2]
    start, end = blocks[0][3], blocks[-1][4]
    while first and (first == last or right.count("\n".join(before[first:last])) > 1):
        first, start = first - 1, start - 1
    yield Edit("\n".join(before[first:last]), "\n".join(after[start:end]))


def _name(rewrite: Rewrite, function: str) -> str:
    return rewrite.names.get(function, function)


def _public(one: OwnMistake) -> Mistake:
    """A course's row as one of the public bank."""
    edits = (Edit(one.find, one.put),)
    return Mistake(one.id, one.function, edits, one.hint, (), one.spares, one.halves, one.because)


def _named(rewrite: Rewrite, row: Row, edits: tuple[Edit, ...], hint: str) -> Row:
    """The row with the version's edits, names and words.

    :param hint: what stands in the place of its own, if anything
    """
    function = _name(rewrite, row.function)
    if isinstance(row, Variant):
        return row._replace(function=function, edits=edits)
    hint = rewrite.words(hint or row.hint)
    return Mistake(row.id, function, edits, hint, row.also, row.spares, row.halves, row.because)


def _mistake(rewrite: Rewrite, one: Own, solution: str, hint: str) -> Mistake:
    function = _name(rewrite, one.function)
    right = _function(solution, function)
    wrong = edited(right, [Edit(rewrite.named(find), rewrite.named(put)) for find, put in one.changes.items()])
    edits = tuple(differences(right, wrong))
    words = rewrite.words(hint) or one.hint
    return Mistake(one.id, function, edits, words, spares=one.spares, halves=one.halves, because=one.because)


def _among(row: Row, kept: dict[str, Row]) -> Row:
    """The row without companions that are not in the bank."""
    if isinstance(row, Variant):
        return row
    also = tuple(id for id in row.also if id in kept)
    return Mistake(row.id, row.function, row.edits, row.hint, also, row.spares, row.halves, row.because)
