"""The marks of q1 in one table, and its functions in the order of their dependence."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.grading.compare import as_array, near, piece
from neural_lab.grading.forms import HISTORY_BACKWARDS, LAYERS_BACKWARDS, SWAPPED
from neural_lab.labs.q1 import probes
from neural_lab.labs.q1.advice import advice
from neural_lab.labs.q1.elsewhere import elsewhere
from neural_lab.labs.q1.leaderboard import leaderboard
from neural_lab.labs.q1.mistakes import MISTAKES, VARIANTS
from neural_lab.labs.q1.smoke_run import smoke_run
from neural_lab.labs.q1.version import VERSION
from neural_lab.schema.contracts import Array, Elementwise, Group, Items, Net, Refused, entries, rows, twice, whole_net
from neural_lab.schema.lab import Function, Lab, Line, Part

EPSILON = float(np.finfo(float).eps)
X, Y = Array(VERSION.layer("n_0")), Array(VERSION.layer("n_L"))
PARAMETERS = {
    "biases": Items(Array(VERSION.layer("n")), 20),
    "weights": Items(Array(VERSION.stored_as("n_in", "n_out")), 20),
}


def _sizes(attributes: dict[str, Any]) -> dict[str, int]:
    """n_0 and n_L of the net in these attributes, whose layers must fit each other."""
    if "weights" not in attributes:
        return {}
    weights, biases = attributes["weights"], attributes["biases"]
    ends = [VERSION.ends(W) for W in weights]
    outputs = [n_out for _, n_out in ends]
    if not weights or outputs != [b.size for b in biases] or outputs[:-1] != [n_in for n_in, _ in ends[1:]]:
        raise Refused("the network's weights and biases do not fit each other")
    return {"n_0": ends[0][0], "n_L": outputs[-1]}


def _net(thing: Any, arguments: Any) -> Net | None:
    if not hasattr(thing, "weights"):
        return None
    ends = [VERSION.ends(W) for W in thing.weights]
    return Net((ends[0][0], *(n_out for _, n_out in ends)))


def _following(own: Any, reference: Any, path: tuple[int, ...]) -> np.ndarray | None:
    """A layer's dC_dw if everything in it were right but the student's own dC_db: a dC_db^T.

    None unless that has a number for each neuron, in whatever form, and is not zero.
    """
    layer = path[1]
    db, dw = reference[VERSION.db][layer], reference[VERSION.dw][layer]
    own_db = as_array(piece(own, reference, (VERSION.db, layer)), db.size)
    if own_db is None or own_db.size != db.size or not np.isfinite(own_db).all():
        return None
    own_db = own_db.reshape(db.shape).astype(float)
    # A share of the expected gradient that rounding alone can leave is zero. No larger one: slips that shrink the
    # gradient at every layer, such as a factor or dC_dw in place of the weights, leave 1e-12 of it in deep nets.
    if near(own_db, np.zeros_like(db), EPSILON, scale=float(np.linalg.norm(db))):
        return None
    with np.errstate(over="ignore"):
        return VERSION.following(own_db, db, dw)


FUNCTIONS = (
    Function("NeuralNetwork.__init__", "q1"),
    Function("NeuralNetwork.test_accuracy", "q1"),
    Function("NeuralNetwork.sigmoid", "q1", takes=(Elementwise(),)),
    Function("NeuralNetwork.sigmoid_derivative", "q1", takes=(Elementwise(),), passes=entries),
    Function("NeuralNetwork.cost_derivative", "q1", takes=(Elementwise(), Elementwise())),
    # any number of columns at once, as vectorised code calls it
    Function(
        "NeuralNetwork.forward_pass", "q1", takes=(Array(VERSION.layer("n_0", "N")),), reads=PARAMETERS, asked=whole_net
    ),
    Function("NeuralNetwork.cost", "q1", takes=(Items(Group((X, Y))),), reads=PARAMETERS, passes=rows, asked=whole_net),
    Function(
        "NeuralNetwork.back_propagation",
        "q1",
        takes=(X, Y),
        reads=PARAMETERS,
        asked=twice,
        gradient=True,
    ),
    Function(
        "NeuralNetwork.mini_batch_GD",
        "q1",
        passes=lambda net, training, epochs, size, eta, test: epochs * (len(training) + len(test)),
    ),
)

COLUMNS = "columns of several lengths, -30 ≤ z ≤ 30"
LAYERS = (("output", "output layer", 2), ("hidden-2", "hidden layer 2", 1), ("hidden-1", "hidden layer 1", 0))

# The policy: the two lists swapped, or a list reversed, are right but for their form.
GRADIENTS = (SWAPPED, LAYERS_BACKWARDS)

LINES = (
    Line("1.1", "sigmoid", "sigmoid", (Part("columns", COLUMNS, 5, probes.sigmoid, scale=VERSION.scales.value),)),
    Line(
        "1.2",
        "sigmoid_derivative",
        "sigmoid_derivative",
        (Part("columns", COLUMNS, 5, probes.sigmoid_derivative, scale=VERSION.scales.slope),),
    ),
    Line(
        "1.3",
        "cost",
        "cost",
        (
            Part("handout", "handout net", 3, probes.cost_handout),
            Part("other", "another structure", 2, probes.cost_other),
        ),
    ),
    Line(
        "1.4",
        "cost_derivative",
        "cost_derivative",
        (Part("columns", "mixed signs, several lengths", 5, probes.cost_derivative, scale=1.0),),
    ),
    Line(
        "1.5",
        "forward_pass",
        "forward_pass",
        (
            Part("handout", "handout net", 5, probes.forward_handout),
            Part("deeper", "deeper nets", 3, probes.forward_deeper),
            Part("shallow", "one hidden layer", 2, probes.forward_shallow),
        ),
    ),
    Line(
        "1.6",
        "mini_batch_GD",
        "mini_batch_GD",
        (
            Part(
                "handout", "handout net, the batch size divides", 5, probes.training_handout, forms=(HISTORY_BACKWARDS,)
            ),
            Part(
                "ragged",
                "handout net, the last batch is shorter",
                2,
                probes.training_ragged,
                accepts=("gd-ragged-by-length",),
                forms=(HISTORY_BACKWARDS,),
            ),
            Part(
                "other",
                "another structure, the batch size divides",
                3,
                probes.training_other,
                forms=(HISTORY_BACKWARDS,),
            ),
        ),
    ),
    Line(
        "1.7",
        "back_propagation",
        "back_propagation: gradients of the biases",
        (
            *(
                Part(
                    f"db-handout-{id}",
                    f"handout net, {name}",
                    5,
                    probes.gradients_handout,
                    at=(VERSION.db, layer),
                    forms=GRADIENTS,
                )
                for id, name, layer in LAYERS
            ),
            Part("db-deeper", "deeper nets", 6, probes.gradients_deeper, at=(VERSION.db,), forms=GRADIENTS),
            Part("db-shallow", "one hidden layer", 4, probes.gradients_shallow, at=(VERSION.db,), forms=GRADIENTS),
        ),
    ),
    Line(
        "1.8",
        "back_propagation",
        "back_propagation: gradients of the weights",
        (
            *(
                Part(
                    f"dw-handout-{id}",
                    f"handout net, {name}",
                    7,
                    probes.gradients_handout,
                    at=(VERSION.dw, layer),
                    follows=_following,
                    forms=GRADIENTS,
                )
                for id, name, layer in LAYERS
            ),
            Part(
                "dw-deeper",
                "deeper nets",
                8,
                probes.gradients_deeper,
                at=(VERSION.dw,),
                follows=_following,
                forms=GRADIENTS,
            ),
            Part(
                "dw-shallow",
                "one hidden layer",
                6,
                probes.gradients_shallow,
                at=(VERSION.dw,),
                follows=_following,
                forms=GRADIENTS,
            ),
        ),
    ),
)

LAB = Lab(
    name="q1",
    title="Neural networks for classification",
    modules=("q1",),
    functions=FUNCTIONS,
    lines=LINES,
    mistakes=MISTAKES,
    variants=VARIANTS,
    sizes=_sizes,
    net=_net,
    advice=advice,
    # the leaderboard's own training knows no axis of a course's own
    extras=(smoke_run,) if VERSION.own else (smoke_run, leaderboard),
    elsewhere=elsewhere,
    tunable=("HYPERPARAMETERS",),
)
