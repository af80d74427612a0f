"""Why a total is what it is: the student's feedback, function by function in the order of loss, each with its own code.

It is made of results.json and report.json, and quotes what the student has read: nothing is judged or worded anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from neural_lab.feedback.explain import origin
from neural_lab.feedback.markdown import block, code, plain, source
from neural_lab.intake.functions import Span, span_of
from neural_lab.intake.submission import Submission
from neural_lab.schema.cells import Cells, place
from neural_lab.schema.lab import Lab

MOST_LINES = 60  # of a function that is shown whole
AROUND = 6  # lines shown around each marked one of a longer function

Data = Mapping[str, Any]


class Mark(str, Enum):
    """What is known of a line of the student's file."""

    PROVED = "something here is too much or missing"
    ONE_OF = "in one of these lines something is too much or missing"
    AMONG = "one of at least two things to look at: something here is too much or missing"
    RAISED = "the error came from here; its cause may be earlier"


class Remark(NamedTuple):
    """A line of the student's file that the feedback on some part speaks of.

    :param numbers: of the parts
    """

    module: str
    line: int
    mark: Mark
    numbers: tuple[str, ...]


class Graded(NamedTuple):
    """A function of the lab in one submission: its lines of the rubric, from results.json, and where it stands.

    :param span: None where it is not there
    """

    label: str
    module: str
    tests: tuple[Data, ...]
    span: Span | None

    @property
    def marks(self) -> float:
        return sum(float(test["score"]) for test in self.tests)

    @property
    def most(self) -> float:
        return sum(float(test["max_score"]) for test in self.tests)


def functions(lab: Lab, results: Data, files: Mapping[str, str]) -> list[Graded]:
    """The graded functions, in the order of the rubric.

    :param files: {module: text} of the submission
    """
    by_label: dict[str, list[Data]] = {}
    lines = {line.number: line.function for line in lab.lines}
    for test in results["tests"]:
        if test.get("number") in lines:
            by_label.setdefault(lines[test["number"]], []).append(test)
    found = []
    for label, tests in by_label.items():
        function = lab.function(label)
        text = files.get(function.module)
        span = span_of(text, function.path) if text is not None else None
        found.append(Graded(label, function.module, tuple(tests), span))
    return found


def remarks(report: Data) -> list[Remark]:
    """The lines that the feedback speaks of, by report.json; each line and what is known of it once."""
    found: dict[tuple[str, int, Mark], list[str]] = {}
    for line in report.get("lines", ()):
        repair, raised = line.get("repair"), line.get("raised")
        places = []
        if repair is not None:
            mark = Mark.ONE_OF if repair["one_of"] else Mark.AMONG if repair.get("several") else Mark.PROVED
            places = [(repair.get("module", ""), int(number), mark) for number in repair["lines"]]
        elif raised is not None:
            places = [(raised["module"], int(raised["line"]), Mark.RAISED)]
        for of in places:
            found.setdefault(of, []).append(line["number"])
    return [Remark(*of, tuple(numbers)) for of, numbers in found.items()]


def account(name: str, lab: Lab, results: Data, report: Data, submission: Submission) -> str:
    """Why the total is what it is, as Markdown that can be sent to the student.

    :param name: whose submission it is
    """
    most = sum(float(test["max_score"]) for test in results["tests"])
    blocks = [f"**{plain(name)}: {results['score']:g} of {most:g} marks**", results["output"]]
    if report.get("refusal"):
        return "\n\n".join(blocks) + "\n"
    graded = functions(lab, results, submission.files)
    marked = remarks(report)
    for one in sorted(graded, key=lambda one: one.marks - one.most):
        if one.marks < one.most:
            blocks += _function(one, submission, [r for r in marked if r.module == one.module])
    full = [f"{test['number']} {plain(test['name'])}" for one in graded for test in one.tests if _is_full(test)]
    if full:
        blocks.append(f"Full marks: {', '.join(full)}.")
    about = results["extra_data"]
    blocks.append(origin(str(about.get("seed", "")), str(about.get("fingerprint", "")), about.get("grader_version")))
    return "\n\n".join(blocks) + "\n"


def _is_full(test: Data) -> bool:
    return float(test["score"]) == float(test["max_score"])


def _function(one: Graded, submission: Submission, marked: Sequence[Remark]) -> Iterator[str]:
    """A function that lost marks: its code, and what the student read of each of its parts."""
    yield f"## {code(one.label)}: {one.marks:g} of {one.most:g}, {one.marks - one.most:g}"
    if one.span is not None:
        lines = [remark.line for remark in marked if _speaks_of(remark, one)]
        cells = submission.cells.get(one.module, ())
        yield block(_listing(submission.files[one.module], cells, one.span, lines), "python")
    for test in one.tests:
        yield f"**{test['number']} {plain(test['name'])}: {test['score']:g} of {test['max_score']:g}**"
        yield test.get("output", "")


def _speaks_of(remark: Remark, one: Graded) -> bool:
    return any(test["number"] in remark.numbers for test in one.tests)


def number_of(line: int, cells: Cells) -> str:
    """The number of a line beside it: `12`, or `3:4` for line 4 of cell 3 of a notebook."""
    at = place(line, cells)
    return f"{at.cell}:{at.line}" if at.cell else str(at.line)


def _listing(text: str, cells: Cells, span: Span, marked: Sequence[int]) -> Iterator[str]:
    """The lines of a function with their numbers, marked ones pointed at; those of another function follow."""
    lines = text.split("\n")
    inside = range(span.first, span.last + 1)
    shown = set(inside)
    if len(inside) > MOST_LINES:
        heads = marked or [span.first]
        shown = {n for n in inside if n == span.first or any(abs(n - line) <= AROUND for line in heads)}
    shown |= {n for n in marked if 0 < n <= len(lines)}
    width = max(len(number_of(number, cells)) for number in shown)
    before = None
    for number in sorted(shown):
        if before is not None and number != before + 1:
            yield "⋯"
        before = number
        sign, beside = ">" if number in marked else " ", number_of(number, cells)
        yield f"{sign} {beside:>{width}}  {source(lines[number - 1])}".rstrip()
