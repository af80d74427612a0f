"""Broken rows in the bank: named for the staff, and otherwise as if they were not there."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from neural_lab.grading import mutants
from neural_lab.grading.diagnose import diagnose
from neural_lab.grading.pipeline import grade
from neural_lab.grading.reference import Reference, edited_module
from neural_lab.intake.submission import Submission
from neural_lab.isolation.limits import Limits
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Edit, Mistake
from neural_lab.schema.places import ROOT
from neural_lab.tools.bench.unisolated import InProcess
from neural_lab.tools.course.grader import Grader
from tests.engine_copy import USERS, Engine, copy_engine
from tests.hand_ins import SOLUTION, hand_in, with_bodies

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's"),
    # of NumPy's threads the fork needs none
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

ANSWER, STATIC = "return output_activations - y", "@staticmethod\n"
# What stands in cost_derivative: (text found, text put there, words of the reason why it is left out).
BROKEN = {
    "edit-not-found": ("no such text", "x", "not found in the solution"),
    "no-syntax": (ANSWER, "return ((", "SyntaxError"),
    "no-indentation": (ANSWER, "return y\n  return y", "IndentationError"),
    "nul": (ANSWER, "return '\0'", "null byte"),
    "deep": (ANSWER, f"return {'(' * 500}y{')' * 500}", "Error"),
    "undefined-decorator": (STATIC, f"{STATIC}@undefined\n", "NameError"),
    "exits-when-defined": (STATIC, f"{STATIC}@exit\n", "SystemExit"),
    "another-name": ("def cost_derivative", "def derivative_of_cost", "KeyError"),
    "endless": (ANSWER, "while True:\n        pass", "CPU|did not end"),
    "endless-in-c": (ANSWER, "return sum(iter(int, 1))", "CPU|did not end"),
    "endless-when-defined": (STATIC, f"{STATIC}@(lambda f: sum(iter(int, 1)))\n", "CPU|did not end"),
    "endless-prints": (ANSWER, "while True:\n        print('x' * 10_000)", "CPU|did not end"),
    "sleeps": (ANSWER, "import time\n    time.sleep(1000)", "did not end"),
    "ends": (ANSWER, "import os\n    os._exit(0)", "ended its process"),
    "crashes": (ANSWER, "import ctypes\n    ctypes.string_at(0)", "SIGSEGV"),
    "kills-its-group": (ANSWER, "import os\n    os.kill(0, 9)", "SIGKILL"),
    "closes-everything": (ANSWER, "import os\n    os.closerange(0, 1000)", "ended its process"),
    "greedy": (ANSWER, "return np.ones((40_000, 40_000))", "memory|CPU"),
    "greedy-by-and-by": (ANSWER, "x = []\n    while True:\n        x.append(np.empty(10**6))", "memory|CPU"),
    "giant-answer": (ANSWER, "return np.ones((3_000, 1_000))", "can't be sent|CPU|ended"),
    "other-numbers": (ANSWER, "np.random.default_rng = lambda *a: np.random.Generator(np.random.MT19937(3))\n"
                      "    return y", "answers otherwise"),
    "other-solution": (ANSWER, "import gc\n    for thing in gc.get_objects():\n"
                       "        if getattr(thing, '__name__', '') == 'NeuralNetwork':\n"
                       "            thing.cost_derivative = staticmethod(lambda a, y: y)\n    return y",
                       "answers otherwise"),
    "leaves-threads": (ANSWER, "import threading\n    spin = lambda: sum(iter(int, 1))\n"
                       "    threading.Thread(target=spin, daemon=True).start()\n    return 11 * y",
                       "CPU|did not end"),
}  # fmt: skip
# These can be run, and answer as nobody does.
ODD = {
    "recurses": (ANSWER, "return NeuralNetwork.cost_derivative(output_activations, y)"),
    "exits": (ANSWER, "raise SystemExit"),
    "prints": (ANSWER, "print('x' * 100_000)\n    return 5 * y"),
    "writes-to-stdout": (ANSWER, "import os\n    os.write(1, b'{}\\n' * 100)\n    return 6 * y"),
    "seeds": (ANSWER, "np.random.seed(1)\n    random.seed(1)\n    return 7 * y"),
    "raises-in-numpy": (ANSWER, "np.seterr(all='raise')\n    return 8 * y"),
    "replaces-norm": (ANSWER, "np.linalg.norm = lambda *a: 0.0\n    return 9 * y"),
    "changes-its-inputs": (ANSWER, "y *= 10\n    return output_activations - y"),
}  # fmt: skip
ROWS = {
    id: Mistake(id, "cost_derivative", (Edit(find, put),), "Never shown.")
    for id, (find, put, *_) in {**BROKEN, **ODD}.items()
}
SUBMISSIONS = {
    "right": SOLUTION,
    "unwritten": (ROOT / "student" / "q1.py").read_text(),
    "a known mistake": SOLUTION.replace(ANSWER, "return y - output_activations"),
    "a relation": SOLUTION.replace(ANSWER, "return 3 * (output_activations - y)"),
    "an unknown mistake": SOLUTION.replace(ANSWER, "return output_activations - y**3"),
    "an exception": SOLUTION.replace(ANSWER, "raise OSError"),
    "a wrong shape": with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return [1]\n"}).replace(
        ANSWER, "return (output_activations - y).T"
    ),
}
# A sound row needs some 0.002 s of CPU.
QUICK = Limits(mutant_cpu=0.2, mutant_wall=1.0)


@pytest.fixture(scope="module")
def doctored(tmp_path_factory) -> Iterator[Engine]:
    """A grader whose bank has all these rows before its own."""
    engine = copy_engine(tmp_path_factory.mktemp("doctored") / "source", USERS[0])
    file = engine.folder / "autograder" / "neural_lab" / "labs" / "q1" / "mistakes.py"
    rows = [(row.id, row.function, tuple(map(tuple, row.edits)), row.hint) for row in ROWS.values()]
    first = f"*(Mistake(i, f, tuple(Edit(*e) for e in edits), h) for i, f, edits, h in {rows!r})"
    text, count = re.subn(r"^MISTAKES.* = \($", lambda match: f"{match[0]}{first}, ", file.read_text(), flags=re.M)
    assert count == 1
    file.write_text(text)
    yield engine
    shutil.rmtree(engine.folder)


def test_broken_rows_change_neither_marks_nor_feedback_of_any_submission(doctored, tmp_path):
    sound = copy_engine(tmp_path / "source", USERS[0])
    with Grader("q1", sound.grading) as grader, Grader("q1", doctored.grading) as other:
        for name, text in SUBMISSIONS.items():
            folder = tmp_path / name.replace(" ", "_")
            folder.mkdir()
            file = hand_in(folder, text)
            expected, found = grader.grade(file), other.grade(file)
            assert found["score"] == expected["score"], name
            for one, another in zip(expected["tests"], found["tests"], strict=True):
                assert one["score"] == another["score"]
                assert one["extra_data"] == another["extra_data"], name
                assert "Never shown" not in another["output"]


def test_the_staff_is_told_of_each_row_once(doctored, tmp_path):
    file = hand_in(tmp_path, SUBMISSIONS["a known mistake"])
    command = ["env", "-i", "PYTHONHASHSEED=0", sys.executable, "-s", str(doctored.grading), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = dict(re.findall(r"^bank of q1: (\S+) \(cost_derivative\) is left out: (.*)", done.stderr, re.M))
    assert told.keys() == BROKEN.keys() and len(done.stderr.splitlines()) == len(BROKEN)
    for id, (_, _, reason) in BROKEN.items():
        assert re.search(reason, told[id]), id
    assert "95" in done.stdout and "left out" not in done.stdout


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.one_in(3)
def test_wherever_broken_rows_stand_a_known_mistake_is_named_alone(seed):
    lab, chosen = load_lab("q1"), random.Random(seed)
    rows = [*chosen.sample(list(ROWS.values()), 20), *(m for m in lab.mistakes if m.function == "cost_derivative")]
    chosen.shuffle(rows)
    reference, function = Reference(replace(lab, mistakes=tuple(rows))), lab.function("cost_derivative")
    (probe,) = {part.probe for line in lab.lines_of(function) for part in line.parts}
    for right, wrong in ((ANSWER, "return y - output_activations"), (ANSWER, "return abs(output_activations - y)")):
        answers = reference.answers(probe, mutants.numbers(probe), function, (Edit(right, wrong),))
        found = diagnose(reference, function, {probe: answers}, mutants.numbers, QUICK)
        assert [row.id for row in found.named] == [{"y": "cd-sign", "a": "cd-abs"}[wrong[7]]]
    assert reference.left_out.keys() == {row.id for row in rows} & BROKEN.keys()


@pytest.mark.one_in(2)
def test_a_variant_that_never_ends_accepts_nothing():
    lab = load_lab("q1")
    (by_length,) = (variant for variant in lab.variants if variant.id == "gd-ragged-by-length")
    text = edited_module(SOLUTION, "NeuralNetwork.mini_batch_GD", by_length.edits)
    broken = by_length._replace(edits=(Edit("cost_history = []", "while True:\n        pass"),))
    marks = [
        grade(Reference(one), Submission({"q1": text}, text.encode()), bytes(32), InProcess()).marks  # type: ignore[arg-type]
        for one in (lab, replace(lab, variants=(broken,)), replace(lab, variants=()))
    ]
    assert marks == [100, 98, 98]


def test_a_row_is_refused_by_a_substitute_what_the_submission_was_refused():
    """Flat biases make a z of another shape: the solution itself goes on with it for a while, a substitute does not."""
    lab = load_lab("q1")
    function, reference = lab.function("mini_batch_GD"), Reference(lab)
    probe = lab.lines_of(function)[0].parts[0].probe
    flat = Mistake("flat", function.label, (Edit("[b - step * total for", "[(b - step * total).ravel() for"),), "")
    expected = reference.answers(probe, mutants.numbers(probe))
    told = {}
    for substituted in ((), ("back_propagation",)):
        with mutants.Mutants(reference, function, mutants.numbers, substituted={probe: substituted}) as rows:
            told[substituted] = repr(rows.answers([flat], probe, expected)["flat"])
    refused = "back_propagation: the reference's copy can't answer this call"
    assert [refused in said for said in told.values()] == [False, True]


def test_all_rows_of_a_bank_can_be_tried_beforehand(capsys):
    lab = load_lab("q1")
    unknown, odd = replace(ROWS["recurses"], function="test_accuracy"), replace(ROWS["exits"], id="odd")
    assert mutants.try_all(Reference(replace(lab, mistakes=(unknown, odd), variants=()))).keys() == {"recurses"}
    assert "bank of q1: recurses (test_accuracy) is left out: no line" in capsys.readouterr().err
    assert mutants.try_all(Reference(load_lab("perceptron"))) == {}
    assert capsys.readouterr().err == ""
