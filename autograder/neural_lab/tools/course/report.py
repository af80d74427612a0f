"""One page about a graded class (`make report OUT=grades/`): grades/report.html, self-contained, offline, printable.

The numbers and texts that stand on it are gathered here, and nothing in them is taken for markup. How it looks is in
report_page/, its plots are in `plots`, its section about similar work in `similar_section`.
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from neural_lab import atomic
from neural_lab.intake.foreign import shown
from neural_lab.schema.lab import Lab
from neural_lab.tools.command import Parser
from neural_lab.tools.course import adjustments, gradebook, pages, plots, similar_section, similarity, student_pages
from neural_lab.tools.course.adjustments import NOT_ADJUSTED, Final, Finals
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.gradebook import FAULT, GRADED, REFUSED, WAITING
from neural_lab.tools.course.grades_folder import FolderError, Graded, GradesFolder, Results, is_fault
from neural_lab.tools.course.pages import feedback_html
from neural_lab.tools.course.plots import Plot
from neural_lab.tools.course.unnamed import Cluster, clusters

MOST_EXAMPLES = 4  # of each mistake
MOST_UNNAMED = 30  # clusters of losses without a name


@dataclass(frozen=True)
class Test:
    """A line of the rubric in somebody's feedback."""

    title: str
    output: Markup


@dataclass(frozen=True)
class Row:
    """A submission on the page; None for numbers that there are not.

    :param final: the total after adjustments; None also where a group's members have different ones
    :param adjusted: whether a total after adjustments is another than the graded one
    """

    id: str
    title: str
    sids: str
    emails: str
    status: str
    note: str
    total: float | None
    scores: tuple[tuple[float | None, float], ...]
    seconds: float | None
    similar: float
    mistakes: tuple[str, ...]
    final: float | None
    adjusted: bool
    said: str
    headline: Markup
    tests: tuple[Test, ...]
    full: tuple[str, ...]

    @property
    def css(self) -> str:
        return {GRADED: "fine", FAULT: "bad", WAITING: "bad"}.get(self.status, "warn")


@dataclass(frozen=True)
class Named:
    """A named mistake and who made it."""

    id: str
    function: str
    hint: Markup
    students: int
    examples: tuple[Row, ...]


@dataclass(frozen=True)
class Unnamed:
    """A loss that no row of the bank names, who has it, and a row for the bank."""

    function: str
    marks: float
    students: tuple[Row, ...]
    draft: str


@dataclass(frozen=True)
class Attempts:
    """With which hand-in, counted from 1, people first had full marks, or else the marks that they have.

    :param submissions: of how many the export tells that
    :param most: the most hand-ins of one submission
    """

    submissions: int
    most: int
    full: tuple[int, ...]
    less: tuple[int, ...]

    @property
    def median_full(self) -> float | None:
        return statistics.median(self.full) if self.full else None

    @property
    def median_less(self) -> float | None:
        return statistics.median(self.less) if self.less else None


@dataclass(frozen=True)
class Column:
    """A column of the table of all submissions."""

    name: str
    hint: str = ""


@dataclass(frozen=True)
class Page:
    """All that stands on the page.

    :param first: the rows to look at first
    :param fair: how many rows have marks
    :param conflicts: adjustments that could not be made as they stand
    :param adjusted: whether any total was adjusted
    :param attempts: none where the export tells of no earlier hand-ins
    """

    title: str
    folder: str
    origin: str
    warnings: tuple[str, ...]
    most: float
    fair: int
    mean: float
    median: float | None
    rows: tuple[Row, ...]
    first: tuple[Row, ...]
    conflicts: tuple[str, ...]
    adjusted: bool
    columns: tuple[Column, ...]
    statuses: tuple[str, ...]
    mistakes: tuple[Named, ...]
    unnamed: tuple[Unnamed, ...]
    similar: similar_section.Section
    attempts: Attempts | None
    plots: dict[str, Plot] = field(default_factory=dict)


