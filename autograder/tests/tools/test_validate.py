"""An instructor's slips: each is one sentence with its file, its line and what to do, before anyone is graded."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from neural_lab.schema.discovery import lab_names
from neural_lab.schema.places import ROOT
from neural_lab.tools.course import grader

RUBRIC, PROBES, MISTAKES = (f"autograder/neural_lab/labs/neuron/{name}.py" for name in ("rubric", "probes", "mistakes"))
SOLUTION = "solution/warmups/neuron.py"
OF_Q1 = "autograder/neural_lab/labs/q1"
EVALUATED = 'Function("evaluate_neuron", "neuron", takes=(X, W, B), passes=rows),\n'
DERIVATIVE = 'Function("derivative_of_sigmoid", "neuron", takes=(Elementwise(),), passes=entries),\n'
LOSS = 'Function("loss_function", "neuron", takes=(X, T, W, B), passes=rows, asked=twice),\n'
LOSS_BODY = """\
    y, _ = evaluate_neuron(x, w, b)
    N = len(t)
    return np.sum((y - t) ** 2) / (2 * N)
"""


class Slip(NamedTuple):
    """What an instructor wrote, and what is said of it.

    :param file: in which it stands, in place of `find`
    :param put: what was written
    :param said: part of the sentence
    :param where: what stands in the line that is named
    :param at: the file that is named, if not that one
    """

    file: str
    find: str
    put: str
    said: str
    where: str = ""
    at: str = ""
    lab: str = "neuron"


SLIPS = {
    # what the rubric says
    "a line about a function that is not there": Slip(
        RUBRIC,
        '"1.1",\n        "evaluate_neuron"',
        '"1.1",\n        "evaluate_nueron"',
        "line 1.1 is about 'evaluate_nueron', which no function has for a label; the labels are evaluate_neuron,",
        '"evaluate_nueron"',
    ),
    "a line's number twice": Slip(
        RUBRIC, '"1.2"', '"1.1"', "two lines have the number '1.1'; number them anew", '"1.1",\n        "derivative'
    ),
    "a line's number that is none": Slip(RUBRIC, '"1.2"', '"1,2"', "'1,2' is no line's number; number them", '"1,2"'),
    "a line under another name": Slip(
        RUBRIC,
        '"1.4",\n        "update_weights",\n        "update_weights"',
        '"1.4",\n        "update_weights",\n        "weights"',
        "line 1.4 is named 'weights'; begin its name with 'update_weights'",
        '"1.4"',
    ),
    "marks below zero": Slip(
        RUBRIC, '"outputs", 2.5', '"outputs", -2.5', "line 1.1, outputs: -2.5 marks; a part has", "-2.5"
    ),
    "marks in quotes": Slip(RUBRIC, '"bias", 2', '"bias", "2"', "line 1.4, bias: '2' marks; a part has more", '"2"'),
    "a part's id twice": Slip(
        RUBRIC,
        'Part("bias", "bias"',
        'Part("weights", "bias"',
        "two parts of update_weights have the id 'weights'; a mistake names parts by their ids",
        'Part("weights", "bias"',
    ),
    "a comma left out": Slip(
        RUBRIC,
        '(Part("numbers", "a line and a table of numbers", 3, probes.derivative_of_sigmoid, scale=0.25),)',
        '(Part("numbers", "a line and a table of numbers", 3, probes.derivative_of_sigmoid, scale=0.25))',
        "what line 1.2 has for parts is no tuple of Part; a comma follows even a single item: (one,)",
        '"1.2"',
    ),
    "a piece that no answer has": Slip(
        RUBRIC,
        '"bias", 2, probes.update_weights, at=(1,)',
        '"bias", 2, probes.update_weights, at=(2,)',
        "line 1.4, bias: `at` is (2,), and the answer of 'update_weights' has no such item; there are 2",
        '"bias", 2',
    ),
    "a piece that no part uses": Slip(
        RUBRIC,
        '            Part("accuracy", "accuracy", 1, probes.evaluate_prediction, at=(1,), forms=(SWAPPED,)),\n',
        "",
        "no part uses item 1 of the answers of the probe 'evaluate_prediction'; write a Part with at=(1,),",
        '@probe("evaluate_prediction")',
        PROBES,
    ),
    "a function under another name": Slip(
        RUBRIC,
        'Function("loss_function", "neuron",',
        'Function("loss_funktion", "neuron", "loss_function",',
        "solution/warmups/neuron.py has no loss_funktion; did you mean loss_function?",
        '"loss_funktion"',
    ),
    "kinds without a comma": Slip(
        RUBRIC,
        "takes=(Elementwise(),)",
        "takes=(Elementwise())",
        "what derivative_of_sigmoid takes is no tuple of kinds; a comma follows even a single one",
    ),
    "a module that is not the lab's": Slip(
        RUBRIC,
        'Function("loss_function", "neuron"',
        'Function("loss_function", "neurons"',
        "loss_function is said to be in the module 'neurons', of which the lab knows nothing; its modules are neuron",
        '"loss_function", "neurons"',
    ),
    "a function before the one that it calls": Slip(
        RUBRIC,
        f"{EVALUATED}    {DERIVATIVE}    {LOSS}",
        f"{LOSS}    {EVALUATED}    {DERIVATIVE}",
        "loss_function stands before evaluate_neuron, which it calls in the solution; put each function after",
        LOSS.strip(),
    ),
    "a kind too few": Slip(
        RUBRIC,
        "takes=(X, T, W, B)",
        "takes=(X, T, W)",
        "loss_function takes 4 arguments in the solution, and its `takes` has 3; give a kind for each",
        '"loss_function", "neuron"',
    ),
    "a probe that is not there": Slip(
        RUBRIC,
        "3, probes.loss_function",
        "3, probes.los_function",
        "has no attribute 'los_function'; correct this line; docs/new_lab.md says what stands there",
        "probes.los_function",
    ),
    "an argument that is not there": Slip(
        RUBRIC,
        "scale=0.25",
        "scales=0.25",
        "unexpected keyword argument 'scales'; correct this line",
        "scales=0.25",
    ),
    "another lab's name": Slip(
        RUBRIC, 'name="neuron"', 'name="neurone"', "labs/neuron/ calls itself 'neurone'; give both", 'name="neurone"'
    ),
    "Python that does not parse": Slip(
        RUBRIC, "FUNCTIONS = (", "FUNCTIONS = ((", "SyntaxError: '(' was never closed; correct this line", "FUNCTIONS ="
    ),
    "a variant that is not there": Slip(
        f"{OF_Q1}/rubric.py",
        'accepts=("gd-ragged-by-length",)',
        'accepts=("gd-by-length",)',
        "line 1.6, ragged accepts 'gd-by-length', which is no variant of mini_batch_GD; write that variant",
        '"gd-by-length"',
        lab="q1",
    ),
    "a rubric without its lab": Slip(
        RUBRIC, "LAB = Lab(", "LABO = Lab(", "labs/neuron/rubric.py defines no LAB; end it with LAB =", '"""The marks'
    ),
    "a number without quotes": Slip(RUBRIC, '"1.2"', "1.2", "line 1.2: 1.2 should be a text; put it in quotes"),
    # probes
    "a probe without its decorator": Slip(
        PROBES,
        '@probe("loss_function")\n',
        "",
        "line 1.3, samples: its probe is none; write @probe(",
        '"samples", "one and several samples"',
        RUBRIC,
    ),
    "a probe's id twice": Slip(
        PROBES,
        '@probe("update_weights")',
        '@probe("loss_function")',
        "two probes have the id 'loss_function'; give the newer one another id",
        '@probe("loss_function")\ndef update',
    ),
    "a probe that raises": Slip(
        PROBES,
        "x, t = map(session.put, _batch(rng, samples))",
        "x, t = map(session.put, _bach(rng, samples))",
        "NameError: name '_bach' is not defined; a probe runs on the solution",
        "= map(session.put, _bach(",
    ),
    "arguments without a comma": Slip(
        PROBES,
        '(call._replace(pieces=("y", "a")), (x, w, b)) for',
        '(call._replace(pieces=("y", "a")), (x)) for',
        "evaluate_neuron gets its arguments in no tuple, and a comma follows even a single one: (z,); a probe runs",
        'return ask(session, "neuron", cases)',
    ),
    "a probe that draws other numbers each time": Slip(
        PROBES,
        "rng.uniform(-3, 3, (3, 2))",
        "np.random.uniform(-3, 3, (3, 2))",
        "probe 'derivative_of_sigmoid': it asks or gets something else when it is run again; draw all its numbers",
        '@probe("derivative_of_sigmoid")',
    ),
    "a call with an argument too few": Slip(
        PROBES,
        '(call._replace(pieces=("y", "a")), (x, w, b)) for',
        '(call._replace(pieces=("y", "a")), (x, w)) for',
        "probe 'evaluate_neuron': the solution's evaluate_neuron answers with TypeError",
        '@probe("evaluate_neuron")',
    ),
    "inputs where the answer is not finite": Slip(
        PROBES,
        "DECISIVE = (0.0,",
        "DECISIVE = (np.nan,",
        "probe 'derivative_of_sigmoid': the solution's derivative_of_sigmoid answers nan or inf there",
        '@probe("derivative_of_sigmoid")',
    ),
    "a probe that returns nothing": Slip(
        PROBES,
        'return ask(session, "neuron", named(',
        'ask(session, "neuron", named(',
        "TypeError: Value after * must be an iterable, not NoneType; a probe runs on the solution, and returns a tuple",
        '@probe("derivative_of_sigmoid")',
    ),
    "an observation without its comma": Slip(
        PROBES,
        'named("derivative_of_sigmoid", cases))',
        'named("derivative_of_sigmoid", cases))[0]',
        "probe 'derivative_of_sigmoid': it returns no tuple of Observations; a comma follows",
        '@probe("derivative_of_sigmoid")',
    ),
    "a call of another module": Slip(
        PROBES,
        'return ask(session, "neuron", named(',
        'return ask(session, "neurone", named(',
        "a probe asks the module 'neurone', which the lab does not have; its modules are neuron",
        '@probe("derivative_of_sigmoid")',
    ),
    "a solution that forgets to return": Slip(
        SOLUTION,
        "return np.sum((y - t) ** 2) / (2 * N)",
        "np.sum((y - t) ** 2) / (2 * N)",
        "probe 'loss_function': the solution's loss_function answers None; let it return what is to be judged",
        '@probe("loss_function")',
        PROBES,
    ),
    "a probe that no part uses": Slip(
        PROBES,
        '@probe("update_weights")',
        '@probe("forgotten")\ndef forgotten(session, rng):\n    return ()\n\n\n@probe("update_weights")',
        "no part uses the probe 'forgotten'; give it to a Part, or take it out",
        '@probe("forgotten")',
    ),
    "a call of what the lab does not list": Slip(
        PROBES,
        'return ask(session, "neuron", cases)\n\n\n@probe("derivative_of_sigmoid")',
        'session.call("neuron", "np")\n    return ask(session, "neuron", cases)\n\n\n@probe("derivative_of_sigmoid")',
        "a probe calls np, and the lab's functions have none of that path; add a Function for it",
        '@probe("evaluate_neuron")',
    ),
    "samples that can't be counted": Slip(
        RUBRIC,
        'Function("evaluate_neuron", "neuron", takes=(X, W, B), passes=rows)',
        'Function("evaluate_neuron", "neuron", takes=(X, W, B), passes=lambda x, w: len(x))',
        "evaluate_neuron's `passes` fails on a call: TypeError: ",
        '"evaluate_neuron", "neuron"',
    ),
    "samples that are counted in another argument": Slip(
        RUBRIC,
        "takes=(X, T, W, B), passes=rows",
        "takes=(X, T, W, B), passes=lambda _, x, t, w, b: len(w)",
        "loss_function's `passes` never tells more than 2, and a probe calls it with ",
        '"loss_function", "neuron"',
    ),
    "samples that are no number": Slip(
        RUBRIC,
        "takes=(X, T, W, B), passes=rows",
        "takes=(X, T, W, B), passes=lambda _, x, t, w, b: x",
        "loss_function's `passes` gives array(",
        '"loss_function", "neuron"',
    ),
    "kinds in another order than the arguments": Slip(
        RUBRIC,
        "takes=(X, T, W, B)",
        "takes=(W, B, X, T)",
        "loss_function is called with arguments that its `takes` does not allow: for argument 1, an array of shape",
        '"loss_function", "neuron"',
    ),
    "a kind that no call has": Slip(
        f"{OF_Q1}/rubric.py",
        'Function("NeuralNetwork.sigmoid", "q1", takes=(Elementwise(),)',
        'Function("NeuralNetwork.sigmoid", "q1", takes=(Array((2, 1)),)',
        "NeuralNetwork.sigmoid is called with arguments that its `takes` does not allow: for argument 1, an array",
        '"NeuralNetwork.sigmoid"',
        lab="q1",
    ),
    "an import of what is not there": Slip(
        SOLUTION, "import numpy as np", "import numpie as np", "ModuleNotFoundError: No module named 'numpie', when"
    ),
    # the bank
    "a text that the solution does not have": Slip(
        MISTAKES,
        'Edit("y - t", "t - y")',
        'Edit("(y-t)", "t - y")',
        "upd-sign: '(y-t)' does not stand in update_weights; ",
        '"(y-t)"',
    ),
    "a row without its question": Slip(
        MISTAKES,
        '    Mistake(\n        "upd-sign",\n',
        '    Mistake("upd-2", "update_weights", (Edit("y - t", "2 * (t - y)"),)),\n    Mistake(\n        "upd-sign",\n',
        "upd-2: no hint; ask the student what you would ask at the desk",
        '"upd-2"',
    ),
    "an edit that does not compile": Slip(
        MISTAKES,
        '"x @ w - b"',
        '"x @ (w - b"',
        "ev-bias-subtracted: evaluate_neuron does not compile with its edits: '(' was never closed at 'a = x @ (w",
        '"ev-bias-subtracted"',
    ),
    "an edit that changes nothing": Slip(
        MISTAKES, '"x @ w - b"', '"x @ w + b"', "ev-bias-subtracted changes nothing; write", '"ev-bias-subtracted"'
    ),
    "a row's id twice": Slip(
        MISTAKES,
        '"loss-abs"',
        '"loss-sum"',
        "two rows have the id 'loss-sum'; give one of them an id of its own",
        '"loss-sum",\n        "loss_function",\n        (Edit("(y - t) ** 2", "np.abs',
    ),
    "a row about a function that is not graded": Slip(
        MISTAKES,
        '"loss-abs",\n        "loss_function"',
        '"loss-abs",\n        "lossfunction"',
        "loss-abs is about 'lossfunction', which no line grades; lines are about",
        '"lossfunction"',
    ),
    "a part that is not there": Slip(
        MISTAKES,
        'spares=("bias",)',
        'spares=("biases",)',
        "upd-no-x: update_weights has no other part 'biases'; its parts are weights, bias",
        '"upd-no-x"',
    ),
    "a part without its comma": Slip(
        MISTAKES,
        'spares=("bias",)',
        'spares=("bias")',
        "what upd-no-x has for spares is no tuple of ids; a comma follows even a single one",
        '"upd-no-x"',
    ),
    "equals that one row knows of": Slip(
        MISTAKES,
        'also=("der-factor-lost",)',
        "also=()",
        "der-factor-lost: der-missing-square does not name it in return; write `also` in both rows",
        '"der-factor-lost",\n        "derivative',
    ),
    "an edit without its comma": Slip(
        MISTAKES,
        '(Edit("x @ w + b", "x @ w"),)',
        '(Edit("x @ w + b", "x @ w"))',
        "what ev-no-bias has for edits is no tuple of Edit; a comma follows even a single item",
        '"ev-no-bias"',
    ),
    "a text twice in one row": Slip(
        f"{OF_Q1}/mistakes.py",
        '{"np.exp(-z)": "np.exp(z)"}',
        '{"np.exp(-z)": "np.exp(z)", "np.exp(-z)": "np.exp(2 * z)"}',
        "the key 'np.exp(-z)' stands twice in one dict, and only the second counts; put both changes into one",
        '{"np.exp(-z)": "np.exp(z)", ',
        lab="q1",
    ),
    # the solution, and what students get
    "a solution that does not parse": Slip(
        SOLUTION, "loss_function(x, t, w, b):", "loss_function(x, t, w, b)", "SyntaxError: expected ':'; correct"
    ),
    "an answer that earns nothing": Slip(
        SOLUTION,
        "def loss_function(",
        "def half(y):\n    # TODO: it\n    # BEGIN ANSWER\n    return y / 2\n    # END ANSWER\n\n\ndef loss_function(",
        "students are to write half, and no line gives marks for it; add a Function and a Line for it",
        "# BEGIN ANSWER\n    return y / 2",
    ),
    "marks for what is given": Slip(
        SOLUTION,
        f"    # TODO: use evaluate_neuron\n    # BEGIN ANSWER\n{LOSS_BODY}    # END ANSWER\n",
        LOSS_BODY,
        "line 1.3 gives marks for loss_function, which students are given; put its answer between",
        "def loss_function(",
    ),
    "a marker that is mistyped": Slip(
        SOLUTION, "# BEGIN ANSWER\n    a = x", "# BEGIN ANSWR\n    a = x", "'# BEGIN ANSWR' resembles a marker", "ANSWR"
    ),
    "a solution that changes its input": Slip(
        SOLUTION,
        "w_new = w - lr * dJ_dw",
        "w -= lr * dJ_dw\n    w_new = w",
        "probe 'update_weights': the solution's own update_weights(",
        '@probe("update_weights")',
        PROBES,
    ),
    "a stub of yesterday": Slip(
        SOLUTION,
        "The mean squared error J(w, b) of the neuron",
        "The squared error J(w, b) of the neuron",
        "it is not what the solution gives; run `make stubs`, look at what changed, and commit it",
        "The mean squared error J(w, b)",
        "student/warmups/neuron.py",
    ),
    "a table of yesterday's marks": Slip(
        f"{OF_Q1}/rubric.py",
        'Part("columns", "mixed signs, several lengths", 5',
        'Part("columns", "mixed signs, several lengths", 10',
        "its marks are not the rubric's; run `make stubs`",
        "| 1.4 |",
        "student/README.md",
        "q1",
    ),
    "a comment around the table mistyped": Slip(
        "student/README.md",
        "<!-- marks of q1 -->",
        "<!-- marks: q1 -->",
        "a table of marks stands between '<!-- marks of LAB -->' and '<!-- end of marks -->'",
        "<!-- marks: q1 -->",
        lab="q1",
    ),
    "a check that expects something else": Slip(
        "student/checks/q1.py",
        "1: 3 / 4, 2",
        "1: 2 / 4, 2",
        "check.py takes the solution's sigmoid for wrong: sigmoid of [ln 3, 0, -ln 3] is [0.75, 0.5, 0.25], expected",
        "def check_sigmoid(",
        lab="q1",
    ),
}  # fmt: skip

