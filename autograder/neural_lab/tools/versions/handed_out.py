"""What students of a version get besides the stub: the page, and the examples of `check.py`.

The figures of both are computed by the version's own solution when it is built.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from neural_lab.labs.q1.version import Activation, Cost, Output, Samples, Stored, Update, Version
from neural_lab.tools.versions.rewrite import Rewrite

NETWORK, TRANSPOSED = "pictures/network.svg", "pictures/transposed.svg"
CHECK = Path(__file__).with_name("student_check.py")
ORDER = (
    "sigmoid",
    "sigmoid_derivative",
    "cost_derivative",
    "forward_pass",
    "cost",
    "back_propagation",
    "mini_batch_GD",
)

VALUE = {
    Activation.SIGMOID: (r"\sigma(z) = \frac{1}{1 + e^{-z}}", r"\sigma'(z) = \sigma(z) (1 - \sigma(z))"),
    Activation.TANH: (r"\sigma(z) = \frac{e^z - e^{-z}}{e^z + e^{-z}}", r"\sigma'(z) = 1 - \sigma(z)^2"),
    Activation.SOFTPLUS: (r"\sigma(z) = \ln(1 + e^z)", r"\sigma'(z) = \frac{1}{1 + e^{-z}}"),
    Activation.LEAKY_RELU: (
        r"\sigma(z) = z \text{ for } z > 0, \qquad \sigma(z) = 0.01 \, z \text{ elsewhere}",
        r"\sigma'(z) = 1 \text{ for } z > 0, \qquad \sigma'(z) = 0.01 \text{ elsewhere}",
    ),
}
COST = {
    Cost.HALF_SQUARES: (
        r"C = \frac{1}{2} \sum_j (a_j^{(L)} - y_j)^2",
        r"\frac{dC}{da_j^{(L)}} = a_j^{(L)} - y_j",
        "The cost of a set of samples is the sum over the samples, not their mean.",
    ),
    Cost.MEAN_SQUARES: (
        r"C = \frac{1}{n_L} \sum_j (a_j^{(L)} - y_j)^2",
        r"\frac{dC}{da_j^{(L)}} = \frac{2}{n_L} (a_j^{(L)} - y_j)",
        "where n_L is the number of outputs. The cost of a set of samples is the mean over the samples.",
    ),
    Cost.CROSS_ENTROPY: (
        r"C = - \sum_j \left( y_j \ln a_j^{(L)} + (1 - y_j) \ln(1 - a_j^{(L)}) \right)",
        r"\frac{dC}{da_j^{(L)}} = \frac{a_j^{(L)} - y_j}{a_j^{(L)} (1 - a_j^{(L)})}",
        "The cost of a set of samples is the sum over the samples, not their mean.",
    ),
}
_SUM = r"\frac{\eta}{\text{mini\_batch\_size}} \sum_{s \in B} \frac{dC_s}{d"
STEP = {
    Update.PLAIN: (rf"W \leftarrow W - {_SUM}W}}", rf"b \leftarrow b - {_SUM}b}}", ""),
    Update.DECAY: (
        rf"W \leftarrow (1 - \eta \lambda) W - {_SUM}W}}",
        rf"b \leftarrow b - {_SUM}b}}",
        "The weights, but not the biases, also shrink a little at every step; $\\lambda$ is `DECAY`.",
    ),
    Update.MOMENTUM: (
        rf"v \leftarrow \mu v - {_SUM}W}}, \qquad W \leftarrow W + v",
        rf"u \leftarrow \mu u - {_SUM}b}}, \qquad b \leftarrow b + u",
        "The moves v and u are zero when training begins; $\\mu$ is `MOMENTUM`, and each array has a move of its own.",
    ),
}


def page(version: Version, solution: str, public: str, about: Mapping[str, str]) -> str:
    """The text of the version's student/README.md.

    :param solution: the version's solution, which works the example
    :param public: the public lab's page, from which comes what no version changes
    :param about: what the course tells, by its names in course.toml
    """
    rewrite = Rewrite(version)
    named = rewrite.named

    def layer(n: int) -> str:
        return str(version.layer(n))

    entry = "weights[l-1][j, i]" if version.stored is Stored.IN_OUT else "weights[l-1][i, j]"
    value, slope = VALUE[version.activation]
    cost, cost_slope, cost_words = COST[version.cost]
    step, step_b, step_words = STEP[version.update]
    linear = version.output is Output.LINEAR
    lists = {
        "dC_db": [layer(n) for n in (8, 8, 10)],
        "dC_dw": [str(version.stored_as(*ends)) for ends in pairwise((784, 8, 8, 10))],
    }
    output = (
        "The output layer is linear: $a_i^{(L)} = z_i^{(L)}$."
        if linear
        else "The output layer has the same activation function."
    )
    last = r"\frac{dC}{dz_i^{(L)}} = \frac{dC}{da_i^{(L)}}"
    last += "" if linear else r" \cdot \sigma'(z_i^{(L)})"
    return "\n".join(
        [
            "# Lab: a neural network that reads digits\n",
            "You build a neural network out of NumPy arrays, train it by mini-batch gradient descent and let it",
            "classify handwritten digits. You write seven functions in `q1.py`; only its TODO blocks are yours.",
            "`python check.py` tries them on small examples. You need Python 3.10 or later and NumPy.\n",
            *_table(about),
            _section(public, "## What you need", "Then run"),
            "## The network\n",
            "The input is an image of 784 numbers. Two hidden layers of 8 neurons follow, then 10 output neurons, one",
            "for each digit. **Write every function for any number of layers and any number of neurons in each.**\n",
            f"![The network with its shapes]({NETWORK})\n",
            "| symbol | meaning | shape for 784-8-8-10 |",
            "|---|---|---|",
            f"| $x$ | the input; $a^{{(0)}} = x$ | {layer(784)} |",
            f"| `weights` | the weights between two layers | {', '.join(lists['dC_dw'])} |",
            f"| `biases`, and $z$ and $a$ of each layer | one number for each neuron | {', '.join(lists['dC_db'])} |",
            f"| $y$ | the wanted output | {layer(10)} |\n",
            f"A sample is a {'column' if version.samples is Samples.COLUMNS else 'row'}. $W^{{(l)}}_{{ij}}$, the "
            f"weight from neuron j of layer l-1 to neuron i of layer l, is `{entry}`.\n",
            *(
                [f"![A row of W is a column of the stored array]({TRANSPOSED})\n"]
                if TRANSPOSED in pictures(version)
                else []
            ),
            "## Forward pass\n",
            f"The activation function of the hidden layers, `{version.activation.value}`, is\n",
            f"$${value}$$\n",
            f"and its derivative\n\n$${slope}$$\n",
            r"$$z_i^{(l)} = \sum_j W_{ij}^{(l)} a_j^{(l-1)} + b_i^{(l)}, \qquad a_i^{(l)} = \sigma(z_i^{(l)})$$" + "\n",
            f"{output}\n",
            "## Cost\n",
            f"For one sample\n\n$${cost}, \\qquad {cost_slope}$$\n",
            f"{cost_words}\n",
            "## Backward pass\n",
            f"$${last}$$\n",
            r"$$\frac{dC}{dz_i^{(l)}} = \sigma'(z_i^{(l)}) \sum_k W_{ki}^{(l+1)} \frac{dC}{dz_k^{(l+1)}}$$" + "\n",
            r"$$\frac{dC}{dW_{ij}^{(l)}} = \frac{dC}{dz_i^{(l)}} \, a_j^{(l-1)}, \qquad "
            r"\frac{dC}{db_i^{(l)}} = \frac{dC}{dz_i^{(l)}}$$" + "\n",
            named(f"`back_propagation` returns `{version.lists[0]}` and `{version.lists[1]}`, in this order:\n"),
            "```",
            *(f"{name} = [{', '.join(lists[name])}]" for name in version.lists),
            "```\n",
            "### One pass in numbers\n",
            example(version, solution),
            "## Gradient descent\n",
            f"$${step}$$\n\n$${step_b}$$\n",
            f"{step_words} The last mini-batch of an epoch may be shorter; it counts too, and you may divide by "
            "its own length.\n",
            *(f"## {axis.name}\n\n{axis.says.strip()}\n" for axis in version.own),
            "## 1.1 The code\n",
            "<!-- marks of q1 -->\n<!-- end of marks -->\n",
            _hand_in(_section(public, "### Hand it in", "## How it is graded"), about),
            named(_section(public, "## How it is graded", "## 1.2 Tune it (ungraded)")),
            _section(public, "## 1.2 Tune it (ungraded)", "### Experiments"),
        ]
    )


_TOLD = {
    "name": "course",
    "term": "term",
    "contact": "questions to",
    "deadline": "hand in by",
    "platform": "hand in on",
    "collaboration": "working together",
    "ai": "AI tools",
}


def pictures(version: Version) -> tuple[str, ...]:
    """Which of the public lab's pictures belong on the version's page."""
    return (NETWORK, TRANSPOSED) if version.stored is Stored.IN_OUT else (NETWORK,)


def picture(version: Version, public: str) -> str:
    """The version's picture from the public lab's: its shapes, and an output layer whose a is its z.

    :param public: the text of the .svg file
    """
    shapes = Rewrite(version).words(public)
    return shapes.replace("z⁽³⁾ → a⁽³⁾", "z⁽³⁾ = a⁽³⁾") if version.output is Output.LINEAR else shapes


def _table(about: Mapping[str, str]) -> list[str]:
    """What the course tells, as lines of Markdown."""
    return ["| | |\n|---|---|", *(f"| {_TOLD[key]} | {said} |" for key, said in about.items()), ""] if about else []


def public_page(public: str, about: Mapping[str, str]) -> str:
    """The public lab's page with what the course tells, before its first section."""
    top, heading, rest = _hand_in(public, about).partition("## ")
    return "".join([top, "\n".join([*_table(about), ""]) if about else "", heading, rest])


