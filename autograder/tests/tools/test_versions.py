"""Versions of another year: what their solutions are, by mathematics that owes them nothing."""

from __future__ import annotations

import ast
import itertools
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from neural_lab.grading.reference import edited_module, locate
from neural_lab.labs.q1.elsewhere import FILE
from neural_lab.labs.q1.version import Activation, Cost, Output, OwnAxis, OwnChange, Samples, Update, Version
from neural_lab.tools.versions import described
from neural_lab.tools.versions.bank import bank
from neural_lab.tools.versions.described import DescriptionError, axes_apart, resolved
from neural_lab.tools.versions.elsewhere import elsewhere, known
from neural_lab.tools.versions.rewrite import NotFound, Rewrite, renamed
from tests.versions import BUILT_IN, PUBLIC, network_class, solution_of

pytestmark = pytest.mark.fast

every_version = pytest.mark.parametrize("version", BUILT_IN.values(), ids=list(BUILT_IN))
SIZES = [4, 3, 5, 2]

# Written from the formulas alone.
VALUE = {
    Activation.SIGMOID: lambda z: 1 / (1 + np.exp(-z)),
    Activation.TANH: lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    Activation.SOFTPLUS: lambda z: np.log(1 + np.exp(z)),
    Activation.LEAKY_RELU: lambda z: np.where(z > 0, z, z / 100),
}
COST = {
    Cost.HALF_SQUARES: lambda a, y: np.sum((a - y) ** 2) / 2,
    Cost.MEAN_SQUARES: lambda a, y: np.sum((a - y) ** 2) / len(a),
    Cost.CROSS_ENTROPY: lambda a, y: -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)),
}


def by_formula(version, network, x):
    """The output by the handout's formulas, on paper's W with a row for each neuron and columns for samples."""
    a = x.reshape(-1)
    for number, (W, b) in enumerate(zip(network.weights, network.biases)):
        n_in, _ = version.ends(W)
        on_paper = W if W.shape == (b.size, n_in) and version.stored.value == "(n_out, n_in)" else W.T
        z = on_paper @ a + b.reshape(-1)
        linear = version.output is Output.LINEAR and number == len(network.weights) - 1
        a = z if linear else VALUE[version.activation](z)
    return a


def drawn_case(version, seed=1):
    rng = np.random.default_rng(seed)
    network = network_class(version)(len(SIZES), SIZES)
    network.biases = [rng.normal(0, 1, b.shape) for b in network.biases]
    network.weights = [rng.normal(0, 1, W.shape) for W in network.weights]
    data = [
        (rng.normal(0, 1, version.layer(SIZES[0])), rng.uniform(0.1, 0.9, version.layer(SIZES[-1]))) for _ in range(4)
    ]
    return network, data


def test_the_default_version_is_the_public_solution_byte_for_byte():
    assert Rewrite(Version()).solution(PUBLIC) == PUBLIC


def test_six_versions_differ_from_each_other_and_from_the_public_lab_in_three_axes_or_more():
    assert len(BUILT_IN) == 6
    for one, other in itertools.combinations([Version(), *BUILT_IN.values()], 2):
        assert len(axes_apart(one, other)) >= 3, (one.name, other.name)


def test_versions_of_one_term_have_the_same_output_and_cost_and_are_equally_hard():
    terms: dict[str, list[Version]] = {}
    for version in BUILT_IN.values():
        terms.setdefault(version.term, []).append(version)
    for one, other in terms.values():
        assert (one.output, one.cost) == (other.output, other.cost)
        assert described.unequal(one, other, PUBLIC) == ""


@every_version
def test_a_solution_computes_what_the_formulas_say(version):
    network, data = drawn_case(version)
    for x, _ in data:
        np.testing.assert_allclose(network.forward_pass(x).reshape(-1), by_formula(version, network, x), rtol=1e-10)
    costs = [COST[version.cost](by_formula(version, network, x), y.reshape(-1)) for x, y in data]
    whole = sum(costs) / (len(data) if version.cost is Cost.MEAN_SQUARES else 1)
    assert network.cost(data) == pytest.approx(whole, rel=1e-10)
    z = np.linspace(-3, 3, 7).reshape(version.layer(7))  # a step of 1e-6 is exact to about 1e-9
    slope = (VALUE[version.activation](z + 1e-6) - VALUE[version.activation](z - 1e-6)) / 2e-6
    beside = z != 0  # the leaky ReLU has no slope there
    np.testing.assert_allclose(network.sigmoid_derivative(z)[beside], slope[beside], rtol=1e-6)


