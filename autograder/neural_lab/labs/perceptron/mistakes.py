"""The bank of the perceptron lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

ONLY_HISTORY = "weights and bias are right all the same"

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "step-strict",
        "step",
        (Edit("z >= 0", "z > 0"),),
        "Try z = 0. Which class does the docstring give there, and which do you?",
    ),
    Mistake(
        "step-swapped", "step", (Edit("1, 0)", "0, 1)"),), "Try z = 5 and z = -5. On which side of zero is class 1?"
    ),
    Mistake(
        "step-signs",
        "step",
        (Edit("1, 0)", "1, -1)"),),
        "Print your result for z = -5. Which two numbers does the docstring name for the classes?",
    ),
    Mistake(
        "step-at-half",
        "step",
        (Edit("z >= 0", "z >= 0.5"),),
        "Try z = 0.2. The step lies at z = 0. Where does yours lie?",
    ),
    Mistake(
        "step-scalar-if",
        "step",
        (Edit("return np.where(z >= 0, 1, 0)", "if z >= 0:\n        return 1\n    return 0"),),
        "`if` needs one True or False, but z has many entries. Write it so that it works entry by entry, without `if`.",
    ),
    Mistake(
        "des-plus",
        "descend",
        (Edit("w - alpha", "w + alpha"),),
        "Print the loss after each step with a small alpha. It should fall. Which sign has your step?",
    ),
    Mistake(
        "des-no-x",
        "descend",
        (Edit("(w * x - y) * x", "(w * x - y)"),),
        "Differentiate the loss by the chain rule: which factor stands beside w, and so comes out of the bracket?",
        spares=("example",),
        because="in the worked example x is 1",
    ),
    Mistake(
        "des-no-two",
        "descend",
        (Edit("2 * (w", "(w"),),
        "Differentiate a square by hand. Which number comes down from the exponent?",
    ),
    Mistake(
        "des-no-start",
        "descend",
        (Edit("path = [w]", "path = []"),),
        "The list begins with w as it was passed. What is the first item of yours?",
    ),
    Mistake(
        "des-no-alpha",
        "descend",
        (Edit("alpha * slope", "slope"),),
        "Call the function with alpha = 0: w should stay as it is. Where do you use alpha?",
    ),
    Mistake(
        "des-one-too-many",
        "descend",
        (Edit("range(steps)", "range(steps + 1)"),),
        "Call the function with steps = 1 and count the items of your list: there should be 2.",
    ),
    Mistake(
        "des-fixed-slope",
        "descend",
        (
            Edit("        slope = 2 * (w * x - y) * x\n", ""),
            Edit("    for _", "    slope = 2 * (w * x - y) * x\n    for _"),
        ),
        "Print the slope in every step. It should change together with w.",
    ),
    Mistake(
        "sig-no-minus",
        "sigmoid",
        (Edit("-x", "x"),),
        "Print your values for 12 and -12. The sigmoid is close to 1 at the first and close to 0 at the second.",
    ),
    Mistake(
        "sig-precedence",
        "sigmoid",
        (Edit("(1 + np.exp(-x))", "1 + np.exp(-x)"),),
        "Work your expression out by hand at 0, in the order in which Python does it. Do you get one half?",
    ),
    Mistake(
        "sig-tanh",
        "sigmoid",
        (Edit("1 / (1 + np.exp(-x))", "np.tanh(x)"),),
        "Your values lie between -1 and 1. The sigmoid's lie between 0 and 1. Compare your function with the formula.",
    ),
    Mistake(
        "mse-no-square",
        "mse",
        (Edit("(preds - y) ** 2", "preds - y"),),
        "Try a prediction that is 1 too small: the error should be +1. What does the formula do to the difference?",
    ),
    Mistake(
        "mse-abs",
        "mse",
        (Edit("(preds - y) ** 2", "abs(preds - y)"),),
        "Try a prediction that is 2 too large: the error should be 4. What does the formula do to the difference?",
    ),
    Mistake(
        "mse-half",
        "mse",
        (Edit("(preds", "0.5 * (preds"),),
        "Try a prediction that is 1 too large: the error should be 1. Compare the constants with the formula.",
    ),
    Mistake(
        "mse-mean",
        "mse",
        (Edit("(preds - y) ** 2", "np.mean((preds - y) ** 2)"),),
        "Call it with three predictions: there should be three errors. Where do you average?",
    ),
    Mistake(
        "dmse-no-two",
        "dmse",
        (Edit("2 * (preds - y)", "preds - y"),),
        "Differentiate a square by hand. Which number comes down from the exponent?",
    ),
    Mistake(
        "dmse-sign",
        "dmse",
        (Edit("preds - y", "y - preds"),),
        "Try a prediction that is too large: a larger one makes the error grow, so the derivative is "
        "positive. Which sign has yours?",
    ),
    Mistake(
        "dmse-mean",
        "dmse",
        (Edit("2 * (preds - y)", "np.mean(2 * (preds - y))"),),
        "Call it with three predictions: there should be three derivatives. Where do you average?",
    ),
    Mistake(
        "dmse-has-slope",
        "dmse",
        (Edit("2 * (preds - y)", "2 * (preds - y) * preds * (1 - preds)"),),
        "The derivative is with respect to the prediction itself. Which factors of yours belong to a later "
        "step of the chain rule?",
    ),
    Mistake(
        "fit-no-slope",
        "fit",
        (Edit("(pred, label) * slope", "(pred, label)"),),
        "Write down the chain rule from the error to the weights, by way of the prediction and z. Which "
        "factor is not in your code?",
    ),
    Mistake(
        "fit-slope-of-pred",
        "fit",
        (Edit("pred * (1 - pred)", "self.sigmoid(pred) * (1 - self.sigmoid(pred))"),),
        "Follow one number from z to your slope. How many times does it go through the sigmoid?",
    ),
    Mistake(
        "fit-plus",
        "fit",
        (Edit("- self.alpha", "+ self.alpha"),),
        "Print `loss_history`. It should fall. Which sign has your step?",
    ),
    Mistake(
        "fit-no-bias",
        "fit",
        (Edit("self.bias = self.bias - self.alpha * delta", "pass"),),
        "Print `self.bias` before and after `fit`. Does it change?",
    ),
    Mistake(
        "fit-ignores-bias",
        "fit",
        (Edit(" + self.bias", ""),),
        "Compare your z with the formula, term by term. Which parameter is not in it?",
    ),
    Mistake(
        "fit-no-sample",
        "fit",
        (Edit("delta * sample", "delta"),),
        "In z each weight is multiplied by an input. Which factor does its gradient get from that?",
    ),
    Mistake(
        "fit-no-alpha",
        "fit",
        (Edit("self.alpha * ", ""),),
        "Set `alpha` to 0: the weights should stay as they are. Where do you use `self.alpha`?",
    ),
    Mistake(
        "fit-one-epoch",
        "fit",
        (Edit("range(self.n_epochs)", "range(1)"),),
        "Count the entries of `loss_history` for 3 epochs. How often does your outer loop run?",
    ),
    Mistake(
        "fit-stale",
        "fit",
        (
            Edit("    for _ in range", "    start = (self.weights, self.bias)\n    for _ in range"),
            Edit("np.dot(sample, self.weights) + self.bias", "np.dot(sample, start[0]) + start[1]"),
        ),
        "Print `self.weights` while the second sample is used. They should have changed since the first one.",
    ),
    Mistake(
        "fit-history-sum",
        "fit",
        (Edit("error / len(X)", "error"),),
        "Print the error of each sample of an epoch. The entry of the epoch is their mean, so it lies between "
        "the smallest and the largest of them.",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "fit-history-last",
        "fit",
        (Edit("error = error + self", "error = self"),),
        "Print your error after each sample of an epoch. Does it contain the samples before?",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "fit-history-restarted",
        "fit",
        (Edit("    for _ in range", "    self.loss_history = []\n    for _ in range"),),
        "Call `fit` twice and count the entries of `loss_history`. Those of the first call should still be there.",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "fit-history-missing",
        "fit",
        (Edit("self.loss_history.append(error / len(X))", "pass"),),
        "Print `loss_history` after `fit`. It should have one more number for each epoch.",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "pred-no-bias",
        "predict",
        (Edit(" + self.bias", ""),),
        "Compare your z with the formula, term by term. Which parameter is not in it?",
    ),
    Mistake(
        "pred-no-sigmoid",
        "predict",
        (Edit("self.sigmoid(z)", "z"),),
        "You compare z itself with a half. Which function makes a number between 0 and 1 of it?",
    ),
    Mistake(
        "pred-at-zero",
        "predict",
        (Edit("y_hat >= 0.5", "y_hat >= 0"),),
        "Every value of a sigmoid is above 0. Print your predictions: is there a 0 among them? From which "
        "value on is the class 1?",
    ),
    Mistake(
        "pred-swapped",
        "predict",
        (Edit("1, 0)", "0, 1)"),),
        "Print the sigmoid and your prediction for some samples. Which class should a value of 0.9 get?",
    ),
    Mistake(
        "pred-output",
        "predict",
        (Edit("np.where(y_hat >= 0.5, 1, 0)", "y_hat"),),
        "Print your result. It should hold only 0 and 1.",
    ),
    Mistake(
        "pred-rows-only",
        "predict",
        (Edit("np.dot(x, self.weights)", "np.sum(x * self.weights, axis=1)"),),
        "Try it with one single sample, an array of shape (3,). Which of your operations needs rows?",
        spares=("many",),
        because="several samples are classified correctly",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant("fit-in-place", "fit", (Edit("self.weights = self.weights - ", "self.weights -= "),), "updates in place"),
    Variant(
        "pred-step", "predict", (Edit("np.where(y_hat >= 0.5, 1, 0)", "step(z)"),), "the sign of z decides as well"
    ),
    Variant(
        "step-astype", "step", (Edit("np.where(z >= 0, 1, 0)", "(z >= 0).astype(int)"),), "a comparison as numbers"
    ),
)
