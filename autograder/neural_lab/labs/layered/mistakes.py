"""The bank of the layered lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "ini-uniform",
        "initialise",
        (Edit("rng.standard_normal((n_in, n_out))", "rng.uniform(0, 1, (n_in, n_out))"),),
        "Can a weight be negative?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-zero-biases",
        "initialise",
        (Edit("rng.standard_normal(n_out)", "np.zeros(n_out)"),),
        "How should the biases start here?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-zero-weights",
        "initialise",
        (Edit("rng.standard_normal((n_in, n_out))", "np.zeros((n_in, n_out))"),),
        "If all weights start alike, what keeps them apart later?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-ignores-seed",
        "initialise",
        (Edit("default_rng(seed)", "default_rng(0)"),),
        "What happens with another seed?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-unseeded",
        "initialise",
        (Edit("default_rng(seed)", "default_rng()"),),
        "Can a run be repeated?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-transposed",
        "initialise",
        (Edit("(n_in, n_out))", "(n_out, n_in))"),),
        "Which axis of W belongs to the inputs?",
        spares=("random",),
        because="the numbers are random all the same",
    ),
    Mistake(
        "ini-bias-rows",
        "initialise",
        (Edit("rng.standard_normal(n_out)", "rng.standard_normal((1, n_out))"),),
        "How many axes should a bias have?",
        spares=("random",),
        because="the numbers are random all the same",
    ),
    Mistake(
        "ini-counts-inputs",
        "initialise",
        (Edit("zip(sizes[:-1], sizes[1:])", "zip(sizes, sizes)"),),
        "How many layers of weights are there between the sizes?",
        spares=("random",),
        because="the numbers are random all the same",
    ),
    Mistake("sig-no-minus", "sigmoid", (Edit("-z", "z"),), "What should the sigmoid approach for a large z?"),
    Mistake(
        "sig-precedence", "sigmoid", (Edit("(1 + np.exp(-z))", "1 + np.exp(-z)"),), "Work it out by hand at z = 0."
    ),
    Mistake("sig-tanh", "sigmoid", (Edit("1 / (1 + np.exp(-z))", "np.tanh(z)"),), "Between which numbers does it lie?"),
    Mistake("der-of-a", "sigmoid_derivative", (Edit("a = sigmoid(z)", "a = z"),), "Is the argument z, or already a?"),
    Mistake("der-factor-lost", "sigmoid_derivative", (Edit("a * (1 - a)", "1 - a"),), "What is the slope at z = 0?"),
    Mistake("der-tanh", "sigmoid_derivative", (Edit("a * (1 - a)", "1 - a**2"),), "Whose derivative is this: tanh's?"),
    Mistake("cost-half", "cost", (Edit("/ N", "/ (2 * N)"),), "Is there a ½ in this cost?"),
    Mistake("cost-sum", "cost", (Edit(" / N", ""),), "Sum or mean over the samples?"),
    Mistake(
        "cost-mean-outputs",
        "cost",
        (Edit("np.sum((t - y) ** 2) / N", "np.mean((t - y) ** 2)"),),
        "Is it averaged over outputs?",
    ),
    Mistake("cost-no-square", "cost", (Edit("(t - y) ** 2", "t - y"),), "Can opposite errors cancel?"),
    Mistake(
        "cost-square-of-sum",
        "cost",
        (Edit("np.sum((t - y) ** 2)", "np.sum(t - y) ** 2"),),
        "First the square or the sum?",
    ),
    Mistake("cd-sign", "cost_derivative", (Edit("y - t", "t - y"),), "If an output is too large, which sign?"),
    Mistake("cd-no-two", "cost_derivative", (Edit("2 * (y", "(y"),), "Where did the exponent go?"),
    Mistake("cd-no-mean", "cost_derivative", (Edit(" / N", ""),), "What became of the 1/N of the cost?"),
    Mistake("cd-mean-outputs", "cost_derivative", (Edit("/ N", "/ y.size"),), "Is the cost averaged over the outputs?"),
    Mistake("fwd-no-bias", "forward_pass", (Edit("a @ W + b", "a @ W"),), "Which parameters went unused?"),
    Mistake(
        "fwd-bias-after",
        "forward_pass",
        (Edit("a @ W + b", "a @ W"), Edit("sigmoid(z)", "sigmoid(z) + b")),
        "Is b inside z?",
    ),
    Mistake(
        "fwd-transposed", "forward_pass", (Edit("a @ W + b", "a @ W.T + b"),), "Which axis of W belongs to the inputs?"
    ),
    Mistake(
        "fwd-activates-input",
        "forward_pass",
        (Edit("a = x\n", "a = sigmoid(x)\n"),),
        "Does the input have an activation?",
    ),
    Mistake("fwd-feeds-x", "forward_pass", (Edit("a @ W + b", "x @ W + b"),), "What feeds the second layer?"),
    Mistake("fwd-linear", "forward_pass", (Edit("a = sigmoid(z)", "a = z"),), "What separates two linear layers?"),
    Mistake(
        "fwd-linear-output",
        "forward_pass",
        (Edit("a = sigmoid(z)", "a = z if len(zs) == len(weights) - 1 else sigmoid(z)"),),
        "Does the last layer have an activation function?",
    ),
    Mistake(
        "fwd-input-missing",
        "forward_pass",
        (Edit("activations = [x]", "activations = []"),),
        "How many activations are asked for, the input among them?",
    ),
    Mistake(
        "fwd-output-only",
        "forward_pass",
        (Edit("return zs, activations", "return a"),),
        "The network's output, or the values of all layers?",
    ),
    Mistake(
        "fwd-two-layers",
        "forward_pass",
        (Edit("zip(weights, biases)", "zip(weights[:2], biases[:2])"),),
        "What if there were five layers?",
        spares=("handout",),
        because="the handout's network has two",
    ),
    Mistake(
        "bp-no-slope",
        "back_propagation",
        (Edit("dC_da * sigmoid_derivative(zs[layer])", "dC_da"),),
        "What lies between z and a?",
    ),
    Mistake(
        "bp-slope-of-a",
        "back_propagation",
        (Edit("sigmoid_derivative(zs[layer])", "sigmoid_derivative(activations[layer + 1])"),),
        "Which of the two does sigmoid_derivative take, z or a?",
    ),
    Mistake(
        "bp-db-mean",
        "back_propagation",
        (Edit("np.sum(dC_dz, axis=0)", "np.mean(dC_dz, axis=0)"),),
        "Is the 1/N not in the cost's derivative already?",
        spares=("dw-*",),
        because="the weights are right",
    ),
    Mistake(
        "bp-db-total",
        "back_propagation",
        (Edit("np.sum(dC_dz, axis=0)", "np.sum(dC_dz)"),),
        "Has each neuron its own bias?",
        spares=("dw-*",),
        because="the weights are right",
    ),
    Mistake(
        "bp-db-zero",
        "back_propagation",
        (Edit("dC_db[layer] = np.sum(dC_dz, axis=0)", "pass"),),
        "Which gradients stay zero?",
        spares=("dw-*",),
        because="the weights are right",
    ),
    Mistake(
        "bp-db-rows",
        "back_propagation",
        (Edit("axis=0)", "axis=0, keepdims=True)"),),
        "How many axes does a bias have?",
        spares=("dw-*",),
        halves=("db-*",),
        because="right but for the form",
    ),
    Mistake(
        "bp-dw-transposed",
        "back_propagation",
        (Edit("activations[layer].T @ dC_dz", "dC_dz.T @ activations[layer]"),),
        "Do the rows of W belong to inputs or to neurons?",
        spares=("db-*",),
        halves=("dw-*",),
        because="transposed: right but for its form",
    ),
    Mistake(
        "bp-dw-own-activation",
        "back_propagation",
        (Edit("activations[layer].T", "activations[layer + 1].T"),),
        "Which activations enter this W?",
        spares=("db-*",),
        because="the biases are right",
    ),
    Mistake(
        "bp-dw-per-sample",
        "back_propagation",
        (Edit("activations[layer].T @ dC_dz", "activations[layer].T @ dC_dz / len(x)"),),
        "Is the 1/N not in the cost's derivative already?",
        spares=("db-*",),
        because="the biases are right",
    ),
    Mistake(
        "bp-W-not-transposed",
        "back_propagation",
        (Edit("weights[layer].T", "weights[layer]"),),
        "Which axis of W does dC_dz meet on the way back?",
    ),
    Mistake(
        "bp-error-not-carried",
        "back_propagation",
        (Edit("dC_dz @ weights[layer].T", "dC_da @ weights[layer].T"),),
        "Which of the three derivatives goes on to the layer before?",
    ),
    Mistake(
        "bp-stops-early",
        "back_propagation",
        (Edit("range(len(weights) - 1, -1, -1)", "range(len(weights) - 1, 0, -1)"),),
        "Did the first layer get gradients?",
    ),
    Mistake(
        "bp-forwards",
        "back_propagation",
        (
            Edit("dC_dw[layer] =", "dC_dw[len(weights) - 1 - layer] ="),
            Edit("dC_db[layer] =", "dC_db[len(weights) - 1 - layer] ="),
        ),
        "Does dC_db[0] belong to biases[0]?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake(
        "bp-swapped",
        "back_propagation",
        (Edit("return dC_dw, dC_db", "return dC_db, dC_dw"),),
        "In which order are the two lists asked for?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake("upd-plus", "update", (Edit("- eta", "+ eta"),), "Does this step go downhill or uphill?"),
    Mistake("upd-no-bias", "update", (Edit("b - eta * db", "b"),), "Which parameters never move?"),
    Mistake("upd-no-eta", "update", (Edit("eta * ", ""),), "What does the learning rate do here?"),
    Mistake(
        "upd-in-place",
        "update",
        (Edit("return", "for W, new in zip(weights, new_weights):\n        W[...] = new\n    return"),),
        "Are the caller's weights unchanged after the call?",
    ),
    Mistake(
        "upd-swapped-pairs",
        "update",
        (Edit("zip(biases, dC_db)", "zip(biases, dC_db[::-1])"),),
        "Whose gradient is it?",
    ),
    Mistake("train-one-epoch", "train", (Edit("range(epochs)", "range(1)"),), "How many epochs ran?"),
    Mistake(
        "train-cost-before",
        "train",
        (
            Edit(
                "        _, activations = forward_pass(x, weights, biases)\n"
                "        costs.append(cost(activations[-1], t))\n",
                "",
            ),
            Edit(
                "    for _ in range(epochs):\n",
                "    for _ in range(epochs):\n        _, activations = forward_pass(x, weights, biases)\n"
                "        costs.append(cost(activations[-1], t))\n",
            ),
        ),
        "Is this the cost before or after the update?",
    ),
    Mistake(
        "train-forgets-update",
        "train",
        (Edit("weights, biases = update", "new_weights, new_biases = update"),),
        "Which weights does the second epoch see?",
    ),
    Mistake("train-last-cost", "train", (Edit("costs.append(", "costs = ("),), "How many costs are asked for?"),
    Mistake(
        "train-sample-by-sample",
        "train",
        (
            Edit(
                "        dC_dw, dC_db = back_propagation(x, t, weights, biases)\n        weights, biases = update",
                "        for i in range(len(x)):\n"
                "            dC_dw, dC_db = back_propagation(x[i : i + 1], t[i : i + 1], weights, biases)\n"
                "            weights, biases = update",
            ),
        ),
        "How many updates make an epoch of batch gradient descent?",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "ini-scaled-draws", "initialise", (Edit("rng.standard_normal(n_out)", "rng.normal(0, 1, n_out)"),), "normal"
    ),
    Variant(
        "bp-einsum",
        "back_propagation",
        (Edit("activations[layer].T @ dC_dz", 'np.einsum("ni,no->io", activations[layer], dC_dz)'),),
        "einsum",
    ),
)
