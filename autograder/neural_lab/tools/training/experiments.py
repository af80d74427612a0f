"""The experiments of the handout's section 1.2, measured, and their figures in the handout.

    .venv/bin/python autograder/neural_lab/tools/training/experiments.py            measure, and write the figures
    .venv/bin/python autograder/neural_lab/tools/training/experiments.py --figures  write the figures again

The numbers are in docs/experiments.csv. The tables made from them stand in student/README.md between two comments:

    <!-- measured: narrow wide -->
    <!-- end of measured -->

The training and the measure are the leaderboard's own; only the starts are more.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import runpy
import statistics
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.datasets import Dataset
from neural_lab.labs.q1.hyperparameters import MOST_TRAIN, SEEDS, Hyperparameters, check, leaderboard
from neural_lab.schema.places import DOCS, SOLUTION, STUDENT

NUMBERS, PAGE = DOCS / "experiments.csv", STUDENT / "README.md"
STARTS = tuple(range(SEEDS[0], SEEDS[0] + 20))  # the leaderboard's five first
EXPERIMENTS = {
    "given": check(runpy.run_path(str(SOLUTION / "q1.py"))["HYPERPARAMETERS"], MOST_TRAIN),  # the stub's own
    "narrow": Hyperparameters((784, 30, 10), 30, 10, 3.0),
    "wide": Hyperparameters((784, 100, 10), 30, 10, 3.0),
    "fast": Hyperparameters((784, 30, 10), 30, 10, 30.0),
    "flat": Hyperparameters((784, 10), 30, 10, 1.0),
}
_TABLE = re.compile(r"(<!-- measured: ([a-z ]+) -->\n)((?:(?!<!--).)*)(<!-- end of measured -->)", re.DOTALL)
Accuracies = Mapping[str, tuple[float, ...]]  # of each experiment, in percent, one for each of STARTS


def measure(data: Dataset, experiments: Mapping[str, Hyperparameters], starts: tuple[int, ...]) -> Accuracies:
    """Train every experiment from every start."""
    found = {}
    for name, chosen in experiments.items():
        found[name] = leaderboard(chosen, data, deadline=3600.0, seeds=starts).accuracies
        print(f"{name}: {chosen.describe()}: {', '.join(f'{a:.1f}' for a in found[name])}", flush=True)
    return found


def write(file: Path, found: Accuracies) -> None:
    """Write the numbers, a line for each experiment, with what was trained."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["experiment", "settings", *(f"seed {seed}" for seed in STARTS)])
        table.writerows(
            [name, EXPERIMENTS[name].describe(), *(f"{a:.2f}" for a in accuracies)]
            for name, accuracies in found.items()
        )


def read(file: Path) -> Accuracies:
    """The numbers that `write` wrote, of the experiments that are still what they were."""
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    today = {(name, chosen.describe()) for name, chosen in EXPERIMENTS.items()}
    return {name: tuple(map(float, rest)) for name, settings, *rest in rows if (name, settings) in today}


def table(names: Iterable[str], found: Accuracies) -> str:
    """What some experiments reach, in Markdown."""
    lines = [
        "| net | eta | epochs | median of the five | twenty starts: lowest, median, highest |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        chosen, all_of_them = EXPERIMENTS[name], found[name]
        net = "-".join(map(str, chosen.sizes))
        lines.append(
            f"| {net} | {chosen.eta:g} | {chosen.epochs} | {statistics.median(all_of_them[: len(SEEDS)]):.1f} % "
            f"| {min(all_of_them):.1f}, {statistics.median(all_of_them):.1f}, {max(all_of_them):.1f} % |"
        )
    return "\n".join(lines)


def with_figures(page: str, found: Accuracies) -> str:
    """The page with the tables of what was measured."""
    return _TABLE.sub(lambda old: f"{old[1]}\n{table(old[2].split(), found)}\n\n{old[4]}", page)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the handout's experiments and write their figures into it.")
    parser.add_argument("--figures", action="store_true", help="measure nothing; write what was measured again")
    if not parser.parse_args().figures:
        write(NUMBERS, measure(datasets.load("digits"), EXPERIMENTS, STARTS))
    PAGE.write_text(with_figures(PAGE.read_text("utf-8"), read(NUMBERS)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