def write_report(path: Path, sources: Sequence[Path] = ()) -> Path:
    """Write the page about the class in this folder of grades.

    :param sources: where else work may come from
    :return: where it is
    :raises FolderError: no class was graded into it, or a source is not there
    """
    folder = GradesFolder(path)
    graded = gradebook.in_order(folder.graded())
    lab = gradebook.lab_of(graded)
    finals = adjustments.finals(adjustments.read(path), graded, lab)
    found = similarity.likeness(path, lab, sources)
    alike = found.in_words({one.entry.id: one.entry.title for one in graded})
    student_pages.write_pages(folder, graded, lab, alike, finals)
    target = path / "report.html"
    unnamed = clusters(folder, graded, lab)
    atomic.write(target, render(page_of(graded, lab, found, path.name, unnamed, finals)))
    return target


def render(page: Page) -> str:
    """The page as HTML."""
    return pages.render("page.html", ("page.css",), "page.js", page=page, plots=page.plots)


# -- numbers ----------------------------------------------------------------------------------------------------------


def page_of(
    graded: Sequence[Graded],
    lab: Lab,
    found: similarity.Likeness,
    folder: str,
    unnamed: Sequence[Cluster] = (),
    finals: Finals = NOT_ADJUSTED,
) -> Page:
    """Everything for the page, from results and similarities.

    :param unnamed: losses that no row of the bank names
    """
    rows = tuple(_row(one, lab, found.closest.get(one.entry.id), finals.of(one.entry)) for one in graded)
    adjusted = any(row.adjusted for row in rows)
    fair = [row for row in rows if row.total is not None]
    totals = [row.total for row in fair if row.total is not None]
    named = tuple(_named(fair, lab))
    attempts = _attempts([one.entry for one in graded], lab)
    return Page(
        title=lab.title,
        folder=folder,
        origin=_origin([one.results for one in graded if one.results]),
        warnings=tuple(gradebook.doubts(graded)),
        most=lab.marks,
        fair=len(fair),
        mean=statistics.fmean(totals) if totals else 0.0,
        median=statistics.median(totals) if totals else None,
        rows=rows,
        first=tuple(row for row in rows if row.status != GRADED),
        conflicts=tuple(conflict.text for conflict in finals.conflicts),
        adjusted=adjusted,
        columns=_columns(lab, adjusted),
        statuses=tuple(dict.fromkeys(row.status for row in rows)),
        mistakes=named,
        unnamed=tuple(_without_name(unnamed[:MOST_UNNAMED], rows)),
        similar=similar_section.section(found, {row.id: row.title for row in rows}),
        attempts=attempts,
        plots={
            **(_plots(fair, totals, named, lab) if fair else {}),
            **({"attempts": plots.attempts(attempts.full, attempts.less)} if attempts else {}),
        },
    )


def _row(one: Graded, lab: Lab, closest: similarity.Pair | None, finals: Sequence[Final]) -> Row:
    results = one.results
    fair = results is not None and not is_fault(results)
    tests = {str(test["number"]): test for test in results["tests"]} if results and fair else {}
    lost = [test for test in tests.values() if test["score"] < test["max_score"]]
    refused = gradebook.status(one) == REFUSED
    total = float(results["score"]) if results and fair else None
    marks = sorted({final.marks for final in finals if final.marks is not None})
    adjusted = any(one != total for one in marks)
    said = "no marks" if total is None else f"{total:g} of {lab.marks:g}"
    return Row(
        id=one.entry.id,
        title=one.entry.title,
        sids=", ".join(s.sid for s in one.entry.submitters if s.sid),
        emails=", ".join(s.email for s in one.entry.submitters if s.email),
        status=gradebook.outcome(one),
        note=gradebook.note(one),
        total=total,
        scores=tuple((tests.get(line.number, {}).get("score"), line.marks) for line in lab.lines),
        seconds=float(results["execution_time"]) if results and "execution_time" in results else None,
        similar=closest.similarity if closest else 0.0,
        mistakes=tuple(dict.fromkeys(id for test in lost for id in test["extra_data"].get("mistakes", ()))),
        final=marks[0] if len(marks) == 1 else None,
        adjusted=adjusted,
        said=f"{said}, {' or '.join(f'{one:g}' for one in marks)} after adjustments" if adjusted else said,
        headline=feedback_html(results["output"], results.get("output_format")) if results else Markup(),
        tests=() if refused else tuple(_test(test) for test in lost),
        full=tuple(f"{test['number']} {test['name']}" for test in tests.values() if test not in lost),
    )


