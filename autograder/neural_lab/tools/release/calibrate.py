"""Calibration: a lab's known mistakes, right variants, stub and solution, graded through the whole pipeline.

Their marks are compared with what the bank says, and shown in a table and a plot. A naive grader runs beside the real
one: the same probes on the student's own helpers alone, all or nothing for a line. The marks that it takes and the real
one does not are what substituting is worth.

What is told of mistakes that are less plain is counted, too: of drawn pairs of mistakes in one function, and of drawn
mistakes in a right variant of their function in the place of the solution's.

    python autograder/neural_lab/tools/release/calibrate.py [--lab q1] [--jobs 2] [--only ID] [--out docs/calibration]

The table and the plot are written when all is as expected.

Exit status: 0 all as expected, 1 something deviates, 2 a bad call.
"""

from __future__ import annotations

import csv
import difflib
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: many small products, two processes

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.mutants import Mutants, numbers, try_all
from neural_lab.grading.reference import Reference, edited_module, fit_together
from neural_lab.runtime.edits import Kind
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Edit, Function, Lab, Line, Losses, Mistake, Probe, Variant
from neural_lab.schema.observations import Observations
from neural_lab.schema.places import DOCS, STUDENT, files_of
from neural_lab.tools.command import Parser
from neural_lab.tools.course.side_by_side import grade_all
from neural_lab.tools.release.validate import refused

Progress = Callable[[int, int], None]  # done, of how many
OUT = DOCS / "calibration"
CLOSE = 1e-9  # marks are sums of halves
DRAWN = 40  # pairs of mistakes, and mistakes in variants


@dataclass(frozen=True)
class Case:
    """A submission whose marks are known before it is graded.

    :param kind: solution, stub, variant, mistake, or what is drawn: pair, transplant
    :param expected: marks that each part must lose, those not named lose none; None where any of its function may
    :param known: ids of the mistakes of which the diagnosis must name all, or the first one first
    :param advice: kinds of the advice that it must cause, and no others; None where any advice is fine
    :param lines: lines of the file that hold the mistake
    :param made: for each mistake in it the ids by which it may be named
    """

    id: str
    kind: str
    function: str
    files: dict[str, str]
    expected: Losses | None
    known: tuple[str, ...] = ()
    because: str = ""
    advice: tuple[str, ...] | None = None
    lines: frozenset[int] = frozenset()
    made: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Row:
    """A graded case.

    :param taken: marks lost, by part
    :param naive: marks lost, by line number
    :param named: ids, the likeliest first
    :param together: ids of two mistakes that are named as made together
    :param shown: lines of the file that are told as wrong
    :param near: their neighbours too where something is missing
    :param elsewhere: marks lost in other functions
    :param raised: the line that an exception came from is told
    """

    case: Case
    taken: Losses
    naive: dict[str, float] = field(default_factory=dict)
    named: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    fault: str = ""
    shown: frozenset[int] = frozenset()
    near: frozenset[int] = frozenset()
    elsewhere: float = 0.0
    raised: bool = False

    @property
    def line_right(self) -> bool:
        """Whether a line that is told as wrong holds the mistake."""
        return bool(self.near & self.case.lines)

    @property
    def told(self) -> int:
        """How many of the mistakes in it are named."""
        return sum(not ids.isdisjoint((*self.named, *self.together)) for ids in self.case.made)

    @property
    def silent(self) -> bool:
        """Whether nothing of the bank is named and no line of the file told."""
        return not (self.named or self.together or self.shown or self.raised)

    @property
    def rank(self) -> int:
        """The place of the case's own mistake among those named; 0 if it is not there."""
        return self.named.index(self.case.id) + 1 if self.case.id in self.named else 0

    @property
    def deviations(self) -> list[str]:
        """What is not as it must be, in words."""
        found = [self.fault] if self.fault else []
        if self.case.expected is None:
            return found + [f"loses {self.elsewhere:g} marks in other functions"] * (self.elsewhere > CLOSE)
        for place in dict.fromkeys([*self.taken, *self.case.expected]):
            taken, expected = self.taken.get(place, 0.0), self.case.expected.get(place, 0.0)
            if abs(taken - expected) > CLOSE:
                found.append(f"line {place[0]}, {place[1]}: loses {taken:g} marks, expected {expected:g}")
        first_or_all = self.named[:1] == self.case.known[:1] or set(self.named) == set(self.case.known)
        if self.case.known and not first_or_all:
            found.append(f"named {', '.join(self.named) or 'nothing'}, expected {' or '.join(self.case.known)}")
        if self.case.advice is not None and set(self.advice) != set(self.case.advice):
            given, wanted = (", ".join(kinds) or "nothing" for kinds in (self.advice, self.case.advice))
            found.append(f"the advice is about {given}, expected {wanted}")
        return found


