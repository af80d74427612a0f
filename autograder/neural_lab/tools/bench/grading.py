"""Grading and start-up measured (`make bench`): CPU of whole processes with all their children, and of a class.

Owns the commands that are measured and how; not the tables (`bench`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neural_lab.tools.course.grader import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
STAFF, GRADING, SOLUTION = (
    ROOT / "autograder" / "staff",
    ROOT / "autograder" / "neural_lab",
    ROOT / "solution" / "q1.py",
)
SUITE, ENGINE = "a plain gradescope-utils suite, in process", "this grader's engine, in process"
ISOLATED, WARM = "this grader, isolated", "this grader, isolated, each further submission"
GRADESCOPE, OTTER = "this grader, a whole Gradescope run", "otter-grader"
FURTHER = 8  # submissions after the first, to see what one more costs

# OK_FORMAT is otter's; the fourteen checks are those of the suite.
OTTER_TEST = '''OK_FORMAT = True
test = {{"name": "q1", "points": 100, "suites": [{{"cases": [{{"code": """\\
>>> import sys
>>> sys.path.insert(0, {staff!r})
>>> import bench_suite
>>> bench_suite.passed(NeuralNetwork)
14""", "hidden": False, "locked": False}}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}}]}}
'''


@dataclass(frozen=True)
class Cost:
    """What a command took: CPU seconds of it and all its children, and seconds on the clock."""

    cpu: float
    wall: float


def run(*command: str | Path, stdin: str = "", environment: dict[str, str] | None = None) -> tuple[Cost, str]:
    """Run a command to its end; gives its cost and its standard output.

    :raises subprocess.CalledProcessError: it failed
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command], input=stdin, capture_output=True, text=True, check=True,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": os.environ.get("HOME", "/")} | (environment or {}),
    )  # fmt: skip
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, wall), done.stdout


def graders(folder: Path) -> dict[str, Callable[[], Cost]]:
    """What grades one right submission, each a whole process, which must give it full marks; files go to `folder`."""
    python, results = sys.executable, folder / "results.json"
    request = json.dumps({"submission": str(SOLUTION)}) + "\n"

    def suite() -> Cost:
        cost, _ = run(python, "-I", STAFF / "bench_suite.py", SOLUTION, results)
        return _full(cost, sum(test["score"] for test in json.loads(results.read_text())["tests"]))

    def engine() -> Cost:
        cost, marks = run(python, "-I", STAFF / "unisolated.py", SOLUTION)
        return _full(cost, float(marks))

    def serve(count: int) -> Cost:
        cost, lines = run(python, "-s", GRADING, "--serve", stdin=request * count, environment=ENVIRONMENT)
        for line in lines.splitlines():
            _full(cost, json.loads(line)["score"])
        return cost

    def further() -> Cost:
        one, many = serve(1), serve(1 + FURTHER)
        return Cost((many.cpu - one.cpu) / FURTHER, (many.wall - one.wall) / FURTHER)

    def gradescope() -> Cost:
        root = folder / "gradescope"
        shutil.rmtree(root, ignore_errors=True)
        (root / "submission").mkdir(parents=True)
        shutil.copy(SOLUTION, root / "submission" / "q1.py")
        cost, _ = run(python, "-s", GRADING, "--gradescope", environment={**ENVIRONMENT, "AUTOGRADER_ROOT": str(root)})
        return _full(cost, json.loads((root / "results" / "results.json").read_text())["score"])

    found = {SUITE: suite, ENGINE: engine, ISOLATED: lambda: serve(1), WARM: further, GRADESCOPE: gradescope}
    return found | ({OTTER: _otter(folder)} if importlib.util.find_spec("otter") else {})


def _full(cost: Cost, marks: float) -> Cost:
    if marks != 100:
        raise RuntimeError(f"expected full marks for the solution, got {marks}; the measurement means nothing")
    return cost


def _otter(folder: Path) -> Callable[[], Cost]:
    """otter-grader on the same checks, as `otter run` grades a script locally."""
    place = folder / "otter"
    (place / "tests").mkdir(parents=True, exist_ok=True)
    (place / "tests" / "q1.py").write_text(OTTER_TEST.format(staff=str(STAFF)))
    script = SOLUTION.read_text(encoding="utf-8")
    # otter runs a script as __main__, which would train
    (place / "q1.py").write_text(re.sub(r'^if __name__ == "__main__":\n    main\(\)\n', "", script, flags=re.MULTILINE))
    otter = [sys.executable, "-m", "otter"]
    run(*otter, "generate", "-t", place / "tests", "-o", place / "autograder.zip", "--no-environment")

    def grade() -> Cost:
        cost, _ = run(*otter, "run", place / "q1.py", "-a", place / "autograder.zip", "-o", place)
        tests = json.loads((place / "results.json").read_text())["tests"]
        return _full(cost, sum(test.get("score") or 0 for test in tests))

    return grade


def batch(folder: Path, submissions: int, jobs: int) -> float:
    """Submissions a minute of `make batch` on a class of right ones, all different, start-up included."""
    export, out = folder / "class", folder / f"grades-{jobs}"
    if not export.exists():
        for number in range(submissions):
            place = export / f"student_{number:03}"
            place.mkdir(parents=True)
            (place / "q1.py").write_text(SOLUTION.read_text(encoding="utf-8") + f"\n# {number}\n", encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    cost, _ = run(sys.executable, STAFF / "batch.py", export, "--out", out, "--jobs", str(jobs))
    return 60 * submissions / cost.wall


IMPORTS = {
    "Python alone": "pass",
    "NumPy": "import numpy",
    "gradescope-utils": "import gradescope_utils.autograder_utils.json_test_runner",
    "the grader": f"import sys; sys.path.insert(0, {str(ROOT / 'autograder')!r}); import neural_lab.cli",
    "rich": "import rich.console, rich.table",
    "matplotlib": "import matplotlib.pyplot",
    "scikit-learn": "import sklearn.neural_network",
    "PyTorch": "import torch",
    "otter-grader": "import otter",
}
_MODULES = {"scikit-learn": "sklearn", "PyTorch": "torch", "otter-grader": "otter"}


def imports() -> dict[str, Callable[[], Cost]]:
    """Starting Python and importing one thing; what is not installed is left out."""
    return {
        name: lambda code=code: run(sys.executable, "-I", "-c", code, environment={"OPENBLAS_NUM_THREADS": "1"})[0]  # type: ignore[misc]
        for name, code in IMPORTS.items()
        if name not in _MODULES or importlib.util.find_spec(_MODULES[name])
    }