# Looks at one slip after the other, each in a fork of its own that has imported no lab before.
LOOK = """
import contextlib, io, json, os, sys
from pathlib import Path
from neural_lab.tools.release import validate

for name, lab, file, find, put in json.load(sys.stdin):
    file = Path(file)
    text = file.read_text("utf-8")
    if find not in text:
        sys.exit(f"{name}: {file} has no {find!r}")
    file.write_text(text.replace(find, put, 1), "utf-8")
    reading, writing = os.pipe()
    if os.fork() == 0:
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(said):
            status = validate.main(["--lab", lab])
        os.write(writing, json.dumps([name, status, said.getvalue()]).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as pipe:
        print(pipe.read() or json.dumps([name, None, "it crashed"]), flush=True)
    os.wait()
    file.write_text(text, "utf-8")
"""
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}


def copy_of_the_project(root: Path, *more: str) -> Path:
    for name in ("autograder/neural_lab", "solution", "student", *more):
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "mnist.npz"))
        else:
            shutil.copy2(source, target)
    return root


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return copy_of_the_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def found(tree):
    """What is said of each slip: {name: (status, lines)}."""
    cases = [[name, slip.lab, str(tree / slip.file), slip.find, slip.put] for name, slip in SLIPS.items()]
    run = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=json.dumps(cases),
        env=ENVIRONMENT | {"PYTHONPATH": str(tree / "autograder")},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert run.returncode == 0, run.stderr
    return {name: (status, said.splitlines()) for name, status, said in map(json.loads, run.stdout.splitlines())}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_one_sentence_with_file_line_and_remedy(found, name):
    slip = SLIPS[name]
    status, lines = found[name]
    assert status == 1 and len(lines) == 1, lines
    sentence = re.fullmatch(r"(\S+?):(\d+): (.+; .+[.?])", lines[0])
    assert sentence, lines[0]
    file, line, said = sentence.groups()
    assert slip.said in said
    assert file == (slip.at or slip.file)
    text = (ROOT / file).read_text("utf-8")
    if file == slip.file:
        text = text.replace(slip.find, slip.put, 1)
    place = text.index(slip.where or slip.put)
    first = text.count("\n", 0, place) + 1
    assert int(line) in range(first - 1, first + 2), f"{line}, not {first}"