def by_line(losses: Losses) -> dict[str, float]:
    """Marks lost by line number."""
    lines: dict[str, float] = {}
    for (number, _), marks in losses.items():
        lines[number] = lines.get(number, 0.0) + marks
    return lines


# -- the cases --------------------------------------------------------------------------------------------------------


def cases(reference: Reference) -> list[Case]:
    """Solution, stub, variants and mistakes of a lab."""
    lab = reference.lab
    everything = {(line.number, part.id): part.marks for line in lab.lines for part in line.parts}
    stubs = {name: file.read_text("utf-8") for name, file in files_of(lab, STUDENT).items()}
    return [
        Case("solution", "solution", "", dict(reference.sources), {}, advice=()),
        Case("stub", "stub", "", stubs, everything),
        *(_case(reference, "variant", v, {}, advice=v.advice, because=v.why) for v in lab.variants),
        *(
            _case(reference, "mistake", m, lab.losses(m), known=(m.id, *m.also), because=m.because, made=(_ids(m),))
            for m in lab.mistakes
        ),
    ]


def drawn(reference: Reference, count: int) -> list[Case]:
    """So many pairs of mistakes in one function, and mistakes in right variants of it: the same ones each time."""
    lab, rng = reference.lab, random.Random(reference.lab.name)
    mistakes = [row for row in lab.mistakes if row.id not in reference.left_out]
    variants = [row for row in lab.variants if row.id not in reference.left_out]
    kinds: dict[str, Iterable[tuple[Mistake | Variant, Mistake]]] = {
        "pair": combinations(mistakes, 2),
        "transplant": product(variants, mistakes),
    }
    found = []
    for kind, rows in kinds.items():
        fitting = [(one, other) for one, other in rows if _fit(reference, one, other)]
        for one, other in rng.sample(fitting, min(count, len(fitting))):
            both = Mistake(f"{one.id} + {other.id}", other.function, (*one.edits, *other.edits), hint="")
            made = tuple(_ids(row) for row in (one, other) if isinstance(row, Mistake))
            found.append(_case(reference, kind, both, None, right=() if kind == "pair" else one.edits, made=made))
    return found


def _fit(reference: Reference, one: Mistake | Variant, other: Mistake) -> bool:
    if one.function != other.function:
        return False
    return fit_together(reference.function_text(reference.lab.function(one.function)), one.edits, other.edits)


def _ids(mistake: Mistake) -> frozenset[str]:
    return frozenset((mistake.id, *mistake.also))


def _case(
    reference: Reference,
    kind: str,
    row: Mistake | Variant,
    expected: Losses | None,
    right: Iterable[Edit] = (),
    **more: Any,
) -> Case:
    """The solution with a row's edits as a submission.

    :param right: those of them that change nothing
    """
    function = reference.lab.function(row.function)
    if row.id in reference.left_out:
        return Case(row.id, kind, row.function, {}, expected, **more)
    solution = reference.sources[function.module]
    source = edited_module(solution, function.path, row.edits)
    files = reference.sources | {function.module: source}
    lines = _differing(source, edited_module(solution, function.path, right))
    return Case(row.id, kind, row.function, files, expected, lines=lines, **more)


def _differing(text: str, right: str) -> frozenset[int]:
    """The lines of a text that are not in the right one; where something is only missing, those beside the gap."""
    found: set[int] = set()
    matcher = difflib.SequenceMatcher(None, text.splitlines(), right.splitlines(), autojunk=False)
    for tag, first, last, _, _ in matcher.get_opcodes():
        if tag != "equal":
            found |= set(range(first + 1, last + 1)) or {first, first + 1}
    return frozenset(found)