@every_version
def test_gradients_are_the_slopes_of_the_cost_of_one_sample(version):
    network, data = drawn_case(version)
    x, y = data[0]
    returned = dict(zip(version.lists, network.back_propagation(x, y)))
    for arrays, gradients in ((network.biases, returned["dC_db"]), (network.weights, returned["dC_dw"])):
        for array, gradient in zip(arrays, gradients, strict=True):
            assert gradient.shape == array.shape
            for place in np.ndindex(array.shape):
                before, costs = array[place], []
                for step in (1e-6, -1e-6):  # the difference is exact to about 1e-9, so 1e-6 is generous
                    array[place] = before + step
                    costs.append(COST[version.cost](by_formula(version, network, x), y.reshape(-1)))
                array[place] = before
                assert gradient[place] == pytest.approx((costs[0] - costs[1]) / 2e-6, rel=1e-5, abs=1e-7), place


@every_version
def test_an_update_is_the_formula_of_the_version(version):
    network, data = drawn_case(version)
    constants = network.module
    parameters = {"dC_db": [b.copy() for b in network.biases], "dC_dw": [W.copy() for W in network.weights]}
    moves = {name: [np.zeros_like(array) for array in arrays] for name, arrays in parameters.items()}
    other, _ = drawn_case(version)
    shuffled = list(data)
    constants["random"].Random(network.seed).shuffle(shuffled)
    for batch in (shuffled[:2], shuffled[2:]):
        other.biases, other.weights = parameters["dC_db"], parameters["dC_dw"]
        gradients = [dict(zip(version.lists, other.back_propagation(x, y))) for x, y in batch]
        for name, arrays in list(parameters.items()):
            sums = [sum(one[name][layer] for one in gradients) for layer in range(len(arrays))]
            kept = constants["MOMENTUM"] if version.update is Update.MOMENTUM else 0.0
            moves[name] = [kept * move - 0.2 / 2 * total for move, total in zip(moves[name], sums)]
            decays = version.update is Update.DECAY and name == "dC_dw"
            shrunk = 0.2 * constants["DECAY"] if decays else 0.0
            parameters[name] = [array - shrunk * array + move for array, move in zip(arrays, moves[name])]
    labels = [(x, 0) for x, _ in data]
    network.mini_batch_GD(list(data), 1, 2, 0.2, labels)
    for own, wanted in ((network.biases, parameters["dC_db"]), (network.weights, parameters["dC_dw"])):
        for one, other_one in zip(own, wanted, strict=True):
            np.testing.assert_allclose(one, other_one, rtol=1e-9)


@every_version
def test_gradients_are_pytorchs(version):
    torch = pytest.importorskip("torch")
    network, data = drawn_case(version)
    x, y = (torch.tensor(one.reshape(-1)) for one in data[0])
    value = {
        Activation.SIGMOID: torch.sigmoid,
        Activation.TANH: torch.tanh,
        Activation.SOFTPLUS: torch.nn.functional.softplus,
        Activation.LEAKY_RELU: lambda z: torch.nn.functional.leaky_relu(z, 0.01),
    }[version.activation]
    weights = [torch.tensor(W, requires_grad=True) for W in network.weights]
    biases = [torch.tensor(b.reshape(-1), requires_grad=True) for b in network.biases]
    a = x
    for number, (W, b) in enumerate(zip(weights, biases)):
        z = (W if version.stored.value == "(n_out, n_in)" else W.T) @ a + b
        a = z if version.output is Output.LINEAR and number == len(weights) - 1 else value(z)
    cost = {
        Cost.HALF_SQUARES: lambda: ((a - y) ** 2).sum() / 2,
        Cost.MEAN_SQUARES: lambda: ((a - y) ** 2).mean(),
        Cost.CROSS_ENTROPY: lambda: torch.nn.functional.binary_cross_entropy(a, y, reduction="sum"),
    }[version.cost]
    cost().backward()
    returned = dict(zip(version.lists, network.back_propagation(*data[0])))
    for own, right in ((returned["dC_db"], biases), (returned["dC_dw"], weights)):
        for one, array in zip(own, right, strict=True):
            np.testing.assert_allclose(one.reshape(array.shape), array.grad.numpy(), rtol=1e-9)


