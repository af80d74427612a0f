"""The marks of the layered lab in one table, and its functions in the order of their dependence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neural_lab.grading.forms import HISTORY_BACKWARDS, LAYERS_BACKWARDS, SWAPPED
from neural_lab.labs.layered import probes
from neural_lab.labs.layered.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Elementwise, Items, Net, Number, Widths, entries, rows, whole_net
from neural_lab.schema.lab import Function, Lab, Line, Part

WEIGHTS, BIASES = Items(Array(("n_in", "n_out")), 20), Items(Array(("n",)), 20)
Y = Array(("N", "n_L"))

FUNCTIONS = (
    Function("initialise", "layered", takes=(Widths(), Number())),
    Function("sigmoid", "layered", takes=(Elementwise(),)),
    Function("sigmoid_derivative", "layered", takes=(Elementwise(),), passes=entries),
    Function("cost", "layered", takes=(Y, Y), passes=rows, asked=whole_net),
    Function("cost_derivative", "layered", takes=(Y, Y), passes=rows),
    Function("forward_pass", "layered", takes=(Array(("N", "n_0")), WEIGHTS, BIASES), passes=rows, asked=whole_net),
    Function(
        "back_propagation", "layered", takes=(Array(("N", "n_0")), Y, WEIGHTS, BIASES), passes=rows, gradient=True
    ),
    Function("update", "layered", takes=(WEIGHTS, BIASES, WEIGHTS, BIASES, Number())),
    Function("train", "layered", passes=lambda module, x, t, weights, biases, eta, epochs: len(x) * epochs),
)

LISTS = (SWAPPED, LAYERS_BACKWARDS)  # two results, a list of the layers each

LINES = (
    Line(
        "1.1",
        "initialise",
        "initialise",
        (
            Part("shapes", "shapes", 1, probes.initialise_shapes),
            Part("random", "random numbers", 1, probes.initialise_random),
        ),
    ),
    Line("1.2", "sigmoid", "sigmoid", (Part("numbers", "-20 ≤ z ≤ 20", 1, probes.sigmoid, scale=1.0),)),
    Line(
        "1.3",
        "sigmoid_derivative",
        "sigmoid_derivative",
        (Part("numbers", "-20 ≤ z ≤ 20", 1, probes.sigmoid_derivative, scale=0.25),),
    ),
    Line("1.4", "cost", "cost", (Part("samples", "several samples and outputs", 2, probes.cost),)),
    Line(
        "1.5",
        "cost_derivative",
        "cost_derivative",
        (Part("samples", "several samples and outputs", 2, probes.cost_derivative),),
    ),
    Line(
        "1.6",
        "forward_pass",
        "forward_pass",
        (
            Part("handout", "5-3-1", 2, probes.forward_handout, forms=LISTS),
            Part("other", "other sizes", 2, probes.forward_others, forms=LISTS),
        ),
    ),
    Line(
        "1.7",
        "back_propagation",
        "back_propagation",
        (
            Part("db-handout", "5-3-1, biases", 1, probes.gradients_handout, at=(1,), forms=LISTS),
            Part("dw-handout", "5-3-1, weights", 1, probes.gradients_handout, at=(0,), forms=LISTS),
            Part("db-other", "other sizes, biases", 1, probes.gradients_others, at=(1,), forms=LISTS),
            Part("dw-other", "other sizes, weights", 2, probes.gradients_others, at=(0,), forms=LISTS),
        ),
    ),
    Line("1.8", "update", "update", (Part("layers", "all layers", 1, probes.update, forms=LISTS),)),
    Line(
        "1.9",
        "train",
        "train",
        (Part("training", "parameters and costs", 2, probes.train, forms=(HISTORY_BACKWARDS,)),),
    ),
)


def _net(thing: Any, arguments: Sequence[Any]) -> Net | None:
    """The first list of arguments holds the weights of a net."""
    weights = next((argument for argument in arguments if isinstance(argument, list | tuple)), None)
    return Net.of(weights) if weights and isinstance(weights[0], np.ndarray) else None


LAB = Lab(
    name="layered",
    title="Warm-up: layers by recursion",
    modules=("layered",),
    folder="warmups",
    functions=FUNCTIONS,
    lines=LINES,
    mistakes=MISTAKES,
    variants=VARIANTS,
    net=_net,
)
