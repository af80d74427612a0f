"""The marks of the ann lab in one table, and its functions in the order of their dependence."""

from __future__ import annotations

from neural_lab.grading.forms import HISTORY_BACKWARDS, SWAPPED
from neural_lab.labs.ann import probes
from neural_lab.labs.ann.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Elementwise, Net, Number, rows, whole_net
from neural_lab.schema.lab import Function, Lab, Line, Part

PARAMETERS = {"W1": Array((2, 4)), "b1": Array((4,)), "W2": Array((4, 1)), "b2": Array((1,))}
X, Y = Array(("N", 2)), Array(("N", 1))

FUNCTIONS = (
    Function("ANN.initial_parameters", "ann", takes=(Number(),)),
    Function("ANN.__init__", "ann"),
    Function("ANN.sigmoid", "ann", takes=(Elementwise(),)),
    Function("ANN.forward", "ann", takes=(X,), reads=PARAMETERS, passes=rows, asked=whole_net),
    Function("ANN.losses", "ann", takes=(Y, Y), passes=rows, asked=whole_net),
    Function("ANN.backward", "ann", takes=(X, Y), reads=PARAMETERS, passes=rows, gradient=True),
    Function("ANN.predict", "ann", takes=(X,), reads=PARAMETERS, passes=rows),
    Function("ANN.train", "ann", passes=lambda ann, X, y, learning_rate, epochs: len(X) * epochs),
)

LINES = (
    Line(
        "1.1",
        "initial_parameters",
        "initial_parameters",
        (
            Part("shapes", "shapes and zero biases", 1.5, probes.initial_shapes),
            Part("weights", "random weights", 1.5, probes.initial_weights),
        ),
    ),
    Line("1.2", "sigmoid", "sigmoid", (Part("numbers", "-20 ≤ z ≤ 20", 1, probes.sigmoid, scale=1.0),)),
    Line(
        "1.3",
        "forward",
        "forward",
        (
            Part("hidden", "hidden layer", 2, probes.forward, at=(0,), scale=1.0, forms=(SWAPPED,)),
            Part("output", "output", 2, probes.forward, at=(1,), scale=1.0, forms=(SWAPPED,)),
        ),
    ),
    Line("1.4", "losses", "losses", (Part("targets", "both targets", 3, probes.losses),)),
    Line(
        "1.5",
        "backward",
        "backward",
        (
            Part("dW1", "dW1", 2, probes.backward, at=(0,)),
            Part("db1", "db1", 1, probes.backward, at=(1,)),
            Part("dW2", "dW2", 1, probes.backward, at=(2,)),
            Part("db2", "db2", 1, probes.backward, at=(3,)),
        ),
    ),
    Line(
        "1.6",
        "train",
        "train",
        (
            Part("history", "history of losses", 1, probes.train, at=(0,), forms=(HISTORY_BACKWARDS,)),
            Part("parameters", "parameters", 2, probes.train, at=(1,)),
        ),
    ),
    Line("1.7", "predict", "predict", (Part("samples", "several samples", 1, probes.predict),)),
)

LAB = Lab(
    name="ann",
    title="Warm-up: 2-4-1 with matrices only",
    modules=("ann",),
    folder="warmups",
    functions=FUNCTIONS,
    lines=LINES,
    mistakes=MISTAKES,
    variants=VARIANTS,
    net=lambda thing, arguments: Net((2, 4, 1)),
)