@every_version
def test_a_solution_has_no_unused_name_and_no_line_too_long(version, tmp_path):
    file = tmp_path / "q1.py"
    file.write_text(solution_of(version), "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=120", "--select=F,E,W,B,SIM,RET505"]
    ran = subprocess.run([*command, "--ignore=B905", file], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


@every_version
def test_a_version_has_a_row_or_a_reason_for_every_row_of_the_public_bank(version):
    from neural_lab.labs.q1.mistakes import MISTAKES, VARIANTS

    rows = bank(version, PUBLIC)
    kept = {row.id for row in rows.mistakes} | {row.id for row in rows.variants}
    public = {row.id for row in MISTAKES} | {row.id for row in VARIANTS}
    assert public <= kept | rows.lost.keys()
    assert all(reason for reason in rows.lost.values()) and not kept & rows.lost.keys()
    solution = solution_of(version)
    for row in rows.mistakes:
        ast.parse(edited_module(solution, f"NeuralNetwork.{row.function}", row.edits))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"stored": "(n_out, n_in)", "activatoin": "tanh"}, "there is no axis 'activatoin'; there are: activation, "),
        ({"stored": "rows"}, "stored = 'rows'; expected one of: (n_in, n_out); (n_out, n_in)"),
        ({"activation": "tanh", "update": "momentum"}, "the public solution with other names would earn most marks"),
        ({"cost": "cross-entropy, summed", "activation": "tanh", "samples": "rows"}, "needs outputs between 0 and 1"),
        ({"samples": "rows", "names": {"sigmoid": "s"}}, "'sigmoid' can't be renamed; expected one of: forward_pass"),
        ({"samples": "rows", "names": {"cost": "a cost"}}, "cost = 'a cost'; expected a name as Python has them"),
        ({"samples": "rows", "epochs": 2.5}, "epochs = 2.5; expected a whole number from 1"),
        ({"samples": "rows", "eta": 0}, "eta = 0; expected a number above 0"),
        ({"samples": "rows", "smoke": {"epochs": 1.5}}, "smoke = {'epochs': 1.5}; expected { epochs, eta, least }"),
        ("tanh", "expected a table [mine] with a choice on some axes"),
    ],
)
def test_a_description_that_is_no_version_is_refused_by_what_was_expected(table, said):
    with pytest.raises(DescriptionError) as refusal:
        resolved("mine", table, "course.toml")
    assert str(refusal.value).startswith("course.toml, version mine: ") and said in str(refusal.value)


def test_no_version_is_called_what_the_public_lab_is_called():
    with pytest.raises(DescriptionError, match="version public: this is what the public lab is called"):
        resolved("public", {"samples": "rows"}, "course.toml")


def test_rows_and_columns_are_told_apart_in_every_shape_of_the_stub():
    for version in BUILT_IN.values():
        text = solution_of(version)
        assert ("(n_0, 1)" in text) == (version.samples is Samples.COLUMNS), version.name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nmae = 'CS'\n[versions.a]\nsamples = 'rows'", "'nmae' means nothing; expected one of name, term, contact"),
        ("[versions.a]\nsamples = 'rows'\nown = ['mine']", "version a: there is no axis [axes.mine] in this file"),
        (
            "[axes.mine]\nsays = 'so'\n[versions.a]\nsamples = 'rows'",
            "axes.mine: expected `says`, a [[axes.mine.changes]]",
        ),
        ("[versions.a", "course.toml can't be read: "),
    ],
)
def test_a_courses_file_that_can_not_be_used_is_refused_by_what_was_expected(text, said, tmp_path):
    (tmp_path / "course.toml").write_text(text)
    with pytest.raises(DescriptionError) as refusal:
        described.course(tmp_path)
    assert said in str(refusal.value)


def test_a_change_that_the_public_solution_has_no_text_for_is_refused():
    axis = OwnAxis("mine", "so", (OwnChange("cost", "np.prod", "np.sum"),), ())
    with pytest.raises(NotFound, match=r"nothing like 'np\\\\.prod' in cost"):
        Rewrite(BUILT_IN["2028-a"]._replace(own=(axis,))).solution(PUBLIC)


def test_the_public_lab_knows_what_the_functions_of_each_built_in_version_are():
    written = json.loads(FILE.read_text("utf-8"))
    assert written == json.loads(elsewhere(Version(), known(), PUBLIC)), f"run {elsewhere.__module__} as a script"
    assert written.keys() == BUILT_IN.keys()  # of a course's own version nothing is in a public file


@every_version
def test_a_version_knows_the_functions_of_the_others_by_its_own_names(version):
    written = json.loads(elsewhere(version, known(), PUBLIC))
    assert written.keys() == {"public", *BUILT_IN} - {version.name}
    solution = solution_of(version)
    constants = set(re.findall(r"^([A-Z]+) =", solution, re.M))
    for other, functions in written.items():
        for function, texts in functions.items():
            locate(solution, f"NeuralNetwork.{function}")
            for text in texts:
                assert set(re.findall(r"\b[A-Z]{3,}\b", text)) <= constants, (other, function)


def test_other_names_are_put_in_for_the_labs_functions_and_not_for_numpys():
    names = {"tanh": "sigmoid", "train": "fit"}
    assert renamed(b"self.tanh(z); np.tanh(z); self.train; retrain", names) == (
        b"self.sigmoid(z); np.tanh(z); self.fit; retrain"
    )
