"""The marks of the perceptron lab in one table, and its functions in the order of their dependence."""

from __future__ import annotations

from neural_lab.grading.forms import HISTORY_BACKWARDS
from neural_lab.labs.perceptron import probes
from neural_lab.labs.perceptron.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Contract, Elementwise, entries
from neural_lab.schema.lab import Function, Lab, Line, Part

PARAMETERS: dict[str, Contract] = {"weights": Array(("n",)), "bias": Elementwise("bias")}

FUNCTIONS = (
    Function("Perceptron.__init__", "perceptron"),
    Function("step", "perceptron", takes=(Elementwise(),)),
    Function("descend", "perceptron"),
    Function("Perceptron.sigmoid", "perceptron", takes=(Elementwise(),)),
    Function("Perceptron.mse", "perceptron", takes=(Elementwise("preds"), Elementwise("y"))),
    Function("Perceptron.dmse", "perceptron", takes=(Elementwise("preds"), Elementwise("y")), passes=entries),
    # any number of samples, or one, as a student's own code may call it
    Function("Perceptron.predict", "perceptron", takes=(Elementwise("x"),), reads=PARAMETERS, passes=entries),
    Function("Perceptron.fit", "perceptron", passes=lambda model, X, y: model.n_epochs * len(X)),
)

LINES = (
    Line("1.1", "step", "step", (Part("arrays", "arrays of several shapes", 2, probes.step),)),
    Line(
        "1.2",
        "descend",
        "descend",
        (
            Part("example", "the worked example", 2, probes.descend_slides, forms=(HISTORY_BACKWARDS,)),
            Part("other", "other numbers", 2, probes.descend_other, forms=(HISTORY_BACKWARDS,)),
        ),
    ),
    Line("1.3", "sigmoid", "sigmoid", (Part("numbers", "-20 ≤ z ≤ 20", 2, probes.sigmoid, scale=1.0),)),
    Line("1.4", "mse", "mse", (Part("predictions", "one and several predictions", 2, probes.mse),)),
    Line("1.5", "dmse", "dmse", (Part("predictions", "one and several predictions", 2, probes.dmse),)),
    Line(
        "1.6",
        "fit",
        "fit",
        (
            Part("parameters", "weights and bias", 4, probes.fit, at=(0,)),
            Part("history", "loss history", 2, probes.fit, at=(1,), forms=(HISTORY_BACKWARDS,)),
        ),
    ),
    Line(
        "1.7",
        "predict",
        "predict",
        (
            Part("many", "several samples", 1.5, probes.predict_many),
            Part("one", "a single sample", 0.5, probes.predict_one),
        ),
    ),
)

LAB = Lab(
    name="perceptron",
    title="Warm-up: the perceptron",
    modules=("perceptron",),
    folder="warmups",
    functions=FUNCTIONS,
    lines=LINES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
