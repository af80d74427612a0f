"""Measure training and grading, side by side and interleaved, and write docs/bench.md with its plots (`make bench`).

Owns the plan (what is measured, how often), the bounds, and the page. What is measured is in `bench_training` and
`bench_grading`. Everything that is compared is measured in turns, round after round, and the median counts: what else
the machine does meets all alike. The bounds are ratios for the same reason.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy; one thread for all

import numpy as np

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.datasets import Dataset, DataSetError
from neural_lab.schema.places import DATA, DOCS
from neural_lab.tools.bench import grading, training
from neural_lab.tools.bench.grading import GRADESCOPE, ISOLATED, OTTER, SUITE, Cost
from neural_lab.tools.bench.training import PER_SAMPLE, PRODUCTS, SKLEARN, TORCH, TORCH32, TRAINER, TRAINER32
from neural_lab.tools.course.batch import default_jobs

BEGIN, END = "<!-- figures: made by make bench -->\n", "<!-- end of figures -->\n"  # in the README
NET, BATCH = (784, 8, 8, 10), 50
NOT_INSTALLED = "not installed"
Medians = dict[str, float]


@dataclass(frozen=True)
class Plan:
    """How much is measured. rounds: for training, for growth, for grading and start-up; submissions: in a class."""

    rounds: int = 15
    growth_rounds: int = 3
    grading_rounds: int = 7
    submissions: int = 200
    widths: tuple[int, ...] = (8, 16, 32, 64, 128, 256)
    depths: tuple[int, ...] = (1, 2, 4, 8)
    batches: tuple[int, ...] = (1, 5, 10, 50, 200, 1000)
    samples: tuple[int, ...] = (500, 1000, 2000, 4000, 8000)


QUICK = Plan(1, 1, 1, 4, widths=(8, 16), depths=(1, 2), batches=(10, 50), samples=(100, 200))


@dataclass(frozen=True)
class Bound:
    """A ratio that must be at least, or at most, a number; `ratio` is None where one side is not installed."""

    what: str
    ratio: float | None
    limit: float
    at_least: bool = True
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.ratio is None:
            return NOT_INSTALLED
        return "held" if (self.ratio >= self.limit) == self.at_least else "MISSED"

    def row(self) -> tuple[str, ...]:
        relation = "≥" if self.at_least else "≤"
        measured = "–" if self.ratio is None else f"{self.ratio:,.0f}" if self.ratio >= 1000 else f"{self.ratio:.3g}"
        return (
            self.what,
            f"{relation} {self.limit:g}",
            measured,
            self.verdict + (f"; {self.note}" if self.note else ""),
        )


@dataclass
class Findings:
    """What was measured: medians by name; growth by dimension, point and name; seconds throughout."""

    data: str = ""
    submissions: int = 0  # in the class
    load: str = "unknown"  # how busy the machine was with other things at the start
    training: Medians = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)  # of the trainer's speed to a contestant's, round by round
    growth: dict[str, dict[int, Medians]] = field(default_factory=dict)
    grading: dict[str, Cost] = field(default_factory=dict)
    grading_ratios: dict[str, float] = field(default_factory=dict)
    class_rates: dict[int, float] = field(default_factory=dict)
    imports: dict[str, Cost] = field(default_factory=dict)


def interleaved(contestants: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[Any]]:
    """Call each in turn, `rounds` times over; gives what they returned."""
    measured: dict[str, list[Any]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        for name in names if number % 2 == 0 else reversed(names):  # nobody always follows the same one
            measured[name].append(contestants[name]())
    return measured


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def measure(plan: Plan, data: Dataset, tell: Callable[[str], None]) -> Findings:
    """Measure all there is in the plan."""
    found = Findings(f"{data.name}, {len(data.y_train):,} images", plan.submissions)
    if hasattr(os, "getloadavg"):
        found.load = f"a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start"
    with tempfile.TemporaryDirectory() as folder:
        tell(f"grading: {plan.grading_rounds} rounds")
        costs = interleaved(grading.graders(Path(folder)), plan.grading_rounds)
        found.grading = {name: _median_cost(values) for name, values in costs.items()}
        suite = [cost.cpu for cost in costs[SUITE]]
        found.grading_ratios = {name: median_ratio([c.cpu for c in values], suite) for name, values in costs.items()}
        for jobs in sorted({1, 2, default_jobs()}):
            tell(f"a class of {plan.submissions}, {jobs} at a time")
            found.class_rates[jobs] = grading.batch(Path(folder), plan.submissions, jobs)
    tell("imports")
    found.imports = {
        name: _median_cost(costs) for name, costs in interleaved(grading.imports(), plan.grading_rounds).items()
    }
    tell(f"training: {plan.rounds} rounds on {found.data}")
    seconds = interleaved(training.contestants(data, NET, BATCH), plan.rounds)
    found.training = {name: statistics.median(values) for name, values in seconds.items()}
    found.ratios = {name: median_ratio(values, seconds[TRAINER]) for name, values in seconds.items()}
    for dimension, points in _growth(plan, len(data.y_train)).items():
        found.growth[dimension] = {}
        for point, (sizes, batch, samples) in points.items():
            tell(f"growth: {dimension} {point}")
            part = Dataset(
                data.name, data.pixels_train[:samples], data.y_train[:samples], data.pixels_test, data.y_test
            )
            seconds = interleaved(training.contestants(part, sizes, batch), plan.growth_rounds)
            found.growth[dimension][point] = {name: statistics.median(values) for name, values in seconds.items()}
    return found


def _growth(plan: Plan, samples: int) -> dict[str, dict[int, tuple[tuple[int, ...], int, int]]]:
    """(sizes, batch, samples) for each point of each dimension; all else is as in the comparison."""
    base = min(samples, 2_000)
    return {
        "neurons in one hidden layer": {n: ((784, n, 10), BATCH, base) for n in plan.widths},
        "hidden layers of 30 neurons": {n: ((784, *[30] * n, 10), BATCH, base) for n in plan.depths},
        "samples in a batch": {n: (NET, n, base) for n in plan.batches if n <= base},
        "training samples": {n: (NET, BATCH, n) for n in plan.samples if n <= samples},
    }


def _median_cost(costs: Iterable[Cost]) -> Cost:
    costs = list(costs)
    return Cost(statistics.median(c.cpu for c in costs), statistics.median(c.wall for c in costs))


def bounds(found: Findings) -> list[Bound]:
    """What must hold, with what was measured."""
    ratio, grading, grading_ratio = found.ratios.get, found.grading, found.grading_ratios.__getitem__
    mnist = "" if found.data.startswith("mnist") else "the bound is set for MNIST, whose rim is blank"
    otter = grading[OTTER].cpu / grading[ISOLATED].cpu if OTTER in grading else None
    extra = 1e3 * (grading[ISOLATED].cpu - grading[SUITE].cpu)
    return [
        Bound("speed of the trainer to the solution's, one sample at a time", ratio(PER_SAMPLE), 20),
        Bound("speed of the trainer to scikit-learn's", ratio(SKLEARN), 2),
        Bound("speed of the trainer to PyTorch's in float64", ratio(TORCH), 3),
        Bound("speed of the trainer to that of the matrix products alone", ratio(PRODUCTS), 0.7, note=mnist),
        Bound("CPU of grading one submission to that of the plain suite", grading_ratio(ISOLATED), 1.8, at_least=False),
        Bound("the same as a difference, in ms", extra, 100, at_least=False),
        Bound("CPU of otter-grader to that of grading one submission", otter, 4),
        Bound("submissions of a class a minute, as `make batch` does it", found.class_rates.get(default_jobs()), 800),
    ]


# -- the page ---------------------------------------------------------------------------------------------------------


def machine() -> str:
    """What this ran on: processor, cores, memory, system and libraries; no names of machines or people."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        match = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE)
        model = match[1].strip() if match else model
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    cores = os.cpu_count() or 1
    libraries = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    for name in ("scikit-learn", "torch", "otter-grader"):
        libraries.append(f"{name} {_version(name) or NOT_INSTALLED}")
    return f"{model}, {cores} core{'s' * (cores > 1)}{memory}; {platform.system()}; {', '.join(libraries)}"


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def bounds_table(found: Findings) -> str:
    return table(("bound", "limit", "measured", ""), [bound.row() for bound in bounds(found)])


