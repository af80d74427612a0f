"""The worst submissions (`make bench`): how long they take at half a CPU, and what memory they can have."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from neural_lab.schema.places import PACKAGE, SOLUTION
from neural_lab.tools.bench import isolation
from neural_lab.tools.bench.measure import Bound, Context, Found, Part, Table
from neural_lab.tools.course.grader import ENVIRONMENT, Grader
from neural_lab.tools.release import limits

PATIENCE = 600.0  # Gradescope's own limit
GREEDY = ("is_a_memory_bomb", "takes_memory_and_asks_for_more", "answers_with_a_huge_array")
MB = 1 << 20


def worst(context: Context) -> Found:
    """Whole Gradescope runs under Gradescope's limits: as many at a time as there are half CPUs, but one."""
    with ThreadPoolExecutor(max(1, round((os.cpu_count() or 1) / limits.CPUS) - 1)) as pool:
        found = list(pool.map(lambda name: _run_of(name, context), isolation.WORST[-context.plan.worst :]))
    rows, how = [row for row, _ in found], found[0][1]
    graded = [row for row in rows if row[4] is not None]
    numbers = {"run": max(row[1] for row in rows), "unmarked": float(len(rows) - len(graded))}
    numbers["grading"] = max((row[2] for row in graded if row[2] is not None), default=PATIENCE)
    peaks = [row[3] for row in rows if row[3] is not None]
    if peaks:
        numbers["container"] = max(peaks)
    header = ("", "whole run, s", "grading of it, s", "most memory, MB", "marks")
    return Found(numbers, (Table(header, tuple(rows)),), (f"Held to their limits by {how}.",))


class _Watch(threading.Thread):
    """Looks at the address space of the workers that a fork server has, as long as they live."""

    def __init__(self, grader: int) -> None:
        super().__init__(daemon=True)
        self.largest = 0.0  # MB
        self._grader = grader
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.005):
            for server in isolation.children(self._grader):
                for worker in isolation.children(server):
                    try:
                        peak = isolation.kilobytes(Path(f"/proc/{worker}/status"), "VmPeak") / 1024
                    except (OSError, StopIteration):  # it has ended
                        continue
                    self.largest = max(self.largest, peak)

    def end(self) -> None:
        self._ended.set()
        self.join()


def _run_of(name: str, context: Context) -> tuple[tuple[str, float, float | None, float | None, float | None], str]:
    """A submission's row, and how its run was limited."""
    context.tell(name.replace("_", " "))
    root = context.folder / name
    (root / "submission").mkdir(parents=True)
    (root / "submission" / "q1.py").write_text(isolation.hostile_text(name))
    with limits.gradescopes_limits() as held:
        start = time.perf_counter()
        with contextlib.suppress(subprocess.TimeoutExpired):  # the clock tells
            subprocess.run(
                [sys.executable, "-s", str(PACKAGE), "--platform", "gradescope"], capture_output=True, timeout=PATIENCE,
                env={**ENVIRONMENT, "AUTOGRADER_ROOT": str(root)}, preexec_fn=held.enter,
            )  # fmt: skip
        wall, peak = time.perf_counter() - start, held.peak
    file = root / "results" / "results.json"
    results = json.loads(file.read_text()) if file.exists() else {}
    marks = results["score"] if results.get("tests") else None  # the fallback is no mark
    return (name.replace("_", " "), wall, results.get("execution_time"), peak and peak / MB, marks), held.how


def memory(context: Context) -> Found:
    """What the grader, its fork server and a worker take, after right and greedy submissions."""
    submission = context.folder / "q1.py"
    rows: list[tuple[str, float, float]] = []
    with Grader("q1") as grader:
        watch = _Watch(grader.pid)
        watch.start()
        for what, names in ("grading the solution", ()), ("grading submissions that take all they can", GREEDY):
            for text in map(isolation.hostile_text, names) if names else [(SOLUTION / "q1.py").read_text()]:
                submission.write_text(text)
                grader.grade(submission)
            both = sum(peak for _, peak in isolation.memory(grader).values())
            rows.append((what, both, watch.largest))
        watch.end()
    numbers = {"grader": max(row[1] for row in rows), "worker": watch.largest}
    header = ("after", "grader and fork server, MB", "a worker's address space at most, MB")
    return Found(numbers, (Table(header, tuple(rows)),))


WORST = Part(
    "worst",
    "The worst submissions",
    worst,
    (
        Bound("run", "seconds of a whole run of the worst submission at half a CPU", 240),
        Bound("grading", "seconds of grading in it", 150),
        Bound("unmarked", "worst submissions that got no marks and no reason", 0),
        Bound("container", "memory of the whole container, MB", 768),
    ),
    """Whole Gradescope runs of hostile submissions under Gradescope's limits of half a CPU and 768 MB.""",
)
MEMORY = Part(
    "memory",
    "Memory",
    memory,
    (
        Bound("grader", "memory of grader and fork server, MB", 128),
        Bound("worker", "a worker's address space, MB", 512),
    ),
    """The most that was resident of grader and fork server, where what they have in common counts twice. A worker's
address space is looked at every 5 ms.""",
)
