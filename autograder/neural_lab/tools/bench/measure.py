"""What the parts of `make bench` share: commands run and measured in turns, and what was found beside its bounds."""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from neural_lab.labs.q1.datasets import Dataset

_Measured = TypeVar("_Measured")
NOT_MEASURED = "not measured"


# -- what is found ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bound:
    """A number that must be at most, or at least, another one.

    :param key: which number: one of `Found.numbers`
    :param what: in words
    :param goal: what it should come to in the end, where that is more than it must
    """

    key: str
    what: str
    limit: float
    at_least: bool = False
    goal: float | None = None

    def verdict(self, number: float | None) -> str:
        """`held` or `MISSED`; what could not be measured is neither."""
        if number is None:
            return NOT_MEASURED
        return "held" if (number >= self.limit if self.at_least else number <= self.limit) else "MISSED"

    def row(self, number: float | None) -> tuple[Cell, ...]:
        """A row of the table of bounds."""
        relation = "≥" if self.at_least else "≤"
        goal = f" (goal {self.goal:g})" if self.goal is not None else ""
        return self.what, f"{relation} {self.limit:g}{goal}", number, self.verdict(number)


Cell = str | float | None


@dataclass(frozen=True)
class Table:
    """Rows of names and numbers, which are worded when they are shown."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def cell(self, row: str, column: str) -> Cell:
        """The cell in a row, by its first cell, and a column.

        :raises LookupError: there is none
        """
        place = self.header.index(column)
        try:
            return next(cells[place] for cells in self.rows if cells[0] == row)
        except StopIteration:
            raise LookupError(row) from None

    def markdown(self) -> str:
        lines = [self.header, ["---"] * len(self.header), *([worded(cell) for cell in row] for row in self.rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def worded(cell: Cell) -> str:
    """A cell as it is shown: three digits tell all that a measured number has to tell."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"


@dataclass(frozen=True)
class Found:
    """What a part has measured.

    :param numbers: what its bounds bound, by their keys; what is missing could not be measured
    :param notes: sentences about this run, such as what was left out, and why
    """

    numbers: dict[str, float] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    :param rounds: for training
    :param growth_rounds: for its growth
    :param grading_rounds: for whole processes
    :param further: submissions after the first, to see what one more costs
    :param submissions: in a class
    :param class_rounds: how often a class is graded
    :param worst: how many of the worst submissions are graded at half a CPU
    :param outside: whether to clone the project, install it anew, and run its tests, which takes minutes
    """

    rounds: int = 15
    growth_rounds: int = 3
    grading_rounds: int = 5
    further: int = 8
    submissions: int = 100
    class_rounds: int = 3
    worst: int = 100
    outside: bool = True
    widths: tuple[int, ...] = (8, 16, 32, 64, 128, 256)
    depths: tuple[int, ...] = (1, 2, 4, 8)
    batches: tuple[int, ...] = (1, 5, 10, 50, 200, 1000)
    samples: tuple[int, ...] = (500, 1000, 2000, 4000, 8000)


QUICK = Plan(
    1, 1, 1, 1, 4, 1, 1, outside=False, widths=(8, 16), depths=(1, 2), batches=(10, 50), samples=(100, 200)
)  # fmt: skip


@dataclass(frozen=True)
class Context:
    """What a part is given: how much to measure, images to train on, an empty folder of its own, whom to tell."""

    plan: Plan
    data: Dataset
    folder: Path
    tell: Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """Something that is measured in one go, so that its numbers can be compared with each other.

    :param about: what is measured, for the page
    :param plots: what is drawn of it: a file's name and a function of what was found and the file
    """

    name: str
    title: str
    measure: Callable[[Context], Found]
    bounds: tuple[Bound, ...]
    about: str
    plots: tuple[tuple[str, Callable[[Found, Path], None]], ...] = ()


# -- how it is measured -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds of it and all its children, and seconds on the clock."""

    cpu: float
    wall: float


def run(
    *command: str | Path, stdin: str = "", environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> tuple[Cost, str]:
    """Run a command to its end; gives its cost and its standard output.

    :param environment: what it gets besides a clean one
    :raises subprocess.CalledProcessError: it failed
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command], input=stdin, capture_output=True, text=True, check=True, cwd=folder,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": os.environ.get("HOME", "/")} | dict(environment or {}),
    )  # fmt: skip
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, wall), done.stdout


def interleaved(
    contestants: Mapping[str, Callable[[], _Measured]], rounds: int, warm: bool = False
) -> dict[str, list[_Measured]]:
    """Call each in turn, `rounds` times over; gives what they returned.

    :param warm: call each once before: what fails shows at once, and what is compiled or cached is so for all
    """
    if warm:
        for contestant in contestants.values():
            contestant()
    measured: dict[str, list[_Measured]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        for name in names if number % 2 == 0 else reversed(names):  # nobody always follows the same one
            measured[name].append(contestants[name]())
    return measured


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the rounds' ratios: what else the machine does in a round meets both sides of each."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def median_cost(costs: Iterable[Cost]) -> Cost:
    costs = list(costs)
    return Cost(statistics.median(c.cpu for c in costs), statistics.median(c.wall for c in costs))


@contextlib.contextmanager
def on_two_cores() -> Iterator[int]:
    """Keep this process and those that it starts to two cores; gives how many there are, should it be but one."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:2])
    try:
        yield min(2, len(cores))
    finally:
        os.sched_setaffinity(0, cores)