# -- grading them -----------------------------------------------------------------------------------------------------


def calibrate(
    lab: Lab,
    jobs: int = 2,
    progress: Progress = lambda done, count: None,
    only: str | None = None,
    count: int = 0,
) -> list[Row]:
    """Grade all cases of a lab, `jobs` at a time, each job in a long-lived grader of its own.

    A case that no grader survives has a fault.

    :param only: the id of the one case to grade
    :param count: how many pairs, and mistakes in variants, are drawn besides
    """
    reference = Reference(lab)
    try_all(reference)
    naive = _Naive(reference)
    everything = [*cases(reference), *drawn(reference, count)]
    work = {str(index): case for index, case in enumerate(everything) if only in (None, case.id)}
    taken = {key: naive.taken(case) for key, case in work.items()}
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as folder:
        submissions = {}
        for key, case in work.items():
            if case.id in reference.left_out:
                rows[key] = Row(case, {}, fault=f"it is left out of the bank: {reference.left_out[case.id]}")
            else:
                submissions[key] = _write(case, Path(folder) / key, lab)
        for key, results in grade_all(lab.name, submissions, jobs):
            rows[key] = _graded(lab, work[key], results, taken[key])
            progress(len(rows), len(work))
    return [rows[key] for key in work]


def _write(case: Case, folder: Path, lab: Lab) -> Path:
    """Put a case's files on disk; gives what is handed in."""
    folder.mkdir()
    for name, text in case.files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    return folder / f"{lab.modules[0]}.py" if len(lab.modules) == 1 else folder


def _graded(lab: Lab, case: Case, results: dict[str, Any], naive: dict[str, float]) -> Row:
    extra = results["extra_data"]
    fault = extra.get("fault", "") or extra.get("refusal", "")
    parts = [(test["number"], part) for test in results["tests"] for part in test["extra_data"]["parts"]]
    taken = {(number, part["id"]): part["max"] - part["marks"] for number, part in parts}
    of_function = [t["extra_data"]["mistakes"] for t in results["tests"] if case.function in t["tags"]]
    named: list[str] = max(of_function, key=len, default=[])
    lost = {place: marks for place, marks in taken.items() if marks}
    scores = {test["number"]: test["max_score"] - test["score"] for test in results["tests"]}
    if any(abs(scores[number] - marks) > CLOSE for number, marks in by_line(taken).items()):
        fault = fault or "a line's score is not the sum of its parts' marks"
    told = [t["extra_data"]["repair"] for t in results["tests"] if case.function in t["tags"]]
    repairs = [repair for repair in told if repair is not None]
    shown = frozenset(line for repair in repairs for line in repair["lines"])
    beside = (1, -1) if any(repair["kind"] == Kind.MISSING.value for repair in repairs) else ()
    near = shown | {line + step for line in shown for step in beside}
    own = [line for line in extra.get("report", {}).get("lines", ()) if line["function"] == case.function]
    return Row(
        case,
        lost,
        naive,
        tuple(named),
        together=max((tuple(line["pair"]) for line in own), key=len, default=()),
        advice=tuple(extra.get("advice_kinds", ())),
        fault=fault,
        shown=shown,
        near=near,
        elsewhere=sum(lost.values()) - sum(line["max"] - line["marks"] for line in own),
        raised=any(line["raised"] is not None for line in own),
    )


