"""Rows of the bank that only a version needs, and the public lab's rows that make no sense in a version.

New mistakes of the public lab go to labs/q1/mistakes.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple

from neural_lab.labs.q1.version import Activation, Cost, Output, Returned, Samples, Stored, Update, Version


class Own(NamedTuple):
    """A row written for a choice: function by its public name, {text of the version's solution: text put there}."""

    id: str
    function: str
    changes: Mapping[str, str]
    hint: str
    spares: tuple[str, ...] = ()
    halves: tuple[str, ...] = ()
    because: str = ""


def own(version: Version) -> Iterator[Own]:
    """The rows of the version's choices."""
    for choice in _choices(version):
        yield from ROWS.get(choice, ())
    for axis in version.own:
        for one in axis.mistakes:
            yield Own(one.id, one.function, {one.find: one.put}, one.hint, one.spares, one.halves, one.because)


def left_out(version: Version) -> Iterator[tuple[str, str]]:
    """(a pattern of ids, why they don't apply), for each choice of the version."""
    for choice in _choices(version):
        for why, ids in LEFT_OUT.get(choice, {}).items():
            for id in ids.split():
                yield id, why
    if version.pace < 1:
        yield "gd-floor", "with this version's learning rates its step is zero"


def _choices(version: Version) -> tuple[Enum, ...]:
    return (
        version.activation,
        version.output,
        version.cost,
        version.stored,
        version.samples,
        version.update,
        version.returned,
    )


def _about(function: str, prefix: str, rows: Mapping[str, tuple[dict[str, str], str]]) -> tuple[Own, ...]:
    return tuple(Own(f"{prefix}-{id}", function, changes, hint) for id, (changes, hint) in rows.items())


_COLUMNS, _FLAT = ("columns",), "flattened: right but for its form"
_OTHER_FUNCTION = "it is about the formula of the sigmoid"
_SIGMOID_ROWS = (
    "sig-no-minus sig-complement sig-precedence sig-denominator-sign sig-no-one sig-clip-tight sig-clip-five "
    "sig-tanh-unscaled sig-math-exp sig-in-place sig-scalar-if sig-abs sig-floor sig-tanh sig-relu sig-nan "
    "sig-flat sig-int-buffer sig-tanh-half sig-clip-wide sig-two-branches sig-math-loop sig-float32"
)
_SLOPE_ROWS = (
    "der-on-activation der-factor-lost der-missing-square der-returns-sigmoid der-square der-dot der-inner "
    "der-jacobian der-tanh der-tanh-scaled der-quotient-brackets der-double der-sign der-plus der-half "
    "der-coarse-difference der-in-place der-flat der-explicit-nan der-difference der-inlined der-symmetric "
    "der-hadamard"
)
_SIGMOID_WRITTEN_OUT = "it writes the sigmoid out"
_WRITTEN_OUT = "bp-slope-of-a bp-own-steps gd-vectorised"
_HINTS_OF_SIGMOID = "bp-z-one-minus-z bp-z-one-minus-a"


def _elementwise(expression: str, slope: str) -> tuple[Own, ...]:
    """Rows that make sense for any activation function other than the sigmoid, by its code and that of its slope."""
    value, derivative = f"return {expression}", f"return {slope}"
    shape = "z has the shape of a single layer, one number for each neuron. Which shape has your result?"
    inside = "Print z before and after the call. Which of your lines write into the array that was passed in?"
    return (
        *_about(
            "sigmoid",
            "act",
            {
                "sigmoid": (
                    {value: "return 1 / (1 + np.exp(-z))"},
                    "This is the sigmoid. Which activation function does this lab use?",
                ),
                "negated": (
                    {value: f"return -({expression})"},
                    "Compare the sign of your values at z = 12 with that of the formula.",
                ),
                "half": (
                    {value: f"return 0.5 * ({expression})"},
                    "Every value is half of what it should be. Where does the factor come from?",
                ),
                "identity": ({value: "return z"}, "You return z as it is. Where is the activation function?"),
                "relu": (
                    {value: "return np.maximum(0, z)"},
                    "This is the plain ReLU. Compare your function with the formula: what does it give for z = -1?",
                ),
                "clipped": (
                    {value: "z = np.clip(z, -1, 1)\n    " + value},
                    "You limit z to a small range before you use it. Print your values for z = 2 and z = -2.",
                ),
                "twice": (
                    {value: f"z = {expression}\n    {value}"},
                    "Follow one number through your function: how many times is the activation function applied?",
                ),
            },
        ),
        Own("act-flat", "sigmoid", {value: f"return ({expression}).ravel()"}, shape, halves=_COLUMNS, because=_FLAT),
        Own("act-in-place", "sigmoid", {value: f"z[:] = {expression}\n    return z"}, inside),
        *_about(
            "sigmoid_derivative",
            "slope",
            {
                "of-sigmoid": (
                    {derivative: "a = 1 / (1 + np.exp(-z))\n    return a * (1 - a)"},
                    "This is the slope of the sigmoid. Differentiate this lab's activation function.",
                ),
                "returns-value": (
                    {derivative: f"return {expression}"},
                    "You return the value of the activation function. Its slope is asked for.",
                ),
                "negated": (
                    {derivative: f"return -({slope})"},
                    "The function rises wherever you look, so its slope is positive. Which sign have your values?",
                ),
                "half": (
                    {derivative: f"return 0.5 * ({slope})"},
                    "Every value is half of what it should be. Where does the factor come from?",
                ),
                "squared": (
                    {derivative: f"return ({slope}) ** 2"},
                    "Compare your slope with the formula at a few values of z. Is there a square too many?",
                ),
                "one": (
                    {derivative: "return np.ones_like(z)"},
                    "Your slope is 1 everywhere. For which function would that be right?",
                ),
                "sum": (
                    {derivative: f"return np.sum({slope})"},
                    "The result needs one slope for each entry of z. How many numbers do you return?",
                ),
            },
        ),
        Own(
            "slope-flat",
            "sigmoid_derivative",
            {derivative: f"return ({slope}).ravel()"},
            shape,
            halves=_COLUMNS,
            because=_FLAT,
        ),
        Own("slope-in-place", "sigmoid_derivative", {derivative: f"z[:] = {slope}\n    return z"}, inside),
    )


def _cost_slopes(expression: str) -> tuple[Own, ...]:
    """Rows that make sense for the derivative of any cost, by its code."""
    right = f"return {expression}"
    return (
        *_about(
            "cost_derivative",
            "cd",
            {
                "minus": (
                    {right: f"return -({expression})"},
                    "Take an activation of 0.9 and a target of 0.2: a larger activation makes the cost larger. "
                    "Which sign has your derivative?",
                ),
                "all-added": (
                    {right: f"return np.sum({expression})"},
                    "The result should have one derivative for each output. How many numbers do you return?",
                ),
                "size-only": (
                    {right: f"return np.abs({expression})"},
                    "Try an output below its target: there the derivative is negative. Which sign has yours?",
                ),
                "squared": (
                    {right: f"return ({expression}) ** 2"},
                    "Differentiate the cost by hand. Is there still a square in the result?",
                ),
                "halved": (
                    {right: f"return 0.5 * ({expression})"},
                    "Every value is half of what it should be. Where does the factor come from?",
                ),
                "without-y": (
                    {"(output_activations - y)": "output_activations"},
                    "Compare your result with the derivative of the cost. Is y everywhere where it belongs?",
                ),
            },
        ),
        Own(
            "cd-overwrites",
            "cost_derivative",
            {right: f"output_activations[:] = {expression}\n    return output_activations"},
            "Print the activations before and after the call. Which of your lines write into the array that was "
            "passed in?",
        ),
        Own(
            "cd-turned",
            "cost_derivative",
            {right: f"return ({expression}).T"},
            "Compare the shape of your result with that of the activations.",
            halves=("columns",),
            because="transposed: right but for its form",
        ),
    )


_LOOP_LEFT = {
    _OTHER_FUNCTION: f"{_SIGMOID_ROWS} {_SLOPE_ROWS}",
    _SIGMOID_WRITTEN_OUT: f"{_WRITTEN_OUT} {_HINTS_OF_SIGMOID}",
}
_TANH = "np.tanh(z)"

ROWS: dict[Enum, tuple[Own, ...]] = {
    Activation.TANH: (
        *_elementwise(_TANH, "1 - a**2"),
        *_about(
            "sigmoid_derivative",
            "slope",
            {
                "on-activation": (
                    {"a = self.sigmoid(z)": "a = z"},
                    "1 - a^2 is the slope if a is the activation. Which value does your code put into it?",
                ),
                "no-square": (
                    {"return 1 - a**2": "return 1 - a"},
                    "The slope at z = 12 and at z = -12 is close to 0. What is your value at z = -12?",
                ),
            },
        ),
    ),
    Activation.SOFTPLUS: (
        *_elementwise("np.logaddexp(0, z)", "1 / (1 + np.exp(-z))"),
        *_about(
            "sigmoid",
            "act",
            {
                "of-minus-z": (
                    {"np.logaddexp(0, z)": "np.logaddexp(0, -z)"},
                    "Work out your expression at z = 12 and at z = -12 and compare both with the formula.",
                ),
                "no-one": (
                    {"np.logaddexp(0, z)": "np.log(np.exp(z))"},
                    "Work out your expression at z = 0: the logarithm of 2 is 0.693. Which summand is missing?",
                ),
            },
        ),
        *_about(
            "sigmoid_derivative",
            "slope",
            {
                "no-minus": (
                    {"np.exp(-z)": "np.exp(z)"},
                    "The slope is close to 1 at z = 12. What is yours there? Check the sign in your exponent.",
                )
            },
        ),
    ),
    Activation.LEAKY_RELU: (
        *_elementwise("np.where(z > 0, z, 0.01 * z)", "np.where(z > 0, 1.0, 0.01)"),
        *_about(
            "sigmoid",
            "act",
            {
                "steep": (
                    {"0.01": "0.1"},
                    "Work out your value at z = -1 and compare it with the formula: which factor stands there?",
                )
            },
        ),
        *_about(
            "sigmoid_derivative",
            "slope",
            {
                "of-relu": (
                    {"0.01": "0.0"},
                    "This is the slope of the plain ReLU. What is the slope of this lab's function for negative z?",
                )
            },
        ),
    ),
    Output.LINEAR: (
        Own(
            "fwd-activates-output",
            "forward_pass",
            {"return z": "return a"},
            "In the last layer you apply the activation function. The output layer of this lab is linear.",
        ),
        Own(
            "bp-output-slope",
            "back_propagation",
            {" if layer < last else dC_da": ""},
            "The output layer is linear. What is the slope of its activation with respect to its z?",
            halves=("dw-*",),
            because="the gradients of the weights follow from the student's own gradients of the biases",
        ),
        Own(
            "bp-value-for-slope",
            "back_propagation",
            {"sigmoid_derivative(zs": "sigmoid(zs"},
            "In each step back you multiply by the activation function. Look at the chain rule: which function "
            "belongs there?",
            spares=("*-handout-output",),
            halves=("dw-*",),
            because="the linear output layer of the handout net is right; the gradients of the weights follow",
        ),
        Own(
            "bp-cost-of-activation",
            "back_propagation",
            {"(zs[-1], y)": "(activations[-1], y)"},
            "The cost compares y with the network's output, which is the last layer's z here. What do you pass on?",
            halves=("dw-*",),
            because="the gradients of the weights follow from the student's own gradients of the biases",
        ),
    ),
    Cost.MEAN_SQUARES: _cost_slopes("2 * (output_activations - y) / y.size")
    + _about(
        "cost",
        "cost",
        {
            "half": (
                {"np.mean(": "0.5 * np.mean("},
                "Compare your expression with the formula of the cost: is there a 1/2?",
            ),
            "sum-outputs": (
                {"np.mean": "np.sum"},
                "Look at the squared differences of one sample: are they added up or averaged?",
            ),
            "sum-samples": (
                {" / len(training_data)": ""},
                "Is the cost in the formula a sum or a mean over the samples?",
            ),
            "sum-all": (
                {"np.mean": "np.sum", " / len(training_data)": ""},
                "Is the cost in the formula a sum or a mean?",
            ),
            "public": (
                {"np.mean": "0.5 * np.sum", " / len(training_data)": ""},
                "This is half the sum of the squares. Which cost does this lab use?",
            ),
        },
    )
    + _about(
        "cost_derivative",
        "cd",
        {
            "no-mean": ({" / y.size": ""}, "The cost is a mean over the outputs. Where is that in your derivative?"),
            "public": (
                {"return 2 * (output_activations - y) / y.size": "return output_activations - y"},
                "This is the derivative of 1/2 (a - y)^2. Which cost does this lab use?",
            ),
        },
    ),
    Cost.CROSS_ENTROPY: _cost_slopes("(output_activations - y) / (output_activations * (1 - output_activations))")
    + _about(
        "cost",
        "cost",
        {
            "sign": ({"-= np": "+= np"}, "A logarithm of a number below 1 is negative. Which sign has your cost?"),
            "squares": (
                {"total -= np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))": "total += 0.5 * np.sum((a - y) ** 2)"},
                "These are the squared differences. Which cost does this lab use?",
            ),
            "only-ones": (
                {" + (1 - y) * np.log(1 - a)": ""},
                "The formula has two terms. What does an output cost whose target is 0?",
            ),
            "mean-xent": (
                {"np.sum": "np.mean"},
                "Look at the outputs of one sample: in the formula, are they added up or averaged?",
            ),
            "swapped": (
                {"y * np.log(a) + (1 - y) * np.log(1 - a)": "a * np.log(y + 9) + (1 - a) * np.log(9 - y)"},
                "Of which of the two, a or y, does the formula take the logarithm?",
            ),
            "log2": ({"np.log": "np.log2"}, "The formula has natural logarithms. Which do you take?"),
        },
    )
    + _about(
        "cost_derivative",
        "cd",
        {
            "no-denominator": (
                {" / (output_activations * (1 - output_activations))": ""},
                "Differentiate the two logarithms by hand. Which denominators do they leave?",
            ),
            "of-y": (
                {"(output_activations * (1 - output_activations))": "(y * (1 - y) + 3)"},
                "Which of the two, a or y, stands in the denominator?",
            ),
            "half-denominator": (
                {"(output_activations * (1 - output_activations))": "output_activations"},
                "Differentiate both logarithms of the cost. Which denominator does the second leave?",
            ),
        },
    ),
    Update.DECAY: _about(
        "mini_batch_GD",
        "gd",
        {
            "no-decay": (
                {"(1 - eta * DECAY) * W": "W"},
                "Compare your update of the weights with the formula. Which term is missing?",
            ),
            "grows": ({"1 - eta": "1 + eta"}, "Weight decay makes weights smaller. What does yours do?"),
            "decay-without-eta": (
                {"eta * DECAY": "DECAY"},
                "Compare the factor of the weight decay with the formula. Is eta in it?",
            ),
            "decays-biases": (
                {"[b - step": "[(1 - eta * DECAY) * b - step"},
                "Which parameters shrink by themselves in the formula: all of them?",
            ),
            "decay-by-step": (
                {"eta * DECAY": "step * DECAY"},
                "By which number do you divide in the weight decay? The formula divides only the sum.",
            ),
        },
    ),
    Update.MOMENTUM: _about(
        "mini_batch_GD",
        "gd",
        {
            "no-momentum": (
                {"MOMENTUM * move - step": "0 * move - step"},
                "Compare your move with the formula. What of the last move is in it?",
            ),
            "whole-move": ({"MOMENTUM * move": "move"}, "How much of the last move is made again?"),
            "plus-momentum": (
                {"move - step": "move + step"},
                "The cost grows in the direction of the gradient. Which sign has your step?",
            ),
        },
    ),
}

_NOTATION = "it is written for columns and weights (n_in, n_out)"
_TURNED = (
    "fwd-einsum fwd-rows fwd-recursion fwd-loops fwd-bias-as-weight fwd-float32 bp-outer bp-broadcast bp-einsum "
    "bp-loops bp-recursion bp-negative-indices gd-vectorised cost-stacked"
)
_BY_SHAPE = "it tells W from its transpose by shapes that are others here"
_OTHER_COST = "it is about the formula of half squares, summed"
_COST_ROWS = (
    "cost-no-half cost-mean-* cost-halved-each-round cost-norm-unsquared cost-half-squared cost-cross-entropy "
    "cost-dot cost-norm cost-vdot cost-stacked cost-double-loop"
)
_COST_SLOPES = "cd-*"
_SQUARES = "cost-fourth-power cost-no-square cost-abs cost-square-of-sum cost-vector cost-flat-y cost-clobbers-y"
_OTHER_UPDATE = "it replaces the update by the plain one"

LEFT_OUT: dict[Enum, dict[str, str]] = {
    Activation.TANH: _LOOP_LEFT,
    Activation.SOFTPLUS: _LOOP_LEFT,
    Activation.LEAKY_RELU: {**_LOOP_LEFT, "z and its activation have the same slope": "bp-sp-of-activation*"},
    Output.LINEAR: {
        "the output layer of this version is linear": "fwd-linear-output fwd-end-only fwd-sigmoid-twice-at-end "
        "fwd-relu-hidden fwd-softmax fwd-all-layers fwd-first-layer-only bp-no-output-sp bp-double-output-sp "
        "bp-cost-of-z bp-sp-of-activation-hidden bp-misses-output fwd-activates-twice bp-keeps-z-twice "
        "bp-db-lacks-slope "
        "bp-error-not-delta bp-dot-not-hadamard bp-no-slopes bp-no-hidden-sp bp-sigmoid-for-slope bp-sp-of-activation",
        _SIGMOID_WRITTEN_OUT: "fwd-recursion bp-recursion bp-negative-indices gd-vectorised",
    },
    Cost.MEAN_SQUARES: {
        _OTHER_COST: f"{_COST_ROWS} {_COST_SLOPES} bp-own-steps gd-vectorised",
        "the cost is a mean here": "gd-mean-cost cost-size-1",
    },
    Cost.CROSS_ENTROPY: {
        _OTHER_COST: f"{_COST_ROWS} {_COST_SLOPES} {_SQUARES} bp-own-steps gd-vectorised",
        "a logarithm of an activation outside 0 to 1": "bp-cost-of-z bp-sign",
    },
    Stored.OUT_IN: {
        _NOTATION: f"{_TURNED} fwd-indices",
        _BY_SHAPE: "fwd-try-transpose bp-try-transpose fwd-reshape bp-grad-reshaped",
    },
    Samples.ROWS: {
        _NOTATION: f"{_TURNED} fwd-indices cd-loop cost-double-loop",
        "a row minus a flat array is right": "cost-flat-y",
        _BY_SHAPE: "fwd-try-transpose bp-try-transpose fwd-reshape bp-grad-reshaped",
    },
    Returned.WEIGHTS_FIRST: {"it takes the gradients of the biases for the first": "gd-all-gradients-first"},
    Update.DECAY: {_OTHER_UPDATE: "gd-hardcoded-3 gd-in-place gd-by-index gd-vectorised gd-all-gradients-first"},
    Update.MOMENTUM: {
        _OTHER_UPDATE: "gd-in-place gd-by-index gd-vectorised gd-all-gradients-first gd-mean-first gd-tuples gd-plus "
        "gd-weights-first gd-replaces gd-last-layer-only gd-first-layer-fixed gd-hardcoded-3 gd-rebind",
    },
}
