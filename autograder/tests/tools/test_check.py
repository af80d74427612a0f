"""student/check.py as students run it: a real interpreter, real files, whole and half-finished work."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tokenize
from pathlib import Path

import pytest

from neural_lab.schema.places import ROOT
from neural_lab.tools.release.stubs import find_answers
from tests.browser import browser, needs_chromium

VERSION = "1.0.0"
CHECK, SOLUTION, STUB = ROOT / "student/check.py", ROOT / "solution/q1.py", ROOT / "student/q1.py"
TITLES = [
    "sigmoid",
    "sigmoid_derivative",
    "cost_derivative",
    "forward_pass",
    "cost",
    "back_propagation (biases)",
    "back_propagation (weights)",
    "mini_batch_GD",
]


def run(
    *arguments: object, check: Path = CHECK, python: str = sys.executable, cwd: Path | None = None, **environment: str
):
    return subprocess.run(
        [python, str(check), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=60,
        check=False,
        cwd=cwd,
    )


def lines_of(completed) -> dict[str, tuple[str, str]]:
    """{title: (sign, what stands in its line and in the indented ones below it)} of a run's output."""
    titles = "|".join(map(re.escape, sorted(TITLES, key=len, reverse=True)))
    found = re.findall(rf"^(\S+) +({titles})((?:: .*)?(?:\n +.*)*)$", completed.stdout, re.M)
    return {title: (sign, " ".join(said.lstrip(": ").split())) for sign, title, said in found}


def folded(completed) -> dict[str, set[str]]:
    """{function: the titles that wait for it}, and under "" those that are not written yet."""
    joined = re.sub(r"\n  +", " ", completed.stdout)
    found = re.findall(r"^\S+ +(?:not written yet|\d+ more waits? for (.+?)): (.*)$", joined, re.M)
    return {name: set(titles.split(", ")) for name, titles in found}


def last(completed) -> str:
    """The last line, joined where it was broken."""
    return re.sub(r"\n  +", " ", completed.stdout.rstrip()).splitlines()[-1]


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
    assert last(completed) == f"8 of 8: now python q1.py [lab {VERSION}]", completed.stdout + completed.stderr
    assert list(lines_of(completed)) == TITLES
    assert completed.returncode == 0
    assert completed.stderr == ""


def test_the_version_is_the_projects():
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert f'version = "{VERSION}"' in file.read().decode()


def test_the_stub_passes_none_and_says_what_to_write_first():
    completed = run()
    number = STUB.read_text("utf-8").split('raise NotImplementedError("sigmoid")')[0].count("\n") + 1
    assert last(completed) == f"0 of 8. Next: write sigmoid, q1.py line {number}. [lab {VERSION}]"
    assert completed.returncode == 1
    assert folded(completed) == {"": set(TITLES)}