class _Naive:
    """The grader most courses have: each function on the student's own helpers, one comparison, all or nothing.

    It forks, so it comes before there are threads.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        lab = reference.lab
        self._probes = {line.number: tuple(dict.fromkeys(part.probe for part in line.parts)) for line in lab.lines}
        self._expected = {
            probe: reference.answers(probe, numbers(probe)) for probes in self._probes.values() for probe in probes
        }

    def taken(self, case: Case) -> dict[str, float]:
        """Marks that it takes for a mistake, by line number; nothing else is asked of it."""
        if case.kind != "mistake" or case.id in self._reference.left_out:
            return {}
        lab = self._reference.lab
        mistake = next(mistake for mistake in lab.mistakes if mistake.id == case.id)
        order = [function.label for function in lab.functions]
        function = lab.function(mistake.function)
        answers: dict[Probe, Observations] = {}
        taken = {}
        with Mutants(self._reference, function, numbers) as mutants:
            for line in lab.lines:
                if order.index(line.function) >= order.index(function.label):  # earlier ones don't call it
                    for probe in self._probes[line.number]:
                        if probe not in answers:
                            run = mutants.answers([mistake], probe, self._expected[probe])
                            answers[probe] = run.get(mistake.id, ())
                    if not all(self._right(part.probe, answers[part.probe], line) for part in line.parts):
                        taken[line.number] = line.marks
        return taken

    def _right(self, probe: Probe, answers: Observations, line: Line) -> bool:
        parts = [part for part in line.parts if part.probe is probe]
        return bool(answers) and all(
            compare.judge(part, answers, [self._expected[probe]]).kind == compare.Kind.RIGHT for part in parts
        )


# -- showing them -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What was told of cases that were drawn, as far as they lose marks: how many there are, of how many all or one of
    the mistakes were named, a line of the file was told, and a true one, nothing was told."""

    cases: int
    all: int
    one: int
    shown: int
    right: int
    nothing: int

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Told:
        wrong = [row for row in rows if row.taken]
        return cls(
            len(wrong),
            all=sum(row.told == len(row.case.made) for row in wrong),
            one=sum(0 < row.told < len(row.case.made) for row in wrong),
            shown=sum(bool(row.shown) for row in wrong),
            right=sum(row.line_right for row in wrong),
            nothing=sum(row.silent for row in wrong),
        )

    def __str__(self) -> str:
        return (
            f"{self.cases} lose marks; named {self.all}, one of two named {self.one}, line shown {self.shown}, "
            f"right {self.right}, nothing of these {self.nothing}."
        )


@dataclass(frozen=True)
class Totals:
    """Figures of a calibration: how many mistakes, how many cost just what they must, how many were named."""

    mistakes: int
    exact: int
    named_first: int
    classes: int
    variants: int
    deviating: int
    lines: int  # that lose marks, over all mistakes
    naive_lines: int
    marks: float  # lost by a mistake, on average
    naive_marks: float
    shown: int  # mistakes of which a line of the file is told; lines_right: of which it is a true one
    lines_right: int
    pairs: Told
    transplants: Told

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Totals:
        wrong = [row for row in rows if row.case.kind == "mistake"]
        count = max(1, len(wrong))
        return cls(
            mistakes=len(wrong),
            exact=sum(not row.deviations for row in wrong),
            named_first=sum(row.rank == 1 and len(row.named) == 1 for row in wrong),
            classes=sum(row.rank > 0 and len(row.named) > 1 for row in wrong),
            variants=sum(row.case.kind == "variant" for row in rows),
            deviating=sum(bool(row.deviations) for row in rows),
            lines=sum(len(by_line(row.taken)) for row in wrong),
            naive_lines=sum(len(row.naive) for row in wrong),
            marks=sum(sum(row.taken.values()) for row in wrong) / count,
            naive_marks=sum(sum(row.naive.values()) for row in wrong) / count,
            shown=sum(bool(row.shown) for row in wrong),
            lines_right=sum(row.line_right for row in wrong),
            pairs=Told.of(row for row in rows if row.case.kind == "pair"),
            transplants=Told.of(row for row in rows if row.case.kind == "transplant"),
        )

    def __str__(self) -> str:
        return (
            f"{self.mistakes} mistakes: {self.exact} cost exactly their own marks, {self.named_first} named alone, "
            f"{self.classes} as one of a class.\nThe line of the file is shown for {self.shown}, and right for "
            f"{self.lines_right}.\n{self.variants} variants, stub and solution; {self.deviating} cases "
            f"deviate.\nMarks lost by a mistake: {self.marks:.1f} on average in {self.lines} lines; by the naive "
            f"grader {self.naive_marks:.1f} in {self.naive_lines} lines.\n"
            f"Pairs of mistakes in one function: {self.pairs}\nMistakes in right variants: {self.transplants}"
        )


