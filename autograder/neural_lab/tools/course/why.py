"""Answer "why did I lose these marks?" for one student of a graded class (`make why WHO="name, id or e-mail"`).

What is printed is made of what the student has read, and can be sent as it is. It is checked first: the files are
graded again, and whatever is not as in the stored results.json is said on stderr, in lines that begin with NOT THE
SAME; flags for the staff are there, too. With WHO2, both are compared: that is for the staff alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

from neural_lab.feedback.account import account
from neural_lab.feedback.explain import differences
from neural_lab.feedback.markdown import plain
from neural_lab.intake.foreign import shown
from neural_lab.intake.submission import Submission, Unusable, read
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab
from neural_lab.tools.command import Parser
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.gradebook import note
from neural_lab.tools.course.grader import Grader, GraderDied
from neural_lab.tools.course.grades_folder import FolderError, Graded, GradesFolder, Results, graded_with, is_fault
from neural_lab.tools.course.people import NotOne, find


def why(folder: GradesFolder, who: str, beside: str = "") -> tuple[str, list[str]]:
    """The answer, and what the staff should know before it is sent.

    :param beside: another student to compare with, if any
    :raises FolderError, NotOne, GraderDied: there is no answer
    """
    roster = folder.roster()
    where = f"in {folder.path}"
    one = _graded(folder, find(roster, who, where))
    other = _graded(folder, find(roster, beside, where)) if beside else None
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
        raise NotOne(f"{shown(entry.title)} ({entry.id}) has no marks: {why}. Run make batch again")
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
    parser = Parser("why", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    parser.add_argument("--beside", default="", metavar="WHO2", help="another student, to compare with")
    parser.add_argument("who", nargs="?", default="", help="a name, an id or an e-mail address")
    options = parser.parse_args()
    if not options.who:
        parser.error('whose marks? make why WHO="name, id or e-mail"')
    try:
        told, known = why(GradesFolder(options.out), options.who, options.beside)
    except (FolderError, NotOne, GraderDied) as error:
        print(f"make why: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    for line in known:
        print(shown(line, 600), file=sys.stderr)
    print(told, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
