"""A lab as an instructor makes it of what `make new-lab` writes, after docs/new_lab.md alone: {path: text}."""

from __future__ import annotations

FILES = {
    "solution/logistic.py": '''\
"""logistic: logistic regression, a single neuron with the cross-entropy for its cost.

Symbols used in the shapes below:
    N, n   number of samples, number of inputs
    x      (N, n), one sample in each row
    y      (N,), the targets 0 and 1
    w, b   (n,) and a float, the weights and the bias

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
"""

import numpy as np


def sigmoid(z):
    """The sigmoid of each entry.

    :param z: numpy array of any shape
    :return: numpy array of the same shape
    """
    # TODO: 1 / (1 + e^-z)
    # BEGIN ANSWER
    return 1 / (1 + np.exp(-z))
    # END ANSWER


def predict(x, w, b):
    """The probability of class 1 for each sample.

    :param x: numpy array (N, n)
    :param w: numpy array (n,)
    :param b: float
    :return: numpy array (N,)
    """
    # TODO: use sigmoid
    # BEGIN ANSWER
    return sigmoid(x @ w + b)  # (N,)
    # END ANSWER


def cost(x, y, w, b):
    """The mean cross-entropy.

    :param x: numpy array (N, n)
    :param y: numpy array (N,)
    :param w: numpy array (n,)
    :param b: float
    :return: float
    """
    # TODO: use predict
    # BEGIN ANSWER
    p = predict(x, w, b)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    # END ANSWER


def gradient(x, y, w, b):
    """The derivatives of the cost with respect to the weights and the bias.

    :param x: numpy array (N, n)
    :param y: numpy array (N,)
    :param w: numpy array (n,)
    :param b: float
    :return: dC_dw, dC_db: numpy array (n,) and float
    """
    # TODO: use predict
    # BEGIN ANSWER
    error = predict(x, w, b) - y  # (N,)
    dC_dw = x.T @ error / len(y)  # (n, N) @ (N,) -> (n,)
    dC_db = float(np.mean(error))
    return dC_dw, dC_db
    # END ANSWER
''',
    "student/logistic.md": r"""# Lab: logistic regression
A single neuron tells two classes apart. Complete `logistic.py`, and hand it in.

$$p = \sigma(x^T w + b), \qquad C = -\frac{1}{N} \sum_{i=1}^{N} \left( y_i \ln p_i + (1 - y_i) \ln (1 - p_i) \right)$$

Derive on paper how $C$ changes with each weight and with the bias, before you write `gradient`.

## Marks
<!-- marks of logistic -->
<!-- end of marks -->
""",
    "autograder/neural_lab/labs/logistic/rubric.py": '''\
"""The marks of the logistic lab, and its functions in the order of their dependence."""

from __future__ import annotations

from neural_lab.grading.forms import SWAPPED
from neural_lab.labs.logistic import probes
from neural_lab.labs.logistic.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Elementwise, Number, entries, rows
from neural_lab.schema.lab import Function, Lab, Line, Part

FUNCTIONS = (
    Function("sigmoid", "logistic", takes=(Elementwise(),), passes=entries),
    Function("predict", "logistic", takes=(Array(("N", "n")), Array(("n",)), Number()), passes=rows),
    Function("cost", "logistic", passes=rows),
    Function("gradient", "logistic", passes=rows, gradient=True),
)

SAMPLES = "one and several samples"
LINES = (
    Line("1.1", "sigmoid", "sigmoid", (Part("line", "a line of numbers", 4, probes.sigmoid, scale=1.0),)),
    Line("1.2", "predict", "predict", (Part("samples", SAMPLES, 4, probes.predict, scale=1.0),)),
    Line("1.3", "cost", "cost", (Part("samples", SAMPLES, 4, probes.cost),)),
    Line(
        "1.4",
        "gradient",
        "gradient",
        (
            Part("dC_dw", "with respect to the weights", 5, probes.gradient, at=(0,), forms=(SWAPPED,)),
            Part("dC_db", "with respect to the bias", 3, probes.gradient, at=(1,), forms=(SWAPPED,)),
        ),
    ),
)

LAB = Lab("logistic", "Logistic regression", ("logistic",), FUNCTIONS, LINES, mistakes=MISTAKES, variants=VARIANTS)
''',
    "autograder/neural_lab/labs/logistic/probes.py": '''\
"""The probes of the logistic lab: what is called, with which numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, batches, many, named, several
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Observations


def _batch(rng: np.random.Generator, n: int) -> tuple[Any, Any, Any, float]:
    """x, y, w, b of a neuron with three inputs."""
    return rng.normal(0, 1, (n, 3)), (np.arange(n) % 2).astype(float), rng.normal(0, 1, 3), float(rng.uniform(0.3, 0.8))


@probe("sigmoid")
def sigmoid(session: Session, rng: np.random.Generator) -> Observations:
    decisive = np.array([0.0, -0.7, 0.7, -12.0, 12.0])
    lines = {"sigmoid(z) of decisive numbers": (decisive,)}
    lines |= {f"sigmoid(z) of {n} numbers": (rng.uniform(-20, 20, n),) for n in (several(rng), many(rng))}
    return ask(session, "logistic", named("sigmoid", lines))


@probe("predict")
def predict(session: Session, rng: np.random.Generator) -> Observations:
    def arguments(n: int) -> tuple[Any, ...]:
        x, _, w, b = _batch(rng, n)
        return x, w, b

    return ask(session, "logistic", batches(rng, "predict", arguments))


@probe("cost")
def cost(session: Session, rng: np.random.Generator) -> Observations:
    return ask(session, "logistic", batches(rng, "cost", lambda n: _batch(rng, n)))


@probe("gradient")
def gradient(session: Session, rng: np.random.Generator) -> Observations:
    return ask(session, "logistic", batches(rng, "gradient", lambda n: _batch(rng, n)))
''',
    "autograder/neural_lab/labs/logistic/mistakes.py": '''\
"""The bank of the logistic lab: known mistakes as edits of the solution, and right ways that differ from it."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

MISTAKES: tuple[Mistake, ...] = (
    Mistake("sig-no-minus", "sigmoid", (Edit("-z", "z"),), "What should the curve approach for a large z?"),
    Mistake("pre-no-bias", "predict", (Edit(" + b", ""),), "What is your output where all inputs are zero?"),
    Mistake("pre-no-sigmoid", "predict", (Edit("sigmoid(x @ w + b)", "x @ w + b"),), "Is every output below 1?"),
    Mistake("cost-sum", "cost", (Edit("np.mean", "np.sum"),), "Does your cost grow with the number of samples?"),
    Mistake("cost-no-minus", "cost", (Edit("-np.mean", "np.mean"),), "Can a cost be below zero?"),
    Mistake("cost-ones", "cost", (Edit(" + (1 - y) * np.log(1 - p)", ""),), "What do the samples of class 0 add?"),
    Mistake("gr-sign", "gradient", (Edit("predict(x, w, b) - y", "y - predict(x, w, b)"),), "Where is downhill?"),
    Mistake("gr-sum-w", "gradient", (Edit(" / len(y)", ""),), "Sum or mean?", spares=("dC_db",), because="of dC_dw"),
    Mistake("gr-db", "gradient", (Edit("np.mean", "np.sum"),), "Sum or mean?", spares=("dC_dw",), because="of dC_db"),
)

VARIANTS: tuple[Variant, ...] = (
    Variant("pre-sum", "predict", (Edit("x @ w", "np.sum(x * w, axis=1)"),), "a sum over the inputs"),
)
''',
}
