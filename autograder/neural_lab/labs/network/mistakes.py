"""The bank of the network lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

FIRST = "evaluate_neuron(x, Wt[:, 0], bt[0])"
SECOND = "evaluate_neuron(x, Wt[:, 1], bt[1])"
OUTPUT_RIGHT = "the output neuron's parameters are right"

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "ev-rows-for-columns",
        "evaluate_network",
        (Edit("Wt[:, 0]", "Wt[0]"), Edit("Wt[:, 1]", "Wt[1]")),
        "Write down Wt with its indices. Do the weights of hidden neuron 1 stand in the first row or in the"
        " first column?",
    ),
    Mistake(
        "ev-no-hidden-bias",
        "evaluate_network",
        (Edit("bt[0]", "0.0"), Edit("bt[1]", "0.0")),
        "Compare your a_h with the formula, term by term. Which parameters are not in it?",
    ),
    Mistake(
        "ev-output-bias-inside",
        "evaluate_network",
        (Edit("bt[0]", "b"), Edit("bt[1]", "b")),
        "Each hidden neuron has a bias of its own in bt, and b belongs to the output neuron. Which one do "
        "you add in the hidden layer?",
    ),
    Mistake(
        "ev-one-bias",
        "evaluate_network",
        (Edit("bt[1]", "bt[0]"),),
        "The hidden neurons have two biases. Which of them does your second hidden neuron use?",
    ),
    Mistake(
        "ev-linear-hidden",
        "evaluate_network",
        (Edit("np.stack([h_1, h_2], axis=1)", "np.stack([a_1, a_2], axis=1)"),),
        "Print h and a_h. They should differ: which function makes h of a_h?",
        spares=("a_h",),
        because="a_h is right",
    ),
    Mistake(
        "ev-output-sees-x",
        "evaluate_network",
        (Edit("evaluate_neuron(h, w, b)", "evaluate_neuron(x, w, b)"),),
        "Follow the picture of the network from the right: what goes into the output neuron? What do you pass to it?",
        spares=("h", "a_h"),
        because="the hidden layer is right",
    ),
    Mistake(
        "ev-output-sees-a",
        "evaluate_network",
        (Edit("evaluate_neuron(h, w, b)", "evaluate_neuron(a_h, w, b)"),),
        "The output neuron gets the outputs of the hidden neurons. Do you pass them, or the values before "
        "their sigmoid?",
        spares=("h", "a_h"),
        because="the hidden layer is right",
    ),
    Mistake(
        "ev-no-output-bias",
        "evaluate_network",
        (Edit("(h, w, b)", "(h, w, 0.0)"),),
        "Compare your a_y with the formula, term by term. Which parameter is not in it?",
        spares=("h", "a_h"),
        because="the hidden layer is right",
    ),
    Mistake(
        "ev-linear-output",
        "evaluate_network",
        (Edit("return y,", "return a_y,"),),
        "Print y: it should lie between 0 and 1. Which function makes it of a_y?",
        spares=("a_y", "h", "a_h"),
        because="only y is wrong",
    ),
    Mistake(
        "ev-order",
        "evaluate_network",
        (Edit("return y, a_y, h, a_h", "return h, a_h, y, a_y"),),
        "Compare your `return` with the docstring. In which order does it ask for the four results?",
    ),
    Mistake(
        "ev-stacked-rows",
        "evaluate_network",
        (
            Edit("h = np.stack([h_1, h_2], axis=1)", "h = np.stack([h_1, h_2])"),
            Edit("evaluate_neuron(h, w, b)", "evaluate_neuron(h.T, w, b)"),
        ),
        "Print the shape of h for 5 samples: it should be (5, 2), a row for each sample.",
        spares=("y", "a_y", "a_h"),
        halves=("h",),
        because="only h is transposed, right but for its form",
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
        "loss-of-a",
        "loss_function",
        (Edit("y, _, _, _ =", "_, y, _, _ ="),),
        "`evaluate_network` returns four results. Which of them do you compare with the targets?",
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
        "upd-no-output-slope",
        "update_weights",
        (Edit(" * derivative_of_sigmoid(a_y)", ""),),
        "Write down the chain rule from J to w, by way of y and a_y. Which of its factors is not in your code?",
    ),
    Mistake(
        "upd-no-hidden-slope",
        "update_weights",
        (Edit("dJ_dh * derivative_of_sigmoid(a_h)", "dJ_dh"),),
        "Write down the chain rule from J to Wt, by way of h and a_h. Which of its factors is not in your code?",
        spares=("w", "b"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "upd-slope-of-h",
        "update_weights",
        (Edit("derivative_of_sigmoid(a_h)", "derivative_of_sigmoid(h)"),),
        "`derivative_of_sigmoid` takes pre-activations. What do you pass to it in the hidden layer?",
        spares=("w", "b"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "upd-no-w-back",
        "update_weights",
        (Edit("np.outer(delta_y, w)", "np.outer(delta_y, np.ones(2))"),),
        "a_y holds h times w. Which factor does the derivative of a_y with respect to h give?",
        spares=("w", "b"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "upd-new-w-back",
        "update_weights",
        (Edit("np.outer(delta_y, w)", "np.outer(delta_y, w - lr * dJ_dw)"),),
        "All gradients are taken at the old parameters. Which w do you use for the hidden layer, the old or"
        " the new one?",
        spares=("w", "b"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "upd-error-not-delta",
        "update_weights",
        (Edit("np.outer(delta_y, w)", "np.outer(y - t, w)"),),
        "Write down the chain rule from J to h. It goes through a_y: which slope belongs between y and a_y?",
        spares=("w", "b"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "upd-x-for-h",
        "update_weights",
        (Edit("h.T @ delta_y", "x.T @ delta_y"),),
        "Look at the formula of a_y. What is w multiplied by there? The same stands in the gradient of w.",
        spares=("b", "Wt", "bt"),
        because="only w is wrong",
    ),
    Mistake(
        "upd-h-for-x",
        "update_weights",
        (Edit("x.T @ delta_h", "h.T @ delta_h"),),
        "Look at the formula of a_h. What is Wt multiplied by there? The same stands in the gradient of Wt.",
        spares=("w", "b", "bt"),
        because="only Wt is wrong",
    ),
    Mistake(
        "upd-Wt-transposed",
        "update_weights",
        (Edit("x.T @ delta_h / N", "delta_h.T @ x / N"),),
        "In Wt the rows belong to the inputs. To what do the rows of your gradient belong?",
        spares=("w", "b", "bt"),
        because="only Wt is wrong",
    ),
    Mistake(
        "upd-no-bias",
        "update_weights",
        (Edit("b_new = b - lr * dJ_db", "b_new = b"),),
        "Print b before and after an update. Does it change?",
        spares=("w", "Wt", "bt"),
        because="the others are right",
    ),
    Mistake(
        "upd-bt-not-summed-apart",
        "update_weights",
        (Edit("np.sum(delta_h, axis=0)", "np.sum(delta_h)"),),
        "Print the shape of your gradient of bt. There should be one number for each of the two hidden neurons.",
        spares=("w", "b", "Wt"),
        because="the others are right",
    ),
    Mistake(
        "upd-hidden-frozen",
        "update_weights",
        (Edit("Wt - lr * dJ_dWt", "Wt"), Edit("bt - lr * dJ_dbt", "bt")),
        "Print Wt and bt before and after an update. Do they change?",
        spares=("w", "b"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "upd-in-place",
        "update_weights",
        (Edit("Wt_new = Wt - lr * dJ_dWt", "Wt -= lr * dJ_dWt\n    Wt_new = Wt"),),
        "Print the Wt that you pass, before and after the call. It should stay as it is. Which of your "
        "lines changes it?",
    ),
    Mistake(
        "pred-at-zero",
        "evaluate_prediction",
        (Edit("y >= 0.5", "y >= 0"),),
        "Every output of a sigmoid is above 0. Print your predictions: is there a 0 among them? From which "
        "output on is the class 1?",
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
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "ev-matrix",
        "evaluate_network",
        (
            Edit(f"h_1, a_1 = {FIRST}", "h, a_h = evaluate_neuron(x, Wt, bt)"),
            Edit(f"    h_2, a_2 = {SECOND}\n", ""),
            Edit("    h = np.stack([h_1, h_2], axis=1)  # two (N,) -> (N, 2)\n", ""),
            Edit("    a_h = np.stack([a_1, a_2], axis=1)\n", ""),
        ),
        "both hidden neurons at once, with the matrix in place of a column",
    ),
    Variant(
        "upd-broadcast",
        "update_weights",
        (Edit("np.outer(delta_y, w)", "delta_y[:, np.newaxis] * w"),),
        "broadcasting in place of an outer product",
    ),
)