@pytest.mark.parametrize(
    ("old", "new", "wrong", "says"),
    [
        ("total += 0.5 * np.sum", "total += np.sum", ["cost"], "expected 0.25"),
        ("return float(total)", "return float(total) / len(training_data)", ["cost"], "a sum over samples, or a mean"),
        (
            "for W, b in zip(self.weights, self.biases):\n            z = W.T @ a + b  # (n_out, n_in)",
            "for W, b in zip(self.weights[:3], self.biases):\n            z = W.T @ a + b  # (n_out, n_in)",
            ["forward_pass"],
            "4 layers of weights",
        ),
        ("dC_db[layer] = delta", "dC_db[layer] = -delta", ["back_propagation (biases)"], "-1 times"),
        ("dC_db[layer] = delta", "dC_db[layer] = delta.ravel()", ["back_propagation (biases)"], "shape"),
        ("activations[layer] @ delta.T", "(activations[layer] @ delta.T).T", ["back_propagation (weights)"], "shape"),
        ("activations[layer] @ delta.T", "activations[layer] @ delta.T * 2", ["back_propagation (weights)"], "2 times"),
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
@pytest.mark.one_in(2)
def test_a_mistake_is_found_in_its_own_function_alone(tmp_path, old, new, wrong, says):
    completed = run(edited(tmp_path, (old, new)))
    assert failing(completed) == wrong, completed.stdout
    assert says in lines_of(completed)[wrong[0]][1]
    assert last(completed).split(". Next: ")[1].startswith(wrong[0].split(" ")[0] + ", q1.py line ")
    assert completed.returncode == 1


def test_wrong_gradients_of_hidden_layers_name_the_layer_and_the_net(tmp_path):
    completed = run(edited(tmp_path, ("dC_da = self.weights[layer] @ delta", "dC_da = self.weights[layer] @ dC_da")))
    assert failing(completed) == ["back_propagation (biases)"]
    said = lines_of(completed)["back_propagation (biases)"][1]
    assert "dC_db[0] of the handout's 2-2-1 example" in said
    assert "the layers behind it are right" in said


def test_the_handouts_worked_example_is_tried_first_with_its_own_numbers(tmp_path):
    page = (CHECK.parent / "README.md").read_text("utf-8")
    completed = run(edited(tmp_path, ("dC_db[layer] = delta", "dC_db[layer] = delta if layer else delta + 1")))
    said = lines_of(completed)["back_propagation (biases)"][1]
    expected = re.search(r"dC_db\[0\] of the handout's 2-2-1 example is \[.*?\], expected \[(\S+), (\S+)\]", said)
    assert expected is not None, said
    (row,) = re.findall(r"^\| `dC_db\[0\]` \|.*\| (\S+)<br>(\S+) \|", page, re.M)
    assert [float(number) for number in expected.groups()] == pytest.approx([float(number) for number in row], abs=1e-6)


def test_a_wrong_cost_is_not_blamed_on_back_propagation(tmp_path):
    completed = run(edited(tmp_path, ("return float(total)", "return float(total) + 1")))
    assert failing(completed) == ["cost"]


def test_what_rests_on_a_wrong_sigmoid_is_folded_and_told_when_asked_for(tmp_path):
    path = edited(tmp_path, (SIGMOID, "return 1 / (1 + np.exp(z))"))
    short, whole = run(path), run(path, "--all")
    assert failing(short) == ["sigmoid"]
    assert "forward_pass" in folded(short)["sigmoid"]
    assert lines_of(whole)["forward_pass"][1].startswith("fix sigmoid first; this may follow from it")


def test_a_second_mistake_of_its_own_gets_one_line(tmp_path):
    path = edited(tmp_path, (SIGMOID, "return 1 / (1 + np.exp(z))"), ("return output_activations - y", "return y"))
    completed = run(path)
    assert failing(completed) == ["sigmoid", "cost_derivative"]
    assert len(re.findall(r"^ +-> ", completed.stdout, re.M)) == 1
    assert "Next: sigmoid," in last(completed)
    assert len(re.findall(r"^ +-> ", run(path, "--all").stdout, re.M)) > 1


def test_a_wrong_cost_derivative_is_what_back_propagation_waits_for(tmp_path):
    completed = run(edited(tmp_path, ("return output_activations - y", "return y - output_activations")))
    assert "back_propagation (biases)" in folded(completed)["cost_derivative"]


def test_a_float32_solution_passes(tmp_path):
    path = edited(tmp_path, (SIGMOID, "return (1 / (1 + np.exp(-z.astype(np.float32)))).astype(np.float32)"))
    assert run(path).returncode == 0


def test_values_kept_between_calls_are_found(tmp_path):
    kept = "before = getattr(self, 'before', 0)\n        self.before = dC_db[0]\n        dC_db[0] = dC_db[0] + before\n"
    path = edited(tmp_path, ("return dC_db, dC_dw\n", f"{kept}        return dC_db, dC_dw\n"))
    assert "second call" in lines_of(run(path))["back_propagation (biases)"][1]


def test_swapped_lists_are_named(tmp_path):
    path = edited(tmp_path, ("return dC_db, dC_dw\n", "return dC_dw, dC_db\n"))
    assert "swapped" in lines_of(run(path))["back_propagation (biases)"][1]


def test_a_missing_return_is_named(tmp_path):
    path = edited(tmp_path, ("return output_activations - y", "output_activations - y"))
    assert "is a return missing?" in lines_of(run(path))["cost_derivative"][1]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # what stands in the line, and which sizes do not meet
        ("z = W.T @ a + b  # (n_out, n_in)", "z = W @ a + b  # (n_out, n_in)",
         ["z = W @ a + b", "W is (2, 1)", "a is (2, 1)", "inner sizes", "1 and 2 here", "which axis of W"]),
        ("z = W.T @ a + b  # (n_out, n_in)", "z = np.dot(W, a) + b  # (n_out, n_in)", ["inner sizes", "W is "]),
        ("dC_da = self.weights[layer] @ delta", "dC_da = self.weights[layer] * delta",
         ["dC_da = self.weights[layer] * delta"]),
        # self. left out, misspelt names
        ("delta = dC_da * self.sigmoid_derivative(", "delta = dC_da * sigmoid_derivative(",
         ["it needs self. in front"]),
        ("= self.back_propagation(x, y)", "= self.backpropagation(x, y)", ["did you mean self.back_propagation?"]),
        ("return output_activations - y", "return output_activation - y", ["did you mean output_activations?"]),
        ("np.exp(-z)", "np.exponential(-z)", ["NumPy has no exponential"]),
        # one layer too many
        ("for layer in range(last, -1, -1):", "for layer in range(self.num_layers - 1, -1, -1):",
         ["zs[layer]", "layer is 2", "num_layers is 3 and counts the input layer"]),
        # lists, whole numbers, None
        ("sum_db = [total + db for total, db in zip(sum_db, dC_db)]", "sum_db = sum_db - dC_db",
         ["sum_db is a list", "a list has no arithmetic"]),
        ("sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]",
         "for i in range(len(sum_dw)):\n                        sum_dw[i] = sum_dw[i].astype(int)\n"
         "                        sum_dw[i] += dC_dw[i]",
         ["sum_dw[i] is (3, 4) of whole numbers (int64)", "cannot take fractions"]),
        ("dC_db = [np.zeros_like(b) for b in self.biases]",
         "dC_db = [None for b in self.biases]\n        last_one = len(self.weights) - 1",
         []),
        # arguments
        ("= self.back_propagation(x, y)", "= self.back_propagation(self, x, y)",
         ["was given one argument too many", "what is self doing in the brackets?"]),
        ("a = self.sigmoid(z)\n            zs", "a = self.sigmoid(self, z)\n            zs",
         ["sigmoid(z) was given one argument too many"]),
        ("self.cost_derivative(activations[-1], y)", "self.cost_derivative(activations[-1])", ["was not given 'y'"]),
        ("z = W.T @ a + b  # (n_out, n_in)", "if W.T @ a > 0: z = b  # (n_out, n_in)", ["an if needs one answer"]),
        ("return output_activations - y", "return math.exp(output_activations - y)", ["there is no math here"]),
        ("a = self.sigmoid(z)\n        return a\n", "a = self.weights(0)\n        return a\n", ["round brackets call"]),
        ("return float(total)", "return self.cost(training_data)", ["it calls itself without end"]),
        # what is handed to a function that is right
        ("self.sigmoid_derivative(zs[layer])", "self.sigmoid_derivative(None)", ["the error comes up in sigmoid"]),
    ],
)  # fmt: skip
@pytest.mark.one_in(2)
def test_an_error_is_told_with_the_line_what_stands_in_it_and_a_question(tmp_path, old, new, says):
    completed = run(edited(tmp_path, (old, new)))
    if not says:
        assert completed.returncode == 0
        return
    said = " ".join(completed.stdout.split())
    for words in says:
        assert words in said, completed.stdout
    assert "Traceback" not in completed.stdout + completed.stderr
    assert re.search(r"q1\.py line \d+: ", said)
    assert "-> " in said