def show(lab: Lab, rows: Iterable[Row]) -> None:
    """Print the matrix: for each case the marks lost in every line, what was named, what the naive grader takes."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 160)
    table = Table(title=f"{lab.name}: marks lost, by line", title_justify="left")
    table.add_column("case", no_wrap=True)
    for line in lab.lines:
        table.add_column(line.number, justify="right")
    for name in ("expected", "naive"):
        table.add_column(name, justify="right")
    table.add_column("named")
    table.add_column("rank", justify="right")
    table.add_column("line")
    function = None
    for row in rows:
        if row.case.function != function or row.case.kind == "stub":
            table.add_section()
            function = row.case.function
        taken = by_line(row.taken)
        expected = taken if row.case.expected is None else by_line(row.case.expected)
        cells = [_cell(taken.get(line.number, 0), expected.get(line.number, 0)) for line in lab.lines]
        sums = [f"{sum(marks.values()):g}" if marks else "" for marks in (row.case.expected, row.naive)]
        table.add_row(
            Text(row.case.id, "red" if row.deviations else ""),
            *cells,
            *sums,
            Text(", ".join((*row.named, *row.together))),
            str(row.rank or ""),
            ("✓" if row.line_right else "✗") if row.shown else "",
        )
    console.print(table)


def _cell(taken: float, expected: float) -> Any:
    from rich.text import Text

    if abs(taken - expected) > CLOSE:
        return Text(f"{taken:g} not {expected:g}", "bold red")
    return Text(f"{taken:g}" if taken else "")


def write_csv(lab: Lab, rows: Iterable[Row], file: Path) -> None:
    """Write one row for each case: marks lost and expected in every line, what was named, the reason."""
    numbers = [line.number for line in lab.lines]
    head = ["case", "kind", "function", *(f"taken {n}" for n in numbers), *(f"expected {n}" for n in numbers)]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*head, "naive", "named", "rank", "told", "line", "because"])
        for row in rows:
            taken, expected = by_line(row.taken), by_line(row.case.expected or {})
            marks = [*(taken.get(n, 0) for n in numbers), *(expected.get(n, 0) for n in numbers)]
            naive = f"{sum(row.naive.values()):g}" if row.case.kind == "mistake" else ""
            line = ("right" if row.line_right else "wrong") if row.shown else "raised" if row.raised else ""
            told = [row.told if row.case.made else "", line]
            last = [naive, " ".join((*row.named, *row.together)), row.rank or "", *told, row.case.because]
            writer.writerow([row.case.id, row.case.kind, row.case.function, *(f"{m:g}" for m in marks), *last])


def draw(lab: Lab, rows: Sequence[Row], file: Path) -> None:
    """Draw the marks that each mistake loses in each line, by this grader and by the naive one, side by side."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    wrong = [row for row in rows if row.case.kind == "mistake"]
    numbers = [line.number for line in lab.lines]
    plt.rcParams.update({"svg.hashsalt": lab.name, "svg.fonttype": "none", "font.family": "sans-serif"})
    height = 0.092 * len(wrong) + 1.6
    figure, panels = plt.subplots(1, 2, figsize=(9.2, height), sharey=True, layout="constrained")
    totals = Totals.of(rows)
    for panel, title, lost in zip(
        panels,
        (
            f"this grader: a mistake loses {totals.marks:.1f} marks on average",
            f"naive grader: {totals.naive_marks:.1f} marks",
        ),
        ([by_line(row.taken) for row in wrong], [row.naive for row in wrong]),
    ):
        share = np.array([[marks.get(line.number, 0) / line.marks for line in lab.lines] for marks in lost])
        image = panel.imshow(share, aspect="auto", cmap="Blues", vmin=0, vmax=1.1, interpolation="nearest")
        panel.set_title(title, fontsize=9, loc="left")
        panel.set_xlabel("line of the rubric, and its marks", fontsize=7)
        panel.xaxis.set_label_position("top")
        panel.set_xticks(range(len(numbers)), [f"{line.number}\n{line.marks:g}" for line in lab.lines], fontsize=7)
        panel.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, left=False, length=2, pad=2)
        for x in range(1, len(numbers)):
            panel.axvline(x - 0.5, color="0.85", linewidth=0.5)
        for y, (above, row) in enumerate(pairwise(wrong), start=1):
            if above.case.function != row.case.function:
                panel.axhline(y - 0.5, color="0.35", linewidth=0.7)
    panels[0].set_yticks(range(len(wrong)), [row.case.id for row in wrong], fontsize=4.6)
    _name_functions(panels[1], [row.case.function for row in wrong], lab.functions)
    bar = figure.colorbar(image, ax=panels, location="bottom", shrink=0.35, aspect=30, pad=0.01, ticks=[0, 0.5, 1])
    bar.ax.set_xlim(0, 1)
    bar.ax.set_xticklabels(["none", "half", "all"], fontsize=7)
    bar.set_label("of the line's marks lost", fontsize=8)
    figure.savefig(file, format=file.suffix[1:], metadata={"Date": None} if file.suffix == ".svg" else None, dpi=110)
    plt.close(figure)