def validated(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neural_lab.tools.release.validate", *arguments]
    environment = ENVIRONMENT | {"PYTHONPATH": str(tree / "autograder")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)


def test_nothing_is_found_in_the_labs_that_are_here():
    done = validated(ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in lab_names())


def test_the_largest_lab_takes_less_than_two_seconds():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert validated(ROOT, "--lab", "q1").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


# -- the verbs --------------------------------------------------------------------------------------------------------

WRONG_MARKS = ('"outputs", 2.5', '"outputs", -2.5')
NO_SUCH_TEXT = ('Edit("y - t", "t - y")', 'Edit("(y-t)", "t - y")')


@contextlib.contextmanager
def written(file: Path, find: str, put: str) -> Iterator[None]:
    """The file with another text, for a while."""
    text = file.read_text("utf-8")
    assert find in text
    file.write_text(text.replace(find, put, 1), "utf-8")
    try:
        yield
    finally:
        file.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("verb", "tool", "options"),
    [
        ("zip", "package", ["--lab", "neuron"]),
        ("handout", "handout", []),
        ("calibrate", "calibrate", ["--lab", "neuron"]),
    ],
)
def test_what_is_handed_out_and_what_is_calibrated_has_no_slips(tree, verb, tool, options):
    with written(tree / MISTAKES, *NO_SUCH_TEXT):
        command = [sys.executable, "-m", f"neural_lab.tools.release.{tool}", *options]
        environment = ENVIRONMENT | {"PYTHONPATH": str(tree / "autograder")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1 and done.stdout == ""
    sentence, last = done.stderr.splitlines()
    assert sentence.startswith(f"{MISTAKES}:") and "'(y-t)' does not stand in update_weights" in sentence
    assert last.startswith(f"make {verb}: nothing was made") and not (tree / "dist").exists()


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ((RUBRIC, *WRONG_MARKS), "line 1.1, outputs: -2.5 marks; a part has more than 0. "),
        ((RUBRIC, "probes.loss_function", "probes.los_function"), f"{RUBRIC}:40: AttributeError: "),
        ((PROBES, "_batch(rng, samples))", "_bach(rng, samples))"), f"{PROBES}:29: NameError: name '_bach' is not"),
        ((SOLUTION, "import numpy as np", "import numpie as np"), "the solution does not load: ModuleNotFoundError: "),
        ((SOLUTION, "def loss_function(x, t, w, b):", "def loss_function(x, t, w, b)"), "does not load: SyntaxError: "),
    ],
)
@pytest.mark.one_in(2)
def test_grading_with_a_broken_lab_says_so_in_a_sentence(tree, slip, said):
    file, find, put = slip
    submission = ROOT / "student" / "warmups" / "neuron.py"
    with written(tree / file, find, put):
        command = [sys.executable, "-s", str(tree / "autograder" / "neural_lab"), "--lab", "neuron", str(submission)]
        environment = grader.ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2 and done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert said in sentence and sentence.endswith("`make validate LAB=neuron` tells where and what to do.")