def test_a_star_that_should_be_a_product_of_matrices_is_asked_about(tmp_path):
    completed = run(edited(tmp_path, ("z = W.T @ a + b  # (n_out, n_in)", "z = W.T * a + b  # (n_out, n_in)")))
    said = lines_of(completed)["forward_pass"][1]
    assert "the shape (2, 2), expected (1, 1)" in said
    assert "where does it meet a row, or * stand for a product of matrices?" in said


def test_a_list_item_that_was_never_filled_is_named(tmp_path):
    path = edited(
        tmp_path,
        ("dC_db = [np.zeros_like(b) for b in self.biases]", "dC_db = [None] * len(self.biases)"),
        ("for layer in range(last, -1, -1):", "for layer in range(last, 0, -1):"),
    )
    said = lines_of(run(path))["back_propagation (biases)"][1]
    assert "dC_db[0] was never filled" in said
    assert "which layers does your loop reach?" in said


def test_a_raise_left_above_new_code_is_named(tmp_path):
    path = edited(tmp_path, (SIGMOID, f'raise NotImplementedError("sigmoid")\n        {SIGMOID}'))
    completed = run(path)
    assert "this line of the stub ends the function" in lines_of(completed)["sigmoid"][1]
    assert 'raise NotImplementedError("sigmoid")' in lines_of(completed)["sigmoid"][1]


