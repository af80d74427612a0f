"""A page for each student of a graded class, and beside it one for the staff: students/<id>.html and staff/<id>.html.

The student's page quotes the feedback, shows their own code with marks beside its functions and remarks at its lines,
and names nobody else. What only the staff may know stands on the other page: flags, whom it resembles, what it got
before, how it is graded again.
"""

from __future__ import annotations

import functools
import itertools
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pygments
from markupsafe import Markup, escape
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import String

from neural_lab import atomic
from neural_lab.feedback import account, where
from neural_lab.feedback.explain import origin
from neural_lab.intake.foreign import printable, shown
from neural_lab.intake.submission import Submission
from neural_lab.schema.lab import Lab
from neural_lab.tools.course import adjustments, gradebook, pages
from neural_lab.tools.course.adjustments import Final, Finals
from neural_lab.tools.course.grades_folder import Graded, GradesFolder, Results, is_fault
from neural_lab.tools.course.pages import feedback_html
from neural_lab.tools.course.why import handed_in

MOST_LINES = 2_000  # of a file
MOST_WIDTH = 400  # characters of a line
MOST_COLOURED = 50_000  # characters of a text that is coloured: Pygments takes a second for some texts of twice as many
_PLAIN = re.compile(r'<span class="(?:n|p|w|o|nb|bp|nn|nd|kp|err|x)">([^<]*)</span>')  # what has the page's own colour
_BEGINS = re.compile(r"(?: {4})?(?:def|class) ")  # what is coloured by itself


@dataclass(frozen=True)
class PartShown:
    """A line of the rubric.

    :param line: the id of the place in the code, "" if it is not known
    """

    number: str
    name: str
    got: float
    most: float
    output: Markup
    line: str


@dataclass(frozen=True)
class RemarkShown:
    """What the feedback says of a line of code, and in which parts."""

    words: str
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class LineShown:
    """A line of code.

    :param told: how feedback calls it
    :param parts: those of the function that begins here
    """

    number: int
    beside: str
    told: str
    html: Markup
    parts: tuple[PartShown, ...]
    remarks: tuple[RemarkShown, ...]


@dataclass(frozen=True)
class FileShown:
    """A file that was graded.

    :param cut: how many lines are left out at its end
    """

    name: str
    lines: tuple[LineShown, ...]
    cut: int


@dataclass(frozen=True)
class StudentPage:
    """All that a student's page shows."""

    name: str
    lab: str
    headline: Markup
    total: float
    most: float
    parts: tuple[PartShown, ...]
    files: tuple[FileShown, ...]
    origin: str


@dataclass(frozen=True)
class Section:
    """A list on the staff's page, and what is said where it is empty."""

    title: str
    items: tuple[str, ...]
    nothing: str


@dataclass(frozen=True)
class StaffPage:
    """All that the staff's page about a student shows."""

    id: str
    name: str
    ids: str
    sections: tuple[Section, ...]
    commands: tuple[str, ...]


def write_pages(
    folder: GradesFolder, graded: Sequence[Graded], lab: Lab, alike: Mapping[str, Sequence[str]], finals: Finals
) -> None:
    """Write both pages of everybody, and take away those of who is not in the class any more.

    :param alike: for some ids, whom the submission resembles, in words
    """
    kept = {f"{one.entry.id}.html" for one in graded}
    for name in ("students", "staff"):
        (folder.path / name).mkdir(exist_ok=True, mode=0o700)
        for old in (folder.path / name).glob("*.html"):
            if old.name not in kept:
                old.unlink()
    for one in graded:
        name, final = f"{one.entry.id}.html", finals.of(one.entry)
        atomic.write(folder.path / "students" / name, student_page(folder, one, lab, one.entry.title, final))
        atomic.write(folder.path / "staff" / name, staff_page(folder, one, alike.get(one.entry.id, ()), final))


# -- for the student --------------------------------------------------------------------------------------------------


def student_page(folder: GradesFolder, one: Graded, lab: Lab, name: str, finals: Sequence[Final]) -> str:
    """The page of one submission.

    :param name: whose page it is: of a group, one of them
    :param finals: the final marks of those whose page it is
    """
    return pages.render("student.html", ("page.css", "student.css"), page=_page(folder, one, lab, name, finals))


def _page(folder: GradesFolder, one: Graded, lab: Lab, name: str, finals: Sequence[Final]) -> StudentPage:
    results, report = one.results, folder.report(one.entry)
    if results is None or is_fault(results):
        headline = feedback_html(results["output"], results.get("output_format")) if results else Markup()
        return StudentPage(name, lab.title, headline or Markup(f"<p>{gradebook.WAITING}</p>"), 0, lab.marks, (), (), "")
    about = results["extra_data"]
    submission = handed_in(folder.path / "submissions" / one.entry.id, lab)
    functions = account.functions(lab, results, submission.files)
    shown_parts = {test["number"]: part for f in functions for test, part in zip(f.tests, _parts(f))}
    refused = bool(about.get("refusal"))
    marks = {final.marks for final in finals if final.marks is not None}
    return StudentPage(
        name=name,
        lab=lab.title,
        headline=feedback_html("\n\n".join(gradebook.adjusted_md(finals)), "md")
        + feedback_html(results["output"], results.get("output_format")),
        total=float(results["score"] if len(marks) != 1 else marks.pop()),
        most=sum(part.most for part in shown_parts.values()),
        parts=() if refused else tuple(shown_parts.values()),
        files=tuple(_files(submission, functions, account.remarks(report), shown_parts)),
        origin=origin(str(about.get("seed", "")), str(about.get("fingerprint", "")), str(about.get("grader_version"))),
    )


