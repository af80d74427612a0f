"""The bank of q1: known mistakes, and right ways of writing a function that differ from the solution's.

A row holds what people write instead of the solution, and the question to ask them. An edit is read against the
function's text in the solution, moved to the left margin.

Not mistakes here, for the contract lets them pass: a sigmoid that is NaN only beyond |z| ≈ 700 (`sig-nan`, and
`der-explicit-nan`) and one that rounds only for whole-number input (`sig-int-buffer`). They are variants that cause
advice. Training without test data is not in the contract, so nothing here is about `test_data=None`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neural_lab.schema.schema import Edit, Mistake, Variant


def _edits(changes: Mapping[str, str]) -> tuple[Edit, ...]:
    return tuple(Edit(find, put) for find, put in changes.items())


def _mistakes_in(function: str) -> Callable[..., Mistake]:
    """A short way of writing a row: id, {text found: text put there}, hint."""

    def mistake(
        id: str,
        changes: Mapping[str, str],
        hint: str,
        also: tuple[str, ...] = (),
        spares: tuple[str, ...] = (),
        halves: tuple[str, ...] = (),
        because: str = "",
    ) -> Mistake:
        return Mistake(id, function, _edits(changes), hint, also, spares, halves, because)

    return mistake


def _variants_of(function: str) -> Callable[..., Variant]:
    """A short way of writing a row: id, {text found: text put there}, in words, and words of the advice it causes."""

    def variant(id: str, changes: Mapping[str, str], why: str, advice: str = "") -> Variant:
        return Variant(id, function, _edits(changes), why, advice)

    return variant


# -- sigmoid ------------------------------------------------------------------------------------------------------

_SIGMOID = "return 1 / (1 + np.exp(-z))"
_sig = _mistakes_in("sigmoid")

SIGMOID = (
    _sig(
        "sig-no-minus",
        {"np.exp(-z)": "np.exp(z)"},
        "Your curve falls where the sigmoid rises. What should σ(z) approach as z grows, and what does yours approach?",
    ),
    _sig(
        "sig-complement",
        {_SIGMOID: "return np.exp(-z) / (1 + np.exp(-z))"},
        "Put a large positive z into your fraction: which of its terms vanish, and what is left over?",
    ),
    _sig(
        "sig-precedence",
        {"1 / (1 + np.exp(-z))": "1 / 1 + np.exp(-z)"},
        "Work out your expression by hand at z = 0, in the order in which Python does it. Do you get one half?",
    ),
    _sig(
        "sig-denominator-sign",
        {"1 + np.exp(-z)": "1 - np.exp(-z)"},
        "What happens to your denominator at z = 0?",
    ),
    _sig(
        "sig-no-one",
        {"(1 + np.exp(-z))": "np.exp(-z)"},
        "An activation stays between 0 and 1. Which term of the denominator keeps it there?",
    ),
    _sig(
        "sig-math-exp",
        {_SIGMOID: "import math\n\n    return 1 / (1 + math.exp(-z))"},
        "z is a column with many entries. Which module's exponential works on a whole array?",
    ),
    _sig(
        "sig-clip-tight",
        {_SIGMOID: "z = np.clip(z, -10, 10)\n    return 1 / (1 + np.exp(-z))"},
        "You limit z before using it. Are there values inside your range of z that still deserve to be told apart?",
    ),
    _sig(
        "sig-tanh-unscaled",
        {_SIGMOID: "return (1 + np.tanh(z)) / 2"},
        "Your curve has the right ends but rises too fast. How steep is it at z = 0, and how steep is the sigmoid?",
    ),
    _sig(
        "sig-tanh",
        {_SIGMOID: "return np.tanh(z)"},
        "Which interval do your values fill? Look up which activation function has that range.",
    ),
    _sig(
        "sig-relu",
        {_SIGMOID: "return np.maximum(0, z)"},
        "This activation function grows without bound. Which one does this lab ask for?",
    ),
    _sig(
        "sig-step",
        {_SIGMOID: "return (z > 0).astype(float)"},
        "A step has no slope to learn from. What should lie between 0 and 1?",
    ),
    _sig(
        "sig-softmax",
        {_SIGMOID: "return np.exp(z) / np.sum(np.exp(z))"},
        "Should one neuron's activation depend on its neighbours' z? In yours it does.",
    ),
    _sig(
        "sig-rounded",
        {_SIGMOID: "return np.round(1 / (1 + np.exp(-z)), 2)"},
        "How many digits does your result keep, and who asked for so few?",
    ),
    _sig(
        "sig-in-place",
        {_SIGMOID: "z *= -1\n    np.exp(z, out=z)\n    return 1 / (1 + z)"},
        "Print z before and after the call. Which of your operations write into the caller's array?",
    ),
    _sig(
        "sig-scalar-if",
        {_SIGMOID: "if z >= 0:\n        return 1 / (1 + np.exp(-z))\n    return np.exp(z) / (1 + np.exp(z))"},
        "An `if` needs one answer, but z has many entries. How do you choose entry by entry?",
    ),
    _sig(
        "sig-flat",
        {_SIGMOID: "return 1 / (1 + np.exp(-z.ravel()))"},
        "z comes as a column. What shape goes back?",
        halves=("columns",),
        because="flattened: right but for its form",
    ),
)

# -- sigmoid_derivative -------------------------------------------------------------------------------------------

_SLOPE = "return a * (1 - a)"
_der = _mistakes_in("sigmoid_derivative")

SIGMOID_DERIVATIVE = (
    _der(
        "der-on-activation",
        {"a = self.sigmoid(z)": "a = z"},
        "The rule you used is written in terms of the activation. Is that what the argument holds?",
    ),
    _der(
        "der-factor-lost",
        {_SLOPE: "return 1 - a"},
        "How steep is the sigmoid at z = 0? Compare with your value there.",
    ),
    _der(
        "der-missing-square",
        {_SLOPE: "return np.exp(-z) / (1 + np.exp(-z))"},
        "Go through the quotient rule once more: what becomes of the denominator?",
    ),
    _der(
        "der-returns-sigmoid",
        {_SLOPE: "return a"},
        "You return the height of the curve. What is its slope far out, where it is flat?",
    ),
    _der(
        "der-square",
        {_SLOPE: "return a**2"},
        "A slope should vanish at both ends of the curve. What does yours do for large z?",
    ),
    _der(
        "der-dot",
        {_SLOPE: "return a @ (1 - a)"},
        "One slope for each entry: is that an elementwise product or a matrix product?",
    ),
    _der(
        "der-inner",
        {_SLOPE: "return a.T @ (1 - a)"},
        "One slope for each entry was asked for. How many numbers does your product leave?",
    ),
    _der(
        "der-jacobian",
        {_SLOPE: "return np.diagflat(a * (1 - a))"},
        "The derivative is wanted as a column like z. Where in your matrix are its entries?",
    ),
    _der(
        "der-tanh",
        {_SLOPE: "return 1 - a**2"},
        "This is the slope of another activation function. Which one?",
    ),
    _der(
        "der-double",
        {_SLOPE: "b = self.sigmoid(a)\n    return b * (1 - b)"},
        "Count how often the sigmoid is applied to z on the way to your result.",
    ),
    _der(
        "der-sign",
        {_SLOPE: "return a * (a - 1)"},
        "The sigmoid rises everywhere. What does that say about the sign of its slope?",
    ),
    _der(
        "der-plus",
        {_SLOPE: "return a * (1 + a)"},
        "Differentiate 1 / (1 + e^-z) again, watching the signs: the slope never exceeds one quarter.",
    ),
    _der(
        "der-half",
        {_SLOPE: "return a * (1 - a) / 2"},
        "Your slope has the right form and the wrong size. Which constant crept in?",
    ),
    _der(
        "der-coarse-difference",
        {_SLOPE: "h = 1e-2\n    return (self.sigmoid(z + h) - a) / h"},
        "A difference quotient is only close to the slope. Can you write the derivative exactly?",
    ),
    _der(
        "der-in-place",
        {"a = self.sigmoid(z)": "a = z\n    a[:] = self.sigmoid(z)"},
        "Print z before and after the call. Is it still the caller's z?",
    ),
    _der(
        "der-flat",
        {_SLOPE: "return (a * (1 - a)).ravel()"},
        "z comes as a column. What shape goes back?",
        halves=("columns",),
        because="flattened: right but for its form",
    ),
)

# -- cost ---------------------------------------------------------------------------------------------------------

_TERM = "0.5 * np.sum((a - y) ** 2)"
_cost = _mistakes_in("cost")

COST = (
    _cost(
        "cost-no-half",
        {_TERM: "np.sum((a - y) ** 2)"},
        "Hold your expression against the formula of the cost, constant by constant.",
    ),
    _cost(
        "cost-mean-samples",
        {"float(total)": "float(total / len(training_data))"},
        "Is the cost of a data set a sum over its samples, or an average?",
    ),
    _cost(
        "cost-mean-outputs",
        {"np.sum": "np.mean"},
        "What happens to the squared differences of one sample's outputs: are they added up or averaged?",
    ),
    _cost(
        "cost-mean-outputs-no-half",
        {_TERM: "np.mean((a - y) ** 2)"},
        "This is the mean squared error as libraries define it. How does the lab's cost treat the outputs, and which "
        "constant stands in front?",
    ),
    _cost(
        "cost-no-square",
        {"(a - y) ** 2": "a - y"},
        "One output too high, another too low by as much: what does your cost say of them together?",
    ),
    _cost(
        "cost-abs",
        {"(a - y) ** 2": "np.abs(a - y)"},
        "How should the cost grow when a difference doubles?",
    ),
    _cost(
        "cost-norm-unsquared",
        {_TERM: "0.5 * np.linalg.norm(a - y)"},
        "A norm ends with a root. Does the formula of the cost?",
    ),
    _cost(
        "cost-square-of-sum",
        {"np.sum((a - y) ** 2)": "np.sum(a - y) ** 2"},
        "Two steps, squaring and adding up: which comes first?",
    ),
    _cost(
        "cost-half-squared",
        {_TERM: "np.sum((0.5 * (a - y)) ** 2)"},
        "Does your square reach the ½ as well?",
    ),
    _cost(
        "cost-one-sample",
        {"total += ": "total = "},
        "After the loop, how many of the samples are still in your total?",
    ),
    _cost(
        "cost-returns-early",
        {f"total += {_TERM}": f"total += {_TERM}\n        return float(total)"},
        "How many times does the body of your loop run before the function ends?",
    ),
    _cost(
        "cost-vector",
        {"np.sum((a - y) ** 2)": "(a - y) ** 2", "float(total)": "total"},
        "How many numbers is a cost?",
    ),
    _cost(
        "cost-flat-y",
        {"(a - y)": "(a - y.ravel())"},
        "Print the shape of your difference. Is there one entry for each output?",
    ),
    _cost(
        "cost-clobbers-y",
        {_TERM: "0.5 * np.sum((a - y) ** 2)\n        y -= a"},
        "Print a sample's y before and after the call. Which of your operations write into it?",
    ),
    _cost(
        "cost-cross-entropy",
        {_TERM: "-np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))"},
        "There are logarithms in your cost. Which cost does the lab define?",
    ),
    _cost(
        "cost-accuracy",
        {_TERM: "float(np.argmax(a) != np.argmax(y))"},
        "You count wrong predictions. Which of the outputs' distances from their targets does the cost add up?",
    ),
    _cost(
        "cost-remembers",
        {
            "total = 0.0": 'total = getattr(self, "total", 0.0)',
            "return float(total)": "self.total = total\n    return float(total)",
        },
        "Call it twice with the same data. What is left over from the first call?",
    ),
)

# -- cost_derivative ----------------------------------------------------------------------------------------------

_DIFFERENCE = "return output_activations - y"
_cd = _mistakes_in("cost_derivative")

COST_DERIVATIVE = (
    _cd(
        "cd-sign",
        {_DIFFERENCE: "return y - output_activations"},
        "An activation above its target: raising it further raises the cost. Which sign has the derivative there?",
    ),
    _cd(
        "cd-factor-two",
        {_DIFFERENCE: "return 2 * (output_activations - y)"},
        "Differentiating a square gives a factor. What is the ½ in the cost good for?",
    ),
    _cd(
        "cd-half",
        {_DIFFERENCE: "return 0.5 * (output_activations - y)"},
        "Is the ½ of the cost still there once the square has been differentiated?",
    ),
    _cd(
        "cd-mean",
        {_DIFFERENCE: "return (output_activations - y) / len(y)"},
        "Your result shrinks as outputs are added. Does this cost average over them?",
    ),
    _cd(
        "cd-sum",
        {_DIFFERENCE: "return np.sum(output_activations - y)"},
        "The cost depends on every output. How many slopes does that make?",
    ),
    _cd(
        "cd-abs",
        {_DIFFERENCE: "return np.abs(output_activations - y)"},
        "Too high and too low call for opposite corrections. Can your result tell them apart?",
    ),
    _cd(
        "cd-square",
        {_DIFFERENCE: "return (output_activations - y) ** 2"},
        "The square belongs to the cost. What is left of it after differentiating?",
    ),
    _cd(
        "cd-returns-cost",
        {_DIFFERENCE: "return 0.5 * (output_activations - y) ** 2"},
        "This is the cost of each output. What is its derivative?",
    ),
    _cd(
        "cd-cross-entropy",
        {_DIFFERENCE: "return (output_activations - y) / (output_activations * (1 - output_activations))"},
        "Your denominator comes from a cost with logarithms. Which cost does the lab define?",
    ),
    _cd(
        "cd-has-sp",
        {_DIFFERENCE: "return (output_activations - y) * output_activations * (1 - output_activations)"},
        "With respect to what is this derivative taken: the activation, or the z before it?",
    ),
    _cd(
        "cd-no-target",
        {_DIFFERENCE: "return output_activations"},
        "Where in your result is the target?",
    ),
    _cd(
        "cd-in-place",
        {_DIFFERENCE: "output_activations -= y\n    return output_activations"},
        "Print the activations before and after the call. Does the caller keep its own?",
    ),
    _cd(
        "cd-row",
        {_DIFFERENCE: "return (output_activations - y).T"},
        "The activations come as a column. What shape goes back?",
        halves=("columns",),
        because="transposed: right but for its form",
    ),
)

# -- forward_pass -------------------------------------------------------------------------------------------------

_Z = "z = W.T @ a + b"
_ACTIVATION = "a = self.sigmoid(z)"
_LOOP = "for W, b in zip(self.weights, self.biases):"
_fwd = _mistakes_in("forward_pass")

FORWARD_PASS = (
    _fwd(
        "fwd-no-bias",
        {_Z: "z = W.T @ a"},
        "Some of the network's parameters never enter your z. Which?",
    ),
    _fwd(
        "fwd-minus-bias",
        {_Z: "z = W.T @ a - b"},
        "With which sign does b enter z?",
    ),
    _fwd(
        "fwd-no-transpose",
        {_Z: "z = W @ a + b"},
        "`weights[l]` has a row for each input and a column for each neuron. Which of its axes has to meet a?",
    ),
    _fwd(
        "fwd-try-transpose",
        {_Z: "z = (W if W.shape[1] == len(a) else W.T) @ a + b"},
        "You turn the weights when the shapes ask for it. What do the shapes tell you when a layer is square?",
        spares=("shallow",),
        because="a net without a square layer comes out right",
    ),
    _fwd(
        "fwd-reshape",
        {_Z: "z = W.reshape(b.shape[0], -1) @ a + b"},
        "Reshaping gives the shape you want. Does every weight still belong to the same pair of neurons?",
    ),
    _fwd(
        "fwd-linear-output",
        {"return a": "return z"},
        "Outputs are activations, between 0 and 1. What is missing after the last z?",
    ),
    _fwd(
        "fwd-end-only",
        {_ACTIVATION: "a = z", "return a": "return self.sigmoid(a)"},
        "Without something between them, two layers of weights are as good as one. What belongs between layers?",
    ),
    _fwd(
        "fwd-activates-input",
        {"a = x": "a = self.sigmoid(x)"},
        "The input layer has no neurons. What is its activation?",
    ),
    _fwd(
        "fwd-activates-twice",
        {_ACTIVATION: "a = self.sigmoid(self.sigmoid(z))"},
        "Follow one number from z to a: how many times does it go through the sigmoid?",
    ),
    _fwd(
        "fwd-stops-early",
        {_LOOP: "for W, b in list(zip(self.weights, self.biases))[:-1]:"},
        "Count the weight matrices of the net, then the rounds of your loop.",
    ),
    _fwd(
        "fwd-first-layer-only",
        {_ACTIVATION: "a = self.sigmoid(z)\n        return a"},
        "After how many layers does your function return?",
    ),
    _fwd(
        "fwd-skips-first",
        {_LOOP: "for W, b in list(zip(self.weights, self.biases))[1:]:"},
        "Which weight matrix meets x first in your loop, and which should?",
    ),
    _fwd(
        "fwd-layers-backwards",
        {_LOOP: "for W, b in list(zip(self.weights, self.biases))[::-1]:"},
        "In which order does the signal pass the layers, and in which does your loop?",
    ),
    _fwd(
        "fwd-bias-after",
        {_Z: "z = W.T @ a", _ACTIVATION: "a = self.sigmoid(z) + b"},
        "Is the bias part of z, or is it added to the activation?",
    ),
    _fwd(
        "fwd-hardcoded-3",
        {
            _LOOP: "for layer in range(3):\n        W, b = self.weights[layer], self.biases[layer]",
        },
        "How many layers of weights does your code assume? Try a net with two, and one with four.",
        spares=("handout",),
        because="the handout net has the three layers it assumes",
    ),
    _fwd(
        "fwd-bias-row",
        {_Z: "z = W.T @ a + b.T"},
        "A column plus a row makes a matrix. Print the shapes of both terms of your z.",
    ),
    _fwd(
        "fwd-bias-sum",
        {_Z: "z = W.T @ a + np.sum(b)"},
        "Do all neurons of a layer share one bias?",
    ),
    _fwd(
        "fwd-feeds-x",
        {_Z: "z = W.T @ x + b"},
        "What goes into the second layer: the network's input, or something computed from it?",
    ),
    _fwd(
        "fwd-scales-x",
        {"a = x": "x /= 255\n    a = x"},
        "Print x before and after the call. Whose array have you changed, and was it not scaled already?",
    ),
    _fwd(
        "fwd-softmax",
        {"return a": "return np.exp(z) / np.sum(np.exp(z))"},
        "Your outputs add up to 1. Which activation function does the last layer have in this lab?",
    ),
    _fwd(
        "fwd-argmax",
        {"return a": "return int(np.argmax(a))"},
        "Are the activations wanted here, or a prediction made from them?",
    ),
    _fwd(
        "fwd-all-layers",
        {
            "a = x\n": "a = x\n    every = []\n",
            _ACTIVATION: "a = self.sigmoid(z)\n        every.append(a)",
            "return a": "return every",
        },
        "You return what every layer gave. Which layer's activations are the network's output?",
    ),
    _fwd(
        "fwd-remembers",
        {"a = x\n": 'a = x + getattr(self, "before", 0 * x)\n    self.before = x\n'},
        "Call it twice with the same x. What is left over from the first call?",
    ),
    _fwd(
        "fwd-flat",
        {"return a": "return a.ravel()"},
        "x comes as a column. What shape goes back?",
        halves=("*",),
        because="flattened: right but for its form",
    ),
)

# -- back_propagation ---------------------------------------------------------------------------------------------

_DELTA = "delta = dC_da * self.sigmoid_derivative(zs[layer])"
_DB = "dC_db[layer] = delta"
_DW = "dC_dw[layer] = activations[layer] @ delta.T"
_BACK = "dC_da = self.weights[layer] @ delta"
_LAYERS = "for layer in range(last, -1, -1):"
_RETURN = "return dC_db, dC_dw"
_START = "dC_da = self.cost_derivative(activations[-1], y)"
# dC_dw = a dC_db^T with the student's own wrong dC_db earns half
_FOLLOWS = "the gradients of the weights follow from the student's own gradients of the biases"
_bp = _mistakes_in("back_propagation")

BACK_PROPAGATION = (
    # the output layer
    _bp(
        "bp-no-output-sp",
        {_DELTA: f"{_DELTA} if layer < last else dC_da"},
        "In your output layer the slope of the sigmoid is missing. For which cost would it cancel, and is it this one?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-double-output-sp",
        {
            _DELTA: f"{_DELTA}\n"
            "        if layer == last:\n"
            "            delta = delta * self.sigmoid_derivative(zs[layer])"
        },
        "How many sigmoids stand between the output layer's z and the cost? Count the slopes in your delta.",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sign",
        {_START: "dC_da = self.cost_derivative(y, activations[-1])"},
        "All your gradients point the wrong way. In which order do the two arguments of `cost_derivative` come?",
        also=("bp-negated",),
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-negated",
        {_RETURN: "return [-db for db in dC_db], [-dw for dw in dC_dw]"},
        "Do you return the gradients, or already the way downhill?",
        also=("bp-sign",),
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-cost-of-z",
        {_START: "dC_da = self.cost_derivative(zs[-1], y)"},
        "What does the cost compare with y: the last z, or what the sigmoid makes of it?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-misses-output",
        {
            _LAYERS: "dC_da = self.weights[last] @ (dC_da * self.sigmoid_derivative(zs[last]))\n"
            "    for layer in range(last - 1, -1, -1):"
        },
        "The output layer's gradients are still what they were at the start. Where does your loop begin?",
        spares=("*-handout-hidden-*",),
        because="the hidden layers of the handout net are right",
    ),
    _bp(
        "bp-divides-by-outputs",
        {_START: "dC_da = self.cost_derivative(activations[-1], y) / len(y)"},
        "All your gradients are too small by the same factor. Is there a mean in this cost?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    # the slopes
    _bp(
        "bp-no-hidden-sp",
        {_DELTA: f"{_DELTA} if layer == last else dC_da"},
        "Your output layer is right. What else does the chain rule ask for when a signal goes back through a hidden "
        "neuron's activation?",
        spares=("*-handout-output",),
        halves=("dw-*",),
        because=f"the output layer of the handout net is right; {_FOLLOWS}",
    ),
    _bp(
        "bp-no-slopes",
        {_DELTA: "delta = dC_da"},
        "Your backward pass never meets the sigmoid. Where does the chain rule ask for its slope?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sigmoid-for-slope",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid(zs[layer])"},
        "Each step back multiplies by a slope. Is that what you multiply by?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sp-of-activation",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(activations[layer + 1])"},
        "What does `sigmoid_derivative` expect, z or a? Which of them do you hand over?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sp-wrong-layer",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(zs[layer - 1])"},
        "Whose slope belongs in this layer's delta? Check the index of your z.",
    ),
    _bp(
        "bp-sp-always-output",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(zs[-1])"},
        "Every layer has its own slopes. Which layer's do you use on the way back?",
    ),
    _bp(
        "bp-dot-not-hadamard",
        {_DELTA: "delta = dC_da @ self.sigmoid_derivative(zs[layer])"},
        "One slope for each neuron: is that an elementwise product or a matrix product?",
    ),
    # going back through the weights
    _bp(
        "bp-W-transposed",
        {_BACK: "dC_da = self.weights[layer].T @ delta"},
        "`weights[l]` has a row for each input and a column for each neuron. Which of its axes has to meet delta?",
    ),
    _bp(
        "bp-try-transpose",
        {_BACK: "W = self.weights[layer]\n        dC_da = (W.T if W.shape[0] == len(delta) else W) @ delta"},
        "You turn the weights when the shapes ask for it. What do the shapes tell you when a layer is square?",
        spares=("*-handout-output", "*-hidden-2", "*-shallow"),
        halves=("dw-*",),
        because="only what lies before a square layer goes wrong: hidden layer 1 of the handout net, and the net of "
        f"equal widths; {_FOLLOWS}",
    ),
    _bp(
        "bp-W-wrong-layer",
        {_BACK: "dC_da = self.weights[layer - 1] @ delta"},
        "Which weights lie between this layer and the one before? Check the index.",
    ),
    _bp(
        "bp-W-always-last",
        {_BACK: "dC_da = self.weights[-1] @ delta if layer else None"},
        "Through which weights does the signal go back from a hidden layer? You use the last ones every time.",
        spares=("*-shallow",),
        because="with one hidden layer the last weights are the right ones",
    ),
    _bp(
        "bp-dW-for-W",
        {_BACK: "dC_da = dC_dw[layer] @ delta"},
        "Does the signal go back through the weights, or through their gradients?",
        spares=("*-handout-output",),
        halves=("dw-*",),
        because=f"the output layer of the handout net is right; {_FOLLOWS}",
    ),
    _bp(
        "bp-delta-not-carried",
        {
            _BACK: "first = delta if layer == last else first\n"
            "        dC_da = self.weights[layer] @ first if layer else None"
        },
        "Which delta reaches the first hidden layer: the next layer's, or still the output layer's?",
        spares=("*-shallow",),
        because="with one hidden layer the output layer's delta is the right one",
    ),
    _bp(
        "bp-error-not-delta",
        {_BACK: "dC_da = self.weights[layer] @ dC_da"},
        "What you send back lacks the slope of the layer it comes from. What does delta contain that you left out?",
        spares=("*-handout-output",),
        halves=("dw-*",),
        because=f"the output layer of the handout net is right; {_FOLLOWS}",
    ),
    _bp(
        "bp-updates-inside",
        {_BACK: "self.weights[layer] = self.weights[layer] - dC_dw[layer]\n        " + _BACK},
        "At which weights is the gradient to be evaluated? Print them before and after the call.",
    ),
    # the gradients of the weights
    _bp(
        "bp-grad-transposed",
        {_DW: "dC_dw[layer] = delta @ activations[layer].T"},
        "Which index of dC_dw counts inputs, and which counts neurons? Compare with the shape of `weights`.",
        spares=("db-*",),
        halves=("dw-*",),
        because="transposed: right but for its form",
    ),
    _bp(
        "bp-grad-reshaped",
        {_DW: "dC_dw[layer] = (delta @ activations[layer].T).reshape(self.weights[layer].shape)"},
        "Reshaping gives the shape you want. Does each entry still belong to the same pair of neurons?",
        spares=("db-*",),
        halves=("dw-handout-hidden-2",),
        because="the gradients of the biases are right; reshaping leaves a square layer transposed: half there",
    ),
    _bp(
        "bp-act-same-layer",
        {_DW: "dC_dw[layer] = activations[layer + 1] @ delta.T"},
        "Which activations enter these weights: those of the layer they lead to, or of the one they come from?",
        spares=("db-*",),
        because="the gradients of the biases are right",
    ),
    _bp(
        "bp-x-for-all",
        {_DW: "dC_dw[layer] = x @ delta.T"},
        "The input x enters the first weights only. What enters the others?",
        spares=("db-*", "dw-handout-hidden-1"),
        because="the gradients of the biases and of the first weights are right",
    ),
    _bp(
        "bp-z-for-act",
        {_DW: "dC_dw[layer] = (zs[layer - 1] if layer else x) @ delta.T"},
        "What do the weights multiply in the forward pass: the z of the layer before, or its activation?",
        spares=("db-*", "dw-handout-hidden-1"),
        because="the gradients of the biases and of the first weights are right",
    ),
    _bp(
        "bp-grad-elementwise",
        {_DW: "dC_dw[layer] = activations[layer] * delta"},
        "Between n and m neurons there are n·m weights. How many entries has your product?",
    ),
    _bp(
        "bp-grad-inner",
        {_DW: "dC_dw[layer] = activations[layer].T @ delta"},
        "A row times a column is one number. Which order gives one entry for every pair of neurons?",
    ),
    # the gradients of the biases
    _bp(
        "bp-db-sum",
        {_DB: "dC_db[layer] = np.sum(delta)"},
        "Does every neuron of a layer share one bias?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-from-dw",
        {_DW: _DW + "\n        dC_db[layer] = dC_dw[layer].sum(axis=0).reshape(-1, 1)"},
        "A bias is like a weight whose input never changes. What is that input, and where is it in your sum?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-lacks-slope",
        {_DB: "dC_db[layer] = dC_da"},
        "A bias enters z, not a. What lies between the two?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-row",
        {_DB: "dC_db[layer] = delta.T"},
        "Compare the shapes of dC_db with those of `biases`. What would an update make of the biases?",
        spares=("dw-*",),
        halves=("db-*",),
        because="transposed: right but for its form",
    ),
    _bp(
        "bp-db-flat",
        {_DB: "dC_db[layer] = delta.ravel()"},
        "Compare the shapes of dC_db with those of `biases`. What would an update make of the biases?",
        spares=("dw-*",),
        halves=("db-*",),
        because="flattened: right but for its form",
    ),
    _bp(
        "bp-db-zero",
        {_DB: "pass"},
        "The gradients of your biases stay zero. Where are they assigned?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-is-biases",
        {"dC_db = [np.zeros_like(b) for b in self.biases]": "dC_db = self.biases"},
        "Are `dC_db` and `self.biases` two lists, or two names for one?",
    ),
    _bp(
        "bp-db-too-long",
        {_RETURN: "return [np.zeros_like(x), *dC_db], dC_dw"},
        "How many biases does the input layer have? Compare the length of dC_db with that of `biases`.",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    # layers and lists
    _bp(
        "bp-stops-early",
        {_LAYERS: "for layer in range(last, 0, -1):"},
        "The first layer's gradients are still zero. Which layers does your loop reach?",
        spares=("*-handout-output", "*-hidden-2"),
        because="the later layers of the handout net are right",
    ),
    _bp(
        "bp-hardcoded-2",
        {_LAYERS: "for layer in range(last, last - 2, -1):"},
        "Your deltas stop travelling after one hidden layer. What if there are more?",
        spares=("*-handout-output", "*-hidden-2", "*-shallow"),
        because="nets with one hidden layer, and the two last layers of others, are right",
    ),
    _bp(
        "bp-hardcoded-3",
        {_LAYERS: "for layer in (2, 1, 0):"},
        "How many layers of weights does your code assume? Try a net with two, and one with four.",
        spares=("*-handout-*",),
        because="the handout net has the three layers it assumes",
    ),
    _bp(
        "bp-output-only",
        {_LAYERS: "for layer in [last]:"},
        "Only the output layer has gradients. How do they reach the layers before it?",
        spares=("*-handout-output",),
        because="the output layer of the handout net is right",
    ),
    _bp(
        "bp-lists-reversed",
        {_RETURN: "return dC_db[::-1], dC_dw[::-1]"},
        "Does dC_db[0] belong to biases[0]? Look at the order in which your lists grow.",
        spares=("*-hidden-2",),
        halves=("*",),
        because="lists reversed: right but for their form, and the middle layer of three keeps its place",
    ),
    _bp(
        "bp-return-swapped",
        {_RETURN: "return dC_dw, dC_db"},
        "Which of the two lists is to be returned first?",
        halves=("*",),
        because="the two lists swapped: right but for their form",
    ),
    _bp(
        "bp-one-list",
        {_RETURN: "return dC_dw"},
        "How many lists are to be returned?",
    ),
    _bp(
        "bp-accumulates",
        {
            _RETURN: 'before = getattr(self, "before", None)\n'
            "    if before:\n"
            "        dC_db = [db + old for db, old in zip(dC_db, before[0])]\n"
            "        dC_dw = [dw + old for dw, old in zip(dC_dw, before[1])]\n"
            "    self.before = dC_db, dC_dw\n"
            "    return dC_db, dC_dw"
        },
        "Call it twice with the same sample. What is left over from the first call?",
    ),
    # its own forward pass
    _bp(
        "bp-forward-no-bias",
        {"z = W.T @ a + b": "z = W.T @ a"},
        "The forward pass inside this function differs from `forward_pass`: which parameters never enter its z?",
        halves=("dw-handout-hidden-1",),
        because=f"{_FOLLOWS}, which holds for the handout net's first weights alone",
    ),
    _bp(
        "bp-keeps-z-twice",
        {"activations.append(a)": "activations.append(z)"},
        "Look at what your forward pass keeps of each layer. Are the lists of z and of a two different lists?",
        halves=("dw-handout-hidden-1",),
        because=f"{_FOLLOWS}, which holds for the handout net's first weights alone",
    ),
    _bp(
        "bp-activates-input",
        {"a = x\n": "a = self.sigmoid(x)\n", "activations = [x]": "activations = [a]"},
        "The input layer has no neurons. What is its activation in the forward pass inside this function?",
    ),
)

# -- mini_batch_GD ------------------------------------------------------------------------------------------------

_ZERO_B = "sum_db = [np.zeros_like(b) for b in self.biases]"
_ZERO_W = "sum_dw = [np.zeros_like(W) for W in self.weights]"
_ADD_B = "sum_db = [total + db for total, db in zip(sum_db, dC_db)]"
_ADD_W = "sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]"
_STEP = "step = eta / mini_batch_size"
_MOVE_B = "self.biases = [b - step * total for b, total in zip(self.biases, sum_db)]"
_MOVE_W = "self.weights = [W - step * total for W, total in zip(self.weights, sum_dw)]"
_UPDATE = f"            {_STEP}\n            {_MOVE_B}\n            {_MOVE_W}\n"
_INDENTED_UPDATE = _UPDATE.replace("            ", "                ")
_APPEND = "cost_history.append(self.cost(training_data))"
_INIT = "self.__init__(self.num_layers, self.num_neurons_per_layer_list, self.seed)"
_SHUFFLE = "random.Random(self.seed).shuffle(training_data)"
_gd = _mistakes_in("mini_batch_GD")

MINI_BATCH_GD = (
    # the step
    _gd(
        "gd-plus",
        {"- step * total": "+ step * total"},
        "The gradient points uphill. Which way does your step go?",
    ),
    _gd(
        "gd-sum-not-mean",
        {_STEP: "step = eta"},
        "If every sample stood in the batch twice, should the step double?",
    ),
    _gd(
        "gd-divide-by-N",
        {_STEP: "step = eta / len(training_data)"},
        "Over how many samples do you average: those of the batch, or all there are?",
    ),
    _gd(
        "gd-divide-twice",
        {_STEP: "step = eta / mini_batch_size / mini_batch_size"},
        "How many times does the batch size divide your step?",
    ),
    _gd(
        "gd-floor",
        {_STEP: "step = eta // mini_batch_size"},
        "Print the size of your step. What does the operator between eta and the batch size do?",
    ),
    _gd(
        "gd-no-eta",
        {_STEP: "step = 1 / mini_batch_size"},
        "Which of the function's arguments never enters your step?",
    ),
    _gd(
        "gd-decays",
        {_STEP: "step = eta / mini_batch_size / (epoch + 1)"},
        "Your steps shrink from epoch to epoch. Is that in the rule of the update?",
    ),
    # the sums
    _gd(
        "gd-no-reset",
        {
            _ZERO_B: "pass",
            f"{_ZERO_W}\n": "pass\n",
            "cost_history = []": f"cost_history = []\n    {_ZERO_B}\n    {_ZERO_W}",
        },
        "When the second batch begins, what is in your sums?",
    ),
    _gd(
        "gd-overwrites",
        {_ADD_B: "sum_db = dC_db", _ADD_W: "sum_dw = dC_dw"},
        "After the loop over the batch, which of its samples decide the step?",
    ),
    _gd(
        "gd-first-sample-only",
        {_ADD_W: f"{_ADD_W}\n                break"},
        "How many samples of each batch does your loop reach?",
    ),
    _gd(
        "gd-per-sample",
        {
            f"                {_ADD_B}\n": "                sum_db = dC_db\n",
            f"                {_ADD_W}\n": f"                sum_dw = dC_dw\n{_INDENTED_UPDATE}",
            _UPDATE: "",
        },
        "May the weights change while a batch is still being read? Look where your update stands.",
    ),
    _gd(
        "gd-running-sum",
        {f"                {_ADD_W}\n": f"                {_ADD_W}\n{_INDENTED_UPDATE}", _UPDATE: ""},
        "Look where your update stands: how often is it made in one batch?",
    ),
    _gd(
        "gd-alias-params",
        {_ZERO_B: "sum_db = list(self.biases)", _ZERO_W: "sum_dw = list(self.weights)"},
        "With what do your sums start: with zeros, or with the parameters themselves?",
    ),
    _gd(
        "gd-alias-in-place",
        {
            _ZERO_B: "sum_db = self.biases",
            _ZERO_W: "sum_dw = self.weights",
            _ADD_B: "for total, db in zip(sum_db, dC_db):\n                    total += db",
            _ADD_W: "for total, dw in zip(sum_dw, dC_dw):\n                    total += dw",
        },
        "Into which arrays do you add? Check whether your sums are new ones.",
    ),
    _gd(
        "gd-swapped",
        {"dC_db, dC_dw = self.back_propagation": "dC_dw, dC_db = self.back_propagation"},
        "In which order does `back_propagation` return its two lists?",
    ),
    # the parameters
    _gd(
        "gd-no-bias",
        {_MOVE_B: "pass"},
        "Print all parameters before and after. Which have not moved?",
    ),
    _gd(
        "gd-no-weights",
        {_MOVE_W: "pass"},
        "Print all parameters before and after. Which have not moved?",
    ),
    _gd(
        "gd-rebind",
        {
            _MOVE_B: "for b, total in zip(self.biases, sum_db):\n                b = b - step * total",
            _MOVE_W: "for W, total in zip(self.weights, sum_dw):\n                W = W - step * total",
        },
        "Print `self.weights` after a batch. Giving a loop's variable a new value: does it change the list?",
    ),
    _gd(
        "gd-last-layer-only",
        {
            _MOVE_B: "self.biases[-1] = self.biases[-1] - step * sum_db[-1]",
            _MOVE_W: "self.weights[-1] = self.weights[-1] - step * sum_dw[-1]",
        },
        "Which layers learn in your update, and which stay as they were?",
    ),
    _gd(
        "gd-hardcoded-3",
        {
            _MOVE_B: "for layer in range(3):\n"
            "                self.biases[layer] = self.biases[layer] - step * sum_db[layer]",
            _MOVE_W: "for layer in range(3):\n"
            "                self.weights[layer] = self.weights[layer] - step * sum_dw[layer]",
        },
        "How many layers of weights does your update assume? Try a net with two, and one with four.",
        spares=("handout", "ragged"),
        because="the handout net has the three layers it assumes",
    ),
    _gd(
        "gd-replaces",
        {
            _MOVE_B: "self.biases = [-step * total for total in sum_db]",
            _MOVE_W: "self.weights = [-step * total for total in sum_dw]",
        },
        "What of the old parameters is left after your update?",
    ),
    _gd(
        "gd-reinitialises",
        {"cost_history = []": f"cost_history = []\n    {_INIT}"},
        "Does training start from the network's current weights, or from fresh ones?",
    ),
    _gd(
        "gd-reinitialises-each-epoch",
        {_SHUFFLE: f"{_SHUFFLE}\n        {_INIT}"},
        "What does the second epoch keep of what the first one learned?",
    ),
    # the batches
    _gd(
        "gd-drops-ragged",
        {_ZERO_B: f"if len(mini_batch) < mini_batch_size:\n                continue\n            {_ZERO_B}"},
        "When the batch size does not divide the number of samples, does every sample still contribute?",
        spares=("handout", "other"),
        because="seen only where the last batch is shorter",
    ),
    _gd(
        "gd-stale",
        {
            _ZERO_B: f"if mini_batch is mini_batches[0]:\n                {_ZERO_B}",
            _ZERO_W: f"    {_ZERO_W}",
            _STEP: f"if mini_batch is not mini_batches[-1]:\n                continue\n            {_STEP}",
        },
        "Which weights does the second batch see: those from before the first, or from after it?",
    ),
    _gd(
        "gd-first-batch-only",
        {_MOVE_W: f"{_MOVE_W}\n            break"},
        "How many batches does each epoch of yours go through?",
    ),
    _gd(
        "gd-last-batch-only",
        {
            "for mini_batch in mini_batches:": "for mini_batch in mini_batches:\n            pass\n"
            "        for mini_batch in [mini_batch]:"
        },
        "After your loop over the batches, which of them are still to be used?",
    ),
    _gd(
        "gd-ignores-shuffle",
        {_SHUFFLE: f"original = list(training_data)\n        {_SHUFFLE}", "training_data[start :": "original[start :"},
        "Which list do you cut into batches, the shuffled one?",
    ),
    _gd(
        "gd-no-shuffle",
        {_SHUFFLE: "pass"},
        "Shuffling at the start of every epoch was given. Is it still there?",
    ),
    _gd(
        "gd-consumes-data",
        {_MOVE_W: f"{_MOVE_W}\n            del training_data[:mini_batch_size]"},
        "Is any data left for the second epoch?",
    ),
    _gd(
        "gd-one-epoch-late",
        {_SHUFFLE: f"{_SHUFFLE}\n        {_APPEND}", f"        {_APPEND}\n        logger": "        logger"},
        "Is the cost of an epoch taken before or after its updates?",
    ),
    # what is returned
    _gd(
        "gd-return-in-loop",
        {"    return cost_history": "        return cost_history"},
        "How many epochs have run when your function returns?",
    ),
    _gd(
        "gd-history-per-batch",
        {_MOVE_W: f"{_MOVE_W}\n            {_APPEND}", f"        {_APPEND}\n        logger": "        logger"},
        "How many entries does your history get in one epoch?",
    ),
    _gd(
        "gd-returns-nothing",
        {"return cost_history": "return None"},
        "What does the caller get from your function?",
    ),
    _gd(
        "gd-returns-last-cost",
        {"return cost_history": "return cost_history[-1]"},
        "One cost for each epoch was asked for. How many do you return?",
    ),
    _gd(
        "gd-mean-cost",
        {_APPEND: "cost_history.append(self.cost(training_data) / len(training_data))"},
        "Your history is too small by a constant factor. Is the cost a sum or an average over the data?",
    ),
)

MISTAKES: tuple[Mistake, ...] = (
    *SIGMOID,
    *SIGMOID_DERIVATIVE,
    *COST,
    *COST_DERIVATIVE,
    *FORWARD_PASS,
    *BACK_PROPAGATION,
    *MINI_BATCH_GD,
)

# -- right ways that differ from the solution ---------------------------------------------------------------------

_OUTSIDE = "Outside the TODO blocks"  # advice on lines of the stub that were changed
_sig_like = _variants_of("sigmoid")
_der_like = _variants_of("sigmoid_derivative")
_cost_like = _variants_of("cost")
_cd_like = _variants_of("cost_derivative")
_fwd_like = _variants_of("forward_pass")
_bp_like = _variants_of("back_propagation")
_gd_like = _variants_of("mini_batch_GD")

_FORWARD = """a = x
    zs = []
    activations = [x]
    for W, b in zip(self.weights, self.biases):
        z = W.T @ a + b  # (n_out, 1)
        a = self.sigmoid(z)
        zs.append(z)
        activations.append(a)