@pytest.mark.parametrize(
    ("old", "new", "function", "says"),
    [
        (SIGMOID, "return (1 / (1 + np.exp(-z))).tolist()", "sigmoid", "is a list, not an array"),
        (SIGMOID, "return np.matrix(1 / (1 + np.exp(-z)))", "sigmoid", "np.matrix"),
        ("a = self.sigmoid(z)\n        return a\n", "self.biases[0] += 1\n        return self.sigmoid(z)\n",
         "forward_pass", "forward_pass changed biases[0]"),
        ("return float(total)", "x *= 2\n        return float(total)", "cost", "cost changed x of sample 1"),
        ("return float(total)", "training_data.reverse()\n        return float(total)", "cost",
         "cost changed the order of training_data"),
        ("dC_db[layer] = delta", "y *= 2\n            dC_db[layer] = delta", "back_propagation (biases)",
         "back_propagation changed y"),
    ],
)  # fmt: skip
@pytest.mark.one_in(2)
def test_the_function_that_is_wrong_is_blamed_by_name(tmp_path, old, new, function, says):
    completed = run(edited(tmp_path, (old, new)))
    assert failing(completed)[0] == function
    assert says in lines_of(completed)[function][1]


def test_half_finished_work_counts_what_is_done(tmp_path):
    text = STUB.read_text("utf-8").replace('raise NotImplementedError("sigmoid")', SIGMOID)
    (tmp_path / "q1.py").write_text(text, "utf-8")
    completed = run(check=in_a_folder(tmp_path))
    assert last(completed).startswith("1 of 8. Next: write sigmoid_derivative, q1.py line ")


def in_a_folder(folder: Path) -> Path:
    """check.py and what belongs to it, copied; the copy's path."""
    shutil.copytree(CHECK.parent / "checks", folder / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECK, folder)
    return folder / "check.py"


def test_one_function_is_checked_alone_with_both_of_its_lines():
    completed = run("back_propagation", SOLUTION)
    assert list(lines_of(completed)) == ["back_propagation (biases)", "back_propagation (weights)"]
    assert last(completed).startswith("2 of 2")


def test_one_function_alone_still_says_what_to_fix_first(tmp_path):
    completed = run("forward_pass", edited(tmp_path, (SIGMOID, "return z")))
    assert folded(completed) == {"sigmoid": {"forward_pass"}}
    assert "Next: sigmoid, q1.py line " in last(completed)


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
    assert "Stopped in cost_derivative, q1.py line " in output
    assert process.returncode == 1


def test_an_endless_loop_ends_after_the_limit_with_its_line(tmp_path):
    path = edited(tmp_path, ("return output_activations - y", "while True: y = y"))
    completed = run(path, "--limit", "0.7")
    said = lines_of(completed)["cost_derivative"][1]
    assert "still running after 0.7 s" in said
    assert ": while True: y = y" in said
    assert last(completed).startswith("Stopped. Next: cost_derivative, q1.py line ")
    assert completed.returncode == 1


def test_an_endless_loop_is_told_where_it_is_and_not_in_what_it_calls(tmp_path):
    line = "dC_db, dC_dw = self.back_propagation(*mini_batch[0])"
    before = "for x, y in mini_batch:\n                    dC_db, dC_dw = self.back_propagation(x, y)"
    path = edited(tmp_path, (before, f"while True:\n                    {line}"))
    said = lines_of(run(path, "--limit", "0.7"))["mini_batch_GD"][1]
    assert "while True:" in said or line in said or "sum_d" in said