def _name_functions(panel: Any, labels: Sequence[str], functions: Sequence[Function]) -> None:
    """Write each function's name at the right of its rows."""
    for function in functions:
        rows = [index for index, label in enumerate(labels) if label == function.label]
        if rows:
            middle = (rows[0] + rows[-1]) / 2
            place = {"xycoords": ("axes fraction", "data"), "va": "center"}
            panel.annotate(function.label, (1.01, middle), fontsize=7.5, **place)


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate one lab; gives the exit status."""
    parser = Parser("calibrate", description="Grade every known mistake of a lab and check the marks each costs.")
    parser.add_argument("--lab", default="q1", choices=lab_names(), help="which lab (default: q1)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="graders at work at once")
    parser.add_argument("--out", type=Path, default=OUT, help="where the table and plot go")
    parser.add_argument("--only", metavar="ID", help="one mistake or variant; nothing is written")
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error(f"JOBS: expected at least 1, got {options.jobs}")
    if refused("calibrate", [options.lab]):
        return 1
    lab = load_lab(options.lab)
    try:
        lab = _with_one_row(lab, options.only) if options.only else lab
    except LookupError as error:
        parser.error(f"ONLY: {error.args[0]}")
    rows = calibrate(lab, options.jobs, _report_progress, options.only, count=0 if options.only else DRAWN)
    show(lab, rows)
    print(Totals.of(rows))
    deviating = [row for row in rows if row.deviations]
    for row in deviating:
        print(f"{row.case.kind} {row.case.id}: {'; '.join(row.deviations)}", file=sys.stderr)
    if not deviating and not options.only:
        options.out.mkdir(parents=True, exist_ok=True)
        write_csv(lab, rows, options.out / f"{lab.name}.csv")
        if lab.mistakes:
            draw(lab, rows, options.out / f"{lab.name}.svg")
    return 1 if deviating else 0


def _with_one_row(lab: Lab, id: str) -> Lab:
    """The lab with that row of its bank alone; what a submission is compared with still is the whole bank.

    :raises LookupError: there is no such row
    """
    mistakes = tuple(row for row in lab.mistakes if row.id == id)
    variants = tuple(row for row in lab.variants if row.id == id)
    if not mistakes and not variants:
        close = difflib.get_close_matches(id, [*(row.id for row in lab.mistakes), *(row.id for row in lab.variants)], 3)
        raise LookupError(f"{lab.name} has no mistake or variant {id!r}; near it: {', '.join(close) or 'none'}")
    return replace(lab, mistakes=mistakes, variants=variants)


def _report_progress(done: int, count: int) -> None:
    """On a terminal a line that counts up, otherwise a line for every tenth of the work."""
    if sys.stderr.isatty():
        print(f"\r{done} of {count} graded", end="\n" if done == count else "", file=sys.stderr, flush=True)
    elif done * 10 // count > (done - 1) * 10 // count:
        print(f"{done} of {count} graded", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
