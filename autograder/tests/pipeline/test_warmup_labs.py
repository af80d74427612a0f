"""The warm-up labs as they are graded, through the whole pipeline; the known mistakes are test_calibration's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from neural_lab.grading.reference import edited_module
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Edit
from neural_lab.schema.places import ROOT

LABS = ("perceptron", "neuron", "network", "layered", "ann", "layers")
SOLUTION, STUDENT = ROOT / "solution" / "warmups", ROOT / "student" / "warmups"


def submission(folder: Path, module: str, *edits: tuple[str, str, str], source: Path = SOLUTION) -> Path:
    """A file with some functions changed: (path of the function, text to find, text to put)."""
    text = (source / f"{module}.py").read_text()
    for function, find, put in edits:
        text = edited_module(text, function, (Edit(find, put),))
    folder.mkdir(exist_ok=True)
    file = folder / f"{module}.py"
    file.write_text(text)
    return file


def lost(results: dict) -> dict[str, float]:
    """Marks lost, by the function's label; those that lost none are left out."""
    taken = {test["tags"][0]: test["max_score"] - test["score"] for test in results["tests"]}
    return {function: marks for function, marks in taken.items() if marks}


def stubbed(module: str, kept: str) -> str:
    """The stub with a single function written."""
    solution, stub = (SOLUTION / f"{module}.py").read_text(), (STUDENT / f"{module}.py").read_text()
    answer = (
        solution.split(f"def {kept}(", 1)[1].split("# BEGIN ANSWER\n", 1)[1].split("# END ANSWER", 1)[0].rstrip(" ")
    )
    before, after = stub.split(f"def {kept}(", 1)
    head, rest = after.split("raise NotImplementedError", 1)
    return f"{before}def {kept}({head.rstrip(' ')}{answer}{rest.split(chr(10), 1)[1]}"


def test_each_function_of_a_lab_has_known_mistakes():
    for name in LABS:
        lab = load_lab(name)
        assert len(lab.mistakes) >= 8
        assert {line.function for line in lab.lines} <= {mistake.function for mistake in lab.mistakes}


def test_the_network_lab_takes_no_marks_for_a_wrong_or_unwritten_neuron(tmp_path, graders):
    wrong = ("evaluate_neuron", "np.exp(-a)", "np.exp(a)"), ("derivative_of_sigmoid", "y * (1 - y)", "y")
    submission(tmp_path / "wrong", "network")
    submission(tmp_path / "wrong", "neuron", *wrong)
    assert graders("network").grade(tmp_path / "wrong")["score"] == load_lab("network").marks
    submission(tmp_path / "unwritten", "network")
    submission(tmp_path / "unwritten", "neuron", source=STUDENT)
    assert graders("network").grade(tmp_path / "unwritten")["score"] == load_lab("network").marks


def test_the_network_lab_without_neuron_py_is_told_what_is_missing(tmp_path, graders):
    results = graders("network").grade(submission(tmp_path / "alone", "network"))
    assert results["score"] < load_lab("network").marks
    assert "There is no neuron.py beside it. Please hand in neuron.py and network.py together." in results["output"]


@pytest.mark.parametrize(
    "name, unwritten",
    [
        ("perceptron", "Perceptron.sigmoid"),
        ("perceptron", "Perceptron.dmse"),
        ("neuron", "evaluate_neuron"),
        ("network", "evaluate_network"),
        ("layered", "forward_pass"),
        ("layered", "sigmoid"),
        ("ann", "ANN.initial_parameters"),
        ("ann", "ANN.forward"),
        ("layers", "Dense.forward"),
        ("layers", "SoftmaxCrossEntropy.forward"),
        ("layers", "ActivationTanh.forward"),
    ],
)
def test_an_unwritten_helper_costs_its_own_marks_alone(name, unwritten, tmp_path, graders):
    lab = load_lab(name)
    function = next(f for f in lab.functions if f.path == unwritten)
    text = (SOLUTION / f"{name}.py").read_text()
    owner, _, bare = unwritten.rpartition(".")
    before, after = text.split(f"class {owner}", 1) if owner else ("", text)
    head, rest = after.split(f"def {bare}(", 1)
    indent = "        " if owner else "    "
    opening, closing = f"{indent}# BEGIN ANSWER\n", f"{indent}# END ANSWER\n"
    doc, tail = rest.split(opening, 1)
    changed = f"{head}def {bare}({doc}{indent}raise NotImplementedError({bare!r})\n{tail.split(closing, 1)[1]}"
    (tmp_path / f"{name}.py").write_text(f"{before}class {owner}{changed}" if owner else changed)
    if name == "network":
        shutil.copy(SOLUTION / "neuron.py", tmp_path)
    results = graders(name).grade(tmp_path)
    assert lost(results) == {function.label: sum(line.marks for line in lab.lines_of(function))}


def test_a_right_backward_earns_its_marks_on_a_stub_whose_forward_is_substituted(tmp_path, graders):
    file = tmp_path / "layers.py"
    file.write_text(stubbed("layers", "backward"))  # the first one is Dense.backward
    results = graders("layers").grade(file)
    scores = {test["tags"][0]: test["score"] for test in results["tests"] if test["score"]}
    assert scores == {"Dense.backward": load_lab("layers").lines[1].marks}


def test_a_layer_that_keeps_its_inputs_under_another_name_loses_only_what_keeping_them_is_worth(tmp_path, graders):
    edits = ("Dense.forward", "self.inputs", "self.x"), ("Dense.backward", "self.inputs", "self.x")
    results = graders("layers").grade(submission(tmp_path / "other", "layers", *edits))
    assert lost(results) == {"Dense.forward": load_lab("layers").lines[0].parts[1].marks}


def test_the_same_file_gets_the_same_results(tmp_path, graders):
    file = submission(tmp_path / "one", "ann", ("ANN.initial_parameters", "default_rng(seed)", "default_rng()"))
    first, again = graders("ann").grade(file), graders("ann").grade(file)
    for results in (first, again):
        results.pop("execution_time", None)
    assert lost(first) == {"initial_parameters": load_lab("ann").lines[0].parts[1].marks}
    assert first["tests"] == again["tests"]
