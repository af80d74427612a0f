"""Grading measured (`make bench`): CPU of whole processes with all their children, a class, and what is imported."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from neural_lab.grading.reference import Reference, edited_module
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import PACKAGE, ROOT, STUDENT
from neural_lab.schema.places import SOLUTION as SOLUTIONS
from neural_lab.tools.bench.measure import (
    Bound,
    Context,
    Cost,
    Found,
    Part,
    Table,
    interleaved,
    median_cost,
    median_ratio,
    on_two_cores,
    run,
)
from neural_lab.tools.course.grader import ENVIRONMENT

SOLUTION = SOLUTIONS / "q1.py"
TOOLS = PACKAGE / "tools"
FIRST_RELEASE = "ee90152"

SUITE, ENGINE = "a plain gradescope-utils suite, in process", "this grader's engine, in process"
OTTER = "otter-grader"
NOW, FIRST = "this grader", "the first release"
ISOLATED = f"{NOW}, isolated"
# What both graders are measured at, beside one right submission.
WARM = "each further right submission"
WRONG = {"a wrong sigmoid": "sig-no-minus", "a wrong back_propagation": "bp-no-output-sp"}  # mistakes of the bank
STUB = "the stub"
WHOLE = "a whole Gradescope run"
BY_ITSELF = "as many at a time as it takes unasked"  # two here, three in the first release
GRADESCOPE = f"{NOW}, {WHOLE}"

# OK_FORMAT is otter's; the fourteen checks are those of the suite.
OTTER_TEST = '''OK_FORMAT = True
test = {{"name": "q1", "points": 100, "suites": [{{"cases": [{{"code": """\\
>>> from neural_lab.tools.bench import suite
>>> suite.passed(NeuralNetwork)
14""", "hidden": False, "locked": False}}], "scored": True, "setup": "", "teardown": "", "type": "doctest"}}]}}
'''


@dataclass(frozen=True)
class Engine:
    """A grader that can be started: this one, or the first release's.

    :param command: how its process is started
    :param batch: how it grades a class
    :param official: what tells it to run as on Gradescope
    """

    name: str
    command: tuple[str | Path, ...]
    batch: tuple[str | Path, ...]
    official: tuple[str, ...] = ("--platform", "gradescope")

    def serve(self, file: Path, count: int, right: Callable[[float], bool]) -> Cost:
        """Grade a file so many times over.

        :param right: whether its marks are as they must be
        """
        request = json.dumps({"submission": str(file)}) + "\n"
        cost, lines = run(*self.command, "--serve", stdin=request * count, environment=ENVIRONMENT)
        for line in lines.splitlines():
            _checked(json.loads(line)["score"], right)
        return cost

    def further(self, file: Path, count: int) -> Cost:
        """What one more submission costs in a process that grades many."""
        one, many = self.serve(file, 1, _full), self.serve(file, 1 + count, _full)
        return Cost((many.cpu - one.cpu) / count, (many.wall - one.wall) / count)

    def gradescope(self, file: Path, folder: Path) -> Cost:
        """A whole run as on Gradescope."""
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "submission").mkdir(parents=True)
        shutil.copy(file, folder / "submission" / "q1.py")
        cost, _ = run(*self.command, *self.official, environment={**ENVIRONMENT, "AUTOGRADER_ROOT": str(folder)})
        _checked(json.loads((folder / "results" / "results.json").read_text())["score"], _full)
        return cost

    def contestants(self, files: Mapping[str, Path], further: int, folder: Path) -> dict[str, Callable[[], Cost]]:
        """What is measured of it, by name."""
        root = folder / f"gradescope of {self.name}"
        found = {
            f"{self.name}, isolated": lambda: self.serve(SOLUTION, 1, _full),
            f"{self.name}, {WARM}": lambda: self.further(SOLUTION, further),
        }
        for name, file in files.items():
            right = _nothing if name == STUB else _less
            found[f"{self.name}, {name}"] = lambda file=file, right=right: self.serve(file, 1, right)  # type: ignore[misc]
        return found | {f"{self.name}, {WHOLE}": lambda: self.gradescope(SOLUTION, root)}


def this_grader() -> Engine:
    return Engine(
        NOW, (sys.executable, "-s", PACKAGE), (sys.executable, "-s", "-m", "neural_lab.tools.course.batch")
    )  # fmt: skip


def first_release(folder: Path) -> tuple[Path | None, str]:
    """The first release's tree, and why there is none if the repository has it not."""
    tree, archive = folder / "first", folder / "first.tar"
    try:
        subprocess.run(
            ["git", "-C", ROOT, "archive", "--output", archive, FIRST_RELEASE], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None, f"The first release ({FIRST_RELEASE}) is left out: this is no clone that has it."
    tree.mkdir(exist_ok=True)
    subprocess.run(["tar", "-x", "-f", archive, "-C", tree], check=True)
    return tree, ""


def engines(folder: Path) -> tuple[list[Engine], tuple[str, ...]]:
    """This grader, and the first release's where the repository has it; what is to be said of that."""
    tree, why = first_release(folder)
    if tree is None:
        return [this_grader()], (why,)
    first = tree / "autograder"
    command = (sys.executable, "-I", first / "grading")
    return [
        this_grader(),
        Engine(FIRST, command, (sys.executable, "-I", first / "staff" / "batch.py"), ("--gradescope",)),
    ], ()


def _full(marks: float) -> bool:
    return marks == 100


def _less(marks: float) -> bool:
    return 0 < marks < 100


def _nothing(marks: float) -> bool:
    return marks == 0


def _checked(marks: float, right: Callable[[float], bool]) -> None:
    """:raises RuntimeError: the grader does not give what it must, and what it costs means nothing"""
    if not right(marks):
        raise RuntimeError(f"expected{right.__name__.replace('_', ' ')} marks, got {marks}; the figures mean nothing")


def _files(folder: Path) -> dict[str, Path]:
    """Submissions that are not right, by name."""
    lab = load_lab("q1")
    source = Reference(lab).sources["q1"]
    found = {}
    for name, id in WRONG.items():
        mistake = next(mistake for mistake in lab.mistakes if mistake.id == id)
        found[name] = folder / f"{id}.py"
        found[name].write_text(edited_module(source, lab.function(mistake.function).path, mistake.edits), "utf-8")
    return found | {STUB: STUDENT / "q1.py"}


def grade_one(context: Context) -> Found:
    """One submission, in whole processes, in turns."""
    folder, plan = context.folder, context.plan
    results = folder / "results.json"

    def suite() -> Cost:
        cost, _ = run(sys.executable, "-I", TOOLS / "bench" / "suite.py", SOLUTION, results)
        _checked(sum(test["score"] for test in json.loads(results.read_text())["tests"]), _full)
        return cost

    def in_process() -> Cost:
        cost, marks = run(sys.executable, "-I", TOOLS / "bench" / "unisolated.py", SOLUTION)
        _checked(float(marks), _full)
        return cost

    contestants: dict[str, Callable[[], Cost]] = {SUITE: suite, ENGINE: in_process}
    there, notes = engines(folder)
    files = _files(folder)
    for engine in there:
        contestants |= engine.contestants(files, plan.further, folder)
    if importlib.util.find_spec("otter"):
        contestants[OTTER] = _otter(folder)
    costs = interleaved(contestants, plan.grading_rounds, warm=plan.grading_rounds > 1)
    cpu = {name: [cost.cpu for cost in values] for name, values in costs.items()}
    numbers = {name: median_ratio(values, cpu[SUITE]) for name, values in cpu.items()}
    rows = []
    for name, values in costs.items():
        cost = median_cost(values)
        rows.append((name, cost.cpu * 1e3, cost.wall * 1e3, numbers[name]))
    if OTTER in cpu:
        numbers[OTTER] = median_ratio(cpu[OTTER], cpu[ISOLATED])
    return Found(numbers, (Table(("", "CPU", "on the clock", "CPU to the plain suite's"), tuple(rows)),), notes)


def _otter(folder: Path) -> Callable[[], Cost]:
    """otter-grader on the same checks, as `otter run` grades a script locally."""
    place = folder / "otter"
    (place / "tests").mkdir(parents=True, exist_ok=True)
    (place / "tests" / "q1.py").write_text(OTTER_TEST)
    script = SOLUTION.read_text(encoding="utf-8")
    # otter runs a script as __main__, which would train
    (place / "q1.py").write_text(re.sub(r'^if __name__ == "__main__":\n    main\(\)\n', "", script, flags=re.MULTILINE))
    otter = [sys.executable, "-m", "otter"]
    run(*otter, "generate", "-t", place / "tests", "-o", place / "autograder.zip", "--no-environment")

    def grade() -> Cost:
        cost, _ = run(*otter, "run", place / "q1.py", "-a", place / "autograder.zip", "-o", place)
        tests = json.loads((place / "results.json").read_text())["tests"]
        _checked(sum(test.get("score") or 0 for test in tests), _full)
        return cost

    return grade


def grade_a_class(context: Context) -> Found:
    """Submissions a minute, start-up included, on two cores, in turns."""
    plan, export = context.plan, context.folder / "class"
    for number in range(plan.submissions):
        place = export / f"student_{number:03}"
        place.mkdir(parents=True)
        (place / "q1.py").write_text(SOLUTION.read_text(encoding="utf-8") + f"\n# {number}\n", encoding="utf-8")
    there, notes = engines(context.folder)

    def suites() -> Cost:
        results = [context.folder / f"results-{number}.json" for number in range(plan.submissions)]
        command = [sys.executable, "-I", str(TOOLS / "bench" / "suite.py")]
        files = [place / "q1.py" for place in sorted(export.iterdir())]

        def one(pair: tuple[Path, Path]) -> None:
            subprocess.run([*command, *map(str, pair)], check=True, capture_output=True)

        with ThreadPoolExecutor(2) as pool:
            return _timed(lambda: list(pool.map(one, zip(files, results))))

    def batch(engine: Engine, *options: str) -> Cost:
        out = context.folder / "grades"
        shutil.rmtree(out, ignore_errors=True)
        return run(*engine.batch, export, "--out", out, *options)[0]

    with on_two_cores() as cores:
        contestants: dict[str, Callable[[], Cost]] = {
            "a plain suite, a process for each submission, two at a time": suites
        }
        for engine in there:
            contestants[f"{engine.name}, {BY_ITSELF}"] = lambda engine=engine: batch(engine)  # type: ignore[misc]
        contestants[f"{NOW}, one at a time"] = lambda: batch(there[0], "--jobs", "1")
        context.tell(f"{plan.submissions} submissions, {BY_ITSELF}")
        costs = interleaved(contestants, plan.class_rounds)
    seconds = {name: [cost.wall for cost in values] for name, values in costs.items()}
    now, first = (f"{name}, {BY_ITSELF}" for name in (NOW, FIRST))
    numbers = {}
    if first in seconds:
        numbers[FIRST] = median_ratio(seconds[first], seconds[now])
    rows = tuple((name, 60 * plan.submissions / statistics.median(values)) for name, values in seconds.items())
    if cores < 2:
        notes = (*notes, "This machine gives one core only.")
    return Found(numbers, (Table((f"{plan.submissions} submissions", "a minute"), rows),), notes)


def _timed(action: Callable[[], object]) -> Cost:
    import time

    start = time.perf_counter()
    action()
    return Cost(0.0, time.perf_counter() - start)


STARTS = {
    "Python alone": "pass",
    "NumPy": "import numpy",
    "gradescope-utils": "import gradescope_utils.autograder_utils.json_test_runner",
    "the grader": "import neural_lab.cli",
    "rich": "import rich.console, rich.table",
    "matplotlib": "import matplotlib.pyplot",
    "scikit-learn": "import sklearn.neural_network",
    "PyTorch": "import torch",
    "otter-grader": "import otter",
}
_MODULES = {"scikit-learn": "sklearn", "PyTorch": "torch", "otter-grader": "otter"}
HEAVY = ("sklearn", "scipy", "matplotlib", "rich")  # not ast: NumPy imports that itself


def start(context: Context) -> Found:
    """Starting Python and importing one thing; what is not installed is left out."""
    contestants: dict[str, Callable[[], Cost]] = {
        name: lambda code=code: run(sys.executable, "-I", "-c", code, environment={"OPENBLAS_NUM_THREADS": "1"})[0]  # type: ignore[misc]
        for name, code in STARTS.items()
        if name not in _MODULES or importlib.util.find_spec(_MODULES[name])
    }
    costs = interleaved(contestants, context.plan.grading_rounds, warm=context.plan.grading_rounds > 1)
    medians = {name: median_cost(values) for name, values in costs.items()}
    rows = tuple((name, cost.cpu * 1e3, cost.wall * 1e3) for name, cost in medians.items())
    heavy = imported_by_grading()
    notes = (f"Grading the solution imports {', '.join(heavy)}.",) if heavy else ()
    return Found({"heavy": float(len(heavy))}, (Table(("", "CPU", "on the clock"), rows),), notes)


def imported_by_grading() -> list[str]:
    """Which of the heavy modules the grader and its workers import to grade the solution."""
    done = subprocess.run(
        [sys.executable, "-s", "-X", "importtime", str(PACKAGE), "--serve"],
        input=json.dumps({"submission": str(SOLUTION)}) + "\n",
        capture_output=True, text=True, check=True, env=ENVIRONMENT,
    )  # fmt: skip
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    return [name for name in HEAVY if name in names]


def draw(found: Found, file: Path) -> None:
    from neural_lab.tools.bench.plots import bars
    from neural_lab.tools.plot_style import BLUE, GREY

    rows = [(str(name), float(cpu or 0), BLUE if str(name).startswith(NOW) else GREY) for name, cpu, *_ in
            reversed(found.tables[0].rows)]  # fmt: skip
    bars(rows, "CPU for one submission, ms", file)


GRADING = Part(
    "grading",
    "Grading one submission",
    grade_one,
    (
        Bound(ISOLATED, "CPU of one right submission, cold and isolated, to the plain suite's", 1.6, goal=1.4),
        Bound(f"{NOW}, {WARM}", "CPU of each further one in a class, isolated, to the plain suite's", 0.6, goal=0.45),
        *(Bound(f"{NOW}, {name}", f"CPU of a submission with {name} to the plain suite's", 5) for name in WRONG),
        Bound(GRADESCOPE, "CPU of a whole Gradescope run to the plain suite's", 5),
        Bound(OTTER, "CPU of otter-grader to that of one right submission here", 4, at_least=True),
    ),
    """Whole processes from start to end with all their children, in milliseconds. Where nothing else is said the
submission is the solution.

The plain suite makes the same calls with the same nets and compares as strictly, in the process of the submission, with
no defence against it. The engine in process is this grader without isolation. A whole Gradescope run grades, tries the
submission from end to end, and trains its hyperparameters for the leaderboard with five seeds.

What isolation adds to one cold run is processes: Python with NumPy is forked, the fork locked in and ended again, and
the first steps in a fresh process are slow ones; `autograder/neural_lab/tools/bench/isolation.py` measures each of
these. A grader that stays, as `make batch` keeps it, spares its start: the lines of each further submission.""",
    (("bench-grading.svg", draw),),
)
CLASS = Part(
    "class",
    "A class",
    grade_a_class,
    (Bound(FIRST, "submissions a minute to the first release's, on two cores", 2, at_least=True),),
    """Submissions a minute, on the clock, of `make batch` on copies of the solution that all differ, kept to two cores,
start-up included; what else the machine does lowers it.""",
)
START = Part(
    "imports",
    "Starting and importing",
    start,
    (Bound("heavy", f"how many of {', '.join(HEAVY)} grading the solution imports", 0),),
    """Starting Python and importing one thing, in milliseconds. Only the first four are on the way of a submission.""",
)
