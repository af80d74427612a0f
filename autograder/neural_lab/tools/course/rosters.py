"""Joins a course's list of students (`make batch ROSTER=students.csv`) to what was handed in: names, ids, sections.

Any CSV with a header will do: Canvas's gradebook, Moodle's participants, the registrar's. Columns are known by their
names. A student is found by e-mail address, by id, or by a name that nobody else has. Where the export tells nothing of
whose a submission is, its folder or file may be called what one student alone is known by: an id, the login, the e-mail
address or what stands before its @. Who is on the list and handed in nothing gets a row, and who handed in and is not
on it is named. The list is copied to `roster.csv` in the folder of grades, so that later calls know it, too.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from neural_lab.intake.foreign import shown
from neural_lab.tools.course import tables
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.people import name_key, without_zeros

# What columns are called, in lower case.
NAME = ("name", "student", "full name", "student name")
FIRST, LAST = ("first name", "firstname", "given name"), ("last name", "lastname", "surname", "family name")
IDS = ("sid", "student id", "student number", "matriculation number", "sis user id", "id number", "id")
LOGINS = ("sis login id", "login", "login id", "username", "user name")
EMAIL = ("email", "e-mail", "email address", "e-mail address", "mail")
SECTION = ("section", "sections", "group", "groups", "class")
_NOBODY = ("points possible", "student, test")  # rows of Canvas's gradebook


class RosterError(Exception):
    """The list cannot be read; the message says what was expected."""


@dataclass(frozen=True)
class Person:
    """Somebody on the list, and all their ids, of which Canvas has several, and logins."""

    who: Submitter
    ids: frozenset[str]
    logins: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """How exports write the name: `jane doe`, and as Canvas's files do, `doejane`."""
        words = name_key(self.who.name).split()
        last, comma, first = self.who.name.partition(",")
        turned = f"{last}{first}" if comma else "".join((*words[1:], *words[:1]))
        return frozenset({" ".join(words), "".join(turned.casefold().split())} - {""})

    @property
    def handles(self) -> frozenset[str]:
        """What a folder or a file of theirs may be called, in lower case."""
        addresses = {text.casefold() for text in (self.who.email, *self.logins)}
        whole = addresses | {id.casefold() for id in self.ids}
        return frozenset(whole | {text.partition("@")[0] for text in addresses}) - {""}


def read(file: Path) -> tuple[Person, ...]:
    """Everybody on the list.

    :raises RosterError: it is no such list
    """
    try:
        rows = tables.read(file)
    except tables.TableError as error:
        raise RosterError(str(error)) from error
    people = []
    for row in rows:
        name = row.text(*NAME) or " ".join(filter(None, (row.text(*FIRST), row.text(*LAST))))
        ids = [row.cells[column] for column in IDS if row.cells.get(column)]
        email = row.text(*EMAIL)
        if not name.casefold().startswith(_NOBODY) and (name or ids or email):
            who = Submitter(name, ids[0] if ids else "", email, row.text(*SECTION))
            logins = frozenset(row.cells[column] for column in LOGINS if row.cells.get(column))
            people.append(Person(who, frozenset(map(without_zeros, ids)), logins))
    if not people:
        raise RosterError(
            f"{file.name} names nobody; expected a column Name, Email or SID, and Section if there is one"
        )
    return tuple(people)


def join(entries: Sequence[Entry], people: Iterable[Person]) -> tuple[tuple[Entry, ...], list[str]]:
    """The submissions with what the list tells, an entry without files for each who has none; and what to warn of."""
    people = tuple(people)
    index = _index(people)
    called: dict[str, list[Person]] = {}
    for person in people:
        for handle in person.handles:
            called.setdefault(handle, []).append(person)
    missing, said, nobodys, joined = dict.fromkeys(people), list[str](), list[str](), []
    for entry in entries:
        known = []
        if not entry.submitters:
            name = entry.label.casefold()
            found = called.get(name) or called.get(without_zeros(name), [])
            if len(found) == 1:
                missing.pop(found[0], None)
                known.append(found[0].who)
            else:
                nobodys.append(
                    f"{shown(entry.title, 60)} {'may be several people' if found else 'is nobody'} on the roster"
                )
        for who in entry.submitters:
            found = next((index[key] for key in _keys(who) if key in index), [])
            if len(found) == 1:
                missing.pop(found[0], None)
                known.append(_with(who, found[0].who))
            else:
                title = shown(who.name or who.email or who.sid or entry.id, 60)
                said.append(f"{title} is {'several people' if found else 'not'} on the roster")
                known.append(who)
        joined.append(dataclasses.replace(entry, submitters=tuple(known)))
    if nobodys:
        nobodys[-1] += "; name a folder or file after its student's id, login or e-mail address, as the list has it"
    said += nobodys
    return (*joined, *(_nothing_of(person) for person in missing)), said


def _index(people: Iterable[Person]) -> dict[tuple[str, str], list[Person]]:
    """Who is known by which e-mail address, id or name."""
    index: dict[tuple[str, str], list[Person]] = {}
    for person in people:
        keys = [("email", person.who.email.casefold()), *(("id", id) for id in person.ids)]
        for key in (*keys, *(("name", name) for name in person.names)):
            index.setdefault(key, []).append(person)
    return index


def _keys(who: Submitter) -> list[tuple[str, str]]:
    """By what somebody is looked for, the surest first."""
    keys = (("email", who.email.casefold()), ("id", without_zeros(who.sid)), ("name", name_key(who.name)))
    return [(kind, key) for kind, key in keys if key]


def _with(who: Submitter, known: Submitter) -> Submitter:
    return dataclasses.replace(
        who,
        name=known.name or who.name,
        sid=known.sid or who.sid if who.sid in ("", who.participant) else who.sid,
        email=who.email or known.email,
        section=known.section,
    )


def _nothing_of(person: Person) -> Entry:
    who = person.who
    key = who.sid or who.email or who.name
    return Entry(f"roster-{hashlib.sha256(key.encode()).hexdigest()[:8]}", (who,), notes=("on the roster alone",))