def test_prints_are_captured_and_those_of_a_failing_case_are_shown(tmp_path):
    path = edited(tmp_path, ("return output_activations - y", "print('hello', y.shape)\n        return y"))
    completed = run(path)
    assert "hello (1, 1)" in lines_of(completed)["cost_derivative"][1]
    assert not re.search("^hello", completed.stdout, re.M)
    assert "note: cost_derivative prints" in completed.stdout


def test_the_failing_case_can_be_pasted(tmp_path):
    path = edited(tmp_path, ("z = W.T @ a + b  # (n_out, n_in)", "z = W.T @ a - b  # (n_out, n_in)"))
    completed = run("--show", "forward_pass", path)
    assert "weights[0] (2, 2), biases[0] (2, 1) -> z and a (2, 1)" in completed.stdout
    snippet = completed.stdout[completed.stdout.index("import numpy") :]
    pasted = subprocess.run(
        [sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    )
    assert re.fullmatch(r"\[\[0\.\d+\]\]\n", pasted.stdout)
    assert pasted.stdout != "[[0.75]]\n"


@pytest.mark.parametrize("function", ["sigmoid", "cost", "back_propagation", "mini_batch_GD"])
def test_every_kind_of_case_can_be_pasted(tmp_path, function):
    edits = {
        "sigmoid": (SIGMOID, "return z"),
        "cost": ("total += 0.5 * np.sum", "total += np.sum"),
        "back_propagation": ("dC_db[layer] = delta", "dC_db[layer] = -delta"),
        "mini_batch_GD": (BATCH, "step = eta"),
    }
    completed = run("--show", function, edited(tmp_path, edits[function]))
    snippet = completed.stdout[completed.stdout.index("import numpy") :]
    subprocess.run([sys.executable, "-c", snippet], cwd=tmp_path, capture_output=True, check=True)


def test_a_save_is_checked_again_and_an_endless_loop_in_it_ends(tmp_path):
    path = edited(tmp_path, (SIGMOID, "return z"))
    process = subprocess.Popen(
        [sys.executable, "-u", CHECK, "sigmoid", path, "--watch", "--limit", "2"],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    try:
        assert any(line.startswith("0 of 1. Next: sigmoid") for line in lines)
        path.write_text(SOLUTION.read_text("utf-8").replace(SIGMOID, "while True: pass"), "utf-8")
        assert any("still running after 2 s" in line for line in lines)
        path.write_text(SOLUTION.read_text("utf-8"), "utf-8")
        assert any(line.startswith("1 of 1: now python q1.py") for line in lines)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0


@pytest.mark.parametrize("wrong", [SIGMOID, "for mini_batch in mini_batches:"])
def test_no_line_is_wider_than_the_terminal(tmp_path, wrong):
    long = "return z + some_name_that_is_much_longer_than_it_needs_to_be_in_any_file_of_this_lab_or_elsewhere"
    path = edited(tmp_path, (wrong, long if wrong == SIGMOID else "for mini_batch in self.mini_batches_of_mine:"))
    completed = run(path, COLUMNS="60")
    assert [line for line in completed.stdout.splitlines() if len(line) > 60] == []


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"}],
)
def test_a_console_with_plain_characters_gets_plain_characters(tmp_path, environment):
    path = edited(tmp_path, ("return output_activations - y", "raise ValueError('größer – λ')"))
    completed = subprocess.run(
        [sys.executable, str(CHECK), str(path)],
        capture_output=True,
        encoding="cp1252",
        env={**os.environ, "PYTHONIOENCODING": "", "PYTHONCOERCECLOCALE": "0", **environment},
        timeout=60,
        check=False,
    )
    assert completed.stdout.isascii() or "cp1252" in str(environment)
    assert lines_of(completed)["sigmoid"][0] == "ok"
    assert lines_of(completed)["cost_derivative"][0] == "WRONG"
    assert last(completed).startswith("4 of 8")


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


def test_an_unknown_word_is_answered_with_the_name_that_was_meant():
    completed = run("forwardpass")
    assert completed.returncode == 2
    assert "'forwardpass' is neither a file nor a function" in completed.stderr
    assert "Did you mean forward_pass?" in " ".join(completed.stderr.split())
    assert "Traceback" not in completed.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"def sigmoid(:\n", "q1.py cannot be read: "),
        (b"import no_such_module\n", "stops while it is loaded, line 1: ModuleNotFoundError"),
        (b"raise SystemExit(3)\n", "stops while it is loaded, line 1: SystemExit: 3"),
        (b"x = 1\n", "has no class NeuralNetwork"),
        (b"", "is empty"),
        ("x = 1\n".encode("utf-16"), "is saved as UTF-16"),
        (b'{"cells": [], "nbformat": 4}', "hand it in as q1.ipynb"),
        (b"PK\x03\x04", "is a zip"),
        (b"# gr\xf6\xdfer\n", "is not saved as UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(tmp_path, content, says):
    (tmp_path / "q1.py").write_bytes(content)
    completed = run(tmp_path)
    assert completed.returncode == 1
    assert says in completed.stderr
    assert completed.stderr.count("\n") <= 3
    assert "Traceback" not in completed.stderr


@pytest.mark.parametrize(
    ("there", "step"),
    [
        ("q1 (1).py", 'python check.py "q1 (1).py"'),
        ("q1.py.txt", "Save it as q1.py"),
        ("q1.ipynb", "hand it in as q1.ipynb"),
    ],
)
def test_a_file_of_nearly_that_name_is_seen(tmp_path, there, step):
    shutil.copy(SOLUTION, tmp_path / there)
    completed = run(tmp_path)
    assert completed.returncode == 1
    assert f"I see '{there}'" in completed.stderr
    assert step in completed.stderr


def test_another_files_name_is_answered_with_what_is_there(tmp_path):
    shutil.copy(SOLUTION, tmp_path / "q1.py")
    completed = run(tmp_path / "q2.py")
    assert completed.returncode == 1
    assert "There is no q2.py" in completed.stderr
    assert "I see 'q1.py'" in completed.stderr


def test_a_newer_copy_beside_the_file_is_noted(tmp_path):
    shutil.copy(SOLUTION, tmp_path / "q1.py")
    os.utime(tmp_path / "q1.py", (1, 1))
    shutil.copyfile(SOLUTION, tmp_path / "q1 (1).py")
    assert "'q1 (1).py', which is newer" in " ".join(run(tmp_path).stdout.split())


def test_missing_digits_are_noted(tmp_path):
    shutil.copy(SOLUTION, tmp_path / "q1.py")
    assert "digits.npz is not beside q1.py" in " ".join(run(tmp_path).stdout.split())
    assert "digits.npz" not in run(SOLUTION).stdout


def test_an_empty_folder_and_one_that_is_not_there_are_named(tmp_path):
    for path, says in ((tmp_path, "There is no q1.py in "), (tmp_path / "no/q1.py", "There is no folder ")):
        completed = run(path)
        assert completed.returncode == 1
        assert says in completed.stderr


def test_without_its_folder_it_says_what_is_missing(tmp_path):
    shutil.copy(CHECK, tmp_path)
    completed = run(check=tmp_path / "check.py")
    assert completed.returncode == 1
    assert "The folder checks is missing" in completed.stderr


def test_a_reader_that_has_seen_enough_causes_no_traceback():
    command = f'"{sys.executable}" "{CHECK}" "{SOLUTION}" | head -n 1'
    completed = subprocess.run(command, shell=True, capture_output=True, encoding="utf-8", check=False)
    assert completed.stderr == ""


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


# ---------------------------------------------------------------- the picture of the gradients


def draw(folder: Path, *arguments: object, columns: str = "80"):
    """`check.py --picture` in a folder."""
    return run("--picture", *arguments, cwd=folder, COLUMNS=columns)


TRANSPOSED = ("dC_da = self.weights[layer] @ delta", "dC_da = self.weights[layer].T @ delta")


def test_the_picture_is_a_page_that_needs_nothing_else_and_a_text(tmp_path):
    completed = draw(tmp_path, edited(tmp_path, TRANSPOSED), columns="60")
    assert completed.returncode == 1
    assert re.search(r"^\S+ +dC_db\[2\]$", completed.stdout, re.M)
    assert re.search(r"^\S+ +dC_db\[1\]: .*\n? *.*<- first$", completed.stdout, re.M)
    assert [line for line in completed.stdout.splitlines() if len(line) > 60] == []
    page = (tmp_path / "gradients.html").read_text("utf-8")
    assert "Going backwards from the output, layer 1 is the first that disagrees." in page
    assert page.count("<section class=first") == 1
    assert page.index("Layer 2: agrees") < page.index("Layer 1: differs first here") < page.index("Layer 0: differs")
    assert "<script" not in page
    assert not re.search(r"(?:src|href)=|url\(|@import", page)


def test_every_cell_of_the_picture_can_be_read(tmp_path):
    """The contrast of WCAG 2.2 AA: 4.5 between the number and what is behind it."""
    draw(tmp_path, edited(tmp_path, TRANSPOSED))
    cells = re.findall(
        r"background:rgb\((\d+),(\d+),(\d+)\);color:(#\w+)", (tmp_path / "gradients.html").read_text("utf-8")
    )
    assert len(cells) > 50
    for *back, front in cells:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (int(n) / 255 for n in back)]
        light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        assert (1.05 / (light + 0.05) if front == "#fff" else (light + 0.05) / 0.05) >= 4.5