def _parts(one: account.Graded) -> Iterator[PartShown]:
    place = f"{one.module}.py-{one.span.first}" if one.span is not None else ""
    for test in one.tests:
        output = feedback_html(test.get("output", ""), test.get("output_format"))
        yield PartShown(test["number"], test["name"], float(test["score"]), float(test["max_score"]), output, place)


def _files(
    submission: Submission,
    functions: Sequence[account.Graded],
    remarks: Sequence[account.Remark],
    parts: Mapping[str, PartShown],
) -> Iterator[FileShown]:
    for module, text in submission.files.items():
        cells = submission.cells.get(module, ())
        begins = {f.span.first: f for f in functions if f.module == module and f.span is not None}
        at: dict[int, list[RemarkShown]] = {}
        for remark in remarks:
            if remark.module == module:
                at.setdefault(remark.line, []).append(RemarkShown(remark.mark.value, remark.numbers))
        lines = coloured(text)
        yield FileShown(
            f"{module}.py",
            tuple(
                LineShown(
                    number,
                    account.number_of(number, cells),
                    where.told([number], cells).capitalize(),
                    html,
                    tuple(parts[test["number"]] for test in begins[number].tests) if number in begins else (),
                    tuple(at.get(number, ())),
                )
                for number, html in enumerate(lines[:MOST_LINES], 1)
            ),
            max(0, len(lines) - MOST_LINES),
        )


def coloured(text: str) -> list[Markup]:
    """The lines of a text as HTML, with classes for what is coloured; of huge texts without."""
    lines = [line[:MOST_WIDTH].expandtabs(4) for line in printable(text.replace("\t", "    ")).split("\n")]
    clean = "\n".join(lines)
    if len(clean) > MOST_COLOURED:
        return [escape(line) for line in lines]
    begins = [0, *(n for n, line in enumerate(lines) if n and _BEGINS.match(line)), len(lines)]
    found: list[Markup] = []
    for first, end in itertools.pairwise(begins):
        html, in_a_string = _coloured("\n".join(lines[first:end]))
        if in_a_string and end < len(lines):
            return [*found, *_coloured("\n".join(lines[first:]))[0]]
        found += html
    return found


@functools.lru_cache(maxsize=4096)
def _coloured(text: str) -> tuple[tuple[Markup, ...], bool]:
    """The lines of a function, and whether they end in a string. Most of a class have most functions in common."""
    tokens = list(PythonLexer(stripnl=False, ensurenl=False).get_tokens(f"{text}\n"))
    lines = pygments.format(tokens, HtmlFormatter(nowrap=True)).split("\n")[: text.count("\n") + 1]
    return tuple(Markup(_PLAIN.sub(r"\1", line)) for line in lines), tokens[-1][0] in String


# -- for the staff ----------------------------------------------------------------------------------------------------


def staff_page(folder: GradesFolder, one: Graded, alike: Sequence[str], finals: Sequence[Final]) -> str:
    """The page about one submission that only the staff may see."""
    results = one.results
    about = results["extra_data"] if results else {}
    people = [text for s in one.entry.submitters for text in (s.sid, s.email) if text]
    page = StaffPage(
        id=one.entry.id,
        name=one.entry.title,
        ids=", ".join(people),
        sections=(
            Section("What became of it", (gradebook.status(one), *filter(None, [gradebook.note(one)])), ""),
            Section("Adjustments", tuple(_adjusted(finals)), "None."),
            Section("Flags", tuple(map(str, about.get("flags", ()))), "None."),
            Section("Mistakes named in the bank", tuple(_named(results)), "None."),
            Section("Similar submissions", tuple(alike), "None."),
            Section("Earlier results", tuple(_earlier(one)), "None that differ in file, grader, rubric or secret."),
        ),
        commands=tuple(_commands(folder, one)),
    )
    return pages.render("staff.html", ("page.css", "student.css"), page=page)


def _adjusted(finals: Sequence[Final]) -> Iterator[str]:
    for final in finals:
        whose = f"{final.student.title}: " if len(finals) > 1 else ""
        yield from (f"{whose}{adjustments.sentence(change)}" for change in final.changes)
        yield from (f"{whose}{conflict}" for conflict in final.conflicts)


def _named(results: Results | None) -> Iterator[str]:
    for test in results["tests"] if results and not is_fault(results) else ():
        names = test.get("extra_data", {}).get("mistakes", ())
        if names:
            yield f"{test['number']} {test['name']}: {', '.join(map(str, names))}"


def _earlier(one: Graded) -> Iterator[str]:
    if one.previous is not None:
        batch = one.previous["extra_data"]["batch"]
        with_what = ", ".join(f"{what} {digest}" for what, digest in batch["graded_with"].items())
        yield f"{one.previous['score']:g} marks: file {batch['submission']}, {with_what}"
    if len(one.entry.attempts) > 1:  # the last is what was handed in now
        for number, attempt in enumerate(one.entry.attempts, 1):
            yield f"hand-in {number}, {attempt.submitted}: {attempt.score:g} marks on Gradescope"


def _commands(folder: GradesFolder, one: Graded) -> Iterator[str]:
    out = shlex.quote(shown(str(folder.path), 300))
    yield f"make why WHO={one.entry.id} OUT={out}"
    lost = next((t for t in (one.results or {}).get("tests", ()) if t["score"] < t["max_score"]), None)
    if one.results is not None and lost is not None:
        lab = one.results["extra_data"]["batch"]["graded_with"]["lab"]
        paths = [shlex.quote(shown(f"{folder.path}/{name}", 300)) for name in _paths(one)]
        yield f"make grade LAB={lab} SUBMISSION={paths[0]} EXPLAIN={lost['number']} AGAINST={paths[1]}"


def _paths(one: Graded) -> tuple[str, str]:
    return f"submissions/{one.entry.id}/", f"results/{one.entry.id}.json"
