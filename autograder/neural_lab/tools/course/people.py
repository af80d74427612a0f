"""Who is meant by a name, a student's id, an e-mail address or a submission's id."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from neural_lab.intake.foreign import shown
from neural_lab.tools.course.exports import Entry, Submitter


class NotOne(LookupError):
    """A word that names nobody, or more than one; the message says which."""


@dataclass(frozen=True)
class Student:
    """One student in one submission: a row of grades.csv."""

    entry: Entry
    who: Submitter

    @property
    def title(self) -> str:
        return self.who.name or self.who.email or self.who.sid or self.entry.id


def students(entries: Iterable[Entry]) -> list[Student]:
    """Everybody, groups spread to their members; a submission of nobody's has a student without a name."""
    return [Student(entry, who) for entry in entries for who in entry.submitters or (Submitter(),)]


def name_key(name: str) -> str:
    """What is equal for two spellings of one name: `Lovelace, Ada` and `ada  lovelace`."""
    last, comma, first = name.partition(",")
    turned = f"{first} {last}" if comma else name
    return " ".join(unicodedata.normalize("NFC", turned).casefold().split())


def without_zeros(sid: str) -> str:
    """A student's id as a spreadsheet leaves it."""
    return sid.lstrip("0") or sid


class _Kind(NamedTuple):
    """One way to name somebody: what a student is known by, what is looked for, whether different ones may share it."""

    of: Callable[[Student], str]
    asked: Callable[[str], str]
    shared: bool = False


# From the surest to the least sure; the first that finds somebody decides.
_KINDS = (
    _Kind(lambda one: one.who.email.casefold(), str.casefold),
    _Kind(lambda one: one.who.sid, str),
    _Kind(lambda one: one.entry.id, str),
    _Kind(lambda one: without_zeros(one.who.sid), without_zeros, shared=True),
    _Kind(lambda one: name_key(one.who.name), name_key, shared=True),
    _Kind(lambda one: one.who.participant, str),
)


class Directory:
    """Finds students of a class."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._found: list[dict[str, list[Student]]] = [{} for _ in _KINDS]
        for one in students(entries):
            for kind, found in zip(_KINDS, self._found):
                if kind.of(one):
                    found.setdefault(kind.of(one), []).append(one)

    def find(self, who: str) -> list[Student]:
        """Whom the word names: a student in each submission of theirs, or all of a submission's members.

        :raises NotOne: nobody, or different students of one name
        """
        for kind, found in zip(_KINDS, self._found):
            those = found.get(kind.asked(who.strip()), [])
            if kind.shared and len({(one.who.sid, one.who.email.casefold()) for one in those}) > 1:
                others = ", ".join(shown(f"{one.who.email or one.who.sid or one.entry.id}", 60) for one in those[:5])
                raise NotOne(f"{shown(who)!r} is the name of several ({others}); write an e-mail address or an id")
            if those:
                return those
        raise NotOne(f"nobody here has the name, id or e-mail address {shown(who)!r}")


def known_by(who: Submitter) -> set[tuple[str, str]]:
    """What tells a student from all others, whatever they are called."""
    return {(kind, key) for kind, key in (("sid", who.sid), ("email", who.email.casefold())) if key}


def twice(entries: Iterable[Entry]) -> Iterator[tuple[Student, ...]]:
    """Students with more than one submission, known by their id or e-mail address: each in all of theirs."""
    seen: set[tuple[str, ...]] = set()
    by_key: dict[tuple[str, str], list[Student]] = {}
    for one in students(entries):
        if one.entry.files:
            for kind, key in known_by(one.who):
                by_key.setdefault((kind, key), []).append(one)
    for those in by_key.values():
        ids = tuple(dict.fromkeys(one.entry.id for one in those))
        if len(ids) > 1 and ids not in seen:
            seen.add(ids)
            yield tuple(those)