@needs_chromium
def test_the_picture_can_be_read_by_everyone(tmp_path):
    """The rules of WCAG 2.2 AA, on a phone and on a screen; the maps stand beside or below each other and fit."""
    draw(tmp_path, edited(tmp_path, TRANSPOSED))
    with browser(tmp_path / "profile") as page:
        for width in (400, 1200):
            page.open(tmp_path / "gradients.html", width)
            assert page.violations() == []
            assert page.run("document.documentElement.scrollWidth") <= width
            assert page.run("document.querySelectorAll('section.first table').length") == 6


def test_right_gradients_make_a_picture_without_a_mark(tmp_path):
    completed = draw(tmp_path, SOLUTION)
    assert completed.returncode == 0
    assert "they agree" in completed.stdout
    assert "<section class=first" not in (tmp_path / "gradients.html").read_text("utf-8")


def test_an_error_in_every_net_is_shown_in_the_picture(tmp_path):
    path = edited(
        tmp_path, ("delta = dC_da * self.sigmoid_derivative(zs", "delta = dC_da @ self.sigmoid_derivative(zs")
    )
    assert draw(tmp_path, path).returncode == 1
    assert "@ needs the inner sizes to be equal" in (tmp_path / "gradients.html").read_text("utf-8")


def test_no_picture_is_drawn_before_forward_pass_is_right(tmp_path):
    completed = draw(tmp_path)
    assert "your sigmoid, which is not written yet" in completed.stdout
    assert not (tmp_path / "gradients.html").exists()


