"""student/check.py as students run it: a real interpreter, real files, whole and half-finished work."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from neural_lab.grading.reference import edited_module
from neural_lab.labs.q1.rubric import LAB
from neural_lab.schema.places import ROOT
from neural_lab.tools.release.stubs import find_answers

CHECK, SOLUTION, STUB = ROOT / "student/check.py", ROOT / "solution/q1.py", ROOT / "student/q1.py"
TITLES = [
    "sigmoid",
    "sigmoid_derivative",
    "cost_derivative",
    "forward_pass",
    "cost",
    "back_propagation, biases",
    "back_propagation, weights",
    "mini_batch_GD",
]


def run(*arguments: object, check: Path = CHECK, python: str = sys.executable, **environment: str):
    return subprocess.run(
        [python, str(check), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=60,
        check=False,
    )


def lines_of(completed) -> dict[str, tuple[str, str]]:
    """{title: (sign, what the line says)} of a run's output."""
    found = re.findall(
        rf"^(\S+) +({'|'.join(sorted(TITLES, key=len, reverse=True))})(?:: (.*))?$", completed.stdout, re.M
    )
    return {title: (sign, said) for sign, title, said in found}


def edited(folder: Path, *edits: tuple[str, str]) -> Path:
    """The solution with mistakes in it; each text must be there exactly once."""
    text = SOLUTION.read_text("utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / "q1.py"
    path.write_text(text, "utf-8")
    return path


def failing(completed) -> list[str]:
    return [title for title, (sign, _) in lines_of(completed).items() if sign not in ("✓", "ok")]


SIGMOID = "return 1 / (1 + np.exp(-z))"
BATCH = "step = eta / mini_batch_size"


def test_the_solution_passes_all_eight_lines():
    completed = run(SOLUTION)
    assert completed.stdout.splitlines()[-1] == "8 of 8", completed.stdout + completed.stderr
    assert list(lines_of(completed)) == TITLES
    assert completed.returncode == 0
    assert completed.stderr == ""


def test_the_stub_passes_none_and_says_what_is_unwritten_or_waits():
    completed = run()
    assert completed.stdout.splitlines()[-1] == "0 of 8"
    assert completed.returncode == 1
    said = {title: text for title, (_, text) in lines_of(completed).items()}
    assert said["sigmoid"] == said["forward_pass"] == "not written yet"
    assert said["cost"] == "waits for forward_pass, which is not written yet"
    assert list(said) == TITLES


@pytest.mark.parametrize(
    ("old", "new", "wrong", "says"),
    [
        ("total += 0.5 * np.sum", "total += np.sum", ["cost"], "expected 0.25"),
        ("return float(total)", "return float(total) / len(training_data)", ["cost"], "a sum, not a mean"),
        (
            "for W, b in zip(self.weights, self.biases):\n            z = W.T @ a + b  # (n_out, n_in)",
            "for W, b in zip(self.weights[:3], self.biases):\n            z = W.T @ a + b  # (n_out, n_in)",
            ["forward_pass"],
            "4 layers",
        ),
        ("dC_db[layer] = delta", "dC_db[layer] = -delta", ["back_propagation, biases"], "-1 times"),
        ("dC_db[layer] = delta", "dC_db[layer] = delta.ravel()", ["back_propagation, biases"], "shape"),
        ("activations[layer] @ delta.T", "(activations[layer] @ delta.T).T", ["back_propagation, weights"], "shape"),
        ("activations[layer] @ delta.T", "activations[layer] @ delta.T * 2", ["back_propagation, weights"], "2 times"),
        (BATCH, "step = eta", ["mini_batch_GD"], "4 times"),
        (BATCH, "step = -eta / mini_batch_size", ["mini_batch_GD"], "-1 times"),
        (
            "for mini_batch in mini_batches:",
            "for mini_batch in [b for b in mini_batches if len(b) == mini_batch_size]:",
            ["mini_batch_GD"],
            "shorter than mini_batch_size",
        ),
        ("return cost_history", "return cost_history[-1]", ["mini_batch_GD"], "list"),
    ],
)
def test_a_mistake_is_found_in_its_own_function_alone(tmp_path, old, new, wrong, says):
    completed = run(edited(tmp_path, (old, new)))
    own = [title for title in failing(completed) if "fix " not in lines_of(completed)[title][1]]
    assert own == wrong, completed.stdout
    assert says in lines_of(completed)[wrong[0]][1]
    assert completed.returncode == 1


def test_wrong_gradients_of_hidden_layers_name_the_layer_and_the_net(tmp_path):
    completed = run(edited(tmp_path, ("dC_da = self.weights[layer] @ delta", "dC_da = self.weights[layer] @ dC_da")))
    assert failing(completed)[:2] == ["back_propagation, biases", "back_propagation, weights"]
    assert "dC_db[0] of a 4-3-2 net" in lines_of(completed)["back_propagation, biases"][1]


def test_a_wrong_cost_is_not_blamed_on_back_propagation(tmp_path):
    completed = run(edited(tmp_path, ("return float(total)", "return float(total) + 1")))
    assert failing(completed) == ["cost"]


def test_after_a_wrong_sigmoid_everything_says_to_fix_sigmoid_first(tmp_path):
    completed = run(edited(tmp_path, (SIGMOID, "return 1 / (1 + np.exp(z))")))
    lines = lines_of(completed)
    assert "fix" not in lines["sigmoid"][1]
    assert lines["forward_pass"][1].startswith("fix sigmoid first")
    for title in failing(completed)[1:]:
        assert lines[title][1].startswith("fix sigmoid first"), title


def test_a_wrong_cost_derivative_is_named_where_back_propagation_fails(tmp_path):
    completed = run(edited(tmp_path, ("return output_activations - y", "return y - output_activations")))
    assert lines_of(completed)["back_propagation, biases"][1].startswith("fix cost_derivative first")


def test_a_float32_solution_passes(tmp_path):
    path = edited(tmp_path, (SIGMOID, "return (1 / (1 + np.exp(-z.astype(np.float32)))).astype(np.float32)"))
    assert run(path).returncode == 0


def test_values_kept_between_calls_are_found(tmp_path):
    path = edited(tmp_path, ("zs = []\n", "self.kept = zs = getattr(self, 'kept', [])\n"))
    assert "second call" in lines_of(run(path))["back_propagation, biases"][1]


def test_swapped_lists_are_named(tmp_path):
    path = edited(tmp_path, ("return dC_db, dC_dw\n", "return dC_dw, dC_db\n"))
    assert "swapped" in lines_of(run(path))["back_propagation, weights"][1]


def test_a_missing_return_is_named(tmp_path):
    path = edited(tmp_path, ("return output_activations - y", "output_activations - y"))
    assert "is a return missing?" in lines_of(run(path))["cost_derivative"][1]


def test_an_exception_is_told_with_its_line_in_the_students_file(tmp_path):
    path = edited(tmp_path, ("return output_activations - y", "return output_activations - y + nothing"))
    number = path.read_text("utf-8")[: path.read_text("utf-8").index("+ nothing")].count("\n") + 1
    said = lines_of(run(path))["cost_derivative"][1]
    assert said == f"raised NameError: name 'nothing' is not defined (q1.py, line {number})"


def test_half_finished_work_counts_what_is_done(tmp_path):
    text = STUB.read_text("utf-8").replace('raise NotImplementedError("sigmoid")', SIGMOID)
    (tmp_path / "q1.py").write_text(text, "utf-8")
    shutil.copy(CHECK, tmp_path / "check.py")
    completed = run(check=tmp_path / "check.py")
    assert completed.stdout.splitlines()[-1] == "1 of 8"
    assert lines_of(completed)["sigmoid_derivative"][1] == "not written yet"


def test_one_function_is_checked_alone_with_both_of_its_lines():
    completed = run("back_propagation", SOLUTION)
    assert list(lines_of(completed)) == ["back_propagation, biases", "back_propagation, weights"]
    assert completed.stdout.splitlines()[-1] == "2 of 2"


def test_one_function_alone_still_says_what_to_fix_first(tmp_path):
    completed = run("forward_pass", edited(tmp_path, (SIGMOID, "return z")))
    assert lines_of(completed)["forward_pass"][1].startswith("fix sigmoid first")
    assert list(lines_of(completed)) == ["forward_pass"]


def test_an_endless_loop_is_named_when_it_is_interrupted(tmp_path):
    path = edited(tmp_path, ("return output_activations - y", "while True: pass"))
    process = subprocess.Popen([sys.executable, CHECK, path], stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    try:
        for _ in range(2):  # sigmoid and its derivative are told, then cost_derivative runs
            process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=20)[0]
    finally:
        process.kill()  # where it was not interrupted, it would spin beside all other tests
    assert "stopped in cost_derivative (q1.py, line " in output
    assert process.returncode == 1


@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}]
)
def test_a_console_with_plain_characters_gets_plain_characters(tmp_path, environment):
    path = edited(tmp_path, ("return output_activations - y", "raise ValueError('größer – λ')"))
    completed = run(path, **{"PYTHONIOENCODING": "", "PYTHONCOERCECLOCALE": "0", **environment})
    assert completed.stdout.isascii()
    assert lines_of(completed)["sigmoid"][0] == "ok"
    assert lines_of(completed)["cost_derivative"][0] == "WRONG"
    assert completed.stdout.splitlines()[-1] == "4 of 8"


