"""What isolation costs: each layer, a worker's life, the grader's memory, and how long the worst submissions take.

Prints three tables. Grading and training are measured by `make bench`.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy: threads do not survive a fork

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy.random  # noqa: F401 (as in the grader's own process: before the fork server)

from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox
from neural_lab.schema.places import ROOT, SOLUTION
from neural_lab.tools.course.grader import Grader
from neural_lab.tools.course.grades_folder import is_fault

HOSTILE = ROOT / "autograder" / "tests" / "hostile" / "submissions"
WORST = ("loops_everywhere", "sleeps_in_sigmoid", "catches_its_timeout", "takes_memory_and_asks_for_more",
         "is_a_memory_bomb", "is_a_thread_bomb", "is_a_fork_bomb", "floods_the_output", "trains_on_import",
         "never_finishes_a_frame", "asks_with_huge_arguments", "answers_with_a_huge_array")  # fmt: skip


def layer_costs(workers: int) -> Iterator[tuple[str, float, bool]]:
    """(layer, median CPU seconds, whether it held) of freshly forked processes, in the order they are applied."""
    prepared = lockdown.prepare()
    taken: dict[str, list[float]] = {}
    held: dict[str, bool] = {}
    for _ in range(workers):
        for name, seconds, holds in _locked_down(prepared):
            taken.setdefault(name, []).append(seconds)
            held[name] = holds
    for name, seconds_each in taken.items():
        yield name, statistics.median(seconds_each), held[name]


def _locked_down(prepared: lockdown.Prepared) -> list[tuple[str, float, bool]]:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            costs = []
            limits, keep = Limits(), (write_end,)
            shared = lockdown.shared_layers(prepared, limits, keep)
            for name, close in (*shared, *lockdown.layers(prepared, limits, lockdown.fresh_uid(prepared), keep)):
                started = time.thread_time()  # the process's clock turns coarse with a limit on its CPU
                try:
                    close()
                    holds = True
                except Exception:
                    holds = False
                costs.append((name, time.thread_time() - started, holds))
            os.write(write_end, json.dumps(costs).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with open(read_end) as file:
        costs = json.loads(file.read())
    os.waitpid(pid, 0)
    return costs


def life_of_a_worker(sandbox: Sandbox, workers: int) -> tuple[float, float]:
    """(median, largest) seconds from asking for a worker to having reaped it, with nothing done between."""
    taken = []
    for _ in range(workers):
        started = time.perf_counter()
        with sandbox.spawn():
            pass
        taken.append(time.perf_counter() - started)
    return statistics.median(taken), max(taken)


def memory(grader: Grader) -> dict[str, tuple[float, float]]:
    """{process: (share of memory now, peak resident)} of grader and fork server, in MB; only root sees the shares."""
    found = {}
    for name, pid in (("grader", grader.pid), *(("fork server", pid) for pid in children(grader.pid))):
        peak = kilobytes(Path(f"/proc/{pid}/status"), "VmHWM")
        try:
            share = kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss")
        except OSError:
            share = float("nan")
        found[name] = (share / 1024, peak / 1024)
    return found


def children(pid: int) -> list[int]:
    """The processes that a process has started; none if it has ended."""
    try:
        lists = [file.read_text().split() for file in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for pids in lists for child in pids]


def kilobytes(file: Path, field: str) -> float:
    """A number from a file below /proc.

    :raises OSError, StopIteration: the process has ended
    """
    return next(float(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(f"{field}:"))


def hostile_text(name: str) -> str:
    """A submission of the tests' corpus, whole."""
    return (HOSTILE / f"{name}.py").read_text().replace("# <solution>\n", (SOLUTION / "q1.py").read_text())


def marks_of(results: dict[str, Any]) -> str:
    """The marks in a results.json; where the grader failed or gave none, that and why."""
    if not is_fault(results):
        return str(results["score"])
    return f"no marks: {results['extra_data'].get('fault', results['output'])}"


def main() -> int:
    """Print the tables; gives the exit status."""
    parser = argparse.ArgumentParser(prog="bench_isolation", description="Measures what isolation costs.")
    parser.add_argument("--workers", type=int, default=50, help="how many workers to take the median of (default: 50)")
    parser.add_argument("--no-attacks", action="store_true", help="leave out the worst submissions (some minutes)")
    options = parser.parse_args()
    with Sandbox() as sandbox:
        print(f"layer, median of {options.workers} workers         CPU, microseconds")
        total = 0.0
        for name, seconds, holds in layer_costs(options.workers):
            total += seconds
            print(f"  {name:<40} {seconds * 1e6:10.0f}{'' if holds else '   not held'}")
        print(f"  {'all':<40} {total * 1e6:10.0f}")
        middle, most = life_of_a_worker(sandbox, options.workers)
        print(f"\na worker from asking to reaped: median {middle * 1e3:.1f} ms, longest {most * 1e3:.1f} ms")
    with Grader("q1") as grader, tempfile.TemporaryDirectory() as folder:
        submission = Path(folder) / "q1.py"
        submission.write_text((SOLUTION / "q1.py").read_text())
        grader.grade(submission)
        print("\nafter grading the solution               share, MB    peak resident, MB")
        for name, (share, peak) in memory(grader).items():
            print(f"  {name:<38} {share:10.1f} {peak:10.1f}")
        if options.no_attacks:
            return 0
        print("\nthe worst submissions                    wall, s    marks")
        for name in WORST:
            submission.write_text(hostile_text(name))
            started = time.perf_counter()
            marks = marks_of(grader.grade(submission))
            print(f"  {name:<38} {time.perf_counter() - started:7.1f} {marks:>8}", flush=True)
        print("\nafter them                               share, MB    peak resident, MB")
        for name, (share, peak) in memory(grader).items():
            print(f"  {name:<38} {share:10.1f} {peak:10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