HANDED_OUT = [CHECK, *sorted((CHECK.parent / "checks").glob("*.py"))]


def test_what_is_handed_out_is_what_the_solution_tree_holds():
    for path in HANDED_OUT[1:]:
        assert path.read_bytes() == (ROOT / "solution/checks" / path.name).read_bytes()


def test_it_holds_no_line_of_an_answer():
    source = SOLUTION.read_text("utf-8")
    lines = source.split("\n")
    check = {line.split("#")[0].strip() for path in HANDED_OUT for line in path.read_text("utf-8").split("\n")}
    for answer in find_answers(source, "q1.py"):
        for line in lines[answer.begin : answer.end - 1]:
            code = line.split("#")[0].strip()
            assert not code or code not in check, code


@pytest.mark.parametrize("path", HANDED_OUT, ids=lambda path: path.name)
def test_it_holds_no_formula_of_the_solution_in_another_form(path):
    """Strings and comments left out: what is said to a student may name an operator; a decorator is no product."""
    with path.open("rb") as file:
        tokens = [token for token in tokenize.tokenize(file.readline) if token.type != tokenize.ENCODING]
    code = [token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.STRING)]
    kept = [token.string for token in code if not (token.string == "@" and token.line.lstrip().startswith("@"))]
    for sign in ("exp", "expit", "T", "transpose", "dot", "@", "matmul", "outer", "einsum", "tanh", "delta"):
        assert sign not in kept, sign
    assert not re.search(r"\b(\w+) \* \( 1 - \1 \)", " ".join(kept))