"""
_BACKWARD = """    for layer in range(last, -1, -1):
        delta = dC_da * self.sigmoid_derivative(zs[layer])  # dC/dz, (n_out, 1)
        dC_db[layer] = delta
        dC_dw[layer] = activations[layer] @ delta.T  # (n_in, 1) @ (1, n_out) -> (n_in, n_out)
        dC_da = self.weights[layer] @ delta  # of the layer before: (n_in, n_out) @ (n_out, 1) -> (n_in, 1)
"""
_BATCH = """            sum_db = [np.zeros_like(b) for b in self.biases]
            sum_dw = [np.zeros_like(W) for W in self.weights]
            for x, y in mini_batch:
                dC_db, dC_dw = self.back_propagation(x, y)
                sum_db = [total + db for total, db in zip(sum_db, dC_db)]
                sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]
            step = eta / mini_batch_size
            self.biases = [b - step * total for b, total in zip(self.biases, sum_db)]
            self.weights = [W - step * total for W, total in zip(self.weights, sum_dw)]
"""

VARIANTS: tuple[Variant, ...] = (
    _sig_like(
        "sig-nan",
        {_SIGMOID: "return np.exp(z) / (1 + np.exp(z))"},
        "the other explicit form: NaN only where e^z overflows",
        advice="overflows",
    ),
    _sig_like(
        "sig-int-buffer",
        {_SIGMOID: "result = np.zeros_like(z)\n    result[...] = 1 / (1 + np.exp(-z))\n    return result"},
        "a result of z's own dtype, wrong only for whole numbers",
        advice="whole numbers",
    ),
    _sig_like("sig-tanh-half", {_SIGMOID: "return 0.5 * (1 + np.tanh(z / 2))"}, "by the hyperbolic tangent"),
    _sig_like("sig-clip-wide", {_SIGMOID: "return 1 / (1 + np.exp(-np.clip(z, -500, 500)))"}, "no overflow"),
    _sig_like(
        "sig-two-branches",
        {
            _SIGMOID: "e = np.exp(-np.abs(z))\n    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))",
        },
        "stable at both ends",
    ),
    _sig_like(
        "sig-math-loop",
        {
            _SIGMOID: "import math\n\n"
            "    flat = [1 / (1 + math.exp(-v)) if v > -700 else 0.0 for v in np.ravel(z)]\n"
            "    return np.array(flat).reshape(np.shape(z))"
        },
        "plain Python, entry by entry",
    ),
    _sig_like("sig-float32", {_SIGMOID: "return (1 / (1 + np.exp(-z))).astype(np.float32)"}, "single precision"),
    _sig_like(
        "sig-not-static",
        {"@staticmethod\n": "", "def sigmoid(z)": "def sigmoid(self, z)"},
        "an ordinary method",
        advice=_OUTSIDE,
    ),
    _sig_like(
        "sig-keyword",
        {"def sigmoid(z)": "def sigmoid(z, stable=False)"},
        "an extra parameter with a default",
        advice=_OUTSIDE,
    ),
    _sig_like("sig-prints", {_SIGMOID: f'print("z =", z)\n    {_SIGMOID}'}, "a print left in", advice="print"),
    _der_like(
        "der-explicit-nan",
        {_SLOPE: "return np.exp(-z) / (1 + np.exp(-z)) ** 2"},
        "the explicit form: NaN only where e^-z overflows",
        advice="overflows",
    ),
    _der_like("der-difference", {_SLOPE: "return a - a**2"}, "multiplied out"),
    _der_like(
        "der-inlined", {"a = self.sigmoid(z)": "a = 1 / (1 + np.exp(-z))"}, "the sigmoid written out instead of called"
    ),
    _der_like("der-symmetric", {_SLOPE: "return a * self.sigmoid(-z)"}, "by the sigmoid's symmetry"),
    _der_like("der-hadamard", {_SLOPE: "return np.multiply(a, np.subtract(1, a))"}, "by NumPy's named functions"),
    _cost_like("cost-dot", {_TERM: "0.5 * ((a - y).T @ (a - y)).item()"}, "a scalar product"),
    _cost_like("cost-norm", {_TERM: "0.5 * np.linalg.norm(a - y) ** 2"}, "by the squared norm"),
    _cost_like("cost-size-1", {"float(total)": "np.array([[total]])"}, "an array of one entry for the number"),
    _cost_like("cost-vdot", {_TERM: "np.vdot(a - y, a - y) / 2"}, "another scalar product"),
    _cost_like(
        "cost-stacked",
        {
            "return float(total)": "X = np.hstack([x for x, _ in training_data])\n"
            "    Y = np.hstack([y for _, y in training_data])\n"
            "    return float(np.sum((self.forward_pass(X) - Y) ** 2) / 2)",
        },
        "all samples side by side through the student's own forward_pass",
    ),
    _cost_like(
        "cost-double-loop",
        {_TERM: "sum(0.5 * float(a[i, 0] - y[i, 0]) ** 2 for i in range(len(y)))"},
        "plain Python, output by output",
    ),
    _cd_like("cd-subtract", {_DIFFERENCE: "return np.subtract(output_activations, y)"}, "by NumPy's named function"),
    _cd_like("cd-negated", {_DIFFERENCE: "return -(y - output_activations)"}, "turned round twice"),
    _cd_like(
        "cd-loop",
        {
            _DIFFERENCE: "result = np.empty_like(output_activations)\n"
            "    for i in range(len(y)):\n"
            "        result[i] = output_activations[i] - y[i]\n"
            "    return result"
        },
        "plain Python, output by output",
    ),
    _fwd_like(
        "fwd-indices",
        {
            _LOOP: "for layer in range(len(self.weights)):\n        W, b = self.weights[layer], self.biases[layer]",
            _Z: "z = np.dot(W.T, a) + b",
        },
        "by index, with np.dot",
    ),
    _fwd_like("fwd-einsum", {_Z: 'z = np.einsum("io,ik->ok", W, a) + b'}, "by einsum"),
    _fwd_like("fwd-rows", {_Z: "z = (a.T @ W + b.T).T"}, "as rows, turned back"),
    _fwd_like(
        "fwd-recursion",
        {
            "a = x\n": "if not self.weights:\n        return x\n\n"
            "    def up_to(layer):\n"
            "        a = up_to(layer - 1) if layer else x\n"
            "        return self.sigmoid(self.weights[layer].T @ a + self.biases[layer])\n\n"
            "    return up_to(len(self.weights) - 1)\n    a = x\n"
        },
        "by recursion",
    ),
    _fwd_like(
        "fwd-loops",
        {
            _Z: "z = np.array(b, dtype=float) + np.zeros((1, a.shape[1]))\n"
            "        for i in range(W.shape[0]):\n"
            "            for j in range(W.shape[1]):\n"
            "                z[j] += W[i, j] * a[i]"
        },
        "plain loops over both neurons of each weight",
    ),
    _fwd_like(
        "fwd-bias-as-weight",
        {_Z: "z = np.vstack([W, b.T]).T @ np.vstack([a, np.ones((1, a.shape[1]))])"},
        "the bias as the weight of a constant input",
    ),
    _fwd_like(
        "fwd-float32",
        {"a = x\n": "a = x.astype(np.float32)\n", _Z: "z = W.T.astype(np.float32) @ a + b.astype(np.float32)"},
        "single precision",
    ),
    _bp_like("bp-outer", {_DW: "dC_dw[layer] = np.outer(activations[layer], delta)"}, "by np.outer"),
    _bp_like("bp-broadcast", {_DW: "dC_dw[layer] = activations[layer] * delta.T"}, "by broadcasting"),
    _bp_like(
        "bp-einsum",
        {
            _DW: 'dC_dw[layer] = np.einsum("ik,jk->ij", activations[layer], delta)',
            _BACK: 'dC_da = np.einsum("ij,jk->ik", self.weights[layer], delta)',
        },
        "by einsum",
    ),
    _bp_like(
        "bp-slope-of-a",
        {"self.sigmoid_derivative(zs[layer])": "activations[layer + 1] * (1 - activations[layer + 1])"},
        "the slope from the activation",
    ),
    _bp_like(
        "bp-negative-indices",
        {
            _BACKWARD: "    delta = dC_da * self.sigmoid_derivative(zs[-1])\n"
            "    dC_db[-1] = delta\n"
            "    dC_dw[-1] = np.dot(activations[-2], delta.transpose())\n"
            "    for back in range(2, len(self.weights) + 1):\n"
            "        delta = np.dot(self.weights[-back + 1], delta) * self.sigmoid_derivative(zs[-back])\n"
            "        dC_db[-back] = delta\n"
            "        dC_dw[-back] = np.dot(activations[-back - 1], delta.transpose())\n"
        },
        "layers counted from the last, with negative indices",
    ),
    _bp_like(
        "bp-inserts-first",
        {
            "dC_db = [np.zeros_like(b) for b in self.biases]": "dC_db = []",
            "dC_dw = [np.zeros_like(W) for W in self.weights]": "dC_dw = []",
            _DB: "dC_db.insert(0, delta)",
            _DW: "dC_dw.insert(0, activations[layer] @ delta.T)",
        },
        "lists that grow at their front",
    ),
    _bp_like("bp-tuples", {_RETURN: "return tuple(dC_db), tuple(dC_dw)"}, "tuples for lists"),
    _bp_like("bp-list-of-two", {_RETURN: "return [dC_db, dC_dw]"}, "a list of the two lists"),
    _bp_like(
        "bp-object-arrays",
        {
            _RETURN: "db, dw = np.empty(last + 1, dtype=object), np.empty(last + 1, dtype=object)\n"
            "    for layer in range(last + 1):\n"
            "        db[layer], dw[layer] = dC_db[layer], dC_dw[layer]\n"
            "    return db, dw"
        },
        "arrays of objects for lists",
    ),
    _bp_like(
        "bp-float32",
        {_RETURN: "return [db.astype(np.float32) for db in dC_db], [dw.astype(np.float32) for dw in dC_dw]"},
        "single precision",
    ),
    _bp_like(
        "bp-loops",
        {
            _DW: "dC_dw[layer] = np.zeros_like(self.weights[layer])\n"
            "        for i, a_i in enumerate(activations[layer][:, 0]):\n"
            "            for j, delta_j in enumerate(delta[:, 0]):\n"
            "                dC_dw[layer][i, j] = a_i * delta_j"
        },
        "plain loops over both neurons of each weight",
    ),
    _bp_like(
        "bp-own-steps",
        {
            "self.sigmoid(z)": "1 / (1 + np.exp(-z))",
            _START: "dC_da = activations[-1] - y",
            "self.sigmoid_derivative(zs[layer])": "np.exp(-zs[layer]) / (1 + np.exp(-zs[layer])) ** 2",
        },
        "no helper called",
    ),
    _bp_like(
        "bp-recursion",
        {
            _FORWARD: "def gradients(layer, a):\n"
            "        if layer == len(self.weights):\n"
            "            return self.cost_derivative(a, y), [], []\n"
            "        z = self.weights[layer].T @ a + self.biases[layer]\n"
            "        dC_da, db, dw = gradients(layer + 1, self.sigmoid(z))\n"
            "        delta = dC_da * self.sigmoid_derivative(z)\n"
            "        return self.weights[layer] @ delta, [delta, *db], [a @ delta.T, *dw]\n\n"
            "    _, dC_db, dC_dw = gradients(0, x)\n"
            "    return dC_db, dC_dw\n"
            "    zs, activations = [], []\n"
        },
        "by recursion, forward on the way down and backward on the way up",
    ),
    _bp_like(
        "bp-keeps-last-pass",
        {_RETURN: f"self.zs, self.activations = zs, activations\n    {_RETURN}"},
        "attributes left behind that nothing reads",
    ),
    _gd_like(
        "gd-ragged-by-length",
        {"eta / mini_batch_size": "eta / len(mini_batch)"},
        "the shorter last batch is averaged over its own length",
    ),
    _gd_like(
        "gd-in-place",
        {
            _MOVE_B: "for b, total in zip(self.biases, sum_db):\n                b -= step * total",
            _MOVE_W: "for W, total in zip(self.weights, sum_dw):\n                W -= step * total",
        },
        "the network's own arrays changed in place",
    ),
    _gd_like(
        "gd-by-index",
        {
            _MOVE_B: "for layer in range(len(self.biases)):\n"
            "                self.biases[layer] = self.biases[layer] - (eta / mini_batch_size) * sum_db[layer]",
            _MOVE_W: "for layer in range(len(self.weights)):\n"
            "                self.weights[layer] = self.weights[layer] - (eta / mini_batch_size) * sum_dw[layer]",
        },
        "layer by layer",
    ),
    _gd_like(
        "gd-tuples",
        {_MOVE_W: "self.weights = tuple(W - step * total for W, total in zip(self.weights, sum_dw))"},
        "a tuple for the list of weights",
    ),
    _gd_like(
        "gd-mean-first",
        {"- step * total": "- eta * (total / mini_batch_size)"},
        "the mean gradient first, then the step",
    ),
    _gd_like(
        "gd-weights-first",
        {f"{_MOVE_B}\n            {_MOVE_W}": f"{_MOVE_W}\n            {_MOVE_B}"},
        "weights before biases",
    ),
    _gd_like(
        "gd-all-gradients-first",
        {
            _BATCH: "            gradients = [self.back_propagation(x, y) for x, y in mini_batch]\n"
            "            step = eta / mini_batch_size\n"
            "            for layer in range(len(self.weights)):\n"
            "                db, dw = sum(g[0][layer] for g in gradients), sum(g[1][layer] for g in gradients)\n"
            "                self.biases[layer] = self.biases[layer] - step * db\n"
            "                self.weights[layer] = self.weights[layer] - step * dw\n"
        },
        "all gradients of the batch kept, then added up",
    ),
    _gd_like(
        "gd-vectorised",
        {
            _BATCH: "            a = np.hstack([x for x, y in mini_batch])\n"
            "            Y = np.hstack([y for x, y in mini_batch])\n"
            "            activations = [a]\n"
            "            for W, b in zip(self.weights, self.biases):\n"
            "                a = 1 / (1 + np.exp(-(W.T @ a + b)))\n"
            "                activations.append(a)\n"
            "            delta = (a - Y) * a * (1 - a)\n"
            "            step = eta / mini_batch_size\n"
            "            for layer in reversed(range(len(self.weights))):\n"
            "                dw, db = activations[layer] @ delta.T, delta.sum(axis=1, keepdims=True)\n"
            "                delta = self.weights[layer] @ delta * activations[layer] * (1 - activations[layer])\n"
            "                self.weights[layer] = self.weights[layer] - step * dw\n"
            "                self.biases[layer] = self.biases[layer] - step * db\n"
        },
        "the whole batch at once, without back_propagation",
    ),
    _gd_like(
        "gd-float-history",
        {"cost_history.append(self.cost(training_data))": "cost_history.append(np.array([self.cost(training_data)]))"},
        "each cost in an array of one entry",
        advice=_OUTSIDE,
    ),
)
