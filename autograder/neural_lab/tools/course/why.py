"""Answer "why did I lose these marks?" for one student of a graded class (`make why WHO="name, id or e-mail"`).

What is printed is made of what the student has read, and can be sent as it is. It is checked first: the files are
graded again, and whatever is not as in the stored results.json is said on stderr, in lines that begin with NOT THE
SAME; flags for the staff are there, too. With WHO2, both are compared: that is for the staff alone.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path

from neural_lab.feedback.account import account
from neural_lab.feedback.explain import differences
from neural_lab.feedback.markdown import plain
from neural_lab.intake.foreign import shown
from neural_lab.intake.submission import Submission, Unusable, read
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab
from neural_lab.tools.course.exports import Entry, Submitter, without_accents
from neural_lab.tools.course.gradebook import note
from neural_lab.tools.course.grader import Grader, GraderDied
from neural_lab.tools.course.grades_folder import FolderError, Graded, GradesFolder, Results, graded_with, is_fault

MOST_NAMED = 8  # of those that fit


class NobodyError(Exception):
    """No one submission is meant; the message says which could be."""


class Fit(Enum):
    """How a name may be meant, the strictest way first."""

    EQUAL = "it is the name"
    WORDS = "its words are in the name"
    INSIDE = "it is a piece of the name"


def find(entries: Sequence[Entry], who: str) -> Entry:
    """The one submission that a name, an id or an e-mail address means.

    What is equal goes before what only begins or holds it; case and accents count for nothing.

    :raises NobodyError: none is meant, or several are
    """
    found = candidates(entries, who)
    if len(found) == 1:
        return found[0]
    if found:
        raise NobodyError(f"{shown(who)} may be {_listed(found)}; give the id")
    wanted = _folded(who)
    known = {_folded(name): entry for entry in entries for name in _names(entry)}
    near = [known[name] for name in difflib.get_close_matches(wanted, known, n=3)]
    raise NobodyError(f"nobody is called {shown(who)}" + (f"; is it {_listed(dict.fromkeys(near))}?" if near else ""))


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


def why(folder: GradesFolder, who: str, beside: str = "") -> tuple[str, list[str]]:
    """The answer, and what the staff should know before it is sent.

    :param beside: another student to compare with, if any
    :raises FolderError, NobodyError, GraderDied: there is no answer
    """
    roster = folder.roster()
    one = _graded(folder, find(roster, who))
    other = _graded(folder, find(roster, beside)) if beside else None
    results = one.results
    assert results is not None
    lab = load_lab(str(results["extra_data"]["batch"]["graded_with"]["lab"]))
    with Grader(lab.name) as grader:
        known = checked(folder, one, lab, grader)
        if other is None:
            return answer(folder, one, lab), known
        known += checked(folder, other, lab, grader)
        return side_by_side(folder, (one, other), lab, grader), known


def _graded(folder: GradesFolder, entry: Entry) -> Graded:
    results = folder.results(entry)
    if results is None or is_fault(results):
        why = note(Graded(entry, results)) or "it is not graded yet"
        raise NobodyError(f"{shown(entry.title)} ({entry.id}) has no marks: {why}. Run make batch again")
    return Graded(entry, results)


def answer(folder: GradesFolder, one: Graded, lab: Lab) -> str:
    """Why the total is what it is, from what is stored."""
    assert one.results is not None
    path = folder.path / "submissions" / one.entry.id
    return account(one.entry.title, lab, one.results, folder.report(one.entry), handed_in(path, lab))


def handed_in(path: Path, lab: Lab) -> Submission:
    """What was handed in, as the grader reads it; nothing where it can't."""
    try:
        return read(path, lab)
    except Unusable:
        return Submission({}, b"")


def checked(folder: GradesFolder, one: Graded, lab: Lab, grader: Grader) -> list[str]:
    """What is not as in the stored results, when it is graded again; and the flags."""
    assert one.results is not None
    now = grader.grade(folder.path / "submissions" / one.entry.id)
    if is_fault(now):
        return [f"{one.entry.id}: not checked, the grader failed: {note(Graded(one.entry, now))}"]
    found = [f"NOT THE SAME: {one.entry.id}: {text}" for text in _differences(one.results, now, lab)]
    return found + [f"flag: {one.entry.id}: {shown(str(flag), 500)}" for flag in now["extra_data"].get("flags", ())]


def _differences(stored: Results, now: Results, lab: Lab) -> list[str]:
    """With what else it was graded, and what came of that."""
    then, today = stored["extra_data"]["batch"]["graded_with"], graded_with(lab)
    found = differences(now, stored)
    kinds = [what for what in ("grader", "rubric", "solution") if then.get(what) != today[what]]
    if found and kinds:
        return [f"it was graded with another {' and another '.join(kinds)} than lies here", *found]
    return found


def side_by_side(folder: GradesFolder, both: tuple[Graded, Graded], lab: Lab, grader: Grader) -> str:
    """The marks of two students beside each other, and the first call that they answer differently; for the staff."""
    names = (both[0].entry.title, both[1].entry.title)
    scores = [{test["number"]: test["score"] for test in (one.results or {})["tests"]} for one in both]
    rows = [f"| part | of | {plain(names[0])} | {plain(names[1])} |", "|---|--:|--:|--:|"]
    differ = []
    for line in lab.lines:
        marks = [score.get(line.number) for score in scores]
        if marks[0] != marks[1]:
            differ.append(line.function)
        shown_marks = " | ".join("–" if mark is None else f"{mark:g}" for mark in marks)
        rows.append(f"| {line.number} {plain(line.name)} | {line.marks:g} | {shown_marks} |")
    totals = " | ".join(f"{(one.results or {})['score']:g}" for one in both)
    rows.append(f"| total | {lab.marks:g} | {totals} |")
    paths = [folder.path / "submissions" / one.entry.id for one in both]
    told = grader.difference(paths[0], paths[1], names, list(dict.fromkeys(differ)))
    return "\n".join(rows) + "\n\n" + (told or "They can't be compared: one of them can't be run.\n")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make why", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    parser.add_argument("--beside", default="", metavar="WHO2", help="another student, to compare with")
    parser.add_argument("who", nargs="?", default="", help="a name, an id or an e-mail address")
    options = parser.parse_args()
    if not options.who:
        parser.error('whose marks? make why WHO="name, id or e-mail"')
    try:
        told, known = why(GradesFolder(options.out), options.who, options.beside)
    except (FolderError, NobodyError, GraderDied) as error:
        print(f"make why: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    for line in known:
        print(shown(line, 600), file=sys.stderr)
    print(told, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
