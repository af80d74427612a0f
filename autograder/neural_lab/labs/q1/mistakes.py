"""The bank of q1: known mistakes, and right ways of writing a function that differ from the solution's.

A row holds what people write instead of the solution, and the question to ask them. An edit is read against the
function's text in the solution, moved to the left margin.

Not mistakes here, for the contract lets them pass: a sigmoid that is NaN only beyond |z| ≈ 700 (`sig-nan`, and
`der-explicit-nan`) and one that rounds only for whole-number input (`sig-int-buffer`). They are variants that cause
advice. Training without test data is not in the contract, so nothing here is about `test_data=None`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neural_lab.schema.lab import Edit, Mistake, Variant
from neural_lab.schema.remarks import Kind


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
    """A short way of writing a row: id, {text found: text put there}, in words, and the advice it causes."""

    def variant(id: str, changes: Mapping[str, str], why: str, *advice: Kind) -> Variant:
        return Variant(id, function, _edits(changes), why, advice)

    return variant


# -- sigmoid ------------------------------------------------------------------------------------------------------

_SIGMOID = "return 1 / (1 + np.exp(-z))"
_sig = _mistakes_in("sigmoid")

SIGMOID = (
    _sig(
        "sig-no-minus",
        {"np.exp(-z)": "np.exp(z)"},
        "Compare your values at z = 12 and z = -12: the sigmoid is close to 1 at the first and close to 0 at the "
        "second. Check the sign in your exponent.",
    ),
    _sig(
        "sig-complement",
        {_SIGMOID: "return np.exp(-z) / (1 + np.exp(-z))"},
        "Work out your fraction by hand for z = 12. The sigmoid is close to 1 there. What is yours?",
    ),
    _sig(
        "sig-precedence",
        {"1 / (1 + np.exp(-z))": "1 / 1 + np.exp(-z)"},
        "Work out your expression by hand at z = 0, in the order in which Python does it. Do you get one half?",
    ),
    _sig(
        "sig-denominator-sign",
        {"1 + np.exp(-z)": "1 - np.exp(-z)"},
        "Work out your denominator by hand at z = 0. What is 1 divided by it?",
    ),
    _sig(
        "sig-no-one",
        {"(1 + np.exp(-z))": "np.exp(-z)"},
        "The sigmoid stays between 0 and 1. Work out your expression at z = 12 and compare it with the formula, "
        "term by term.",
    ),
    _sig(
        "sig-math-exp",
        {_SIGMOID: "import math\n\n    return 1 / (1 + math.exp(-z))"},
        "z is an array with many numbers, and here Python needs one single number. Use functions that take a "
        "whole array, as those of `numpy` do.",
    ),
    _sig(
        "sig-clip-tight",
        {_SIGMOID: "z = np.clip(z, -10, 10)\n    return 1 / (1 + np.exp(-z))"},
        "You limit z to a small range before you use it. Print your values for z = 12 and z = 20: they should "
        "differ a little.",
    ),
    _sig(
        "sig-clip-five",
        {_SIGMOID: "z = np.clip(z, -5, 5)\n    return 1 / (1 + np.exp(-z))"},
        "You limit z to a small range before you use it. Print your values for z = 8 and z = 12: they should differ.",
    ),
    _sig(
        "sig-abs",
        {"np.exp(-z)": "np.exp(-np.abs(z))"},
        "Work out your expression by hand at z = -1: the sigmoid is 0.269 there. What does `abs` do to a negative z?",
    ),
    _sig(
        "sig-floor",
        {"1 / (1 + np.exp(-z))": "1 // (1 + np.exp(-z))"},
        "Print 1 / 2 and 1 // 2. What does `//` do?",
    ),
    _sig(
        "sig-tanh-unscaled",
        {_SIGMOID: "return (1 + np.tanh(z)) / 2"},
        "Your curve has the right ends but rises too fast. Compare the values at z = 1: the sigmoid has 0.731 there.",
    ),
    _sig(
        "sig-tanh",
        {_SIGMOID: "return np.tanh(z)"},
        "Your values lie between -1 and 1. The sigmoid's lie between 0 and 1. Compare your function with the formula.",
    ),
    _sig(
        "sig-relu",
        {_SIGMOID: "return np.maximum(0, z)"},
        "Your values grow without limit. Compare your function with the formula: which value should it have at z = 12?",
    ),
    _sig(
        "sig-step",
        {_SIGMOID: "return (z > 0).astype(float)"},
        "Your values are only 0 and 1. The sigmoid has values between them: it is 0.731 at z = 1.",
    ),
    _sig(
        "sig-softmax",
        {_SIGMOID: "return np.exp(z) / np.sum(np.exp(z))"},
        "Each entry of the result may depend on its own z only. In your code it depends on the other entries, "
        "too. Which operation mixes them?",
    ),
    _sig(
        "sig-rounded",
        {_SIGMOID: "return np.round(1 / (1 + np.exp(-z)), 2)"},
        "Your result keeps only a few digits. Where do you round?",
    ),
    _sig(
        "sig-in-place",
        {_SIGMOID: "z *= -1\n    np.exp(z, out=z)\n    return 1 / (1 + z)"},
        "Print z before and after the call. Which of your lines write into the array that was passed in?",
    ),
    _sig(
        "sig-scalar-if",
        {_SIGMOID: "if z >= 0:\n        return 1 / (1 + np.exp(-z))\n    return np.exp(z) / (1 + np.exp(z))"},
        "`if` needs one True or False, but z has many entries. Write it so that it works entry by entry, without `if`.",
    ),
    _sig(
        "sig-flat",
        {_SIGMOID: "return 1 / (1 + np.exp(-z.ravel()))"},
        "z has the shape (n, 1). Which shape has your result?",
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
        "Your formula is right when it gets the activation a. Which value does your code put into it: a or z?",
    ),
    _der(
        "der-factor-lost",
        {_SLOPE: "return 1 - a"},
        "The slope of the sigmoid at z = 0 is 1/4. Compare with your value there: which factor is missing?",
    ),
    _der(
        "der-missing-square",
        {_SLOPE: "return np.exp(-z) / (1 + np.exp(-z))"},
        "Use the quotient rule again on 1 / (1 + e^-z). What happens to the denominator?",
    ),
    _der(
        "der-returns-sigmoid",
        {_SLOPE: "return a"},
        "You return the value of the sigmoid. Its slope is 1/4 at z = 0 and close to 0 at z = 12. Compare.",
    ),
    _der(
        "der-square",
        {_SLOPE: "return a**2"},
        "The slope should be close to 0 both at z = 12 and at z = -12. What is your value at z = 12?",
    ),
    _der(
        "der-dot",
        {_SLOPE: "return a @ (1 - a)"},
        "The result needs one slope for each entry of z. Is your product elementwise or a matrix product?",
    ),
    _der(
        "der-inner",
        {_SLOPE: "return a.T @ (1 - a)"},
        "The result needs one slope for each entry of z. How many numbers does your product give?",
    ),
    _der(
        "der-jacobian",
        {_SLOPE: "return np.diagflat(a * (1 - a))"},
        "The result should have the shape of z, (n, 1), and yours is a matrix. Where in your matrix are the slopes?",
    ),
    _der(
        "der-tanh",
        {_SLOPE: "return 1 - a**2"},
        "This is the slope of tanh. Differentiate 1 / (1 + e^-z) instead: at z = 0 you should get 1/4.",
    ),
    _der(
        "der-tanh-scaled",
        {_SLOPE: "return (1 - np.tanh(z) ** 2) / 2"},
        "This is the slope of (1 + tanh z) / 2. Differentiate 1 / (1 + e^-z) instead: at z = 0 you should get 1/4.",
    ),
    _der(
        "der-quotient-brackets",
        {_SLOPE: "return np.exp(-z) / 1 + np.exp(-z) ** 2"},
        "Work out your expression by hand at z = 0, in the order in which Python does it. Do you get 1/4?",
    ),
    _der(
        "der-double",
        {_SLOPE: "b = self.sigmoid(a)\n    return b * (1 - b)"},
        "Count how many times the sigmoid is applied to z in your code. Once is enough.",
    ),
    _der(
        "der-sign",
        {_SLOPE: "return a * (a - 1)"},
        "The sigmoid rises for every z, so its slope is positive. Which sign have your values?",
    ),
    _der(
        "der-plus",
        {_SLOPE: "return a * (1 + a)"},
        "The slope at z = 0 is 1/4. Work out your expression there and check its signs.",
    ),
    _der(
        "der-half",
        {_SLOPE: "return a * (1 - a) / 2"},
        "Every value is half of what it should be. Where does the factor come from?",
    ),
    _der(
        "der-coarse-difference",
        {_SLOPE: "h = 1e-2\n    return (self.sigmoid(z + h) - a) / h"},
        "You estimate the slope from two values of the sigmoid. Use the exact derivative instead.",
    ),
    _der(
        "der-in-place",
        {"a = self.sigmoid(z)": "a = z\n    a[:] = self.sigmoid(z)"},
        "Print z before and after the call. Which of your lines write into the array that was passed in?",
    ),
    _der(
        "der-flat",
        {_SLOPE: "return (a * (1 - a)).ravel()"},
        "z has the shape (n, 1). Which shape has your result?",
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
        "Compare your expression with the formula of the cost: is there a number in front of the sum?",
    ),
    _cost(
        "cost-mean-samples",
        {"float(total)": "float(total / len(training_data))"},
        "You divide by the number of samples. Is the cost in the formula a sum or a mean over the samples?",
    ),
    _cost(
        "cost-mean-outputs",
        {"np.sum": "np.mean"},
        "Look at the squared differences of one sample: in the formula, are they added up or averaged?",
    ),
    _cost(
        "cost-mean-outputs-no-half",
        {_TERM: "np.mean((a - y) ** 2)"},
        "This is the mean squared error. Compare it with the formula here: does it use a sum or a mean over the "
        "outputs, and which number stands in front?",
    ),
    _cost(
        "cost-mean-all",
        {"float(total)": "float(total / (len(training_data) * len(y)))"},
        "You divide by the number of samples and by the number of outputs. Is there a mean in the formula of the cost?",
    ),
    _cost(
        "cost-halved-each-round",
        {f"total += {_TERM}": "total = 0.5 * (total + np.sum((a - y) ** 2))"},
        "Follow the total through two rounds of your loop. How many times is the first sample multiplied by 1/2?",
    ),
    _cost(
        "cost-fourth-power",
        {"(a - y) ** 2": "((a - y) ** 2) ** 2"},
        "Count how many times each difference is squared. Once is enough.",
    ),
    _cost(
        "cost-no-square",
        {"(a - y) ** 2": "a - y"},
        "Compare your expression with the formula. What happens to each difference a - y before they are added up?",
    ),
    _cost(
        "cost-abs",
        {"(a - y) ** 2": "np.abs(a - y)"},
        "If a difference gets twice as large, its cost should get four times as large. Does yours?",
    ),
    _cost(
        "cost-norm-unsquared",
        {_TERM: "0.5 * np.linalg.norm(a - y)"},
        "A norm contains a square root. Is there a root in the formula of the cost?",
    ),
    _cost(
        "cost-square-of-sum",
        {"np.sum((a - y) ** 2)": "np.sum(a - y) ** 2"},
        "Try the differences 1 and -1 by hand: the sum of their squares is 2. In your code, which comes first, "
        "the square or the sum?",
    ),
    _cost(
        "cost-half-squared",
        {_TERM: "np.sum((0.5 * (a - y)) ** 2)"},
        "Work out your expression for a difference of 1: it should give 1/2. Is the 1/2 inside the square?",
    ),
    _cost(
        "cost-one-sample",
        {"total += ": "total = "},
        "Print the total in every round of the loop. How many samples are in it after the last round?",
    ),
    _cost(
        "cost-returns-early",
        {f"total += {_TERM}": f"total += {_TERM}\n        return float(total)"},
        "Count how many times the body of your loop runs before the function returns.",
    ),
    _cost(
        "cost-vector",
        {"np.sum((a - y) ** 2)": "(a - y) ** 2", "float(total)": "total"},
        "The cost should be one number. How many numbers do you return?",
    ),
    _cost(
        "cost-flat-y",
        {"(a - y)": "(a - y.ravel())"},
        "Print the shape of your difference. It should have one entry for each output.",
    ),
    _cost(
        "cost-clobbers-y",
        {_TERM: "0.5 * np.sum((a - y) ** 2)\n        y -= a"},
        "Print the y of a sample before and after the call. Which of your lines write into it?",
    ),
    _cost(
        "cost-cross-entropy",
        {_TERM: "-np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))"},
        "Your cost uses logarithms. Compare it with the formula of the cost in this lab.",
    ),
    _cost(
        "cost-accuracy",
        {_TERM: "float(np.argmax(a) != np.argmax(y))"},
        "You count wrong predictions. The cost adds up the squared differences between the outputs and y.",
    ),
    _cost(
        "cost-remembers",
        {
            "total = 0.0": 'total = getattr(self, "total", 0.0)',
            "return float(total)": "self.total = total\n    return float(total)",
        },
        "Call it twice with the same data and compare. What is kept from the first call?",
    ),
)

# -- cost_derivative ----------------------------------------------------------------------------------------------

_DIFFERENCE = "return output_activations - y"
_cd = _mistakes_in("cost_derivative")

COST_DERIVATIVE = (
    _cd(
        "cd-sign",
        {_DIFFERENCE: "return y - output_activations"},
        "Take an activation of 0.9 and a target of 0.2: a larger activation makes the cost larger, so the "
        "derivative is positive. Which sign has yours?",
    ),
    _cd(
        "cd-factor-two",
        {_DIFFERENCE: "return 2 * (output_activations - y)"},
        "Differentiate 1/2 (a - y)^2 by hand. What happens to the 1/2 and the 2?",
    ),
    _cd(
        "cd-half",
        {_DIFFERENCE: "return 0.5 * (output_activations - y)"},
        "Differentiate 1/2 (a - y)^2 by hand. What happens to the 1/2?",
    ),
    _cd(
        "cd-mean",
        {_DIFFERENCE: "return (output_activations - y) / len(y)"},
        "You divide by the number of outputs. Is there a mean in the cost of this lab?",
    ),
    _cd(
        "cd-sum",
        {_DIFFERENCE: "return np.sum(output_activations - y)"},
        "The result should have one derivative for each output. How many numbers do you return?",
    ),
    _cd(
        "cd-abs",
        {_DIFFERENCE: "return np.abs(output_activations - y)"},
        "Try an output below its target: there the derivative is negative. Which sign has yours?",
    ),
    _cd(
        "cd-square",
        {_DIFFERENCE: "return (output_activations - y) ** 2"},
        "Differentiate 1/2 (a - y)^2 by hand. Is there still a square in the result?",
    ),
    _cd(
        "cd-returns-cost",
        {_DIFFERENCE: "return 0.5 * (output_activations - y) ** 2"},
        "You return the cost of each output. Differentiate it with respect to a.",
    ),
    _cd(
        "cd-cross-entropy",
        {_DIFFERENCE: "return (output_activations - y) / (output_activations * (1 - output_activations))"},
        "Your denominator belongs to a cost with logarithms. Differentiate the cost of this lab, 1/2 (a - y)^2.",
    ),
    _cd(
        "cd-has-sp",
        {_DIFFERENCE: "return (output_activations - y) * output_activations * (1 - output_activations)"},
        "This derivative is taken with respect to the activation a. In your result there is also the slope of the"
        " sigmoid. Where is that used instead?",
    ),
    _cd(
        "cd-no-target",
        {_DIFFERENCE: "return output_activations"},
        "Compare your result with the derivative of 1/2 (a - y)^2. Where is y?",
    ),
    _cd(
        "cd-in-place",
        {_DIFFERENCE: "output_activations -= y\n    return output_activations"},
        "Print the activations before and after the call. Which of your lines write into the array that was passed in?",
    ),
    _cd(
        "cd-row",
        {_DIFFERENCE: "return (output_activations - y).T"},
        "The activations have the shape (n, 1). Which shape has your result?",
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
        "Compare your z with the formula. Which parameters of the network are not in it?",
    ),
    _fwd(
        "fwd-minus-bias",
        {_Z: "z = W.T @ a - b"},
        "Compare your z with the formula. Which sign has b there?",
    ),
    *(
        _fwd(
            f"fwd-no-bias-{name}",
            {_Z: f"z = W.T @ a + (0 if b is self.biases[{index}] else b)"},
            f"In the {name} layer your z has no bias. Compare the z of every layer with the formula.",
        )
        for name, index in (("first", 0), ("last", -1))
    ),
    _fwd(
        "fwd-relu-hidden",
        {_ACTIVATION: "a = self.sigmoid(z) if b is self.biases[-1] else np.maximum(0, z)"},
        "Your hidden layers use another activation function than the last one. Which one does this lab use?",
    ),
    _fwd(
        "fwd-sigmoid-twice-at-end",
        {"return a": "return self.sigmoid(a)"},
        "After the last layer your result goes through the sigmoid once more. Count how many times it does.",
    ),
    _fwd(
        "fwd-normalises-input",
        {"a = x": "a = (x - np.mean(x)) / np.std(x)"},
        "The input x goes into the first layer as it is. What does your code do to it first?",
    ),
    _fwd(
        "fwd-self-twice",
        {"self.sigmoid(z)": "self.sigmoid(self, z)"},
        "Python passes `self` to a method by itself. Which arguments do you write in the call of `sigmoid`?",
    ),
    _fwd(
        "fwd-no-transpose",
        {_Z: "z = W @ a + b"},
        "`weights[l]` has one row for each input and one column for each neuron. Write down the shapes of both "
        "factors of your product: do they fit?",
    ),
    _fwd(
        "fwd-try-transpose",
        {_Z: "z = (W if W.shape[1] == len(a) else W.T) @ a + b"},
        "You choose between W and its transpose by their shapes. For a square W both fit. Which of the two does "
        "the formula use?",
        spares=("shallow",),
        because="a net without a square layer comes out right",
    ),
    _fwd(
        "fwd-reshape",
        {_Z: "z = W.reshape(b.shape[0], -1) @ a + b"},
        "`reshape` gives the right shape but puts the weights in other places. Try it with a 2 x 3 array and "
        "compare it with the transpose.",
    ),
    _fwd(
        "fwd-linear-output",
        {"return a": "return z"},
        "The outputs should lie between 0 and 1. What do you do with the last z?",
    ),
    _fwd(
        "fwd-end-only",
        {_ACTIVATION: "a = z", "return a": "return self.sigmoid(a)"},
        "You use the sigmoid only at the end. After which layers does the formula use it?",
    ),
    _fwd(
        "fwd-activates-input",
        {"a = x": "a = self.sigmoid(x)"},
        "The input x goes into the first layer as it is. What does your code do to it first?",
    ),
    _fwd(
        "fwd-activates-twice",
        {_ACTIVATION: "a = self.sigmoid(self.sigmoid(z))"},
        "Follow one number from z to a: how many times does it go through the sigmoid?",
    ),
    _fwd(
        "fwd-stops-early",
        {_LOOP: "for W, b in list(zip(self.weights, self.biases))[:-1]:"},
        "Count the weight matrices of the net and the rounds of your loop.",
    ),
    _fwd(
        "fwd-first-layer-only",
        {_ACTIVATION: "a = self.sigmoid(z)\n        return a"},
        "Count how many layers are computed before your function returns.",
    ),
    _fwd(
        "fwd-skips-first",
        {_LOOP: "for W, b in list(zip(self.weights, self.biases))[1:]:"},
        "Which weight matrix does your loop use first, and which should it use first?",
    ),
    _fwd(
        "fwd-layers-backwards",
        {_LOOP: "for W, b in list(zip(self.weights, self.biases))[::-1]:"},
        "In which order does your loop go through the layers? The first layer should come first.",
    ),
    _fwd(
        "fwd-bias-after",
        {_Z: "z = W.T @ a", _ACTIVATION: "a = self.sigmoid(z) + b"},
        "Look at where you add b: to z, or to the activation?",
    ),
    _fwd(
        "fwd-hardcoded-3",
        {
            _LOOP: "for layer in range(3):\n        W, b = self.weights[layer], self.biases[layer]",
        },
        "How many layers of weights does your code assume? Try a net with two of them, and one with four.",
        spares=("handout",),
        because="the handout net has the three layers it assumes",
    ),
    _fwd(
        "fwd-bias-row",
        {_Z: "z = W.T @ a + b.T"},
        "Print the shapes of both terms of your z. A column plus a row gives a matrix.",
    ),
    _fwd(
        "fwd-bias-sum",
        {_Z: "z = W.T @ a + np.sum(b)"},
        "Each neuron has its own bias. What does your code add to each z?",
    ),
    _fwd(
        "fwd-feeds-x",
        {_Z: "z = W.T @ x + b"},
        "The second layer gets the activations of the first one. What does it get in your code?",
    ),
    _fwd(
        "fwd-scales-x",
        {"a = x": "x /= 255\n    a = x"},
        "Print x before and after the call. Which of your lines change it?",
    ),
    _fwd(
        "fwd-softmax",
        {"return a": "return np.exp(z) / np.sum(np.exp(z))"},
        "Your outputs always add up to 1. Which activation function does the last layer have in this lab?",
    ),
    _fwd(
        "fwd-argmax",
        {"return a": "return int(np.argmax(a))"},
        "You return the number of a class. The activations of the output layer are wanted.",
    ),
    _fwd(
        "fwd-all-layers",
        {
            "a = x\n": "a = x\n    every = []\n",
            _ACTIVATION: "a = self.sigmoid(z)\n        every.append(a)",
            "return a": "return every",
        },
        "You return the activations of every layer. Which layer's activations are the network's output?",
    ),
    _fwd(
        "fwd-remembers",
        {"a = x\n": 'a = x + getattr(self, "before", 0 * x)\n    self.before = x\n'},
        "Call it twice with the same x and compare. What is kept from the first call?",
    ),
    _fwd(
        "fwd-stale",
        {
            "a = x\n": 'if not hasattr(self, "kept"):\n'
            "        self.kept = list(zip(self.weights, self.biases))\n    a = x\n",
            "in zip(self.weights, self.biases)": "in self.kept",
        },
        "Call it, change `self.weights`, and call it again with the same x. Which weights does the second call use?",
    ),
    _fwd(
        "fwd-flat",
        {"return a": "return a.ravel()"},
        "x has the shape (n, 1). Which shape has your result?",
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
        "Look at the delta of your output layer. By the chain rule it has two factors: which one is missing?",
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
        "Look at the delta of your output layer. How many times does it contain the slope of the sigmoid?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sign",
        {_START: "dC_da = self.cost_derivative(y, activations[-1])"},
        "All your gradients have the wrong sign. In which order does `cost_derivative` take its two arguments?",
        also=("bp-negated",),
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-negated",
        {_RETURN: "return [-db for db in dC_db], [-dw for dw in dC_dw]"},
        "Is there a minus too many before the gradients are returned?",
        also=("bp-sign",),
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-cost-of-z",
        {_START: "dC_da = self.cost_derivative(zs[-1], y)"},
        "The cost compares y with the activations of the output layer. What do you pass to `cost_derivative`?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-misses-output",
        {
            _LAYERS: "dC_da = self.weights[last] @ (dC_da * self.sigmoid_derivative(zs[last]))\n"
            "    for layer in range(last - 1, -1, -1):"
        },
        "The gradients of the output layer are still zero. With which layer does your loop begin?",
        spares=("*-handout-hidden-*",),
        because="the hidden layers of the handout net are right",
    ),
    _bp(
        "bp-divides-by-outputs",
        {_START: "dC_da = self.cost_derivative(activations[-1], y) / len(y)"},
        "All your gradients are too small by the same factor. Do you take a mean somewhere? The cost is a sum.",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    # the slopes
    _bp(
        "bp-no-hidden-sp",
        {_DELTA: f"{_DELTA} if layer == last else dC_da"},
        "Your output layer is right. Compare its delta with that of a hidden layer: which factor is missing there?",
        spares=("*-handout-output",),
        halves=("dw-*",),
        because=f"the output layer of the handout net is right; {_FOLLOWS}",
    ),
    _bp(
        "bp-no-slopes",
        {_DELTA: "delta = dC_da"},
        "The chain rule needs the slope of the sigmoid in every layer. Where is it in your backward pass?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sigmoid-for-slope",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid(zs[layer])"},
        "In each step back you multiply by the sigmoid. Look at the chain rule: which function belongs there?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sp-of-activation",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(activations[layer + 1])"},
        "`sigmoid_derivative` takes z. What do you pass to it?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sp-of-activation-hidden",
        {
            "self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(zs[layer] if layer == last else "
            "activations[layer + 1])"
        },
        "`sigmoid_derivative` takes z. What do you pass to it in a hidden layer?",
        spares=("*-handout-output",),
        halves=("dw-*",),
        because=f"the output layer of the handout net is right; {_FOLLOWS}",
    ),
    _bp(
        "bp-z-one-minus-z",
        {"self.sigmoid_derivative(zs[layer])": "zs[layer] * (1 - zs[layer])"},
        "a (1 - a) is the slope if a is the activation. Which value do you put into it?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-z-one-minus-a",
        {"self.sigmoid_derivative(zs[layer])": "zs[layer] * (1 - activations[layer + 1])"},
        "a (1 - a) is the slope if both are the activation. Which values do you put into it?",
        halves=("dw-*",),
        because=_FOLLOWS,
    ),
    _bp(
        "bp-sp-wrong-layer",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(zs[layer - 1])"},
        "The delta of a layer needs the slope at the z of the same layer. Check the index of your z.",
    ),
    _bp(
        "bp-sp-always-output",
        {"self.sigmoid_derivative(zs[layer])": "self.sigmoid_derivative(zs[-1])"},
        "Each layer has its own z. Which layer's z do you use for the slope in a hidden layer?",
    ),
    _bp(
        "bp-dot-not-hadamard",
        {_DELTA: "delta = dC_da @ self.sigmoid_derivative(zs[layer])"},
        "There is one slope for each neuron. Is your product elementwise or a matrix product?",
    ),
    # going back through the weights
    _bp(
        "bp-W-transposed",
        {_BACK: "dC_da = self.weights[layer].T @ delta"},
        "`weights[l]` has one row for each input and one column for each neuron. Write down the shapes of both "
        "factors of your product: do they fit?",
    ),
    _bp(
        "bp-try-transpose",
        {_BACK: "W = self.weights[layer]\n        dC_da = (W.T if W.shape[0] == len(delta) else W) @ delta"},
        "You choose between W and its transpose by their shapes. For a square W both fit. Which of the two does "
        "the formula use?",
        spares=("*-handout-output", "*-hidden-2", "*-shallow"),
        halves=("dw-*",),
        because="only what lies before a square layer goes wrong: hidden layer 1 of the handout net, and the net of "
        f"equal widths; {_FOLLOWS}",
    ),
    _bp(
        "bp-W-wrong-layer",
        {_BACK: "dC_da = self.weights[layer - 1] @ delta"},
        "Write down which weights connect this layer with the one before it. Check the index.",
    ),
    _bp(
        "bp-W-always-last",
        {_BACK: "dC_da = self.weights[-1] @ delta if layer else None"},
        "You use the last weights for every step back. Which weights connect a hidden layer with the next one?",
        spares=("*-shallow",),
        because="with one hidden layer the last weights are the right ones",
    ),
    _bp(
        "bp-dW-for-W",
        {_BACK: "dC_da = dC_dw[layer] @ delta"},
        "On the way back, delta is multiplied by the weights. What do you multiply it by?",
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
        "Each hidden layer needs the delta of the layer after it. In your code, which delta does the first hidden"
        " layer get?",
        spares=("*-shallow",),
        because="with one hidden layer the output layer's delta is the right one",
    ),
    _bp(
        "bp-error-not-delta",
        {_BACK: "dC_da = self.weights[layer] @ dC_da"},
        "Print what you pass back from a layer. It should be the layer's delta, which contains the slope.",
        spares=("*-handout-output",),
        halves=("dw-*",),
        because=f"the output layer of the handout net is right; {_FOLLOWS}",
    ),
    _bp(
        "bp-updates-inside",
        {_BACK: "self.weights[layer] = self.weights[layer] - dC_dw[layer]\n        " + _BACK},
        "Print the weights before and after the call. All gradients should use the same weights.",
    ),
    # the gradients of the weights
    _bp(
        "bp-grad-transposed",
        {_DW: "dC_dw[layer] = delta @ activations[layer].T"},
        "Compare the shapes of dC_dw with those of `weights`. Which index stands for the inputs?",
        spares=("db-*",),
        halves=("dw-*",),
        because="transposed: right but for its form",
    ),
    _bp(
        "bp-grad-reshaped",
        {_DW: "dC_dw[layer] = (delta @ activations[layer].T).reshape(self.weights[layer].shape)"},
        "`reshape` gives the right shape but puts the entries in other places. Try it with a 2 x 3 array and "
        "compare it with the transpose.",
        spares=("db-*",),
        halves=("dw-handout-hidden-2",),
        because="the gradients of the biases are right; reshaping leaves a square layer transposed: half there",
    ),
    _bp(
        "bp-act-same-layer",
        {_DW: "dC_dw[layer] = activations[layer + 1] @ delta.T"},
        "`weights[l]` connects two layers. For its gradient, do you use the activations it starts from or those "
        "it leads to?",
        spares=("db-*",),
        because="the gradients of the biases are right",
    ),
    _bp(
        "bp-x-for-all",
        {_DW: "dC_dw[layer] = x @ delta.T"},
        "Only the first weights get the input x. What do the other weights get in the forward pass?",
        spares=("db-*", "dw-handout-hidden-1"),
        because="the gradients of the biases and of the first weights are right",
    ),
    _bp(
        "bp-z-for-act",
        {_DW: "dC_dw[layer] = (zs[layer - 1] if layer else x) @ delta.T"},
        "In the forward pass the weights multiply the activations of the layer before. What do you use in dC_dw: "
        "z or a?",
        spares=("db-*", "dw-handout-hidden-1"),
        because="the gradients of the biases and of the first weights are right",
    ),
    _bp(
        "bp-grad-elementwise",
        {_DW: "dC_dw[layer] = activations[layer] * delta"},
        "Between n inputs and m neurons there are n times m weights. How many entries has your product?",
    ),
    _bp(
        "bp-grad-inner",
        {_DW: "dC_dw[layer] = activations[layer].T @ delta"},
        "Write down the shapes in your product: a row times a column is one number. dC_dw needs one for each pair"
        " of neurons.",
    ),
    # the gradients of the biases
    _bp(
        "bp-db-sum",
        {_DB: "dC_db[layer] = np.sum(delta)"},
        "Each neuron has its own bias, so dC_db has one entry for each neuron. How many does yours have?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-from-dw",
        {_DW: _DW + "\n        dC_db[layer] = dC_dw[layer].sum(axis=0).reshape(-1, 1)"},
        "Look at z = W.T a + b and differentiate it with respect to b. Does a appear in the result?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-lacks-slope",
        {_DB: "dC_db[layer] = dC_da"},
        "Compare dC_db with delta of the same layer. Which factor is missing?",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-row",
        {_DB: "dC_db[layer] = delta.T"},
        "Compare the shapes of dC_db with those of `biases`.",
        spares=("dw-*",),
        halves=("db-*",),
        because="transposed: right but for its form",
    ),
    _bp(
        "bp-db-flat",
        {_DB: "dC_db[layer] = delta.ravel()"},
        "Compare the shapes of dC_db with those of `biases`.",
        spares=("dw-*",),
        halves=("db-*",),
        because="flattened: right but for its form",
    ),
    _bp(
        "bp-db-zero",
        {_DB: "pass"},
        "The gradients of the biases are still zero. Find the line that should set them.",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    _bp(
        "bp-db-is-biases",
        {"dC_db = [np.zeros_like(b) for b in self.biases]": "dC_db = self.biases"},
        "Print `self.biases` before and after the call. Is `dC_db` a new list in your code, or the same list?",
    ),
    _bp(
        "bp-db-too-long",
        {_RETURN: "return [np.zeros_like(x), *dC_db], dC_dw"},
        "The input layer has no biases. Compare the length of dC_db with that of `biases`.",
        spares=("dw-*",),
        because="the gradients of the weights are right",
    ),
    # layers and lists
    _bp(
        "bp-stops-early",
        {_LAYERS: "for layer in range(last, 0, -1):"},
        "The gradients of the first layer are still zero. Print the layer in every round of your loop.",
        spares=("*-handout-output", "*-hidden-2"),
        because="the later layers of the handout net are right",
    ),
    _bp(
        "bp-hardcoded-2",
        {_LAYERS: "for layer in range(last, last - 2, -1):"},
        "Your gradients are right for the last two layers only. Print the layer in every round of your loop.",
        spares=("*-handout-output", "*-hidden-2", "*-shallow"),
        because="nets with one hidden layer, and the two last layers of others, are right",
    ),
    _bp(
        "bp-hardcoded-3",
        {_LAYERS: "for layer in (2, 1, 0):"},
        "How many layers of weights does your code assume? Try a net with two of them, and one with four.",
        spares=("*-handout-*",),
        because="the handout net has the three layers it assumes",
    ),
    _bp(
        "bp-output-only",
        {_LAYERS: "for layer in [last]:"},
        "Only the output layer has gradients. Print the layer in every round of your loop.",
        spares=("*-handout-output",),
        because="the output layer of the handout net is right",
    ),
    _bp(
        "bp-lists-reversed",
        {_RETURN: "return dC_db[::-1], dC_dw[::-1]"},
        "dC_db[0] should belong to biases[0]. In which order do your lists grow?",
        spares=("*-hidden-2",),
        halves=("*",),
        because="lists reversed: right but for their form, and the middle layer of three keeps its place",
    ),
    _bp(
        "bp-return-swapped",
        {_RETURN: "return dC_dw, dC_db"},
        "Which of the two lists should be returned first?",
        halves=("*",),
        because="the two lists swapped: right but for their form",
    ),
    _bp(
        "bp-one-list",
        {_RETURN: "return dC_dw"},
        "Two lists should be returned. How many do you return?",
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
        "Call it twice with the same sample and compare. What is kept from the first call?",
    ),
    # its own forward pass
    _bp(
        "bp-forward-no-bias",
        {"z = W.T @ a + b": "z = W.T @ a"},
        "Compare the z in this function with the formula. Which parameters are not in it?",
        halves=("dw-handout-hidden-1",),
        because=f"{_FOLLOWS}, which holds for the handout net's first weights alone",
    ),
    _bp(
        "bp-forward-no-transpose",
        {"z = W.T @ a + b": "z = W @ a + b"},
        "`weights[l]` has one row for each input and one column for each neuron. In the z of this function, do the "
        "shapes of both factors fit?",
    ),
    _bp(
        "bp-keeps-z-twice",
        {"activations.append(a)": "activations.append(z)"},
        "Print the lists of z and of a that your forward pass keeps. Do they hold different values?",
        halves=("dw-handout-hidden-1",),
        because=f"{_FOLLOWS}, which holds for the handout net's first weights alone",
    ),
    _bp(
        "bp-activates-input",
        {"a = x\n": "a = self.sigmoid(x)\n", "activations = [x]": "activations = [a]"},
        "In the forward pass inside this function, x goes into the first layer as it is. What does your code do "
        "to it first?",
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
        "The cost grows in the direction of the gradient. Which sign has your step?",
    ),
    _gd(
        "gd-sum-not-mean",
        {_STEP: "step = eta"},
        "Your step uses the sum of the gradients of the batch. By which number should it be divided?",
    ),
    _gd(
        "gd-divide-by-N",
        {_STEP: "step = eta / len(training_data)"},
        "You divide by the number of all samples. Which number does the formula of the update divide by?",
    ),
    _gd(
        "gd-divide-twice",
        {_STEP: "step = eta / mini_batch_size / mini_batch_size"},
        "Count how many times the step is divided by the batch size.",
    ),
    _gd(
        "gd-floor",
        {_STEP: "step = eta // mini_batch_size"},
        "Print the size of your step. What does `//` do?",
    ),
    _gd(
        "gd-no-eta",
        {_STEP: "step = 1 / mini_batch_size"},
        "Which of the function's arguments do you not use in the step?",
    ),
    _gd(
        "gd-decays",
        {_STEP: "step = eta / mini_batch_size / (epoch + 1)"},
        "Print the size of your step in each epoch. It should stay the same.",
    ),
    # the sums
    _gd(
        "gd-no-reset",
        {
            _ZERO_B: "pass",
            f"{_ZERO_W}\n": "pass\n",
            "cost_history = []": f"cost_history = []\n    {_ZERO_B}\n    {_ZERO_W}",
        },
        "Print your sums at the start of the second batch. What should they be there?",
    ),
    _gd(
        "gd-overwrites",
        {_ADD_B: "sum_db = dC_db", _ADD_W: "sum_dw = dC_dw"},
        "Print your sum after every sample of a batch. Does it contain all the samples before?",
    ),
    _gd(
        "gd-first-sample-only",
        {_ADD_W: f"{_ADD_W}\n                break"},
        "Count how many samples of a batch your inner loop reads.",
    ),
    _gd(
        "gd-per-sample",
        {
            f"                {_ADD_B}\n": "                sum_db = dC_db\n",
            f"                {_ADD_W}\n": f"                sum_dw = dC_dw\n{_INDENTED_UPDATE}",
            _UPDATE: "",
        },
        "May the weights change while a batch is still being read? Look at where your update stands.",
    ),
    _gd(
        "gd-running-sum",
        {f"                {_ADD_W}\n": f"                {_ADD_W}\n{_INDENTED_UPDATE}", _UPDATE: ""},
        "Count how many times your update is done in one batch. It should be done once, after all samples.",
    ),
    _gd(
        "gd-alias-params",
        {_ZERO_B: "sum_db = list(self.biases)", _ZERO_W: "sum_dw = list(self.weights)"},
        "Print your sums before the first sample. They should be zero.",
    ),
    _gd(
        "gd-alias-in-place",
        {
            _ZERO_B: "sum_db = self.biases",
            _ZERO_W: "sum_dw = self.weights",
            _ADD_B: "for total, db in zip(sum_db, dC_db):\n                    total += db",
            _ADD_W: "for total, dw in zip(sum_dw, dC_dw):\n                    total += dw",
        },
        "Print `self.weights` before and after you add to your sums. Are the sums arrays of their own?",
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
        "Print all biases and weights before and after an update. Which of them do not change?",
    ),
    _gd(
        "gd-no-weights",
        {_MOVE_W: "pass"},
        "Print all biases and weights before and after an update. Which of them do not change?",
    ),
    _gd(
        "gd-rebind",
        {
            _MOVE_B: "for b, total in zip(self.biases, sum_db):\n                b = b - step * total",
            _MOVE_W: "for W, total in zip(self.weights, sum_dw):\n                W = W - step * total",
        },
        "Print `self.weights` before and after an update. `W = ...` inside a loop does not change the list.",
    ),
    _gd(
        "gd-last-layer-only",
        {
            _MOVE_B: "self.biases[-1] = self.biases[-1] - step * sum_db[-1]",
            _MOVE_W: "self.weights[-1] = self.weights[-1] - step * sum_dw[-1]",
        },
        "Print all weights before and after an update. In which layers do they change?",
    ),
    _gd(
        "gd-first-layer-fixed",
        {
            _MOVE_B: "self.biases[1:] = [b - step * total for b, total in zip(self.biases[1:], sum_db[1:])]",
            _MOVE_W: "self.weights[1:] = [W - step * total for W, total in zip(self.weights[1:], sum_dw[1:])]",
        },
        "Print all weights before and after an update. In which layers do they change?",
    ),
    _gd(
        "gd-hardcoded-3",
        {
            _MOVE_B: "for layer in range(3):\n"
            "                self.biases[layer] = self.biases[layer] - step * sum_db[layer]",
            _MOVE_W: "for layer in range(3):\n"
            "                self.weights[layer] = self.weights[layer] - step * sum_dw[layer]",
        },
        "How many layers of weights does your update assume? Try a net with two of them, and one with four.",
        spares=("handout", "ragged"),
        because="the handout net has the three layers it assumes",
    ),
    _gd(
        "gd-replaces",
        {
            _MOVE_B: "self.biases = [-step * total for total in sum_db]",
            _MOVE_W: "self.weights = [-step * total for total in sum_dw]",
        },
        "Look at the right side of your update. Where are the old parameters?",
    ),
    _gd(
        "gd-reinitialises",
        {"cost_history = []": f"cost_history = []\n    {_INIT}"},
        "Print `self.weights` at the start of training. They should be the ones the network already has.",
    ),
    _gd(
        "gd-reinitialises-each-epoch",
        {_SHUFFLE: f"{_SHUFFLE}\n        {_INIT}"},
        "Print `self.weights` at the start of the second epoch. They should be those from the end of the first one.",
    ),
    # the batches
    _gd(
        "gd-drops-ragged",
        {_ZERO_B: f"if len(mini_batch) < mini_batch_size:\n                continue\n            {_ZERO_B}"},
        "Try 7 samples in batches of 5: are the last 2 samples used?",
        spares=("handout", "other"),
        because="seen only where the last batch is shorter",
    ),
    _gd(
        "gd-drops-last-batch",
        {"for mini_batch in mini_batches:": "for mini_batch in mini_batches[: len(mini_batches) - 1]:"},
        "Count the batches that your loop goes through. Is the last one used?",
    ),
    _gd(
        "gd-overlapping-batches",
        {"training_data[start : start + mini_batch_size]": "training_data[start : start + mini_batch_size + 1]"},
        "Print the length of each batch. Does a sample stand in two of them?",
    ),
    _gd(
        "gd-skips-first-sample",
        {"for x, y in mini_batch:": "for x, y in mini_batch[1:]:"},
        "Count how many samples of a batch your inner loop reads.",
    ),
    _gd(
        "gd-shuffles-once",
        {_SHUFFLE: f"if epoch == 0:\n            {_SHUFFLE}"},
        "The stub shuffles the data at the start of every epoch. In which epochs does yours?",
    ),
    _gd(
        "gd-stale",
        {
            _ZERO_B: f"if mini_batch is mini_batches[0]:\n                {_ZERO_B}",
            _ZERO_W: f"    {_ZERO_W}",
            _STEP: f"if mini_batch is not mini_batches[-1]:\n                continue\n            {_STEP}",
        },
        "Print `self.weights` at the start of the second batch. They should have changed since the first one.",
    ),
    _gd(
        "gd-first-batch-only",
        {_MOVE_W: f"{_MOVE_W}\n            break"},
        "Count how many batches are used in each epoch.",
    ),
    _gd(
        "gd-last-batch-only",
        {
            "for mini_batch in mini_batches:": "for mini_batch in mini_batches:\n            pass\n"
            "        for mini_batch in [mini_batch]:"
        },
        "Count how many batches are used in each epoch. What is the indentation of your update?",
    ),
    _gd(
        "gd-ignores-shuffle",
        {_SHUFFLE: f"original = list(training_data)\n        {_SHUFFLE}", "training_data[start :": "original[start :"},
        "Which list do you cut into batches: the shuffled one or the original one?",
    ),
    _gd(
        "gd-no-shuffle",
        {_SHUFFLE: "pass"},
        "The stub shuffles the data at the start of every epoch. Is that line still there?",
    ),
    _gd(
        "gd-consumes-data",
        {_MOVE_W: f"{_MOVE_W}\n            del training_data[:mini_batch_size]"},
        "Print the number of samples at the start of the second epoch.",
    ),
    _gd(
        "gd-one-epoch-late",
        {_SHUFFLE: f"{_SHUFFLE}\n        {_APPEND}", f"        {_APPEND}\n        logger": "        logger"},
        "Is the cost of an epoch taken before or after the updates of that epoch?",
    ),
    _gd(
        "gd-unseeded",
        {_SHUFFLE: "random.shuffle(training_data)"},
        "Train twice with the same data and compare the costs. Is the shuffling that came with the stub still there?",
    ),
    # the size of a step
    _gd(
        "gd-momentum",
        {
            "cost_history = []": "cost_history = []\n    speed = [0 * W for W in self.weights]",
            _MOVE_W: "speed = [0.9 * v - step * total for v, total in zip(speed, sum_dw)]\n"
            "            self.weights = [W + v for W, v in zip(self.weights, speed)]",
        },
        "Which batches decide how far the weights move? In plain gradient descent it is the current one alone.",
    ),
    _gd(
        "gd-recomputes",
        {
            _MOVE_W: "sum_dw = [np.zeros_like(W) for W in self.weights]\n"
            "            for x, y in mini_batch:\n"
            "                sum_dw = [total + dw for total, dw in zip(sum_dw, self.back_propagation(x, y)[1])]\n"
            f"            {_MOVE_W}"
        },
        "The gradients of the weights and of the biases should be taken at the same parameters. What has changed by "
        "the time you compute the second ones?",
    ),
    # what is returned
    _gd(
        "gd-return-in-loop",
        {"    return cost_history": "        return cost_history"},
        "Count how many epochs have run when your function returns. What is the indentation of `return`?",
    ),
    _gd(
        "gd-history-per-batch",
        {_MOVE_W: f"{_MOVE_W}\n            {_APPEND}", f"        {_APPEND}\n        logger": "        logger"},
        "How many entries does your history get in one epoch? It should get one.",
    ),
    _gd(
        "gd-returns-nothing",
        {"return cost_history": "return None"},
        "What does your function return? The list of costs is expected.",
    ),
    _gd(
        "gd-returns-last-cost",
        {"return cost_history": "return cost_history[-1]"},
        "One cost for each epoch is expected. How many do you return?",
    ),
    _gd(
        "gd-mean-cost",
        {_APPEND: "cost_history.append(self.cost(training_data) / len(training_data))"},
        "Your costs are too small by the same factor. Is the cost a sum or a mean over the data?",
    ),
    _gd(
        "gd-accuracies",
        {_APPEND: "cost_history.append(self.test_accuracy(test_data))"},
        "What do you keep after each epoch: the cost over the training data, or the accuracy on the test data?",
    ),
    _gd(
        "gd-batch-cost",
        {_APPEND: "cost_history.append(self.cost(mini_batch))"},
        "For which data do you compute the cost? All of the training data is expected.",
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
        Kind.OVERFLOWS,
    ),
    _sig_like(
        "sig-int-buffer",
        {_SIGMOID: "result = np.zeros_like(z)\n    result[...] = 1 / (1 + np.exp(-z))\n    return result"},
        "a result of z's own dtype, wrong only for whole numbers",
        Kind.WHOLE_NUMBERS,
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
        Kind.EDITS_OUTSIDE,
    ),
    _sig_like(
        "sig-keyword",
        {"def sigmoid(z)": "def sigmoid(z, stable=False)"},
        "an extra parameter with a default",
        Kind.EDITS_OUTSIDE,
    ),
    _sig_like("sig-prints", {_SIGMOID: f'print("z =", z)\n    {_SIGMOID}'}, "a print left in", Kind.PRINTS),
    _der_like(
        "der-explicit-nan",
        {_SLOPE: "return np.exp(-z) / (1 + np.exp(-z)) ** 2"},
        "the explicit form: NaN only where e^-z overflows",
        Kind.OVERFLOWS,
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
        Kind.EDITS_OUTSIDE,
    ),
)
