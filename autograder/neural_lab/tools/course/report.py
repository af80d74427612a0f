"""One page about a graded class (`make report OUT=grades/`): grades/report.html, self-contained, offline, printable.

The numbers and texts that stand on it are gathered here, and nothing in them is taken for markup. How it looks is in
report_page/, its plots are in `plots`, the comparison of submissions in `similarity`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from neural_lab import atomic
from neural_lab.intake.foreign import printable, shown
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab
from neural_lab.tools.course import gradebook, pages, plots, similarity, student_pages
from neural_lab.tools.course.gradebook import FAULT, GRADED, REFUSED, WAITING
from neural_lab.tools.course.grades_folder import FolderError, Graded, GradesFolder, Results, is_fault
from neural_lab.tools.course.pages import feedback_html
from neural_lab.tools.course.plots import Plot
from neural_lab.tools.course.unnamed import Cluster, clusters

SLOW = "timed out"
MOST_SIDES = 40  # pairs shown side by side
MOST_EXAMPLES = 4  # of each mistake
MOST_UNNAMED = 30  # clusters of losses without a name
FOLD = 24  # lines without anything in common that are folded


@dataclass(frozen=True)
class Test:
    """A line of the rubric in somebody's feedback."""

    title: str
    output: Markup


@dataclass(frozen=True)
class Row:
    """A submission on the page; None for numbers that there are not."""

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
class Side:
    """One of two similar submissions: its text in pieces, (text, whether the other has it too)."""

    id: str
    title: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Sides:
    """Two similar submissions."""

    similarity: float
    left: Side
    right: Side


@dataclass(frozen=True)
class Column:
    """A column of the table of all submissions."""

    name: str
    hint: str = ""


@dataclass(frozen=True)
class Page:
    """All that stands on the page. first: the rows to look at first; fair: how many rows have marks."""

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
    columns: tuple[Column, ...]
    statuses: tuple[str, ...]
    mistakes: tuple[Named, ...]
    unnamed: tuple[Unnamed, ...]
    pairs: tuple[Sides, ...]
    more_pairs: int
    threshold: float
    plots: dict[str, Plot] = field(default_factory=dict)


@dataclass(frozen=True)
class Alike:
    """Who resembles whom: the most similar pairs, how many there are, and for each id its highest similarity."""

    pairs: tuple[similarity.Pair, ...] = ()
    count: int = 0
    closest: dict[str, float] = field(default_factory=dict)

    @classmethod
    def among(cls, documents: list[similarity.Document], compare: similarity.Comparison) -> Alike:
        """Compare submissions, each with each."""
        if not documents:
            return cls()
        found = compare.similarities(documents)
        closest = {document.id: float(most) for document, most in zip(documents, found.max(axis=1))}
        closest = {id: most for id, most in closest.items() if most >= similarity.THRESHOLD}
        pairs = similarity.pairs(documents, found, most=MOST_SIDES)
        return cls(tuple(pairs), int((found >= similarity.THRESHOLD).sum()) // 2, closest)

    def in_words(self, titles: Mapping[str, str]) -> dict[str, list[str]]:
        """For each id of the pairs, whom the submission resembles."""
        told: dict[str, list[str]] = {}
        for pair in self.pairs:
            for one, other in ((pair.one.id, pair.other.id), (pair.other.id, pair.one.id)):
                told.setdefault(one, []).append(f"{pair.similarity:.2f} {titles[other]} ({other})")
        return told


def write_report(path: Path) -> Path:
    """Write the page about the class in this folder of grades.

    :return: where it is
    :raises FolderError: no class was graded into it
    """
    folder = GradesFolder(path)
    graded = gradebook.in_order(folder.graded())
    lab = lab_of(graded)
    compare = similarity.comparison(lab)
    alike = Alike.among(similarity.documents_of(folder, compare, similarity.compared_module(lab)), compare)
    student_pages.write_pages(folder, graded, lab, alike.in_words({one.entry.id: one.entry.title for one in graded}))
    target = path / "report.html"
    unnamed = clusters(folder, graded, lab)
    atomic.write(target, render(page_of(graded, lab, alike, path.name, unnamed)))
    return target


def lab_of(graded: Sequence[Graded]) -> Lab:
    """The lab as which a class was graded.

    :raises FolderError: it is not one
    """
    names = {str(one.results["extra_data"]["batch"]["graded_with"]["lab"]) for one in graded if one.results}
    if len(names) != 1:
        raise FolderError(f"graded as different labs: {', '.join(sorted(names))}" if names else "nothing is graded yet")
    return load_lab(names.pop())


def render(page: Page) -> str:
    """The page as HTML."""
    return pages.render("page.html", ("page.css",), "page.js", page=page, plots=page.plots)


# -- numbers ----------------------------------------------------------------------------------------------------------


def page_of(graded: Sequence[Graded], lab: Lab, alike: Alike, folder: str, unnamed: Sequence[Cluster] = ()) -> Page:
    """Everything for the page, from results and similarities.

    :param unnamed: losses that no row of the bank names
    """
    rows = tuple(_row(one, lab, alike.closest.get(one.entry.id, 0.0)) for one in graded)
    titles = {row.id: row.title for row in rows}
    fair = [row for row in rows if row.total is not None]
    totals = [row.total for row in fair if row.total is not None]
    named = tuple(_named(fair, lab))
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
        columns=_columns(lab),
        statuses=tuple(dict.fromkeys(row.status for row in rows)),
        mistakes=named,
        unnamed=tuple(_without_name(unnamed[:MOST_UNNAMED], rows)),
        pairs=tuple(_sides(pair, titles) for pair in alike.pairs),
        more_pairs=alike.count - len(alike.pairs),
        threshold=similarity.THRESHOLD,
        plots=_plots(fair, totals, named, lab) if fair else {},
    )