def page(found: Findings) -> str:
    """docs/bench.md."""
    fastest_first = sorted(found.training, key=lambda name: found.training[name])
    training = [
        (
            name,
            f"{1e-3 / found.training[name]:,.0f}",
            f"{found.training[name] * BATCH * 1e6:,.1f}",
            f"{found.ratios[name]:.2f}",
        )
        for name in fastest_first
    ]
    grading = [
        (name, f"{cost.cpu * 1e3:,.0f}", f"{cost.wall * 1e3:,.0f}", f"{found.grading_ratios[name]:.2f}")
        for name, cost in found.grading.items()
    ]
    starts = [(name, f"{cost.cpu * 1e3:,.0f}", f"{cost.wall * 1e3:,.0f}") for name, cost in found.imports.items()]
    rates = [(str(jobs), f"{rate:,.0f}") for jobs, rate in found.class_rates.items()]
    submissions = found.submissions
    sizes = "-".join(map(str, NET))
    growth = "\n".join(_growth_table(dimension, points) for dimension, points in found.growth.items())
    return f"""# Benchmarks
`make bench` measures all of this anew and writes this page; `make bench DATA=mnist` does it on MNIST. What is compared
is measured in turns, and the median of the rounds counts. The numbers are of one machine on one day
({date.today():%B %Y}); the bounds are ratios within that run.

Machine: {machine()}. Data: {found.data}. Other work on the machine: {found.load}.

## The bounds
{bounds_table(found)}
## Training
The {sizes} net of the handout in batches of {BATCH}, plain gradient descent on one thread, as CPU time. An epoch's
shuffling is included, its cost and accuracy are not, for not everybody computes them. scikit-learn's classifier ends in
a softmax, which is a little more work.

{table(("", "thousand samples a second", "µs a batch", "time to the trainer's"), training)}
![Training throughput](bench-training.svg)

The matrix products alone are what BLAS takes for all 784 inputs of the samples, in the order in which they lie in
memory, with no bias, sigmoid, update or shuffling. The trainer leaves out pixels that are blank in all training images,
and these products do not; so on MNIST, where many are blank, it can be the faster of the two. How it works is told in
[From one sample at a time to matrix products](vectorise.md).

## How training grows
CPU µs for each sample, on the first 2,000 images unless another number is given. The products alone are made in the
orientation that is fastest for the handout's narrow layers. For wide layers and large batches another one is faster,
and the trainer uses that.

![How training grows](bench-growth.svg)

{growth}
## Grading one right submission
Whole processes from start to end with all their children, in milliseconds.

{table(("", "CPU", "on the clock", "CPU to the plain suite's"), grading)}
![Grading](bench-grading.svg)

The plain suite makes the same calls with the same nets and compares as strictly, in the process of the submission, with
no defence against it. The engine in process is this grader without isolation. A whole Gradescope run grades, tries the
submission from end to end, and trains its hyperparameters for the leaderboard with five seeds.

What isolation adds to one cold run is processes: Python with NumPy is forked, the fork locked in and ended again, and
the first steps in a fresh process are slow ones; `autograder/neural_lab/tools/bench/isolation.py` measures each of
these. A grader that stays, as `make batch` keeps it, spares its start: the line of each further submission.

## A class
Submissions a minute, on the clock, of `make batch` on {submissions} copies of the solution that all differ, start-up
included; what else the machine does lowers it. The last line's number is the default.

{table(("at a time", "a minute"), rates)}
## Starting and importing
Starting Python and importing one thing, in milliseconds. Only the first four are on the way of a submission.

{table(("", "CPU", "on the clock"), starts)}"""


