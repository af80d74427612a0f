"""A small search over hyperparameters, and its plots: what docs/hyperparameters.md shows.

    .venv/bin/python autograder/neural_lab/tools/training/search.py digits mnist     search, writes numbers and plots
    .venv/bin/python autograder/neural_lab/tools/training/search.py --plots          draw the numbers again

The numbers go to docs/hyperparameters.csv, and the plots and the table are made from that file. The training is the
grader's own.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.datasets import Dataset, one_hot
from neural_lab.labs.q1.hyperparameters import MOST_TEST, MOST_TRAIN, SEEDS, TIERS
from neural_lab.labs.q1.trainer import Trainer
from neural_lab.schema.places import DOCS

NUMBERS = DOCS / "hyperparameters.csv"
PAGE = DOCS / "hyperparameters.md"
BEGIN, END = "<!-- table: made by search.py -->\n", "<!-- end of table -->\n"

NETS = ((784, 10), (784, 8, 8, 10), (784, 16, 16, 10), (784, 30, 10), (784, 30, 30, 10), (784, 100, 10))
BATCHES = (10, 50)
ETAS = (0.3, 1.0, 3.0, 10.0)
EPOCHS = (1, 2, 3, 5, 10, 15, 20, 30)  # after which the accuracy is noted
LOTTERY_SEEDS = tuple(range(400, 420))


@dataclass(frozen=True)
class Run:
    """One training: its choices, its seed, and the accuracy in percent after each of EPOCHS."""

    data: str
    net: str
    mini_batch_size: int
    eta: float
    seed: int
    accuracies: tuple[float, ...]

    @property
    def last(self) -> float:
        return self.accuracies[-1]


def run(data: Dataset, sizes: Sequence[int], mini_batch_size: int, eta: float, seed: int) -> Run:
    """Train for the last of EPOCHS and note the accuracy on the way."""
    trainer = Trainer(sizes, seed)
    accuracies = []
    course = trainer.passes(data.pixels_train, one_hot(data.y_train), EPOCHS[-1], mini_batch_size, eta)
    for epoch, _ in enumerate(course, start=1):
        if epoch in EPOCHS:
            accuracies.append(100.0 * trainer.correct(data.pixels_test, data.y_test) / len(data.y_test))
    return Run(data.name, "-".join(map(str, sizes)), mini_batch_size, eta, seed, tuple(accuracies))


def search(data: Dataset) -> Iterator[Run]:
    """Every net, batch size and eta with the leaderboard's seeds; then each net at its best, with more seeds."""
    for sizes in NETS:
        found: list[Run] = []
        for mini_batch_size in BATCHES:
            for eta in ETAS:
                found += [run(data, sizes, mini_batch_size, eta, seed) for seed in SEEDS]
        yield from found
        best = best_of(found)
        tried = {(r.mini_batch_size, r.eta, r.seed) for r in found}
        for seed in LOTTERY_SEEDS:
            if (best.mini_batch_size, best.eta, seed) not in tried:
                yield run(data, sizes, best.mini_batch_size, best.eta, seed)


def best_of(runs: Iterable[Run]) -> Run:
    """A run with the choices whose median over the leaderboard's seeds is the highest at the end."""
    groups: dict[tuple[int, float], list[Run]] = {}
    for one in runs:
        if one.seed in SEEDS:
            groups.setdefault((one.mini_batch_size, one.eta), []).append(one)
    return max(groups.values(), key=lambda group: statistics.median(r.last for r in group))[0]


