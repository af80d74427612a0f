"""The bank of the neuron lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "ev-no-bias",
        "evaluate_neuron",
        (Edit("x @ w + b", "x @ w"),),
        "Compare your a with the formula, term by term. Which parameter of the neuron is not in it?",
    ),
    Mistake(
        "ev-bias-subtracted",
        "evaluate_neuron",
        (Edit("x @ w + b", "x @ w - b"),),
        "Compare your a with the formula. Which sign has b there?",
    ),
    Mistake(
        "ev-no-minus",
        "evaluate_neuron",
        (Edit("np.exp(-a)", "np.exp(a)"),),
        "Print y for a = 12 and for a = -12. The sigmoid is close to 1 at the first and close to 0 at the second.",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-precedence",
        "evaluate_neuron",
        (Edit("(1 + np.exp(-a))", "1 + np.exp(-a)"),),
        "Work y out by hand at a = 0, in the order in which Python does it. Do you get one half?",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-tanh",
        "evaluate_neuron",
        (Edit("1 / (1 + np.exp(-a))", "np.tanh(a)"),),
        "Your outputs lie between -1 and 1. Those of a sigmoid lie between 0 and 1. Compare your y with the formula.",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-linear",
        "evaluate_neuron",
        (Edit("1 / (1 + np.exp(-a))", "a"),),
        "You return a as the output. Which function makes y of a?",
        spares=("pre-activations",),
        because="the pre-activations are right",
    ),
    Mistake(
        "ev-swapped",
        "evaluate_neuron",
        (Edit("return y, a", "return a, y"),),
        "Compare your `return` with the docstring. Which of the two results comes first?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake(
        "ev-output-only",
        "evaluate_neuron",
        (Edit("return y, a", "return y"),),
        "You return one result. The docstring asks for two: which one is missing?",
    ),
    Mistake(
        "ev-no-sum",
        "evaluate_neuron",
        (Edit("x @ w + b", "x * w + b"),),
        "Print the shape of a. There is one pre-activation for each sample: what must happen to the "
        "products of one sample?",
    ),
    Mistake(
        "der-of-output",
        "derivative_of_sigmoid",
        (Edit("y = 1 / (1 + np.exp(-a))", "y = a"),),
        "The argument is a, before the sigmoid. You use it as if it were the output y. Print both for a = 2.",
    ),
    Mistake(
        "der-factor-lost",
        "derivative_of_sigmoid",
        (Edit("y * (1 - y)", "1 - y"),),
        "Work out your slope by hand at a = 0: it should be 0.25.",
        ("der-missing-square",),
    ),
    Mistake(
        "der-no-difference",
        "derivative_of_sigmoid",
        (Edit("y * (1 - y)", "y"),),
        "You return the sigmoid itself. Print your slope for a = 12: the curve is nearly flat there, so it "
        "should be close to 0.",
    ),
    Mistake(
        "der-tanh",
        "derivative_of_sigmoid",
        (Edit("y * (1 - y)", "1 - y**2"),),
        "This is the derivative of tanh. Differentiate the sigmoid: its slope at a = 0 is 0.25, yours is larger.",
    ),
    Mistake(
        "der-missing-square",
        "derivative_of_sigmoid",
        (Edit("return y * (1 - y)", "return np.exp(-a) / (1 + np.exp(-a))"),),
        "Write down the quotient rule once more. What stands in its denominator?",
        also=("der-factor-lost",),
    ),
    Mistake(
        "der-double",
        "derivative_of_sigmoid",
        (Edit("return", "y = 1 / (1 + np.exp(-y))\n    return"),),
        "Follow one number from a to your result. How many times does it go through the sigmoid?",
    ),
    Mistake(
        "loss-no-half",
        "loss_function",
        (Edit("(2 * N)", "N"),),
        "Your loss is twice what it should be. Compare the constants of your formula with the one in the handout.",
    ),
    Mistake(
        "loss-sum",
        "loss_function",
        (Edit("(2 * N)", "2"),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "loss-no-square",
        "loss_function",
        (Edit("(y - t) ** 2", "y - t"),),
        "Try two samples with the errors +1 and -1. Your loss is 0 there. What does the formula do to each error?",
    ),
    Mistake(
        "loss-abs",
        "loss_function",
        (Edit("(y - t) ** 2", "np.abs(y - t)"),),
        "Try one sample with an error of 2. What does the formula do to an error, and what do you do?",
    ),
    Mistake(
        "loss-square-of-sum",
        "loss_function",
        (Edit("np.sum((y - t) ** 2)", "np.sum(y - t) ** 2"),),
        "Try two samples with the errors +1 and -1: the loss should be 0.5. Do you square each error, or their sum?",
    ),
    Mistake(
        "loss-times-n",
        "loss_function",
        (Edit("/ (2 * N)", "/ 2 * N"),),
        "Work out 12 / 2 * 3 in Python. Which numbers does it divide by?",
    ),
    Mistake(
        "loss-vector",
        "loss_function",
        (Edit("np.sum((y - t) ** 2)", "(y - t) ** 2"),),
        "Print the shape of your loss. It should be one number: what must happen to the squared errors?",
    ),
    Mistake(
        "upd-plus",
        "update_weights",
        (Edit("- lr", "+ lr"),),
        "Print the loss before and after one update with a small lr. It should fall. Which sign has your step?",
        ("upd-sign",),
    ),
    Mistake(
        "upd-sign",
        "update_weights",
        (Edit("y - t", "t - y"),),
        "Suppose an output is larger than its target. Is your error y against t positive or negative there?"
        " Differentiate J with respect to y and compare.",
        ("upd-plus",),
    ),
    Mistake(
        "upd-no-slope",
        "update_weights",
        (Edit(" * derivative_of_sigmoid(a)", ""),),
        "Write down the chain rule from J to w, by way of y and a. Which of its factors is not in your code?",
    ),
    Mistake(
        "upd-slope-of-output",
        "update_weights",
        (Edit("derivative_of_sigmoid(a)", "derivative_of_sigmoid(y)"),),
        "`derivative_of_sigmoid` takes a pre-activation. What do you pass to it?",
    ),
    Mistake(
        "upd-sum",
        "update_weights",
        (Edit(" / N", ""),),
        "Give every sample twice: the update should stay the same. What happens to yours?",
    ),
    Mistake(
        "upd-factor-two",
        "update_weights",
        (Edit("(y - t)", "2 * (y - t)"),),
        "Your step is twice what it should be. J begins with 1/(2N): what becomes of the 2 when you "
        "differentiate the square?",
    ),
    Mistake(
        "upd-half",
        "update_weights",
        (Edit("/ N", "/ (2 * N)"),),
        "Your step is half of what it should be. What becomes of the 2 in 1/(2N) when you differentiate the square?",
    ),
    Mistake(
        "upd-no-x",
        "update_weights",
        (Edit("x.T @ delta / N", "np.sum(delta) / N * np.ones(2)"),),
        "In a each weight is multiplied by an input. Which factor does its gradient get from that?",
        spares=("bias",),
        because="the bias is right",
    ),
    Mistake(
        "upd-no-bias",
        "update_weights",
        (Edit("b_new = b - lr * dJ_db", "b_new = b"),),
        "Print b before and after an update. Does it change?",
        spares=("weights",),
        because="the weights are right",
    ),
    Mistake(
        "upd-bias-sum",
        "update_weights",
        (Edit("np.sum(delta) / N", "np.sum(delta)"),),
        "Give every sample twice: the change of b should stay the same. What happens to yours?",
        spares=("weights",),
        because="the weights are right",
    ),
    Mistake(
        "upd-bias-has-x",
        "update_weights",
        (Edit("np.sum(delta) / N", "np.sum(x.T @ delta) / N"),),
        "Write down the derivative of a with respect to b. Does x stand in it?",
        spares=("weights",),
        because="the weights are right",
    ),
    Mistake(
        "upd-no-lr",
        "update_weights",
        (Edit("lr * dJ_dw", "dJ_dw"), Edit("lr * dJ_db", "dJ_db")),
        "Call the function with lr = 0: w and b should stay as they are. Where do you use lr?",
    ),
    Mistake(
        "upd-in-place",
        "update_weights",
        (Edit("w_new = w - lr * dJ_dw", "w -= lr * dJ_dw\n    w_new = w"),),
        "Print the w that you pass, before and after the call. It should stay as it is. Which of your lines"
        " changes it?",
    ),
    Mistake(
        "upd-gradients",
        "update_weights",
        (Edit("return w_new, b_new", "return dJ_dw, dJ_db"),),
        "You return the gradients. The docstring asks for the new parameters.",
    ),
    Mistake(
        "pred-at-zero",
        "evaluate_prediction",
        (Edit("y >= 0.5", "y >= 0"),),
        "Every output of a sigmoid is above 0. Print your predictions: is there a 0 among them? From which "
        "output on is the class 1?",
    ),
    Mistake(
        "pred-pre-activation",
        "evaluate_prediction",
        (Edit("y, _ =", "_, y ="),),
        "`evaluate_neuron` returns two results. Which of them do you compare with a half?",
    ),
    Mistake(
        "pred-swapped",
        "evaluate_prediction",
        (Edit("1, 0)", "0, 1)"),),
        "Print y and your prediction for some samples. Which class should a y of 0.9 get?",
    ),
    Mistake(
        "pred-outputs",
        "evaluate_prediction",
        (Edit("return prediction", "return y"),),
        "Print your first result. It should hold only 0 and 1.",
        spares=("accuracy",),
        because="the accuracy is right",
    ),
    Mistake(
        "acc-percent",
        "evaluate_prediction",
        (Edit("np.mean(prediction == t)", "100 * np.mean(prediction == t)"),),
        "A proportion lies between 0 and 1. Print yours.",
        spares=("prediction",),
        because="the prediction is right",
    ),
    Mistake(
        "acc-count",
        "evaluate_prediction",
        (Edit("np.mean(prediction == t)", "np.sum(prediction == t)"),),
        "You return how many samples are right. By what do you divide to get a proportion?",
        spares=("prediction",),
        because="the prediction is right",
    ),
    Mistake(
        "acc-errors",
        "evaluate_prediction",
        (Edit("prediction == t", "prediction != t"),),
        "Try it with predictions that are all right: the accuracy should be 1. What do you count?",
        spares=("prediction",),
        because="the prediction is right",
    ),
    Mistake(
        "acc-ones-only",
        "evaluate_prediction",
        (Edit("np.mean(prediction == t)", "np.mean(prediction * t)"),),
        "Try a sample of class 0 that is predicted as 0: it is right. Do you count it?",
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