def with_figures(readme: str, found: Findings) -> str:
    """The README with the three figures that it repeats from the page."""
    right, whole = (found.grading[name].cpu for name in (ISOLATED, GRADESCOPE))
    rate = found.class_rates[default_jobs()]
    figures = (
        f"[Measured](docs/bench.md): {right:.2f} s of CPU to grade a right submission, {whole:.1f} s for a whole run\n"
        f"on Gradescope, {rate:,.0f} submissions a minute in a class on {os.cpu_count()} cores.\n"
    )
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{figures}{END}{after}"


def _growth_table(dimension: str, points: dict[int, Medians]) -> str:
    names = [name for name in ORDER if any(name in medians for medians in points.values())]
    rows = [
        (f"{point:,}", *(f"{medians[name] * 1e6:,.2f}" if name in medians else "–" for name in names))
        for point, medians in points.items()
    ]
    return table((dimension, *names), rows)


ORDER = (PER_SAMPLE, TORCH, TORCH32, SKLEARN, TRAINER, TRAINER32, PRODUCTS)


def draw(found: Findings, folder: Path) -> None:
    """The three plots of the page."""
    from matplotlib import pyplot as plt

    from neural_lab.tools.release.drawing import BLUE, COLOURS, GREY, STYLE, save

    colours = dict(zip((TRAINER, PER_SAMPLE, SKLEARN, TORCH, TORCH32, PRODUCTS), COLOURS)) | {TRAINER32: "#7fb2d1"}
    with plt.rc_context(STYLE):
        names = sorted(found.training, key=lambda name: -found.training[name])
        figure, axes = plt.subplots(figsize=(8, 0.45 * len(names) + 0.9), layout="constrained")
        speeds = [1e-3 / found.training[name] for name in names]
        axes.barh(names, speeds, color=[colours[name] for name in names], height=0.65)
        for row, speed in enumerate(speeds):
            axes.text(speed, row, f" {speed:,.0f}", va="center", fontsize=9)
        axes.set(xlabel="thousand samples a second, on one thread")
        axes.set_xlim(right=max(speeds) * 1.1)
        axes.grid(axis="y", visible=False)
        save(figure, folder / "bench-training.svg")
        plt.close(figure)

        figure, panels = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
        for axes, (dimension, points) in zip(panels.flat, found.growth.items()):
            for name in ORDER:
                line = [(point, medians[name] * 1e6) for point, medians in points.items() if name in medians]
                axes.plot(*zip(*line), color=colours[name], marker="o", markersize=3, label=name)
            axes.set(xscale="log", yscale="log", title=dimension, ylabel="CPU µs for each sample")
            axes.set_xticks(list(points), [f"{point:,}" for point in points])
            axes.yaxis.set_major_formatter("{x:g}")
            axes.minorticks_off()
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
        save(figure, folder / "bench-growth.svg")
        plt.close(figure)

        names = list(reversed(found.grading))
        figure, axes = plt.subplots(figsize=(8, 0.45 * len(names) + 0.9), layout="constrained")
        cpu = [found.grading[name].cpu * 1e3 for name in names]
        axes.barh(names, cpu, color=[BLUE if "this grader" in name else GREY for name in names], height=0.65)
        for row, milliseconds in enumerate(cpu):
            axes.text(milliseconds, row, f" {milliseconds:,.0f}", va="center", fontsize=9)
        axes.set(xlabel="CPU for one right submission, ms")
        axes.grid(axis="y", visible=False)
        save(figure, folder / "bench-grading.svg")
        plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make bench", description="Measure training and grading; write docs/bench.md."
    )
    parser.add_argument("--data", help="digits, mnist or the path of an .npz file (default: mnist if it is there)")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder for the page and its plots (default: docs)")
    parser.add_argument("--quick", action="store_true", help="next to nothing, once: to see that it works")
    options = parser.parse_args()
    plan = QUICK if options.quick else Plan()
    try:
        name = options.data or ("mnist" if (DATA / "mnist.npz").exists() else "digits")
        data = datasets.load(name, most_train=max(plan.samples), most_test=1)
    except DataSetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    found = measure(plan, data, lambda text: print(f"... {text}", file=sys.stderr, flush=True))
    options.out.mkdir(parents=True, exist_ok=True)
    draw(found, options.out)
    (options.out / "bench.md").write_text(page(found), encoding="utf-8")
    if options.out == DOCS:
        readme = DOCS.parent / "README.md"
        readme.write_text(with_figures(readme.read_text(encoding="utf-8"), found), encoding="utf-8")
    print(bounds_table(found), end="")
    print(f"wrote {options.out / 'bench.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
