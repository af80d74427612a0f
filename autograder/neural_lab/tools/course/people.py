"""Who is meant by a name, a student's id, an e-mail address or a submission's id."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from neural_lab.intake.foreign import shown
from neural_lab.tools.course.exports import Entry, Submitter, without_accents

MOST_NAMED = 8  # of those that fit
NEAR = 0.5  # for difflib, where 1 is equal: `zeo` for `zoey` is 0.57


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


# -- whom somebody asks for at a terminal: a piece of a name will do, where it means one -------------------------------


class Fit(Enum):
    """How a name may be meant, the strictest way first."""

    EQUAL = "it is the name"
    WORDS = "its words are in the name"
    INSIDE = "it is a piece of the name"


def find(entries: Sequence[Entry], who: str, where: str = "here") -> Entry:
    """The one submission that a name, an id or an e-mail address means.

    What is equal goes before what only begins or holds it; case and accents count for nothing.

    :param where: in what was looked, as a person reads it
    :raises NotOne: none is meant, or several are
    """
    found = candidates(entries, who)
    if len(found) == 1:
        return found[0]
    if found:
        raise NotOne(f"{shown(who)} may be {_listed(found)}; give the id")
    wanted = _folded(who)
    known: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in map(_folded, _names(entry)):
            for text in (name, *name.split()):  # a first or a last name alone is asked for, too
                known.setdefault(text, []).append(entry)
    near = [entry for name in difflib.get_close_matches(wanted, known, n=3, cutoff=NEAR) for entry in known[name]]
    meant = f"; is it {_listed(dict.fromkeys(near))}?" if near else ""
    raise NotOne(f"nobody {where} is called {shown(who)}{meant}")


def candidates(entries: Sequence[Entry], who: str) -> list[Entry]:
    """Those that may be meant, in the strictest way in which anybody is."""
    for exactly in Fit:
        found = [entry for entry in entries if fits(_names(entry), who, (exactly,))]
        if found:
            return found
    return []


def _names(entry: Entry) -> list[str]:
    return [entry.id, *(name for submitter in entry.submitters for name in submitter_names(submitter))]


def fits(names: Iterable[str], who: str, how: Iterable[Fit] = tuple(Fit)) -> bool:
    """Whether one of the names is meant, in one of these ways."""
    wanted = _folded(who)
    tests: dict[Fit, Callable[[str], bool]] = {
        Fit.EQUAL: lambda name: name == wanted,
        Fit.WORDS: lambda name: all(word in name.split() for word in wanted.split()),
        Fit.INSIDE: lambda name: wanted in name,
    }
    return bool(wanted) and any(tests[one](_folded(name)) for name in names for one in how)


def submitter_names(submitter: Submitter) -> list[str]:
    """What a person is known by."""
    return [*filter(None, (submitter.name, submitter.sid, submitter.email))]


def _folded(text: str) -> str:
    """A text without case and accents, its words apart by one blank."""
    return " ".join(without_accents(text.casefold()).replace(",", " ").split())


def _listed(entries: Iterable[Entry]) -> str:
    told = [f"{entry.title} ({entry.id})" for entry in entries]
    more = f" or one of {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return " or ".join(shown(one, 120) for one in told[:MOST_NAMED]) + more
