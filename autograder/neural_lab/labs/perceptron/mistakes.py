"""The bank of the perceptron lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

ONLY_HISTORY = "weights and bias are right all the same"

MISTAKES: tuple[Mistake, ...] = (
    Mistake("step-strict", "step", (Edit("z >= 0", "z > 0"),), "What should come out at exactly zero?"),
    Mistake("step-swapped", "step", (Edit("1, 0)", "0, 1)"),), "On which side of zero is class 1?"),
    Mistake("step-signs", "step", (Edit("1, 0)", "1, -1)"),), "Which two numbers name the classes here?"),
    Mistake("step-at-half", "step", (Edit("z >= 0", "z >= 0.5"),), "Is z a probability, or a weighted sum?"),
    Mistake(
        "step-scalar-if",
        "step",
        (Edit("return np.where(z >= 0, 1, 0)", "if z >= 0:\n        return 1\n    return 0"),),
        "Is an array of several numbers simply true or false?",
    ),
    Mistake("des-plus", "descend", (Edit("w - alpha", "w + alpha"),), "Does this step go downhill or uphill?"),
    Mistake(
        "des-no-x",
        "descend",
        (Edit("(w * x - y) * x", "(w * x - y)"),),
        "Which factor does w stand beside?",
        spares=("example",),
        because="in the worked example x is 1",
    ),
    Mistake("des-no-two", "descend", (Edit("2 * (w", "(w"),), "What is the derivative of a square?"),
    Mistake("des-no-start", "descend", (Edit("path = [w]", "path = []"),), "Where does the path begin?"),
    Mistake("des-no-alpha", "descend", (Edit("alpha * slope", "slope"),), "What does the learning rate do here?"),
    Mistake(
        "des-one-too-many", "descend", (Edit("range(steps)", "range(steps + 1)"),), "How many updates are asked for?"
    ),
    Mistake(
        "des-fixed-slope",
        "descend",
        (
            Edit("        slope = 2 * (w * x - y) * x\n", ""),
            Edit("    for _", "    slope = 2 * (w * x - y) * x\n    for _"),
        ),
        "Is the slope the same at every w?",
    ),
    Mistake("sig-no-minus", "sigmoid", (Edit("-x", "x"),), "What should the sigmoid approach for a large number?"),
    Mistake("sig-precedence", "sigmoid", (Edit("(1 + np.exp(-x))", "1 + np.exp(-x)"),), "Work it out by hand at 0."),
    Mistake("sig-tanh", "sigmoid", (Edit("1 / (1 + np.exp(-x))", "np.tanh(x)"),), "Between which numbers does it lie?"),
    Mistake("mse-no-square", "mse", (Edit("(preds - y) ** 2", "preds - y"),), "Can opposite errors cancel?"),
    Mistake("mse-abs", "mse", (Edit("(preds - y) ** 2", "abs(preds - y)"),), "Is a distance its own square?"),
    Mistake("mse-half", "mse", (Edit("(preds", "0.5 * (preds"),), "Compare the constants with the formula."),
    Mistake(
        "mse-mean", "mse", (Edit("(preds - y) ** 2", "np.mean((preds - y) ** 2)"),), "One error for each prediction?"
    ),
    Mistake("dmse-no-two", "dmse", (Edit("2 * (preds - y)", "preds - y"),), "Where did the exponent go?"),
    Mistake("dmse-sign", "dmse", (Edit("preds - y", "y - preds"),), "If the prediction is too large, which sign?"),
    Mistake(
        "dmse-mean",
        "dmse",
        (Edit("2 * (preds - y)", "np.mean(2 * (preds - y))"),),
        "One derivative for each prediction?",
    ),
    Mistake(
        "dmse-has-slope",
        "dmse",
        (Edit("2 * (preds - y)", "2 * (preds - y) * preds * (1 - preds)"),),
        "With respect to the prediction, or to z?",
    ),
    Mistake(
        "fit-no-slope",
        "fit",
        (Edit("(pred, label) * slope", "(pred, label)"),),
        "What lies between the prediction and z?",
    ),
    Mistake(
        "fit-slope-of-pred",
        "fit",
        (Edit("pred * (1 - pred)", "self.sigmoid(pred) * (1 - self.sigmoid(pred))"),),
        "How often was the sigmoid applied?",
    ),
    Mistake("fit-plus", "fit", (Edit("- self.alpha", "+ self.alpha"),), "Does this step go downhill or uphill?"),
    Mistake(
        "fit-no-bias",
        "fit",
        (Edit("self.bias = self.bias - self.alpha * delta", "pass"),),
        "Which parameter never moves?",
    ),
    Mistake("fit-ignores-bias", "fit", (Edit(" + self.bias", ""),), "Which parameter is missing in z?"),
    Mistake(
        "fit-no-sample",
        "fit",
        (Edit("delta * sample", "delta"),),
        "By what is each weight multiplied, and so its gradient?",
    ),
    Mistake("fit-no-alpha", "fit", (Edit("self.alpha * ", ""),), "What does the learning rate do here?"),
    Mistake("fit-one-epoch", "fit", (Edit("range(self.n_epochs)", "range(1)"),), "How many epochs ran?"),
    Mistake(
        "fit-stale",
        "fit",
        (
            Edit("    for _ in range", "    start = (self.weights, self.bias)\n    for _ in range"),
            Edit("np.dot(sample, self.weights) + self.bias", "np.dot(sample, start[0]) + start[1]"),
        ),
        "Which weights should the second sample see?",
    ),
    Mistake(
        "fit-history-sum",
        "fit",
        (Edit("error / len(X)", "error"),),
        "Sum or mean of the errors?",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "fit-history-last",
        "fit",
        (Edit("error = error + self", "error = self"),),
        "How many samples are in this error?",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "fit-history-restarted",
        "fit",
        (Edit("    for _ in range", "    self.loss_history = []\n    for _ in range"),),
        "What was in loss_history before?",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake(
        "fit-history-missing",
        "fit",
        (Edit("self.loss_history.append(error / len(X))", "pass"),),
        "What should grow by one number in each epoch?",
        spares=("parameters",),
        because=ONLY_HISTORY,
    ),
    Mistake("pred-no-bias", "predict", (Edit(" + self.bias", ""),), "Which parameter is missing in z?"),
    Mistake("pred-no-sigmoid", "predict", (Edit("self.sigmoid(z)", "z"),), "Is z a number between 0 and 1?"),
    Mistake("pred-at-zero", "predict", (Edit("y_hat >= 0.5", "y_hat >= 0"),), "Can a sigmoid be below zero?"),
    Mistake("pred-swapped", "predict", (Edit("1, 0)", "0, 1)"),), "Which class has the large outputs?"),
    Mistake(
        "pred-output",
        "predict",
        (Edit("np.where(y_hat >= 0.5, 1, 0)", "y_hat"),),
        "Was a class asked for, or an output?",
    ),
    Mistake(
        "pred-rows-only",
        "predict",
        (Edit("np.dot(x, self.weights)", "np.sum(x * self.weights, axis=1)"),),
        "What if x is one sample, without rows?",
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
