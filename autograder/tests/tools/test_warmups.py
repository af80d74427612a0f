"""The warm-up labs as a student meets them: self-checks, training scripts with their pictures, data sets, pages."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from neural_lab.grading.reference import Reference, edited_module
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT

SOLUTION, STUDENT, DATA = ROOT / "solution" / "warmups", ROOT / "student" / "warmups", ROOT / "data" / "warmups"
LABS = ("perceptron", "neuron", "network", "layered", "ann", "layers")
SCRIPTS = sorted(
    path.name
    for path in SOLUTION.glob("*.py")
    if "ArgumentParser" in path.read_text() or "options(" in path.read_text()
)
SCRIPTS.remove("training.py")
HAS_TORCH = importlib.util.find_spec("torch") is not None


def run(script: Path, *arguments: str, cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a script as on a machine without a screen; `path` holds modules that come before those installed."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    env = kept | {"OPENBLAS_NUM_THREADS": "1"} | ({"PYTHONPATH": str(path)} if path else {})
    command = [sys.executable, "-W", "error", str(script), *arguments]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def accuracy(output: str, part: str = "test") -> float:
    return float(re.findall(rf"{part} accuracy: ([\d.]+)%", output)[-1])


def colours(file: Path) -> int:
    """How many different colours a picture has: an empty one has a handful."""
    from matplotlib.image import imread

    pixels = imread(file)
    assert pixels.shape[0] > 300 and pixels.shape[1] > 300
    return len(np.unique((pixels * 255).astype(np.uint8).reshape(-1, pixels.shape[2]), axis=0))


def with_layout_of_the_handout(folder: Path, tree: Path = SOLUTION) -> Path:
    """A folder as students unpack it: the scripts, and the data beside them."""
    shutil.copytree(tree, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(DATA, folder / "data")
    return folder


# -- training scripts --------------------------------------------------------------------------------------------------

# script and options, pictures, (least, most) accuracy on the test data
RUNS = {
    "train_perceptron.py": (["perceptron"], (97.0, 100.0)),
    "train_neuron.py": (["neuron_separable"], (97.0, 100.0)),
    "train_neuron.py --no-linearly-separable": (["neuron_nonseparable"], (0.0, 85.0)),
    "train_network.py": (["network_nonseparable"], (95.0, 100.0)),
    "train_network.py --linearly-separable": (["network_separable"], (97.0, 100.0)),
    "train_layered.py": (["layered_5-3-1"], (95.0, 100.0)),
    "train_layered.py --hidden": (["layered_5-1"], (0.0, 75.0)),
    "train_ann.py": (["ann_moons"], (97.0, 100.0)),
    "train_ann.py --learning-rate 0.0001 --num-epochs 1000": (["ann_moons"], (80.0, 92.0)),
    "train_mlp.py linear": (["mlp_linear"], (97.0, 100.0)),
    "train_mlp.py linear --data circles": (["mlp_linear_circles"], (0.0, 75.0)),
    "train_mlp.py relu": (["mlp_relu"], (95.0, 100.0)),
    "train_mlp.py softmax": (["mlp_softmax"], (97.0, 100.0)),
}


@pytest.mark.parametrize("call", RUNS)
@pytest.mark.one_in(3)
def test_a_training_script_reaches_what_its_page_promises(call, tmp_path):
    script, *options = call.split()
    pictures, (least, most) = RUNS[call]
    result = run(SOLUTION / script, *options, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert least <= accuracy(result.stdout) <= most
    assert result.stdout.count("epoch ") >= 3
    assert sorted(path.stem for path in (tmp_path / "plots").glob("*.png")) == pictures
    assert all(colours(path) > 50 for path in (tmp_path / "plots").glob("*.png"))


def test_all_runs_of_the_mlp_script_end_and_the_regression_comes_close_to_the_noise(tmp_path):
    result = run(SOLUTION / "train_mlp.py", "--out", "here", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert float(re.findall(r"test error ([\d.]+)", result.stdout)[0]) < 0.13
    names = ["mlp_linear", "mlp_regression", "mlp_relu", "mlp_softmax"]
    assert sorted(path.stem for path in (tmp_path / "here").glob("*.png")) == names


def test_xor_is_learned_by_two_layers_and_never_by_one(tmp_path):
    result = run(SOLUTION / "xor_demo.py", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    for gate in ("OR", "AND", "NAND"):
        assert re.search(rf"^ *{gate}: one perceptron gets 4 of 4 right", result.stdout, re.MULTILINE)
    right, best = map(
        int, re.findall(r"XOR: one perceptron gets (\d) of 4 right, .* lines (\d) of 4", result.stdout)[0]
    )
    assert right <= 3 and best == 3
    assert "XOR: two layers of perceptrons get 4 of 4 right" in result.stdout
    assert colours(tmp_path / "plots" / "xor.png") > 50


@pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is an optional extra")
def test_the_network_and_its_twin_in_pytorch_have_the_same_losses_epoch_by_epoch(tmp_path):
    result = run(SOLUTION / "compare_ann.py", "--num-epochs", "300", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert float(re.findall(r"largest relative difference is (\S+)\.", result.stdout)[0]) < 1e-9
    assert colours(tmp_path / "plots" / "ann_compared_moons.png") > 50


@pytest.mark.skipif(not HAS_TORCH, reason="PyTorch is an optional extra")
def test_the_comparison_tells_a_network_that_differs(tmp_path):
    folder = with_layout_of_the_handout(tmp_path / "lab")
    file = folder / "ann.py"
    file.write_text(file.read_text().replace("dz2 = a2 - y", "dz2 = 2 * (a2 - y)"))
    result = run(folder / "compare_ann.py", "--num-epochs", "5", cwd=tmp_path)
    assert result.returncode == 1
    assert "differ from epoch 2 on" in result.stderr


def test_without_pytorch_the_comparison_says_how_to_get_it(tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "torch.py").write_text("raise ImportError(\"No module named 'torch'\")\n")
    for script in ("compare_ann.py", "ann_pytorch.py"):
        result = run(SOLUTION / script, cwd=tmp_path, path=tmp_path / "without")
        assert result.returncode == 1
        assert "pip install torch==" in result.stderr and "Traceback" not in result.stderr


def test_without_matplotlib_training_goes_on_and_says_that_there_are_no_pictures(tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "matplotlib.py").write_text("raise ImportError(\"No module named 'matplotlib'\")\n")
    for script in ("train_neuron.py", "train_perceptron.py"):
        result = run(SOLUTION / script, "--num-epochs", "20", cwd=tmp_path, path=tmp_path / "without")
        assert (result.returncode, result.stderr) == (0, "")
        assert (
            "No pictures: No module named 'matplotlib'" in result.stdout and "pip install matplotlib" in result.stdout
        )
        assert accuracy(result.stdout) > 90
    assert not (tmp_path / "plots").exists()


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_lists_the_options_with_their_defaults(script, tmp_path):
    result = run(SOLUTION / script, "--help", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert "--out" in result.stdout and "--show" in result.stdout and "(default: plots)" in result.stdout
    assert result.stdout.count("\n") > 10


@pytest.mark.parametrize(
    "call, says",
    [
        ("train_neuron.py --batch-size 0", "expected a whole number of at least 1, got '0'"),
        ("train_neuron.py --batch-size many", "expected a whole number of at least 1, got 'many'"),
        ("train_network.py --learning-rate nan", "expected a number above 0, got 'nan'"),
        ("train_network.py --learning-rate -1", "expected a number above 0, got '-1'"),
        ("train_layered.py --hidden 3 0", "expected a whole number of at least 1, got '0'"),
        ("train_ann.py --data digits", "invalid choice: 'digits'"),
        ("train_mlp.py --data moons", "--data needs one of the runs"),
        ("train_mlp.py bigger", "invalid choice: 'bigger'"),
    ],
)
def test_a_bad_option_is_refused_in_a_sentence(call, says, tmp_path):
    script, *options = call.split()
    result = run(SOLUTION / script, *options, cwd=tmp_path)
    assert result.returncode == 2
    assert says in result.stderr and "Traceback" not in result.stderr


def test_data_that_are_not_there_are_named_with_where_they_were_looked_for(tmp_path):
    result = run(SOLUTION / "train_neuron.py", "--data-path", str(tmp_path / "nowhere"), cwd=tmp_path)
    assert result.returncode == 1
    assert str(tmp_path / "nowhere" / "separable.npz") in result.stderr and "--data-path" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("script", sorted(set(SCRIPTS) - {"compare_ann.py"}))
def test_a_training_script_on_the_stub_names_what_is_not_written_yet(script, tmp_path):
    result = run(STUDENT / script, cwd=tmp_path)
    assert result.returncode == 1
    assert "is not written yet: fill in its TODO" in result.stderr and "Traceback" not in result.stderr


def test_scripts_find_their_data_in_the_handouts_layout_from_any_folder(tmp_path):
    folder = with_layout_of_the_handout(tmp_path / "unpacked" / "warmups")
    result = run(folder / "train_neuron.py", "--num-epochs", "50", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert accuracy(result.stdout) > 95


def test_one_set_of_options_gives_one_result(tmp_path):
    first, again, other = (
        run(SOLUTION / "train_network.py", "--num-epochs", "30", "--seed", seed, cwd=tmp_path).stdout for seed in "334"
    )
    assert first == again != other


# -- self-checks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lab", LABS)
def test_the_self_check_passes_on_the_solution(lab, tmp_path):
    result = run(SOLUTION / f"{lab}.py", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    passed, total = map(int, re.findall(r"^(\d+) of (\d+): now python train_\w+\.py \[lab ", result.stdout, re.M)[0])
    assert passed == total >= 4


@pytest.mark.parametrize("lab", LABS)
def test_the_self_check_of_the_stub_names_every_function_as_not_written_yet(lab, tmp_path):
    result = run(STUDENT / f"{lab}.py", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert "WRONG" not in result.stdout and "\u2717" not in result.stdout
    unwritten = re.sub(r"\s+", " ", result.stdout).partition("not written yet: ")[2].partition(" 0 of ")[0]
    for function in {line.function for line in load_lab(lab).lines}:
        assert re.search(rf"(^|[ .]){re.escape(function)}(,|$| )", unwritten), function
    assert re.search(rf"^0 of \d+\. Next: write [\w.]+, {lab}\.py line \d+\. ", result.stdout, re.M)


@pytest.mark.parametrize("name", LABS)
@pytest.mark.one_in(3)
def test_the_self_check_finds_every_known_mistake_in_the_function_that_has_it(name, monkeypatch, capsys, tmp_path):
    monkeypatch.syspath_prepend(SOLUTION)
    for module in ("neuron", "selfcheck"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    lab = load_lab(name)
    reference = Reference(lab)
    missed = []
    for mistake in lab.mistakes:
        function = lab.function(mistake.function)
        source = edited_module(reference.sources[function.module], function.path, mistake.edits)
        file = tmp_path / f"{name}.py"
        file.write_text(source, "utf-8")
        with pytest.raises(SystemExit) as end, np.errstate(all="ignore"):
            exec(compile(source, str(file), "exec"), {"__name__": "__main__", "__file__": str(file)})  # noqa: S102
        found = re.findall(r"^(?:WRONG|\u2717) ([\w.]+)", capsys.readouterr().out, re.MULTILINE)
        if end.value.code != 1 or function.path not in found:
            missed.append(mistake.id)
    for module in ("neuron", "selfcheck"):
        sys.modules.pop(module, None)
    assert missed == []


@pytest.mark.parametrize(
    "lab, old, new, says",
    [
        ("neuron", "a = x @ w + b", "a = w @ x + b",
         ["a = w @ x + b", "w is (2,)", "x is (4, 2)", "inner sizes", "evaluate_neuron, neuron.py line "]),
        ("neuron", "dJ_dw = x.T @ delta / N", "dJ_dw = x.T @ delta", ["w_new", "which factors has the chain rule"]),
        ("layers", "np.mean((y_pred - y_true) ** 2)", "np.mean(y_pred - y_true)", ["over what is it summed"]),
        ("perceptron", "np.where(z >= 0, 1, 0)", "np.where(z > 0, 1, 0)", ["on which side of the threshold"]),
        ("neuron", "np.where(y >= 0.5, 1, 0)", "np.where(y > 0.5, 1, 0)", ["note: ", 'Which sign says "at least"?']),
        ("network", "np.where(y >= 0.5, 1, 0)", "np.where(y > 0.5, 1, 0)", ["note: ", 'Which sign says "at least"?']),
        ("ann", "np.where(a2 >= 0.5, 1, 0)", "np.where(a2 > 0.5, 1, 0)", ["note: ", 'Which sign says "at least"?']),
        ("perceptron", "np.where(y_hat >= 0.5, 1, 0)", "np.where(y_hat > 0.5, 1, 0)", ["note: "]),
    ],
)  # fmt: skip
def test_a_mistake_gets_its_line_what_stands_in_it_and_a_question(lab, old, new, says, tmp_path):
    folder = with_layout_of_the_handout(tmp_path / "warmups")
    shutil.copytree(SOLUTION.parent / "checks", tmp_path / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / f"{lab}.py"
    assert file.read_text("utf-8").count(old) >= 1
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    result = run(file, cwd=tmp_path)
    for words in says:
        assert words in " ".join(result.stdout.split()), result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_the_gradients_factor_is_told(tmp_path):
    folder = with_layout_of_the_handout(tmp_path / "warmups")
    shutil.copytree(SOLUTION.parent / "checks", tmp_path / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "ann.py"
    file.write_text(
        file.read_text("utf-8").replace("return dW1, db1, dW2, db2", "return dW1 / 2, db1, dW2, db2"), "utf-8"
    )
    assert "dW1 is 0.5 times what it should be" in run(file, cwd=tmp_path).stdout


# -- worked numbers ----------------------------------------------------------------------------------------------------


def solution(name):
    """What a module of the solution defines."""
    return types.SimpleNamespace(**runpy.run_path(str(SOLUTION / f"{name}.py")))


def test_the_weight_of_the_worked_example_jumps_for_ever_with_1_and_settles_with_0_8():
    descend = solution("perceptron").descend
    assert descend(3, 1, 1, 1.0, 5) == [3, -1, 3, -1, 3, -1]
    path = descend(3, 1, 1, 0.8, 40)
    assert path[1] == pytest.approx(-0.2) and path[-1] == pytest.approx(1, abs=1e-6)


def test_the_two_layers_of_the_worked_example_give_its_numbers():
    layers = solution("layers")
    first, second = layers.Dense(2, 4), layers.Dense(4, 2)
    first.weights = np.array([[0.5, 1, 7, 3], [1, 2, 1, 0.5]])
    second.weights = np.array([[1, 2], [0.5, 0.5], [3, 1], [2, 1.0]])
    x, y = np.array([[3.0, 5.0]]), np.array([[1.0, 0.0]])
    h = first.forward(x)
    o = second.forward(h)
    np.testing.assert_allclose(h, [[7.5, 14, 27, 12.5]])
    np.testing.assert_allclose(o, [[121.5, 62.5]])
    assert layers.mse_loss(y, o) == 9213.25
    second.backward(layers.mse_loss_derivative(y, o))
    first.backward(second.dinputs)
    np.testing.assert_allclose(
        second.dweights, [[903.75, 468.75], [1687.0, 875.0], [3253.5, 1687.5], [1506.25, 781.25]]
    )
    np.testing.assert_allclose(second.dbiases, [[120.5, 62.5]])
    np.testing.assert_allclose(first.dweights, [[736.5, 274.5, 1272.0, 910.5], [1227.5, 457.5, 2120.0, 1517.5]])
    for layer in (first, second):
        layer.weights = layer.weights - 0.001 * layer.dweights
        layer.biases = layer.biases - 0.001 * layer.dbiases
    assert layers.mse_loss(y, second.forward(first.forward(x))) == pytest.approx(196.56, abs=0.005)


# -- data, imports, pages ----------------------------------------------------------------------------------------------


def test_the_data_sets_are_what_their_script_makes(tmp_path):
    tool = [sys.executable, str(ROOT / "data" / "make_warmup_data.py")]
    subprocess.run([*tool, str(tmp_path / "one")], check=True, capture_output=True, timeout=120)
    subprocess.run([*tool, str(tmp_path / "two")], check=True, capture_output=True, timeout=120)
    names = sorted(path.name for path in DATA.glob("*.npz"))
    assert names == sorted(path.name for path in (tmp_path / "one").iterdir())
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
        with np.load(DATA / name) as kept, np.load(tmp_path / "one" / name) as made:
            assert sorted(kept.files) == sorted(made.files)
            for key in kept.files:
                # the generators' last bits may differ between machines, and with them a rounded decimal
                np.testing.assert_allclose(kept[key], made[key], atol=1.01e-3)
        assert (DATA / name).stat().st_size < 20_000


def test_no_sample_stands_in_two_parts_of_a_data_set():
    for file in DATA.glob("*.npz"):
        with np.load(file) as data:
            rows = [{tuple(row) for row in data[f"x_{part}"]} for part in ("train", "validation", "test")]
        if len(next(iter(rows[0]))) > 1:  # numbers of one decimal grid can meet by chance
            assert len(rows[0] & rows[2]) <= 2 and len(rows[0] & rows[1]) <= 2


def test_students_need_numpy_and_for_pictures_matplotlib_alone():
    own = {path.stem for path in SOLUTION.glob("*.py")} | {"checks"}
    allowed = {"ann_pytorch": {"numpy", "torch"}, "plots": {"numpy", "matplotlib"}}
    for path in (*SOLUTION.glob("*.py"), *SOLUTION.parent.glob("checks/*.py")):
        names = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").partition(".")[0])
        foreign = names - own - set(sys.stdlib_module_names)
        assert foreign <= allowed.get(path.stem, {"numpy"}), path.name
