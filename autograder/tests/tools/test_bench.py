"""`make bench`: the whole of it once, with next to nothing to measure, and the rules by which it judges."""

from __future__ import annotations

import collections
import re
import subprocess
import sys
import types

import numpy as np
import pytest

from neural_lab.labs.q1 import datasets
from neural_lab.runtime.host import Host
from neural_lab.runtime.session import Session
from neural_lab.schema.places import ROOT
from neural_lab.schema.schema import load_lab, observe
from neural_lab.tools.bench import grading, page, suite, training
from neural_lab.tools.bench.grading import Cost
from neural_lab.tools.course.batch import default_jobs
from tests.engine_copy import needs_own_uid

Q1 = load_lab("q1")
TOOL = ROOT / "autograder" / "neural_lab" / "tools" / "bench" / "page.py"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, TOOL, "--quick", "--data", "digits", "--out", folder],
        capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done, folder


@needs_own_uid  # a Gradescope run is measured, too, and gives no marks without
def test_it_prints_every_bound_and_writes_the_page_with_its_plots(run):
    done, folder = run
    page = (folder / "page.md").read_text(encoding="utf-8")
    rows = [line for line in done.stdout.splitlines() if re.search(r"\| [≥≤] ", line)]
    assert len(rows) == 8 and all(row in page for row in rows)
    assert all(re.search(r"\| (held|MISSED|not installed)", row) for row in rows)
    for name in re.findall(r"\(([\w-]+\.svg)\)", page):
        assert (folder / name).read_text(encoding="utf-8").startswith("<?xml")
    assert len(list(folder.glob("*.svg"))) == 3


@needs_own_uid
def test_the_page_describes_the_machine_and_names_no_place(run):
    page = (run[1] / "page.md").read_text(encoding="utf-8")
    assert "core" in page and f"NumPy {np.__version__}" in page and "digits" in page
    assert not re.search(r"/(tmp|root|home|work|Users)\b", page)


def test_a_missing_data_set_is_said_to_be_that(tmp_path):
    done = subprocess.run(
        [sys.executable, TOOL, "--data", "nowhere.npz", "--out", tmp_path],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith("error: ") and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "ratio, at_least, verdict",
    [
        (2.0, True, "held"),
        (1.9, True, "MISSED"),
        (1.9, False, "held"),
        (2.1, False, "MISSED"),
        (None, True, "not installed"),
    ],
)
def test_a_bound_is_held_or_missed_or_cannot_be_measured(ratio, at_least, verdict):
    assert page.Bound("speed", ratio, 2.0, at_least).verdict == verdict


def test_what_is_compared_is_measured_in_turns():
    calls: list[str] = []
    measured = page.interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert "".join(calls) == "abbaab" and {name: len(values) for name, values in measured.items()} == {"a": 3, "b": 3}


def test_the_readmes_figures_are_replaced_and_nothing_else():
    costs = {grading.ISOLATED: Cost(0.2, 0.3), grading.GRADESCOPE: Cost(1.5, 1.6)}
    found = page.Findings(grading=costs, class_rates={default_jobs(): 1234.4})
    once = page.with_figures(f"before\n{page.BEGIN}old\n{page.END}after\n", found)
    assert once.startswith(f"before\n{page.BEGIN}") and once.endswith(f"{page.END}after\n") and "old" not in once
    assert "0.20 s of CPU" in once and "1.5 s for a whole run" in once and "1,234 submissions a minute" in once
    assert page.with_figures(once, found) == once


def test_ratios_are_taken_within_a_round():
    assert page.median_ratio([10.0, 100.0, 30.0], [1.0, 50.0, 10.0]) == 3.0


def test_the_trainer_and_the_solution_do_the_same_training_when_they_are_measured():
    digits = datasets.load("digits", most_train=200)
    sizes = (784, 6, 10)
    assert set(training.contestants(digits, sizes, 50)) >= {
        training.PER_SAMPLE, training.TRAINER, training.SKLEARN, training.PRODUCTS
    }  # fmt: skip
    seconds = page.interleaved(training.contestants(digits, sizes, 50), 3)
    assert min(seconds[training.PER_SAMPLE]) > 5 * min(seconds[training.TRAINER]) > 0


def test_the_plain_suite_passes_the_solution_and_fails_the_stub_and_a_wrong_gradient():
    solution = suite.load(suite.SOLUTION, "solution_for_suite")
    stub = suite.load(ROOT / "student" / "q1.py", "stub_for_suite")
    assert suite.passed(solution.NeuralNetwork) == 14 and suite.passed(stub.NeuralNetwork) == 0

    class Wrong(solution.NeuralNetwork):  # type: ignore[misc, name-defined]
        def back_propagation(self, x, y):
            dC_db, dC_dw = super().back_propagation(x, y)
            return dC_db, [2 * dw for dw in dC_dw]

    assert suite.passed(Wrong) == 14 - 3 - 3  # every check of gradients, and of training with them


def test_the_plain_suite_makes_the_calls_of_the_probes():
    solution = suite.load(suite.SOLUTION, "solution_for_suite").NeuralNetwork
    made: list[tuple[str, tuple[int, ...]]] = []
    within = 0  # a call; what the solution calls itself does not count

    def counted(name):
        def call(self, *arguments):
            nonlocal within
            if not within:
                made.append((name, tuple(self.num_neurons_per_layer_list)))
            within += 1
            try:
                return vars(solution)[name].__get__(self, solution)(*arguments)
            finally:
                within -= 1

        return call

    Counting = type(
        "NeuralNetwork", (solution,), {name: counted(name) for name in {line.function for line in Q1.lines}}
    )
    assert suite.passed(Counting) == 14
    by_suite = collections.Counter(made)
    made.clear()
    host = Host()
    host.modules = {"q1": types.SimpleNamespace(NeuralNetwork=Counting)}
    for probe in dict.fromkeys(part.probe for line in Q1.lines for part in line.parts):
        observe(probe, Session(host.perform), np.random.default_rng(7))
    assert collections.Counter(made) == by_suite


def test_a_grader_that_does_not_give_the_solution_full_marks_is_not_measured():
    with pytest.raises(RuntimeError, match="got 99"):
        grading._full(grading.Cost(1.0, 1.0), 99)