_HAND_IN = {  # what the public page says of it, and what a course says instead
    "platform": ("Open the assignment on **Gradescope**", "Open the assignment on **{}**"),
    "deadline": ("Your course announces the deadline and whether", "Hand in by {}. Your course announces whether"),
}


def _hand_in(text: str, about: Mapping[str, str]) -> str:
    """The section "Hand it in" with the course's platform and deadline."""
    for key, (public, said) in _HAND_IN.items():
        if key in about:
            before, found, after = text.partition(public)
            assert found, f"the public page says no longer {public!r}"
            text = before + said.format(about[key]) + after
    return text


def _section(text: str, first: str, after: str) -> str:
    return text[text.index(first) : text.index(after)].rstrip() + "\n"


def example(version: Version, solution: str) -> str:
    """A pass of a 2-2-1 net, worked out by the solution, as a table."""
    network_class = _class(solution)
    network = network_class(3, [2, 2, 1])
    network.weights = [_stored(version, [[0.5, -1.0], [0.25, 0.75]]), _stored(version, [[1.0], [-0.5]])]
    network.biases = [np.array(b).reshape(version.layer(len(b))) for b in ([0.5, -0.25], [0.75])]
    x, y = np.array([1.0, 2.0]).reshape(version.layer(2)), np.array([1.0]).reshape(version.layer(1))
    call = _caller(version, network)
    returned = dict(zip(version.lists, call("back_propagation", x, y), strict=True))
    rows = [
        ("`weights`", network.weights),
        ("`biases`", network.biases),
        ("$x$", [x]),
        ("$y$", [y]),
        (f"`{Rewrite(version).named('forward_pass')}(x)`", [call("forward_pass", x)]),
        *((f"`{name}`", returned[name]) for name in version.lists),
    ]
    lines = [f"| {name} | {'<br>'.join(map(_shown, arrays))} |" for name, arrays in rows]
    lines.append(f"| `{Rewrite(version).named('cost')}([(x, y)])` | {call('cost', [(x, y)]):.6f} |")
    return "\n".join(["| | for a net 2-2-1 |", "|---|---|", *lines, ""])


