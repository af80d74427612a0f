"""The bank of the neuron lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

MISTAKES: tuple[Mistake, ...] = (
    Mistake("ev-no-bias", "evaluate_neuron", (Edit("x @ w + b", "x @ w"),), "Which parameter is missing in a?"),
    Mistake(
        "ev-bias-subtracted",
        "evaluate_neuron",
        (Edit("x @ w + b", "x @ w - b"),),
        "What is the sign of b in the formula?",
    ),
    Mistake(
        "ev-no-minus",
        "evaluate_neuron",
        (Edit("np.exp(-a)", "np.exp(a)"),),
        "What should y approach for a large a?",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-precedence",
        "evaluate_neuron",
        (Edit("(1 + np.exp(-a))", "1 + np.exp(-a)"),),
        "Work y out by hand for a = 0.",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-tanh",
        "evaluate_neuron",
        (Edit("1 / (1 + np.exp(-a))", "np.tanh(a)"),),
        "Between which two numbers should y lie?",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-linear",
        "evaluate_neuron",
        (Edit("1 / (1 + np.exp(-a))", "a"),),
        "Where is the activation function?",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-swapped",
        "evaluate_neuron",
        (Edit("return y, a", "return a, y"),),
        "In which order are the two results asked for?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake(
        "ev-output-only",
        "evaluate_neuron",
        (Edit("return y, a", "return y"),),
        "How many results are asked for?",
    ),
    Mistake(
        "ev-no-sum",
        "evaluate_neuron",
        (Edit("x @ w + b", "x * w + b"),),
        "Should a sample have one pre-activation, or one for each input?",
    ),
    Mistake(
        "der-of-output",
        "derivative_of_sigmoid",
        (Edit("y = 1 / (1 + np.exp(-a))", "y = a"),),
        "Is the argument a, or already the sigmoid of it?",
    ),
    Mistake(
        "der-factor-lost",
        "derivative_of_sigmoid",
        (Edit("y * (1 - y)", "1 - y"),),
        "What is the slope at a = 0?",
        ("der-missing-square",),
    ),
    Mistake(
        "der-no-difference", "derivative_of_sigmoid", (Edit("y * (1 - y)", "y"),), "Is the slope the sigmoid itself?"
    ),
    Mistake(
        "der-tanh", "derivative_of_sigmoid", (Edit("y * (1 - y)", "1 - y**2"),), "Whose derivative is this: tanh's?"
    ),
    Mistake(
        "der-missing-square",
        "derivative_of_sigmoid",
        (Edit("return y * (1 - y)", "return np.exp(-a) / (1 + np.exp(-a))"),),
        "Recheck the quotient rule: what stands below the line?",
        also=("der-factor-lost",),
    ),
    Mistake(
        "der-double",
        "derivative_of_sigmoid",
        (Edit("return", "y = 1 / (1 + np.exp(-y))\n    return"),),
        "How often was the sigmoid applied?",
    ),
    Mistake("loss-no-half", "loss_function", (Edit("(2 * N)", "N"),), "Compare the constants with the formula."),
    Mistake("loss-sum", "loss_function", (Edit("(2 * N)", "2"),), "Sum or mean over the samples?"),
    Mistake("loss-no-square", "loss_function", (Edit("(y - t) ** 2", "y - t"),), "Can opposite errors cancel?"),
    Mistake("loss-abs", "loss_function", (Edit("(y - t) ** 2", "np.abs(y - t)"),), "Is a distance its own square?"),
    Mistake(
        "loss-square-of-sum",
        "loss_function",
        (Edit("np.sum((y - t) ** 2)", "np.sum(y - t) ** 2"),),
        "Which comes first: the square or the sum?",
    ),
    Mistake("loss-times-n", "loss_function", (Edit("/ (2 * N)", "/ 2 * N"),), "What does Python divide by here?"),
    Mistake(
        "loss-vector", "loss_function", (Edit("np.sum((y - t) ** 2)", "(y - t) ** 2"),), "How many numbers is a loss?"
    ),
    Mistake(
        "upd-plus", "update_weights", (Edit("- lr", "+ lr"),), "Does this step go downhill or uphill?", ("upd-sign",)
    ),
    Mistake(
        "upd-sign",
        "update_weights",
        (Edit("y - t", "t - y"),),
        "If the output is too large, which sign?",
        ("upd-plus",),
    ),
    Mistake(
        "upd-no-slope",
        "update_weights",
        (Edit(" * derivative_of_sigmoid(a)", ""),),
        "What lies between the output and a?",
    ),
    Mistake(
        "upd-slope-of-output",
        "update_weights",
        (Edit("derivative_of_sigmoid(a)", "derivative_of_sigmoid(y)"),),
        "Which of the two does derivative_of_sigmoid take, a or y?",
    ),
    Mistake("upd-sum", "update_weights", (Edit(" / N", ""),), "Does doubling the batch double the step?"),
    Mistake("upd-factor-two", "update_weights", (Edit("(y - t)", "2 * (y - t)"),), "What does the ½ in J do?"),
    Mistake(
        "upd-half", "update_weights", (Edit("/ N", "/ (2 * N)"),), "What does the ½ in J do when you differentiate?"
    ),
    Mistake(
        "upd-no-x",
        "update_weights",
        (Edit("x.T @ delta / N", "np.sum(delta) / N * np.ones(2)"),),
        "By what is a weight multiplied, and so its gradient?",
        spares=("bias",),
        because="the bias is right",
    ),
    Mistake(
        "upd-no-bias",
        "update_weights",
        (Edit("b_new = b - lr * dJ_db", "b_new = b"),),
        "Which parameter never moves?",
        spares=("weights",),
        because="the weights are right",
    ),
    Mistake(
        "upd-bias-sum",
        "update_weights",
        (Edit("np.sum(delta) / N", "np.sum(delta)"),),
        "Is the gradient of the bias a mean, too?",
        spares=("weights",),
        because="the weights are right",
    ),
    Mistake(
        "upd-bias-has-x",
        "update_weights",
        (Edit("np.sum(delta) / N", "np.sum(x.T @ delta) / N"),),
        "By what is the bias multiplied in a?",
        spares=("weights",),
        because="the weights are right",
    ),
    Mistake(
        "upd-no-lr", "update_weights", (Edit("lr * dJ_dw", "dJ_dw"), Edit("lr * dJ_db", "dJ_db")), "Where is lr used?"
    ),
    Mistake(
        "upd-in-place",
        "update_weights",
        (Edit("w_new = w - lr * dJ_dw", "w -= lr * dJ_dw\n    w_new = w"),),
        "Are the caller's weights unchanged after the call?",
    ),
    Mistake(
        "upd-gradients",
        "update_weights",
        (Edit("return w_new, b_new", "return dJ_dw, dJ_db"),),
        "Are the gradients asked for, or the new parameters?",
    ),
    Mistake("pred-at-zero", "evaluate_prediction", (Edit("y >= 0.5", "y >= 0"),), "Can an output be below zero?"),
    Mistake(
        "pred-pre-activation",
        "evaluate_prediction",
        (Edit("y, _ =", "_, y ="),),
        "Which of the two results is compared with a half?",
    ),
    Mistake("pred-swapped", "evaluate_prediction", (Edit("1, 0)", "0, 1)"),), "Which class has the large outputs?"),
    Mistake(
        "pred-outputs",
        "evaluate_prediction",
        (Edit("return prediction", "return y"),),
        "Are classes asked for, or outputs?",
        spares=("accuracy",),
        because="the accuracy is right",
    ),
    Mistake(
        "acc-percent",
        "evaluate_prediction",
        (Edit("np.mean(prediction == t)", "100 * np.mean(prediction == t)"),),
        "Is a proportion larger than 1?",
        spares=("prediction",),
        because="the prediction is right",
    ),
    Mistake(
        "acc-count",
        "evaluate_prediction",
        (Edit("np.mean(prediction == t)", "np.sum(prediction == t)"),),
        "A number of samples, or a proportion of them?",
        spares=("prediction",),
        because="the prediction is right",
    ),
    Mistake(
        "acc-errors",
        "evaluate_prediction",
        (Edit("prediction == t", "prediction != t"),),
        "Is this the share of right ones, or of wrong ones?",
        spares=("prediction",),
        because="the prediction is right",
    ),
    Mistake(
        "acc-ones-only",
        "evaluate_prediction",
        (Edit("np.mean(prediction == t)", "np.mean(prediction * t)"),),
        "Does a rightly predicted 0 count?",
        spares=("prediction",),
        because="the prediction is right",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant("ev-sum", "evaluate_neuron", (Edit("x @ w + b", "np.sum(x * w, axis=1) + b"),), "a sum over the inputs"),
    Variant(
        "loss-mean", "loss_function", (Edit("np.sum((y - t) ** 2) / (2 * N)", "np.mean((y - t) ** 2) / 2"),), "a mean"
    ),
    Variant("pred-round", "evaluate_prediction", (Edit("np.where(y >= 0.5, 1, 0)", "np.round(y)"),), "rounding"),
    Variant("pred-bool", "evaluate_prediction", (Edit("np.where(y >= 0.5, 1, 0)", "y > 0.5"),), "True and False"),
)
