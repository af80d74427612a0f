"""What each choice on an axis changes in the public solution, beside what follows from a rule (see `rewrite.py`).

A change is a regular expression and what stands in its place, written against the public lab: its names, samples as
columns, weights (n_in, n_out). Names and orientation are read as the version's afterwards. Changes are made in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from neural_lab.labs.q1.version import (
    DECAY,
    LEAK,
    MOMENTUM,
    START,
    Activation,
    Cost,
    Output,
    Returned,
    Samples,
    Stored,
    Update,
    Version,
)


class Change(NamedTuple):
    """`find`, a regular expression, becomes `put`; `function` is where, by its public name, or "" for everywhere."""

    find: str
    put: str
    function: str = ""


def _says(find: str, put: str, function: str = "") -> Change:
    """A change of words: found as they are."""
    return Change(re.escape(find), put.replace("\\", r"\\"), function)


_SIGMOID = re.escape("1 / (1 + np.exp(-z))")
_SLOPE_BODY = r"a = self\.sigmoid\(z\)\n(?P<indent> *)return a \* \(1 - a\)"

_SMALL_WEIGHTS = (
    _says(
        "Draw the initial weights and biases from N(0, 1):",
        "Draw the initial biases from N(0, 1), weights from N(0, 1 / n_in):",
        "__init__",
    ),
    _says("np.random.randn(n_in, n_out)", "np.random.randn(n_in, n_out) / np.sqrt(n_in)", "__init__"),
)


def _start(choice: Activation | Cost) -> tuple[Change, ...]:
    """Initial weights from N(0, variance / n_in) and the biases all 0 or 1, in place of N(0, 1)."""
    start = START[choice]
    assert start.biases is not None
    variance, biases = f"{start.variance:g}", start.biases
    return (
        _says(
            "Draw the initial weights and biases from N(0, 1): all biases first, then all weights.",
            f"Draw the initial weights from N(0, {variance} / n_in); biases begin at {biases}.",
            "__init__",
        ),
        _says("np.random.randn(n, 1)", f"np.{('zeros', 'ones')[biases]}((n, 1))", "__init__"),
        _says("np.random.randn(n_in, n_out)", f"np.random.randn(n_in, n_out) * np.sqrt({variance} / n_in)", "__init__"),
    )


CHANGES: dict[Enum, tuple[Change, ...]] = {
    Activation.TANH: (
        Change(_SIGMOID, "np.tanh(z)"),
        _says("compute 1 / (1 + e^-z) for", "compute (e^z - e^-z) / (e^z + e^-z), which is tanh(z), for", "sigmoid"),
        Change(r"return a \* \(1 - a\)", "return 1 - a**2", "sigmoid_derivative"),
        *_start(Activation.TANH),
    ),
    Activation.SOFTPLUS: (
        Change(_SIGMOID, "np.logaddexp(0, z)", "sigmoid"),
        _says("compute 1 / (1 + e^-z) for", "compute ln(1 + e^z) for", "sigmoid"),
        Change(_SLOPE_BODY, "return 1 / (1 + np.exp(-z))", "sigmoid_derivative"),
        _says("at every entry of z; use sigmoid", "at every entry of z", "sigmoid_derivative"),
        *_SMALL_WEIGHTS,
    ),
    Activation.LEAKY_RELU: (
        Change(_SIGMOID, f"np.where(z > 0, z, {LEAK} * z)", "sigmoid"),
        _says(
            "compute 1 / (1 + e^-z) for every",
            f"compute z where it is positive and {LEAK} z elsewhere, for every",
            "sigmoid",
        ),
        Change(_SLOPE_BODY, f"return np.where(z > 0, 1.0, {LEAK})", "sigmoid_derivative"),
        _says("at every entry of z; use sigmoid", "at every entry of z", "sigmoid_derivative"),
        *_start(Activation.LEAKY_RELU),
    ),
    Output.LINEAR: (
        _says(
            "every neuron's activation function is the sigmoid.",
            "hidden neurons have the sigmoid, output neurons are linear.",
        ),
        _says(
            "a = sigmoid(z) for each",
            "a = sigmoid(z) for each;\n        # the output layer is linear: its a is its z",
            "forward_pass",
        ),
        Change(r"^( +)return a(\.ravel\(\))?$", r"\1return z\2", "forward_pass"),
        Change(
            r"delta = dC_da (?P<op>[*@]) self\.(?P<f>sigmoid\w*)\((?P<z>[^\n]*?)\)(?P<end>  #[^\n]*)?$",
            r"delta = dC_da \g<op> self.\g<f>(\g<z>) if layer < last else dC_da\g<end>",
            "back_propagation",
        ),
        Change(
            r"self\.cost_derivative\((?P<before>[^()]*)activations\[-1\](?P<after>[^()]*)\)",
            r"self.cost_derivative(\g<before>zs[-1]\g<after>)",
            "back_propagation",
        ),
        _says(
            "(use cost_derivative and\n        # sigmoid_derivative), then",
            "(linear: use\n        # cost_derivative alone), then",
            "back_propagation",
        ),
        _says(
            "hidden layer, from the last to the first",
            "hidden layer (and sigmoid_derivative), from last to first",
            "back_propagation",
        ),
    ),
    Cost.MEAN_SQUARES: (
        _says("half the squared differences, summed.", "the mean of the squared differences.", "cost"),
        _says(
            "1/2 of the sum over all samples and all outputs of (a - y)^2; a sum, not a mean",
            "the mean over all samples and all outputs of (a - y)^2; no 1/2",
            "cost",
        ),
        _says("add up the cost of every sample; use", "average the cost of every sample; use", "cost"),
        Change(r"0\.5 \* np\.sum\(", "np.mean(", "cost"),
        Change(r"float\(total\)", "float(total / len(training_data))", "cost"),
        _says(
            "differentiate 1/2 (a - y)^2 with respect to a, for every output",
            "differentiate the mean of (a - y)^2 over the outputs with respect to each a",
            "cost_derivative",
        ),
        Change(r"return output_activations - y$", "return 2 * (output_activations - y) / y.size", "cost_derivative"),
    ),
    Cost.CROSS_ENTROPY: (
        _says("half the squared differences, summed.", "the cross-entropy, summed.", "cost"),
        _says(
            "1/2 of the sum over all samples and all outputs of (a - y)^2; a sum, not a mean",
            "the sum over all samples and all outputs of -(y ln a + (1 - y) ln(1 - a))",
            "cost",
        ),
        Change(
            r"total \+= 0\.5 \* np\.sum\(\(a - y\) \*\* 2\)",
            "total -= np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))",
            "cost",
        ),
        _says(
            "differentiate 1/2 (a - y)^2 with respect to a,",
            "differentiate -(y ln a + (1 - y) ln(1 - a)) with respect to a,",
            "cost_derivative",
        ),
        Change(
            r"return output_activations - y$",
            "return (output_activations - y) / (output_activations * (1 - output_activations))",
            "cost_derivative",
        ),
        *_start(Cost.CROSS_ENTROPY),
    ),
    Update.DECAY: (
        _says(
            'logger = logging.getLogger("q1")\n',
            f'logger = logging.getLogger("q1")\n\nDECAY = {DECAY}  # lambda, how fast weights shrink\n',
        ),
        _says(
            "times its sum\n",
            "times its sum,\n                # and every weight (no bias) by -eta * DECAY times itself as well\n",
            "mini_batch_GD",
        ),
        Change(r"self\.weights = (\[|tuple\()W ", r"self.weights = \1(1 - eta * DECAY) * W ", "mini_batch_GD"),
    ),
    Update.MOMENTUM: (
        _says(
            'logger = logging.getLogger("q1")\n',
            f'logger = logging.getLogger("q1")\n\nMOMENTUM = {MOMENTUM}  # how much of the last move is made again\n',
        ),
        Change(
            r"^( +)cost_history = \[\]$",
            r"\1cost_history = []\n\1moves_b = [np.zeros_like(b) for b in self.biases]\n\1moves_w = "
            r"[np.zeros_like(W) for W in self.weights]",
            "mini_batch_GD",
        ),
        _says(
            "(use back_propagation), then\n                # update every weight and bias by -(eta / "
            "mini_batch_size) times its sum",
            "(use back_propagation).\n                # Move every weight and bias by MOMENTUM times its last "
            "move, minus (eta / mini_batch_size)\n                # times its sum; keep the moves in moves_b "
            "and moves_w",
            "mini_batch_GD",
        ),
        Change(
            r"^( +)self\.biases = \[b (?P<sign>[-+]) step \* total for b, total in zip\(self\.biases, sum_db\)\]$",
            r"\1moves_b = [MOMENTUM * move \g<sign> step * total for move, total in zip(moves_b, sum_db)]\n"
            r"\1self.biases = [b + move for b, move in zip(self.biases, moves_b)]",
            "mini_batch_GD",
        ),
        Change(
            r"^( +)self\.weights = \[W (?P<sign>[-+]) step \* total for W, total in zip\(self\.weights, sum_dw\)\]$",
            r"\1moves_w = [MOMENTUM * move \g<sign> step * total for move, total in zip(moves_w, sum_dw)]\n"
            r"\1self.weights = [W + move for W, move in zip(self.weights, moves_w)]",
            "mini_batch_GD",
        ),
    ),
    Returned.WEIGHTS_FIRST: (
        Change(
            r":return: dC_db, dC_dw, two lists(?P<text>[^\n]*`):\n(?P<indent> +)(?P<db>dC_db = \[.*?\]), "
            r"(?P<dw>dC_dw = \[.*?\])$",
            r":return: dC_dw, dC_db, two lists\g<text>:\n\g<indent>\g<dw>, \g<db>",
            "back_propagation",
        ),
        _says("of the shapes of `biases` and `weights`", "of the shapes of `weights` and `biases`", "back_propagation"),
    ),
}

# How the module's docstring tells of the weights: z by the stored array, for each way of storing.
_TOLD = "transpose, shape (n_{l-1}, n_l), so z^(l) = weights[l-1].T @ a^(l-1) + biases[l-1]."


def changes(version: Version) -> Iterator[Change]:
    """The version's changes, in the order in which they are made."""
    if version.stored is Stored.OUT_IN:
        yield _says(
            "W^(l)  the handout's weight matrix of layer l, one row for each neuron. `weights[l-1]` stores its",
            "W^(l)  the handout's weight matrix of layer l, one row for each neuron, as `weights[l-1]` stores it:",
        )
        yield _says(_TOLD, _TOLD.replace("transpose, shape (n_{l-1}, n_l)", "shape (n_l, n_{l-1})"))
        yield Change(r"\(n_0, n_1\), \.\.\., \(n_\{L-1\}, n_L\)", "(n_1, n_0), ..., (n_L, n_{L-1})")
    if version.samples is Samples.ROWS:
        yield _says(
            "Only the TODO blocks are yours",
            "Samples are rows: x has the shape (1, n_0), the z and a of layer l, and its biases, (1, "
            "n_l).\n\nOnly the TODO blocks are yours",
        )
    default = Version()
    for name in ("epochs", "eta"):
        if getattr(version, name) != getattr(default, name):
            yield _says(f'"{name}": {getattr(default, name)}', f'"{name}": {getattr(version, name)}')
    for choice in (version.activation, version.output, version.cost, version.update, version.returned):
        yield from CHANGES.get(choice, ())
    for axis in version.own:
        for change in axis.changes:
            yield _says(change.find, change.put, change.function)