def write(file: Path, runs: Iterable[Run]) -> None:
    """Write the numbers, a line for each run."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(["data", "net", "mini_batch_size", "eta", "seed", *(f"epoch {e}" for e in EPOCHS)])
        for r in runs:
            row = [r.data, r.net, r.mini_batch_size, f"{r.eta:g}", r.seed]
            table.writerow([*row, *(f"{accuracy:.2f}" for accuracy in r.accuracies)])


def read(file: Path) -> list[Run]:
    """The runs that `write` wrote."""
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[1:]
    return [Run(d, n, int(b), float(eta), int(s), tuple(map(float, rest))) for d, n, b, eta, s, *rest in rows]


def seeds_at_best(runs: Sequence[Run]) -> list[Run]:
    """The runs of one net with its best choices, all seeds."""
    best = best_of(runs)
    return [r for r in runs if (r.mini_batch_size, r.eta) == (best.mini_batch_size, best.eta)]


def table(runs: Sequence[Run]) -> str:
    """For each data set and net, its best choices and what they reach, in Markdown."""
    lines = [
        "| data | net | batch | eta | median of 5 | of 20 seeds: lowest, median, highest |",
        "|---|---|---|---|---|---|",
    ]
    for data in dict.fromkeys(r.data for r in runs):
        for net in dict.fromkeys(r.net for r in runs):
            group = seeds_at_best([r for r in runs if (r.data, r.net) == (data, net)])
            five = statistics.median(r.last for r in group if r.seed in SEEDS)
            ends = sorted(r.last for r in group)
            lines.append(
                f"| {data} | {net} | {group[0].mini_batch_size} | {group[0].eta:g} | {five:.1f} % "
                f"| {ends[0]:.1f}, {statistics.median(ends):.1f}, {ends[-1]:.1f} % |"
            )
    return "\n".join(lines) + "\n"


def draw(runs: Sequence[Run], folder: Path) -> list[Path]:
    """The three plots."""
    from matplotlib import pyplot as plt

    from neural_lab.tools.plot_style import COLOURS, GREY, STYLE, save

    names = list(dict.fromkeys(r.data for r in runs))
    nets = list(dict.fromkeys(r.net for r in runs))
    colours = dict(zip(nets, COLOURS))
    files = [folder / f"hyperparameters-{name}.svg" for name in ("eta", "epochs", "seeds")]

    def panels(title: str, height: float = 4.2):  # type: ignore[no-untyped-def]
        figure, axes = plt.subplots(
            1, len(names), figsize=(5.2 * len(names), height), sharey=True, layout="constrained", squeeze=False
        )
        figure.suptitle(title)
        for one, name in zip(axes[0], names):
            one.set_title(name)
            for (least, tier), place in zip(TIERS, (95.5, 91.5, 87.5, 82)):  # the names need room
                one.axhline(least, color=GREY, linewidth=0.7, linestyle=":", zorder=0)
                if one is axes[0][-1]:
                    one.text(
                        1.01, place, tier, transform=one.get_yaxis_transform(), fontsize=7, va="center", color=GREY
                    )
        axes[0][0].set_ylabel("accuracy on the test images, %")
        return figure, axes[0]

    with plt.rc_context(STYLE):
        figure, axes = panels("After 30 epochs: median of 5 seeds and their range")
        for one, name in zip(axes, names):
            for position, net in enumerate(nets):
                for size, marker, line in zip(BATCHES, ("o", "s"), ("-", "--")):
                    chosen = [r for r in runs if (r.data, r.net, r.mini_batch_size) == (name, net, size)]
                    groups = [[r.last for r in chosen if r.eta == eta and r.seed in SEEDS] for eta in ETAS]
                    shift = 1.03 ** (position - len(nets) / 2)
                    middle = [statistics.median(group) for group in groups]
                    spread = [
                        [m - min(g) for m, g in zip(middle, groups)],
                        [max(g) - m for m, g in zip(middle, groups)],
                    ]
                    one.errorbar([eta * shift for eta in ETAS], middle, spread, color=colours[net], marker=marker,
                                 markersize=4, linestyle=line, linewidth=1.2, elinewidth=0.6,
                                 label=f"{net}, batches of {size}")  # fmt: skip
            one.set(xscale="log", xlabel="eta", ylim=(0, 100))
            one.set_xticks(ETAS, [f"{eta:g}" for eta in ETAS])
            one.minorticks_off()
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, fontsize=7, loc="outside lower center", ncols=6)
        save(figure, files[0])
        plt.close(figure)

        figure, axes = panels("Each net at its best batch size and eta: median of 5 seeds after each epoch")
        for one, name in zip(axes, names):
            for net in nets:
                group = seeds_at_best([r for r in runs if (r.data, r.net) == (name, net)])
                middle = [
                    statistics.median(r.accuracies[i] for r in group if r.seed in SEEDS) for i in range(len(EPOCHS))
                ]
                label = f"{net}, {group[0].mini_batch_size}, eta {group[0].eta:g}"
                one.plot(EPOCHS, middle, color=colours[net], marker="o", markersize=3, label=label)
            one.set(xlabel="epochs", ylim=(0, 100))
            one.legend(fontsize=7, loc="lower right", title="net, batch, eta", title_fontsize=7)
        save(figure, files[1])
        plt.close(figure)

        figure, axes = panels("The lottery of the initial weights: 20 seeds of each net at its best, after 30 epochs")
        for one, name in zip(axes, names):
            for row, net in enumerate(nets):
                ends = [r.last for r in seeds_at_best([r for r in runs if (r.data, r.net) == (name, net)])]
                offsets = [(i % 5 - 2) * 0.06 for i in range(len(ends))]
                one.scatter([row + o for o in offsets], ends, s=14, color=colours[net], alpha=0.7, linewidths=0)
                one.hlines(statistics.median(ends), row - 0.3, row + 0.3, color=colours[net], linewidth=2)
            one.set_xticks(range(len(nets)), nets, fontsize=7)
            one.set_ylim(0, 100)
        save(figure, files[2])
        plt.close(figure)
    return files


def put_table(page: str, made: str) -> str:
    """The page with its table replaced."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Search over hyperparameters and draw what was found.")
    parser.add_argument("data", nargs="*", help="data sets: digits, mnist, or paths")
    parser.add_argument("--plots", action="store_true", help="draw the numbers of docs/hyperparameters.csv again")
    options = parser.parse_args()
    if not options.data and not options.plots:
        parser.error("name a data set, such as digits, or give --plots")
    if options.data:
        runs: list[Run] = []
        for name in options.data:
            try:
                data = datasets.load(name, most_train=MOST_TRAIN, most_test=MOST_TEST)
            except datasets.DataSetError as error:
                print(f"error: {error}", file=sys.stderr)
                return 2
            start = time.monotonic()
            for one in search(data):
                runs.append(one)
                print(f"{one.data} {one.net} batches of {one.mini_batch_size} eta {one.eta:g} seed {one.seed}: "
                      f"{one.last:.1f} %   {time.monotonic() - start:.0f} s", flush=True)  # fmt: skip
        write(NUMBERS, runs)
    runs = read(NUMBERS)
    draw(runs, DOCS)
    PAGE.write_text(put_table(PAGE.read_text(encoding="utf-8"), table(runs)), encoding="utf-8")
    print(table(runs), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
