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
        "Is 0.3 the variance or the standard deviation?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-standard",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.normal(0, 1,"),),
        "How far from zero should most weights start?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-uniform",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.uniform(0, 0.3,"),),
        "Can a weight be negative?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-mean",
        "initial_parameters",
        (Edit("rng.normal(0, 0.3,", "rng.normal(0.3, 0.3,"),),
        "Around which number are the weights drawn?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-ignores-seed",
        "initial_parameters",
        (Edit("default_rng(seed)", "default_rng(0)"),),
        "What happens with another seed?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-unseeded",
        "initial_parameters",
        (Edit("default_rng(seed)", "default_rng()"),),
        "Can a run be repeated?",
        spares=("shapes",),
        because=SHAPES_RIGHT,
    ),
    Mistake(
        "ini-random-biases",
        "initial_parameters",
        (Edit("np.zeros(4)", "rng.normal(0, 0.3, 4)"),),
        "How do the biases start?",
        spares=("weights",),
        because=NUMBERS_RIGHT,
    ),
    Mistake(
        "ini-transposed",
        "initial_parameters",
        (Edit("(2, 4)", "(4, 2)"),),
        "Which axis of W1 belongs to the inputs?",
        spares=("weights",),
        because=NUMBERS_RIGHT,
    ),
    Mistake(
        "ini-flat-W2",
        "initial_parameters",
        (Edit("(4, 1)", "4"),),
        "How many axes has a matrix?",
        spares=("weights",),
        because=NUMBERS_RIGHT,
    ),
    Mistake("sig-no-minus", "sigmoid", (Edit("-z", "z"),), "What should the sigmoid approach for a large z?"),
    Mistake(
        "sig-precedence", "sigmoid", (Edit("(1 + np.exp(-z))", "1 + np.exp(-z)"),), "Work it out by hand at z = 0."
    ),
    Mistake("sig-tanh", "sigmoid", (Edit("1 / (1 + np.exp(-z))", "np.tanh(z)"),), "Between which numbers does it lie?"),
    Mistake(
        "fwd-no-biases", "forward", (Edit(" + self.b1", ""), Edit(" + self.b2", "")), "Which parameters went unused?"
    ),
    Mistake(
        "fwd-no-output-bias",
        "forward",
        (Edit(" + self.b2", ""),),
        "Which parameter is missing in z2?",
        spares=("hidden",),
        because=HIDDEN_RIGHT,
    ),
    Mistake(
        "fwd-linear-hidden", "forward", (Edit("a1 = self.sigmoid(z1)", "a1 = z1"),), "What separates two linear layers?"
    ),
    Mistake(
        "fwd-linear-output",
        "forward",
        (Edit("a2 = self.sigmoid(z2)", "a2 = z2"),),
        "Between which two numbers should an output lie?",
        spares=("hidden",),
        because=HIDDEN_RIGHT,
    ),
    Mistake(
        "fwd-feeds-z",
        "forward",
        (Edit("a1 @ self.W2", "z1 @ self.W2"),),
        "Does the output layer see z1 or a1?",
        spares=("hidden",),
        because=HIDDEN_RIGHT,
    ),
    Mistake(
        "fwd-swapped",
        "forward",
        (Edit("return a1, a2", "return a2, a1"),),
        "In which order are the two results asked for?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake("fwd-output-only", "forward", (Edit("return a1, a2", "return a2"),), "How many results are asked for?"),
    Mistake(
        "fwd-flat-output",
        "forward",
        (Edit("return a1, a2", "return a1, a2[:, 0]"),),
        "Is the output a column?",
        spares=("hidden",),
        halves=("output",),
        because="right but for its form",
    ),
    Mistake("loss-sign", "losses", (Edit("-(y", "(y"),), "Is a loss positive?"),
    Mistake(
        "loss-one-class", "losses", (Edit(" + (1 - y) * np.log(1 - a2)", ""),), "What about the samples of class 0?"
    ),
    Mistake("loss-log2", "losses", (Edit("np.log(", "np.log2("),), "Which logarithm does the formula use?"),
    Mistake(
        "loss-squared",
        "losses",
        (Edit("-(y * np.log(a2) + (1 - y) * np.log(1 - a2))", "(a2 - y) ** 2"),),
        "Which loss is this?",
    ),
    Mistake(
        "loss-summed",
        "losses",
        (Edit("-(y * np.log(a2) + (1 - y) * np.log(1 - a2))", "-np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2))"),),
        "One loss for each sample, or one for all?",
    ),
    Mistake(
        "loss-targets-swapped",
        "losses",
        (Edit("(y * np.log(a2) + (1 - y)", "((1 - y) * np.log(a2) + y"),),
        "Which of the two logarithms belongs to the target 1?",
    ),
    Mistake("bw-sign", "backward", (Edit("a2 - y", "y - a2"),), "If an output is too large, which sign?"),
    Mistake(
        "bw-mean", "backward", (Edit("a2 - y", "(a2 - y) / len(y)"),), "Is the loss a sum or a mean over the samples?"
    ),
    Mistake(
        "bw-extra-slope",
        "backward",
        (Edit("a2 - y", "(a2 - y) * a2 * (1 - a2)"),),
        "Did the output's slope not cancel with this loss?",
    ),
    Mistake("bw-squared-error", "backward", (Edit("a2 - y", "2 * (a2 - y)"),), "Derivative of which loss?"),
    Mistake(
        "bw-no-hidden-slope",
        "backward",
        (Edit("da1 * a1 * (1 - a1)", "da1"),),
        "What lies between z1 and a1?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-half-hidden-slope",
        "backward",
        (Edit("da1 * a1 * (1 - a1)", "da1 * (1 - a1)"),),
        "What is the slope of the sigmoid, written with a1?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-no-W2",
        "backward",
        (Edit("dz2 @ self.W2.T", "dz2 @ np.ones((1, 4))"),),
        "Through which weights does the error reach the hidden layer?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-gradient-for-weights",
        "backward",
        (Edit("dz2 @ self.W2.T", "dz2 @ dW2.T"),),
        "Does the error travel through the weights, or through their gradients?",
        spares=("dW2", "db2"),
        because=OUTPUT_RIGHT,
    ),
    Mistake(
        "bw-W2-sees-z",
        "backward",
        (Edit("dW2 = a1.T @ dz2", "dW2 = np.log(a1 / (1 - a1)).T @ dz2"),),
        "Does W2 multiply z1 or a1?",
        spares=("dW1", "db1", "db2"),
        because="only dW2 is wrong",
    ),
    Mistake(
        "bw-db1-total",
        "backward",
        (Edit("np.sum(dz1, axis=0)", "np.sum(dz1) * np.ones(4)"),),
        "Has each hidden neuron its own bias?",
        spares=("dW1", "dW2", "db2"),
        because="only db1 is wrong",
    ),
    Mistake(
        "bw-db-mean",
        "backward",
        (Edit("np.sum(dz1, axis=0)", "np.mean(dz1, axis=0)"), Edit("np.sum(dz2, axis=0)", "np.mean(dz2, axis=0)")),
        "Is the loss a sum or a mean over the samples?",
        spares=("dW1", "dW2"),
        because="the weights are right",
    ),
    Mistake(
        "bw-db-rows",
        "backward",
        (Edit("axis=0)", "axis=0, keepdims=True)"),),
        "How many axes does a bias have?",
        spares=("dW1", "dW2"),
        halves=("db1", "db2"),
        because="right but for the form",
    ),
    Mistake(
        "bw-first-sample",
        "backward",
        (Edit("a1, a2 = self.forward(X)", "X, y = X[:1], y[:1]\n    a1, a2 = self.forward(X)"),),
        "How many samples are in this gradient?",
    ),
    Mistake(
        "bw-updates",
        "backward",
        (Edit("return", "self.W2 = self.W2 - 0.1 * dW2\n    return"),),
        "Should backward change the parameters?",
    ),
    Mistake(
        "tr-plus",
        "train",
        (Edit("- learning_rate", "+ learning_rate"),),
        "Does this step go downhill or uphill?",
    ),
    Mistake(
        "tr-biases-frozen",
        "train",
        (
            Edit("self.b1 = self.b1 - learning_rate * db1", "pass"),
            Edit("self.b2 = self.b2 - learning_rate * db2", "pass"),
        ),
        "Which parameters never move?",
    ),
    Mistake("tr-one-epoch", "train", (Edit("range(max_epochs)", "range(1)"),), "How many epochs ran?"),
    Mistake(
        "tr-mean",
        "train",
        (Edit("np.sum(self.losses(a2, y))", "np.mean(self.losses(a2, y))"),),
        "Sum or mean over the samples?",
        spares=("parameters",),
        because="the parameters are right",
    ),
    Mistake(
        "tr-history-last",
        "train",
        (Edit("history.append(float(np.sum(self.losses(a2, y))))", "history = [float(np.sum(self.losses(a2, y)))]"),),
        "How many losses are asked for?",
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
        "Which weights does the second epoch's gradient belong to?",
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
        "At which parameters is the output layer's gradient taken?",
    ),
    Mistake("pred-at-zero", "predict", (Edit("a2 >= 0.5", "a2 >= 0"),), "Can an output be below zero?"),
    Mistake("pred-swapped", "predict", (Edit("1, 0)", "0, 1)"),), "Which class has the large outputs?"),
    Mistake(
        "pred-outputs", "predict", (Edit("np.where(a2 >= 0.5, 1, 0)", "a2"),), "Are classes asked for, or outputs?"
    ),
    Mistake(
        "pred-flat",
        "predict",
        (Edit("1, 0)", "1, 0)[:, 0]"),),
        "Is the prediction a column?",
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
