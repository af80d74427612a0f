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
from neural_lab.platforms import gradescope
from neural_lab.runtime.host import Host
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import observe
from neural_lab.schema.places import ROOT
from neural_lab.tools.bench import grading, isolation, measure, page, suite, training
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
@pytest.mark.one_in(6, "a quick run")
def test_it_prints_every_bound_and_writes_the_page_with_its_plots(run):
    done, folder = run
    text = (folder / "bench.md").read_text(encoding="utf-8")
    rows = [line for line in done.stdout.splitlines() if re.search(r"\| [≥≤] ", line)]
    assert len(rows) == sum(len(part.bounds) for part in page.PARTS) and all(row in text for row in rows)
    assert all(re.search(r"\| (held|MISSED|not measured) \|$", row) for row in rows)
    for name in re.findall(r"\(([\w-]+\.svg)\)", text):
        assert (folder / name).read_text(encoding="utf-8").startswith("<?xml")
    assert len(list(folder.glob("*.svg"))) == 3


@needs_own_uid
@pytest.mark.one_in(6, "a quick run")
def test_every_bound_of_a_quick_run_is_measured_unless_it_takes_minutes_or_something_is_not_installed(run):
    found = page.read(run[1] / "bench.json")
    missing = {
        bound.key for part in page.PARTS for bound in part.bounds if bound.key not in found[part.name].found.numbers
    }
    assert missing <= {"test", "test-all", "container", grading.OTTER, grading.FIRST, training.TORCH}


@needs_own_uid
@pytest.mark.one_in(6, "a quick run")
def test_the_page_describes_the_machine_and_names_no_place(run):
    text = (run[1] / "bench.md").read_text(encoding="utf-8")
    assert "core" in text and f"NumPy {np.__version__}" in text and "digits" in text
    assert not re.search(r"/(tmp|root|home|work|Users)\b", text)


def test_one_part_is_measured_anew_and_the_others_stay_as_they_are(tmp_path):
    before = {"class": kept(measure.Found({grading.FIRST: 2.5}, notes=("An earlier run.",)))}
    page.write(before, grading.CLASS, tmp_path)
    done = subprocess.run(
        [sys.executable, TOOL, "--quick", "--data", "digits", "--only", "size", "--out", tmp_path],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = page.read(tmp_path / "bench.json")
    assert set(found) == {"class", "size"} and found["class"] == before["class"]
    assert "An earlier run." in (tmp_path / "bench.md").read_text(encoding="utf-8")


def test_a_part_that_fails_keeps_what_was_found_before_and_stops_no_other(tmp_path, capsys):
    def fail(context):
        raise RuntimeError("the machine is on fire")

    failing = measure.Part("class", "A class", fail, (), "")
    working = measure.Part("size", "Size", lambda context: measure.Found({"lines": 1.0}), (), "")
    page.write({"class": kept(measure.Found({"rate": 7.0}))}, failing, tmp_path)
    plan, data = measure.QUICK, datasets.load("digits", most_train=10)
    findings, failed = page.measure((failing, working), plan, data, tmp_path, lambda text: None)
    assert failed == ["class"] and findings == page.read(tmp_path / "bench.json")
    assert findings["class"].found.numbers == {"rate": 7.0} and findings["size"].found.numbers == {"lines": 1.0}
    assert "on fire" in capsys.readouterr().err


def test_a_fault_of_the_grader_is_told_in_the_place_of_marks():
    assert isolation.marks_of({"score": 97.5, "extra_data": {}}) == "97.5"
    assert isolation.marks_of(gradescope.fault("no process can be had")) == "no marks: no process can be had"


def kept(found):
    return page.Kept(found, "on a day", "a machine")


def test_a_missing_data_set_is_said_to_be_that(tmp_path):
    done = subprocess.run(
        [sys.executable, TOOL, "--data", "nowhere.npz", "--out", tmp_path],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith("error: ") and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "number, at_least, verdict",
    [
        (2.0, True, "held"),
        (1.9, True, "MISSED"),
        (1.9, False, "held"),
        (2.1, False, "MISSED"),
        (None, True, "not measured"),
    ],
)
def test_a_bound_is_held_or_missed_or_cannot_be_measured(number, at_least, verdict):
    assert measure.Bound("speed", "the speed", 2.0, at_least).verdict(number) == verdict


def test_what_is_compared_is_measured_in_turns():
    calls: list[str] = []
    measured = measure.interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert "".join(calls) == "abbaab" and {name: len(values) for name, values in measured.items()} == {"a": 3, "b": 3}


def test_the_readmes_figures_are_replaced_and_nothing_else():
    one = measure.Table(("", "CPU"), ((grading.ISOLATED, 200.0), (grading.GRADESCOPE, 1500.0)))
    rates = measure.Table(
        ("", "a minute"),
        ((f"{grading.FIRST}, {grading.BY_ITSELF}", 2000.0), (f"{grading.NOW}, {grading.BY_ITSELF}", 1234.4)),
    )
    found = {"grading": kept(measure.Found(tables=(one,))), "class": kept(measure.Found(tables=(rates,)))}
    once = page.with_figures(f"before\n{page.BEGIN}old\n{page.END}after\n", found)
    assert once.startswith(f"before\n{page.BEGIN}") and once.endswith(f"{page.END}after\n") and "old" not in once
    assert "0.20 s of CPU" in once and "1.5 s for a whole run" in once and "1,234 submissions a minute" in once
    assert page.with_figures(once, found) == once


def test_ratios_are_taken_within_a_round():
    assert measure.median_ratio([10.0, 100.0, 30.0], [1.0, 50.0, 10.0]) == 3.0


def test_the_trainer_and_the_solution_do_the_same_training_when_they_are_measured():
    digits = datasets.load("digits", most_train=200)
    sizes = (784, 6, 10)
    assert set(training.contestants(digits, sizes, 50)) >= {
        training.PER_SAMPLE, training.TRAINER, training.SKLEARN, training.PRODUCTS
    }  # fmt: skip
    seconds = measure.interleaved(training.contestants(digits, sizes, 50), 3)
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
    host.modules["q1"] = module = types.ModuleType("q1")
    vars(module)["NeuralNetwork"] = Counting
    for probe in dict.fromkeys(part.probe for line in Q1.lines for part in line.parts):
        observe(probe, Session(host.perform), np.random.default_rng(7))
    assert collections.Counter(made) == by_suite


def test_a_grader_that_does_not_give_the_solution_full_marks_is_not_measured():
    with pytest.raises(RuntimeError, match="expected full marks, got 99"):
        grading._checked(99, grading._full)