def _row(one: Graded, lab: Lab, similar: float) -> Row:
    results = one.results
    fair = results is not None and not is_fault(results)
    tests = {str(test["number"]): test for test in results["tests"]} if results and fair else {}
    status = gradebook.status(one)
    slow = any(SLOW in gradebook.verdicts(test) for test in tests.values())
    lost = [test for test in tests.values() if test["score"] < test["max_score"]]
    refused = status == REFUSED
    total = float(results["score"]) if results and fair else None
    return Row(
        id=one.entry.id,
        title=one.entry.title,
        sids=", ".join(s.sid for s in one.entry.submitters if s.sid),
        emails=", ".join(s.email for s in one.entry.submitters if s.email),
        status=SLOW if slow and status == GRADED else status,
        note=gradebook.note(one),
        total=total,
        scores=tuple((tests.get(line.number, {}).get("score"), line.marks) for line in lab.lines),
        seconds=float(results["execution_time"]) if results and "execution_time" in results else None,
        similar=similar,
        mistakes=tuple(dict.fromkeys(id for test in lost for id in test["extra_data"].get("mistakes", ()))),
        said="no marks" if total is None else f"{total:g} of {lab.marks:g}",
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


def _columns(lab: Lab) -> tuple[Column, ...]:
    lines = tuple(Column(line.number, f"{line.name}, {line.marks:g} marks") for line in lab.lines)
    return (
        *(Column(name) for name in ("Submission", "SID", "Status")),
        Column("Total", f"of {lab.marks:g}"),
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


def _sides(pair: similarity.Pair, titles: dict[str, str]) -> Sides:
    left, right = (
        Side(document.id, titles[document.id], tuple(_pieces(document.text, stretches)))
        for document, stretches in zip((pair.one, pair.other), pair.stretches)
    )
    return Sides(pair.similarity, left, right)


def _pieces(text: str, stretches: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """The text in pieces; long ones without anything in common are folded."""
    at = 0
    for start, end in stretches:
        yield _folded(text[at:start]), False
        yield _legible(text[start:end]), True
        at = end
    yield _folded(text[at:]), False


def _legible(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _folded(text: str) -> str:
    lines = _legible(text).split("\n")
    if len(lines) <= FOLD:
        return "\n".join(lines)
    return "\n".join([*lines[:4], f"⋯ {len(lines) - 8} lines", *lines[-4:]])


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make report", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("grades", nargs="?", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    options = parser.parse_args()
    try:
        print(write_report(options.grades))
    except FolderError as error:
        print(f"make report: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
