"""The bank of the ann lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

SHAPES_RIGHT, NUMBERS_RIGHT = "shapes and biases are right", "the weights are random all the same"
OUTPUT_RIGHT, HIDDEN_RIGHT = "the output layer is right", "the hidden layer is right"

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "ini-variance",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.normal(0, np.sqrt(0.3),"),),
        "NumPy's `normal` takes the standard deviation, not the variance. Which of them is the 0.3 of the docstring?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-standard",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.normal(0, 1,"),),
        "Print the standard deviation of your weights over many seeds: it should be 0.3.",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-uniform",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.uniform(0, 0.3,"),),
        "Print some of your weights. Drawn from a normal distribution around 0, half of them should be negative.",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-mean",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.normal(0.3, 0.3,"),),
        "Print the mean of your weights over many seeds: it should be 0.",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-ignores-seed",
        "initial_parameters",
        (Edit("default_rng(seed)", "default_rng(0)"),),
        "Call the function with two seeds and compare the weights: they should differ. Where do you use `seed`?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-unseeded",
        "initial_parameters",
        (Edit("default_rng(seed)", "default_rng()"),),
        "Call the function twice with the same seed and compare the weights: they should be equal. Where do"
        " you use `seed`?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-random-biases",
        "initial_parameters",
        (Edit("np.zeros(4)", "rng.normal(0, 0.3, 4)"),),
        "Print b1 and b2. With which value does the docstring say that they start?",
        spares=("weights",),
        because=NUMBERS_RIGHT,
    ),
    Mistake(
        "ini-transposed",
        "initial_parameters",
        (Edit("(2, 4)", "(4, 2)"),),
        "Print the shape of W1: (2, 4) is asked for, a row for each input.",
        spares=("weights",),
        because=NUMBERS_RIGHT,
    ),
    Mistake(
        "ini-flat-W2",
        "initial_parameters",
        (Edit("(4, 1)", "4"),),
        "Print the shape of W2: (4, 1) is asked for. How many axes has yours?",
        spares=("weights",),
        because=NUMBERS_RIGHT,
    ),
    Mistake(
        "sig-no-minus",
        "sigmoid",
        (Edit("-z", "z"),),
        "Print your values for z = 12 and z = -12. The sigmoid is close to 1 at the first and close to 0 at"
        " the second.",
    ),
    Mistake(
        "sig-precedence",
        "sigmoid",
        (Edit("(1 + np.exp(-z))", "1 + np.exp(-z)"),),
        "Work your expression out by hand at z = 0, in the order in which Python does it. Do you get one half?",
    ),
    Mistake(
        "sig-tanh",
        "sigmoid",
        (Edit("1 / (1 + np.exp(-z))", "np.tanh(z)"),),
        "Your values lie between -1 and 1. The sigmoid's lie between 0 and 1. Compare your function with the formula.",
    ),
    Mistake(
        "fwd-no-biases",
        "forward",
        (Edit(" + self.b1", ""), Edit(" + self.b2", "")),
        "Compare your z1 and z2 with the formulas, term by term. Which parameters are not in them?",
    ),
    Mistake(
        "fwd-no-output-bias",
        "forward",
        (Edit(" + self.b2", ""),),
        "Compare your z2 with the formula, term by term. Which parameter is not in it?",
        spares=("hidden",),
        because=HIDDEN_RIGHT,
    ),
    Mistake(
        "fwd-linear-hidden",
        "forward",
        (Edit("a1 = self.sigmoid(z1)", "a1 = z1"),),
        "Print z1 and a1. They should differ: which function makes a1 of z1?",
    ),
    Mistake(
        "fwd-linear-output",
        "forward",
        (Edit("a2 = self.sigmoid(z2)", "a2 = z2"),),
        "Print a2: it should lie between 0 and 1. Which function makes it of z2?",
        spares=("hidden",),
        because=HIDDEN_RIGHT,
    ),
    Mistake(
        "fwd-feeds-z",
        "forward",
        (Edit("a1 @ self.W2", "z1 @ self.W2"),),
        "The output layer gets the activations of the hidden layer. Do you pass them, or the values before "
        "the sigmoid?",
        spares=("hidden",),
        because=HIDDEN_RIGHT,
    ),
    Mistake(
        "fwd-swapped",
        "forward",
        (Edit("return a1, a2", "return a2, a1"),),
        "Compare your `return` with the docstring. Which of the two results comes first?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake(
        "fwd-output-only",
        "forward",
        (Edit("return a1, a2", "return a2"),),
        "You return one result. The docstring asks for two: which one is missing?",
    ),
    Mistake(
        "fwd-flat-output",
        "forward",
        (Edit("return a1, a2", "return a1, a2[:, 0]"),),
        "Print the shape of a2 for 5 samples: it should be (5, 1), a column.",
        spares=("hidden",),
        halves=("output",),
        because="right but for its form",
    ),
    Mistake(
        "loss-sign",
        "losses",
        (Edit("-(y", "(y"),),
        "The logarithm of a number below 1 is negative, and a loss is not. Which sign stands before the formula?",
    ),
    Mistake(
        "loss-one-class",
        "losses",
        (Edit(" + (1 - y) * np.log(1 - a2)", ""),),
        "Try a sample with the target 0 and the output 0.9. Your loss is 0 there. Which term of the formula"
        " is for the target 0?",
    ),
    Mistake(
        "loss-log2",
        "losses",
        (Edit("np.log(", "np.log2("),),
        "The formula has the natural logarithm. Which base has yours?",
    ),
    Mistake(
        "loss-squared",
        "losses",
        (Edit("-(y * np.log(a2) + (1 - y) * np.log(1 - a2))", "(a2 - y) ** 2"),),
        "You compute the squared error. Which loss does the handout use in this lab?",
    ),
    Mistake(
        "loss-summed",
        "losses",
        (Edit("-(y * np.log(a2) + (1 - y) * np.log(1 - a2))", "-np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2))"),),
        "Print the shape of your result: one loss for each sample is asked for. Where do you sum?",
    ),
    Mistake(
        "loss-targets-swapped",
        "losses",
        (Edit("(y * np.log(a2) + (1 - y)", "((1 - y) * np.log(a2) + y"),),
        "Try a sample with the target 1 and the output 0.9: its loss should be small. Which of your two "
        "logarithms counts there?",
    ),
    Mistake(
        "bw-sign",
        "backward",
        (Edit("a2 - y", "y - a2"),),
        "Try an output that is too large: a larger one makes the loss grow, so the derivative is positive. "
        "Which sign has yours?",
    ),
    Mistake(
        "bw-mean",
        "backward",
        (Edit("a2 - y", "(a2 - y) / len(y)"),),
        "Give every sample twice: the gradients are sums and should double. Do you divide?",
    ),
    Mistake(
        "bw-extra-slope",
        "backward",
        (Edit("a2 - y", "(a2 - y) * a2 * (1 - a2)"),),
        "Differentiate the loss with respect to z2 by hand. The slope of the last sigmoid cancels with the "
        "loss. Is it in your code?",
    ),
    Mistake(
        "bw-squared-error",
        "backward",
        (Edit("a2 - y", "2 * (a2 - y)"),),
        "Your error at the output belongs to the squared error. Differentiate the cross-entropy with "
        "respect to z2: which number is too much?",
    ),
    Mistake(
        "bw-no-hidden-slope",
        "backward",
        (Edit("da1 * a1 * (1 - a1)", "da1"),),
        "Write down the chain rule from the loss to z1, by way of a1. Which of its factors is not in your code?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-half-hidden-slope",
        "backward",
        (Edit("da1 * a1 * (1 - a1)", "da1 * (1 - a1)"),),
        "Write down the slope of the sigmoid in terms of a1. It has two factors: which one is missing?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-no-W2",
        "backward",
        (Edit("dz2 @ self.W2.T", "dz2 @ np.ones((1, 4))"),),
        "z2 holds a1 times W2. Which factor does the derivative of z2 with respect to a1 give?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-gradient-for-weights",
        "backward",
        (Edit("dz2 @ self.W2.T", "dz2 @ dW2.T"),),
        "What goes back to the hidden layer goes through the weights. Do you multiply by them, or by their gradients?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-W2-sees-z",
        "backward",
        (Edit("dW2 = a1.T @ dz2", "dW2 = np.log(a1 / (1 - a1)).T @ dz2"),),
        "Look at the formula of z2. What is W2 multiplied by there? The same stands in its gradient.",
        spares=("dW1", "db1", "db2"),
        because="only dW2 is wrong",
    ),
    Mistake(
        "bw-db1-total",
        "backward",
        (Edit("np.sum(dz1, axis=0)", "np.sum(dz1) * np.ones(4)"),),
        "Print your db1. The four neurons should have different numbers: over which axis do you sum?",
        spares=("dW1", "dW2", "db2"),
        because="only db1 is wrong",
    ),
    Mistake(
        "bw-db-mean",
        "backward",
        (Edit("np.sum(dz1, axis=0)", "np.mean(dz1, axis=0)"), Edit("np.sum(dz2, axis=0)", "np.mean(dz2, axis=0)")),
        "Give every sample twice: the gradients of the biases are sums and should double. Do you take a mean?",
        spares=("dW1", "dW2"),
        because="the weights are right",
    ),
    Mistake(
        "bw-db-rows",
        "backward",
        (Edit("axis=0)", "axis=0, keepdims=True)"),),
        "Print the shapes of db1 and b1: they should be equal. How many axes has yours?",
        spares=("dW1", "dW2"),
        halves=("db1", "db2"),
        because="right but for the form",
    ),
    Mistake(
        "bw-first-sample",
        "backward",
        (Edit("a1, a2 = self.forward(X)", "X, y = X[:1], y[:1]\n    a1, a2 = self.forward(X)"),),
        "Count the samples that enter your gradients. All of them should.",
    ),
    Mistake(
        "bw-updates",
        "backward",
        (Edit("return", "self.W2 = self.W2 - 0.1 * dW2\n    return"),),
        "Print the parameters before and after the call: `backward` should leave them as they are. Which of"
        " your lines changes them?",
    ),
    Mistake(
        "tr-plus",
        "train",
        (Edit("- learning_rate", "+ learning_rate"),),
        "Print the losses of a few epochs with a small learning rate. They should fall. Which sign has your step?",
    ),
    Mistake(
        "tr-biases-frozen",
        "train",
        (
            Edit("self.b1 = self.b1 - learning_rate * db1", "pass"),
            Edit("self.b2 = self.b2 - learning_rate * db2", "pass"),
        ),
        "Print b1 and b2 before and after `train`. Do they change?",
    ),
    Mistake(
        "tr-one-epoch",
        "train",
        (Edit("range(max_epochs)", "range(1)"),),
        "Count the losses that you return for 3 epochs. How often does your loop run?",
    ),
    Mistake(
        "tr-mean",
        "train",
        (Edit("np.sum(self.losses(a2, y))", "np.mean(self.losses(a2, y))"),),
        "Give every sample twice: the first loss of the history is a sum and should double. Do you take a mean?",
        spares=("parameters",),
        because="the parameters are right",
    ),
    Mistake(
        "tr-history-last",
        "train",
        (Edit("history.append(float(np.sum(self.losses(a2, y))))", "history = [float(np.sum(self.losses(a2, y)))]"),),
        "One loss for each epoch is asked for. How many do you return?",
        spares=("parameters",),
        because="the parameters are right",
    ),
    Mistake(
        "tr-stale",
        "train",
        (
            Edit("        dW1, db1, dW2, db2 = self.backward(X, y)\n", ""),
            Edit("    history = []\n", "    history = []\n    dW1, db1, dW2, db2 = self.backward(X, y)\n"),
        ),
        "Print dW1 in the first and in the second epoch: it should change. In which line are the gradients computed?",
    ),
    Mistake(
        "tr-alternating",
        "train",
        (
            Edit(
                "        self.W2 = self.W2 - learning_rate * dW2\n",
                "        dW1, db1, dW2, db2 = self.backward(X, y)\n        self.W2 = self.W2 - learning_rate * dW2\n",
            ),
        ),
        "All gradients of an epoch are taken at the same parameters. Count how many times you call "
        "`backward` in one epoch.",
    ),
    Mistake(
        "pred-at-zero",
        "predict",
        (Edit("a2 >= 0.5", "a2 >= 0"),),
        "Every output of a sigmoid is above 0. Print your predictions: is there a 0 among them? From which "
        "output on is the class 1?",
    ),
    Mistake(
        "pred-swapped",
        "predict",
        (Edit("1, 0)", "0, 1)"),),
        "Print a2 and your prediction for some samples. Which class should an output of 0.9 get?",
    ),
    Mistake(
        "pred-outputs",
        "predict",
        (Edit("np.where(a2 >= 0.5, 1, 0)", "a2"),),
        "Print your result. It should hold only 0 and 1.",
    ),
    Mistake(
        "pred-flat",
        "predict",
        (Edit("1, 0)", "1, 0)[:, 0]"),),
        "Print the shape of your result for 5 samples: it should be (5, 1), a column.",
        halves=("samples",),
        because="right but for its form",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "bw-own-slope",
        "backward",
        (Edit("da1 * a1 * (1 - a1)", "da1 * (a1 - a1**2)"),),
        "the slope written in another way",
    ),
    Variant("tr-in-place", "train", (Edit("self.W1 = self.W1 - ", "self.W1 -= "),), "updates in place"),
    Variant("pred-round", "predict", (Edit("np.where(a2 >= 0.5, 1, 0)", "np.round(a2)"),), "rounding"),
)