def test_no_colours_are_written_to_a_pipe():
    assert "\x1b" not in run(SOLUTION).stdout


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are a thing of Unix")
@pytest.mark.parametrize(("environment", "coloured"), [({"TERM": "xterm"}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_it_asks_for_none(environment, coloured):
    ours, theirs = os.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    command = [sys.executable, str(CHECK), str(SOLUTION), "sigmoid"]
    subprocess.run(command, stdout=theirs, env={**clean, **environment}, timeout=60, check=True)
    os.close(theirs)
    output = os.read(ours, 10_000)
    os.close(ours)
    assert (b"\x1b[32m" in output) is coloured
    assert b"1 of 1" in output


def test_help_names_the_functions():
    completed = run("--help")
    assert completed.returncode == 0
    assert "mini_batch_GD" in completed.stdout


def test_an_unknown_word_is_answered_with_the_names():
    completed = run("forwardpass")
    assert completed.returncode == 2
    assert "'forwardpass' is neither a file nor a function" in completed.stderr
    assert "Traceback" not in completed.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def sigmoid(:\n", "cannot be read: "),
        ("import no_such_module\n", "stops while it is loaded: ModuleNotFoundError"),
        ("raise SystemExit(3)\n", "stops while it is loaded: SystemExit: 3"),
        ("x = 1\n", "has no class NeuralNetwork"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(tmp_path, text, says):
    (tmp_path / "q1.py").write_text(text, "utf-8")
    completed = run(tmp_path)
    assert completed.returncode == 1
    assert says in completed.stderr
    assert completed.stderr.count("\n") == 1


def test_a_missing_file_is_named(tmp_path):
    completed = run(tmp_path / "other.py")
    assert completed.returncode == 1
    assert "There is no " in completed.stderr


def test_a_python_without_numpy_is_told_how_to_install_it():
    completed = run(python=sys.executable, check=CHECK, PYTHONPATH="")
    assert completed.returncode == 1  # the stub: with NumPy the check runs
    without = subprocess.run([sys.executable, "-S", CHECK], capture_output=True, encoding="utf-8", check=False)
    assert without.returncode == 1
    assert "-m pip install numpy" in without.stderr
    assert "Traceback" not in without.stderr


def test_an_old_numpy_is_told_to_be_upgraded(tmp_path):
    (tmp_path / "numpy.py").write_text("__version__ = '1.16.2'\n", "utf-8")
    completed = run(PYTHONPATH=str(tmp_path))
    assert completed.returncode == 1
    assert "this is NumPy 1.16.2" in completed.stderr


def old_pythons() -> list[Path]:
    return sorted(
        path / "bin/python"
        for path in (Path.home() / ".pyenv/versions").glob("*")
        if re.match(r"2\.|3\.[0-9]\.", path.name) and (path / "bin/python").exists()
    )


def test_an_old_python_is_told_what_is_needed():
    """Where old interpreters are at hand they are run; everywhere the file must keep to their syntax."""
    for python in old_pythons():
        completed = run(python=str(python))
        assert completed.returncode == 1
        assert "needs Python 3.10 or later" in completed.stderr, python
    compile_for_old = subprocess.run(
        [sys.executable, "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 4))", CHECK],
        check=False,
    )
    assert compile_for_old.returncode == 0
    text = CHECK.read_text("utf-8")
    assert text.isascii()
    assert not re.search(r"\bf[\"']|:=|\s@\s|\bnonlocal\b|->|\bfrom error\b|\bfrom None\b", text)


def test_it_holds_no_line_of_an_answer():
    source = SOLUTION.read_text("utf-8")
    lines = source.split("\n")
    check = {line.split("#")[0].strip() for line in CHECK.read_text("utf-8").split("\n")}
    for answer in find_answers(source, "q1.py"):
        for line in lines[answer.begin : answer.end - 1]:
            code = line.split("#")[0].strip()
            assert not code or code not in check, code


def test_it_holds_no_formula_of_the_solution_in_another_form():
    code = "\n".join(line.split("#")[0] for line in CHECK.read_text("utf-8").split("\n"))
    for sign in (".exp(", "expit(", ".T", "transpose(", ".dot(", " @ ", "outer(", "einsum(", "tanh(", "delta"):
        assert sign not in code, sign
    assert not re.search(r"\b\w+ \* \(1 - \w+\)", code)


# The order of the samples is the given code's doing, and on paper every order trains as well.
NOT_SEEN = {"gd-no-shuffle", "gd-ignores-shuffle"}


@pytest.fixture(scope="module")
def check():
    spec = importlib.util.spec_from_file_location("student_check", CHECK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def told(check, row, tmp_path, capsys, monkeypatch) -> list[str]:
    """The lines of a run on the solution with this row of the bank in it; in this process, for there are hundreds."""
    monkeypatch.setitem(sys.modules, "q1", None)
    monkeypatch.setattr(check, "Marks", lambda stream: SimpleNamespace(passed="ok", wrong="WRONG", open="todo"))
    path = tmp_path / "q1.py"
    path.write_text(edited_module(SOLUTION.read_text("utf-8"), f"NeuralNetwork.{row.function}", row.edits), "utf-8")
    capsys.readouterr()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check.report(str(path), check.FUNCTIONS)
    return [line for line in capsys.readouterr().out.split("\n") if line.startswith(("ok ", "WRONG ", "todo "))]


CHECKED = {title.split(",")[0] for title in TITLES}


@pytest.mark.parametrize("row", [row for row in LAB.mistakes if row.function in CHECKED], ids=lambda row: row.id)
def test_a_known_mistake_is_found_and_no_other_function_is_blamed(check, row, tmp_path, capsys, monkeypatch):
    lines = told(check, row, tmp_path, capsys, monkeypatch)
    assert len(lines) == 8
    wrong = [line.split(" ", 1)[1] for line in lines if not line.startswith("ok ")]
    first_hand = {re.split("[:,]", line)[0] for line in wrong if ": fix " not in line and ": waits for " not in line}
    assert first_hand == (set() if row.id in NOT_SEEN else {row.function}), wrong


RIGHT = [row for row in LAB.variants if row.function in CHECKED]


@pytest.mark.parametrize("row", RIGHT, ids=lambda row: row.id)
def test_another_right_way_passes(check, row, tmp_path, capsys, monkeypatch):
    assert [line for line in told(check, row, tmp_path, capsys, monkeypatch) if not line.startswith("ok ")] == []