def _shown(array: np.ndarray) -> str:
    return "`" + str(np.round(array, 6).tolist()) + "`"


def _stored(version: Version, in_out: list[list[float]]) -> np.ndarray:
    W = np.array(in_out)
    return W if version.stored is Stored.IN_OUT else W.T.copy()


def _class(solution: str) -> Any:
    module = types.ModuleType("q1")
    exec(compile(solution, "q1.py", "exec"), module.__dict__)  # noqa: S102 (the version's own solution)
    return module.NeuralNetwork


def _caller(version: Version, network: Any) -> Any:
    names = Rewrite(version).names
    return lambda function, *arguments: getattr(network, str(names.get(function, function)))(*arguments)


def examples(version: Version, solution: str) -> str:
    """The contents of check.json: for each function a few calls and what the solution answers."""
    network_class, names = _class(solution), Rewrite(version).names
    rng = np.random.default_rng(20)
    cases: list[dict[str, Any]] = []
    for sizes in ([2, 2, 1], [3, 4, 2], [4, 3, 3, 5, 2], [3, 3, 3]):
        weights = [rng.normal(0, m**-0.5, version.stored_as(m, n)).round(3) for m, n in pairwise(sizes)]
        biases = [rng.normal(0, 1, version.layer(n)).round(3) for n in sizes[1:]]
        samples = [
            (rng.normal(0, 1, version.layer(sizes[0])).round(3), rng.uniform(0, 1, version.layer(sizes[-1])).round(3))
            for _ in range(5)
        ]
        z = rng.uniform(-4, 4, version.layer(2 * sizes[0])).round(3)
        a, y = (rng.uniform(0.1, 0.9, version.layer(sizes[0])).round(3) for _ in range(2))
        x, target = samples[0]
        training = (samples, 2, 2, 0.1, [(one, 0) for one, _ in samples])
        calls: list[tuple[Any, ...]] = [(z,), (z,), (a, y), (x,), (samples,), (x, target), training]
        for function, arguments in zip(ORDER, calls, strict=True):
            network = network_class(len(sizes), sizes)
            network.weights, network.biases = [W.copy() for W in weights], [b.copy() for b in biases]
            given = _encoded(list(arguments))
            answer = _caller(version, network)(function, *arguments)
            trains = function == "mini_batch_GD"
            cases.append(
                {
                    "function": names.get(function, function),
                    "what": f"on a {'-'.join(map(str, sizes))} net",
                    "sizes": sizes,
                    "weights": _encoded(weights),
                    "biases": _encoded(biases),
                    "arguments": given,
                    "expected": _encoded(answer),
                    "trains": trains,
                    "after": _encoded([network.weights, network.biases]) if trains else [],
                }
            )
    return json.dumps(sorted(cases, key=lambda case: _place(case["function"], names))) + "\n"


def _place(function: object, names: dict[str, str]) -> int:
    return [names.get(one, one) for one in ORDER].index(str(function))


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": value.tolist()}
    if isinstance(value, tuple):
        return {"tuple": [_encoded(item) for item in value]}
    return [_encoded(item) for item in value] if isinstance(value, list) else value
