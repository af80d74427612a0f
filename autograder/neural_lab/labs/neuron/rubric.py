"""The marks of the neuron lab in one table, and its functions in the order of their dependence."""

from __future__ import annotations

from neural_lab.grading.forms import SWAPPED
from neural_lab.labs.neuron import probes
from neural_lab.labs.neuron.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Elementwise, entries, rows, twice
from neural_lab.schema.lab import Function, Lab, Line, Part

X, T, W, B = Array(("N", 2)), Array(("N",)), Array((2,)), Elementwise("b")

FUNCTIONS = (
    Function("evaluate_neuron", "neuron", takes=(X, W, B), passes=rows),
    Function("derivative_of_sigmoid", "neuron", takes=(Elementwise(),), passes=entries),
    Function("loss_function", "neuron", takes=(X, T, W, B), passes=rows, asked=twice),
    Function("update_weights", "neuron", passes=rows, gradient=True),
    Function("evaluate_prediction", "neuron", passes=rows),
)

LINES = (
    Line(
        "1.1",
        "evaluate_neuron",
        "evaluate_neuron",
        (
            Part("outputs", "outputs", 2.5, probes.evaluate_neuron, at=(0,), scale=1.0, forms=(SWAPPED,)),
            Part(
                "pre-activations", "pre-activations", 2.5, probes.evaluate_neuron, at=(1,), scale=1.0, forms=(SWAPPED,)
            ),
        ),
    ),
    Line(
        "1.2",
        "derivative_of_sigmoid",
        "derivative_of_sigmoid",
        (Part("numbers", "a line and a table of numbers", 3, probes.derivative_of_sigmoid, scale=0.25),),
    ),
    Line(
        "1.3", "loss_function", "loss_function", (Part("samples", "one and several samples", 3, probes.loss_function),)
    ),
    Line(
        "1.4",
        "update_weights",
        "update_weights",
        (
            Part("weights", "weights", 4, probes.update_weights, at=(0,), forms=(SWAPPED,)),
            Part("bias", "bias", 2, probes.update_weights, at=(1,), forms=(SWAPPED,)),
        ),
    ),
    Line(
        "1.5",
        "evaluate_prediction",
        "evaluate_prediction",
        (
            Part("prediction", "prediction", 2, probes.evaluate_prediction, at=(0,), forms=(SWAPPED,)),
            Part("accuracy", "accuracy", 1, probes.evaluate_prediction, at=(1,), forms=(SWAPPED,)),
        ),
    ),
)

LAB = Lab(
    name="neuron",
    title="Warm-up: a single neuron",
    modules=("neuron",),
    folder="warmups",
    functions=FUNCTIONS,
    lines=LINES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
