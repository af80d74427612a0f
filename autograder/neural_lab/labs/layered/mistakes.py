"""The bank of the layered lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "ini-uniform",
        "initialise",
        (Edit("rng.standard_normal((n_in, n_out))", "rng.uniform(0, 1, (n_in, n_out))"),),
        "Print some of your weights. Drawn from a normal distribution, half of them should be negative.",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-zero-biases",
        "initialise",
        (Edit("rng.standard_normal(n_out)", "np.zeros(n_out)"),),
        "Print your biases. How does the docstring say that they are drawn?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-zero-weights",
        "initialise",
        (Edit("rng.standard_normal((n_in, n_out))", "np.zeros((n_in, n_out))"),),
        "Print your weights. When all are equal, all neurons of a layer get equal gradients. How does the "
        "docstring say that they are drawn?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-ignores-seed",
        "initialise",
        (Edit("default_rng(seed)", "default_rng(0)"),),
        "Call the function with two seeds and compare the weights: they should differ. Where do you use `seed`?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-unseeded",
        "initialise",
        (Edit("default_rng(seed)", "default_rng()"),),
        "Call the function twice with the same seed and compare the weights: they should be equal. Where do"
        " you use `seed`?",
        spares=("shapes",),
        because="the shapes are right",
    ),
    Mistake(
        "ini-transposed",
        "initialise",
        (Edit("(n_in, n_out))", "(n_out, n_in))"),),
        "Print the shapes of your weights: (inputs, outputs) is asked for. Which of the two numbers comes "
        "first in yours?",
        spares=("random",),
        because="the numbers are random all the same",
    ),
    Mistake(
        "ini-bias-rows",
        "initialise",
        (Edit("rng.standard_normal(n_out)", "rng.standard_normal((1, n_out))"),),
        "Print the shape of a bias: (n_out,) is asked for. How many axes has yours?",
        spares=("random",),
        because="the numbers are random all the same",
    ),
    Mistake(
        "ini-counts-inputs",
        "initialise",
        (Edit("zip(sizes[:-1], sizes[1:])", "zip(sizes, sizes)"),),
        "Print the shapes of your weights for the sizes 5, 3, 1: there should be (5, 3) and (3, 1).",
        spares=("random",),
        because="the numbers are random all the same",
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
        "der-of-a",
        "sigmoid_derivative",
        (Edit("a = sigmoid(z)", "a = z"),),
        "The argument is z, before the sigmoid. You use it as if it were the activation a. Print both for z = 2.",
    ),
    Mistake(
        "der-factor-lost",
        "sigmoid_derivative",
        (Edit("a * (1 - a)", "1 - a"),),
        "Work out your slope by hand at z = 0: it should be 0.25.",
    ),
    Mistake(
        "der-tanh",
        "sigmoid_derivative",
        (Edit("a * (1 - a)", "1 - a**2"),),
        "This is the derivative of tanh. Differentiate the sigmoid: its slope at z = 0 is 0.25, yours is larger.",
    ),
    Mistake(
        "cost-half",
        "cost",
        (Edit("/ N", "/ (2 * N)"),),
        "Your cost is half of what it should be. Compare the constants with the formula of this lab.",
    ),
    Mistake(
        "cost-sum",
        "cost",
        (Edit(" / N", ""),),
        "Give every sample twice: the cost should stay the same. What happens to yours?",
    ),
    Mistake(
        "cost-mean-outputs",
        "cost",
        (Edit("np.sum((t - y) ** 2) / N", "np.mean((t - y) ** 2)"),),
        "Try one sample with three outputs. The formula divides by the number of samples: by what do you divide?",
    ),
    Mistake(
        "cost-no-square",
        "cost",
        (Edit("(t - y) ** 2", "t - y"),),
        "Try two outputs with the errors +1 and -1. Your cost is 0 there. What does the formula do to each error?",
    ),
    Mistake(
        "cost-square-of-sum",
        "cost",
        (Edit("np.sum((t - y) ** 2)", "np.sum(t - y) ** 2"),),
        "Try two outputs with the errors +1 and -1: the cost should be above 0. Do you square each error, "
        "or their sum?",
    ),
    Mistake(
        "cd-sign",
        "cost_derivative",
        (Edit("y - t", "t - y"),),
        "Try an output that is too large: a larger one makes the cost grow, so the derivative is positive. "
        "Which sign has yours?",
    ),
    Mistake(
        "cd-no-two",
        "cost_derivative",
        (Edit("2 * (y", "(y"),),
        "Differentiate a square by hand. Which number comes down from the exponent?",
    ),
    Mistake(
        "cd-no-mean",
        "cost_derivative",
        (Edit(" / N", ""),),
        "The cost is divided by the number of samples. What becomes of this factor in its derivative?",
    ),
    Mistake(
        "cd-mean-outputs",
        "cost_derivative",
        (Edit("/ N", "/ y.size"),),
        "The cost is divided by the number of samples alone. By which number do you divide?",
    ),
    Mistake(
        "fwd-no-bias",
        "forward_pass",
        (Edit("a @ W + b", "a @ W"),),
        "Compare your z with the formula, term by term. Which parameters are not in it?",
    ),
    Mistake(
        "fwd-bias-after",
        "forward_pass",
        (Edit("a @ W + b", "a @ W"), Edit("sigmoid(z)", "sigmoid(z) + b")),
        "Look at where you add b: to z, or to the activation?",
    ),
    Mistake(
        "fwd-transposed",
        "forward_pass",
        (Edit("a @ W + b", "a @ W.T + b"),),
        "Each W has a row for each input and a column for each neuron. Write down the shapes of both "
        "factors of your product: do they fit?",
    ),
    Mistake(
        "fwd-activates-input",
        "forward_pass",
        (Edit("a = x\n", "a = sigmoid(x)\n"),),
        "The input x goes into the first layer as it is. What does your code do to it first?",
    ),
    Mistake(
        "fwd-feeds-x",
        "forward_pass",
        (Edit("a @ W + b", "x @ W + b"),),
        "The second layer gets the activations of the first one. What does it get in your code?",
    ),
    Mistake(
        "fwd-linear",
        "forward_pass",
        (Edit("a = sigmoid(z)", "a = z"),),
        "Print z and a of a layer. They should differ: which function makes a of z?",
    ),
    Mistake(
        "fwd-linear-output",
        "forward_pass",
        (Edit("a = sigmoid(z)", "a = z if len(zs) == len(weights) - 1 else sigmoid(z)"),),
        "Print the network's output. It should lie between 0 and 1: what happens to z in your last layer?",
    ),
    Mistake(
        "fwd-input-missing",
        "forward_pass",
        (Edit("activations = [x]", "activations = []"),),
        "Count the arrays in your `activations`. The list should begin with x.",
    ),
    Mistake(
        "fwd-output-only",
        "forward_pass",
        (Edit("return zs, activations", "return a"),),
        "You return the network's output alone. Which two lists does the docstring ask for?",
    ),
    Mistake(
        "fwd-two-layers",
        "forward_pass",
        (Edit("zip(weights, biases)", "zip(weights[:2], biases[:2])"),),
        "Try a net with four layers of weights, and count the arrays in your `zs`.",
        spares=("handout",),
        because="the handout's network has two",
    ),
    Mistake(
        "bp-no-slope",
        "back_propagation",
        (Edit("dC_da * sigmoid_derivative(zs[layer])", "dC_da"),),
        "Write down the chain rule from the cost to z, by way of a. Which of its factors is not in your code?",
    ),
    Mistake(
        "bp-slope-of-a",
        "back_propagation",
        (Edit("sigmoid_derivative(zs[layer])", "sigmoid_derivative(activations[layer + 1])"),),
        "`sigmoid_derivative` takes z. What do you pass to it?",
    ),
    Mistake(
        "bp-db-mean",
        "back_propagation",
        (Edit("np.sum(dC_dz, axis=0)", "np.mean(dC_dz, axis=0)"),),
        "The derivative of the cost is divided by the number of samples already. Do you divide the "
        "gradients of the biases once more?",
        spares=("dw-*",),
        because="the weights are right",
    ),
    Mistake(
        "bp-db-total",
        "back_propagation",
        (Edit("np.sum(dC_dz, axis=0)", "np.sum(dC_dz)"),),
        "Print the shape of your gradient of a bias. There should be one number for each neuron: over which"
        " axis do you sum?",
        spares=("dw-*",),
        because="the weights are right",
    ),
    Mistake(
        "bp-db-zero",
        "back_propagation",
        (Edit("dC_db[layer] = np.sum(dC_dz, axis=0)", "pass"),),
        "Print your `dC_db`. Is it filled anywhere after the zeros?",
        spares=("dw-*",),
        because="the weights are right",
    ),
    Mistake(
        "bp-db-rows",
        "back_propagation",
        (Edit("axis=0)", "axis=0, keepdims=True)"),),
        "Print the shape of your gradient of a bias: it should be that of the bias, with one axis.",
        spares=("dw-*",),
        halves=("db-*",),
        because="right but for the form",
    ),
    Mistake(
        "bp-dw-transposed",
        "back_propagation",
        (Edit("activations[layer].T @ dC_dz", "dC_dz.T @ activations[layer]"),),
        "Print the shapes of your gradient and of the weights. To what do the rows of the weights belong?",
        spares=("db-*",),
        halves=("dw-*",),
        because="transposed: right but for its form",
    ),
    Mistake(
        "bp-dw-own-activation",
        "back_propagation",
        (Edit("activations[layer].T", "activations[layer + 1].T"),),
        "Look at the formula of z. Which activations is W multiplied by there: those of its own layer, or "
        "of the layer before?",
        spares=("db-*",),
        because="the biases are right",
    ),
    Mistake(
        "bp-dw-per-sample",
        "back_propagation",
        (Edit("activations[layer].T @ dC_dz", "activations[layer].T @ dC_dz / len(x)"),),
        "The derivative of the cost is divided by the number of samples already. Do you divide the "
        "gradients of the weights once more?",
        spares=("db-*",),
        because="the biases are right",
    ),
    Mistake(
        "bp-W-not-transposed",
        "back_propagation",
        (Edit("weights[layer].T", "weights[layer]"),),
        "Write down the shapes of both factors of the product that goes back to the layer before: do they fit?",
    ),
    Mistake(
        "bp-error-not-carried",
        "back_propagation",
        (Edit("dC_dz @ weights[layer].T", "dC_da @ weights[layer].T"),),
        "What goes back through the weights is the derivative with respect to z. What do you send back?",
    ),
    Mistake(
        "bp-stops-early",
        "back_propagation",
        (Edit("range(len(weights) - 1, -1, -1)", "range(len(weights) - 1, 0, -1)"),),
        "Print your gradients. Which layer's are still zero? Count the rounds of your loop.",
    ),
    Mistake(
        "bp-forwards",
        "back_propagation",
        (
            Edit("dC_dw[layer] =", "dC_dw[len(weights) - 1 - layer] ="),
            Edit("dC_db[layer] =", "dC_db[len(weights) - 1 - layer] ="),
        ),
        "The first item of each list belongs to the first layer. Print the shapes of your items from first to last.",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake(
        "bp-swapped",
        "back_propagation",
        (Edit("return dC_dw, dC_db", "return dC_db, dC_dw"),),
        "Compare your `return` with the docstring. Which of the two lists comes first?",
        halves=("*",),
        because="right but for the order",
    ),
    Mistake(
        "upd-plus",
        "update",
        (Edit("- eta", "+ eta"),),
        "Print the cost before and after an update with a small eta. It should fall. Which sign has your step?",
    ),
    Mistake(
        "upd-no-bias",
        "update",
        (Edit("b - eta * db", "b"),),
        "Print the biases before and after an update. Do they change?",
    ),
    Mistake(
        "upd-no-eta",
        "update",
        (Edit("eta * ", ""),),
        "Call the function with eta = 0: nothing should change. Where do you use eta?",
    ),
    Mistake(
        "upd-in-place",
        "update",
        (Edit("return", "for W, new in zip(weights, new_weights):\n        W[...] = new\n    return"),),
        "Print the weights that you pass, before and after the call. They should stay as they are. Which of"
        " your lines changes them?",
    ),
    Mistake(
        "upd-swapped-pairs",
        "update",
        (Edit("zip(biases, dC_db)", "zip(biases, dC_db[::-1])"),),
        "Each bias takes the step of its own gradient. In which order does your code go through the gradients?",
    ),
    Mistake(
        "train-one-epoch",
        "train",
        (Edit("range(epochs)", "range(1)"),),
        "Count the costs that you return for 3 epochs. How often does your loop run?",
    ),
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
        "The cost of an epoch is taken after its update. Where does it stand in your loop?",
    ),
    Mistake(
        "train-forgets-update",
        "train",
        (Edit("weights, biases = update", "new_weights, new_biases = update"),),
        "Print the weights at the start of the second epoch. They should be those of the first epoch's update.",
    ),
    Mistake(
        "train-last-cost",
        "train",
        (Edit("costs.append(", "costs = ("),),
        "One cost for each epoch is asked for. How many do you return?",
    ),
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
        "Count your updates in one epoch. There should be one, with the gradients of all samples.",
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
