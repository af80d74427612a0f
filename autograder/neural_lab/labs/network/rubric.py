"""The marks of the network lab in one table, and its functions in the order of their dependence.

The functions of neuron.py come from the lab before: the reference stands in where they are wrong, and they cost
nothing here.
"""

from __future__ import annotations

from neural_lab.grading.forms import SWAPPED
from neural_lab.labs.network import probes
from neural_lab.labs.network.mistakes import MISTAKES, VARIANTS
from neural_lab.labs.neuron.rubric import LINES as OF_NEURON
from neural_lab.schema.contracts import Array, Elementwise, Net, entries, rows, whole_net
from neural_lab.schema.lab import Function, Lab, Line, Part

PARAMETERS = (Array((2,)), Elementwise("b"), Array((2, 2)), Array((2,)))
X, T = Array(("N", 2)), Array(("N",))

FUNCTIONS = (
    # any weights: some will pass Wt as a whole, for both hidden neurons at once
    Function("evaluate_neuron", "neuron", takes=(X, Elementwise("w"), Elementwise("b")), passes=rows),
    Function("derivative_of_sigmoid", "neuron", takes=(Elementwise(),), passes=entries),
    Function("evaluate_network", "network", takes=(X, *PARAMETERS), passes=rows, asked=whole_net),
    Function("loss_function", "network", takes=(X, T, *PARAMETERS), passes=rows, asked=whole_net),
    Function("update_weights", "network", passes=rows, gradient=True),
    Function("evaluate_prediction", "network", passes=rows),
)

LINES = (
    Line(
        "1.1",
        "evaluate_network",
        "evaluate_network",
        (
            Part("y", "outputs y", 1, probes.evaluate_network, at=(0,), scale=1.0),
            Part("a_y", "pre-activations a_y", 1, probes.evaluate_network, at=(1,), scale=1.0),
            Part("h", "hidden outputs h", 1.5, probes.evaluate_network, at=(2,), scale=1.0),
            Part("a_h", "hidden pre-activations a_h", 1.5, probes.evaluate_network, at=(3,), scale=1.0),
        ),
    ),
    Line(
        "1.2", "loss_function", "loss_function", (Part("samples", "one and several samples", 3, probes.loss_function),)
    ),
    Line(
        "1.3",
        "update_weights",
        "update_weights",
        (
            Part("w", "w", 2, probes.update_weights, at=(0,)),
            Part("b", "b", 1, probes.update_weights, at=(1,)),
            Part("Wt", "Wt", 4, probes.update_weights, at=(2,)),
            Part("bt", "bt", 2, probes.update_weights, at=(3,)),
        ),
    ),
    Line(
        "1.4",
        "evaluate_prediction",
        "evaluate_prediction",
        (
            Part("prediction", "prediction", 2, probes.evaluate_prediction, at=(0,), forms=(SWAPPED,)),
            Part("accuracy", "accuracy", 1, probes.evaluate_prediction, at=(1,), forms=(SWAPPED,)),
        ),
    ),
)

LAB = Lab(
    name="network",
    title="Warm-up: a tiny network",
    modules=("neuron", "network"),
    folder="warmups",
    functions=FUNCTIONS,
    lines=LINES,
    mistakes=MISTAKES,
    variants=VARIANTS,
    net=lambda thing, arguments: Net((2, 2, 1)),
    borrowed=tuple(line for line in OF_NEURON if line.function in ("evaluate_neuron", "derivative_of_sigmoid")),
)