def _test(test: Results) -> Test:
    title = f"{test['number']} {test['name']}: {test['score']:g} of {test['max_score']:g}"
    return Test(title, feedback_html(test.get("output", ""), test.get("output_format")))


def _origin(results: Sequence[Results]) -> str:
    """With what the class was graded, in a sentence, if it was all the same."""
    with_what = {tuple(sorted(one["extra_data"]["batch"]["graded_with"].items())) for one in results}
    versions = {str(one["extra_data"].get("grader_version", "")) for one in results}
    if len(with_what) != 1 or len(versions) != 1:
        return ""
    about = dict(with_what.pop())
    return f"Grader {versions.pop()} ({about['grader']}), rubric {about['rubric']}, secret {about['secret']}."


def _named(rows: Sequence[Row], lab: Lab) -> Iterator[Named]:
    """The named mistakes, the most frequent first."""
    counts = Counter(id for row in rows for id in row.mistakes)
    known = {mistake.id: mistake for mistake in lab.mistakes}
    for id, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        examples = tuple(row for row in rows if id in row.mistakes)[:MOST_EXAMPLES]
        mistake = known.get(id)
        hint = feedback_html(mistake.hint, "md") if mistake else Markup()
        yield Named(id, mistake.function if mistake else "", hint, count, examples)


def _without_name(unnamed: Sequence[Cluster], rows: Sequence[Row]) -> Iterator[Unnamed]:
    known = {row.id: row for row in rows}
    for one in unnamed:
        yield Unnamed(one.function, one.marks, tuple(known[loss.id] for loss in one.losses), one.draft)


def _attempts(entries: Sequence[Entry], lab: Lab) -> Attempts | None:
    full: list[int] = []
    less: list[int] = []
    known = [one for one in entries if one.score is not None and one.attempts]
    for entry in known:
        scores = [attempt.score for attempt in entry.attempts]
        wanted = lab.marks if max(scores) >= lab.marks else entry.score
        number = next(n for n, score in enumerate(scores, 1) if wanted is None or score >= wanted)
        (full if wanted == lab.marks else less).append(number)
    most = max((len(one.attempts) for one in known), default=0)
    return Attempts(len(full) + len(less), most, tuple(full), tuple(less)) if most > 1 else None


def _columns(lab: Lab, adjusted: bool) -> tuple[Column, ...]:
    lines = tuple(Column(line.number, f"{line.name}, {line.marks:g} marks") for line in lab.lines)
    return (
        *(Column(name) for name in ("Submission", "SID", "Status")),
        Column("Total", f"of {lab.marks:g}"),
        *(
            [Column("Final", "after adjustments; – where there is none, or not the same for a group")]
            if adjusted
            else []
        ),
        *lines,
        Column("Similar", "the similarity to the submission it resembles most, if that is much"),
        Column("Seconds"),
        Column("Mistakes"),
    )


def _plots(rows: Sequence[Row], totals: Sequence[float], named: Sequence[Named], lab: Lab) -> dict[str, Plot]:
    means, full = [], []
    for index, line in enumerate(lab.lines):
        marks = [score for row in rows for score in [row.scores[index][0]] if score is not None]
        means.append(statistics.fmean(marks) if marks else 0.0)
        full.append(sum(mark == line.marks for mark in marks) / len(marks) if marks else 0.0)
    names = [f"{line.number} {line.name}" for line in lab.lines]
    return {
        "totals": plots.totals(totals, lab.marks),
        "lines": plots.lines(names, means, [line.marks for line in lab.lines], full),
        "mistakes": plots.mistakes([one.id for one in named], [one.students for one in named]),
        "time": plots.seconds([row.seconds for row in rows if row.seconds is not None]),
    }


# -- texts ------------------------------------------------------------------------------------------------------------


def main() -> int:
    """Run the command line."""
    parser = Parser("report", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("grades", nargs="?", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    similarity.add_sources(parser)
    options = parser.parse_args()
    try:
        print(write_report(options.grades, similarity.sources_of(options)))
    except FolderError as error:
        print(f"make report: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
