"""layered: a network of any depth and widths, with gradients by one recursion over the layers.

Symbols used in the shapes below:
    N      number of samples
    L      number of layers of weights; sizes = [n_0, n_1, ..., n_L], for the handout's network [5, 3, 1]
    W, b   (n_in, n_out) and (n_out,): weights and biases of one layer; `weights` and `biases` are lists of L of them
    z, a   (N, n_out): pre-activations and activations of one layer, one sample in each row
The handout writes y = W^T X + b for one sample, a column; for rows of samples the same thing reads z = a W + b.

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
Run this file to check your work: python layered.py
"""

import numpy as np


def initialise(sizes, seed):
    """Random weights and biases, all drawn from N(0, 1).

    :param sizes: list [n_0, n_1, ..., n_L]
    :param seed: int; the same seed gives the same numbers, another seed others
    :return: weights, biases: lists of L arrays (n_in, n_out) and of L arrays (n_out,)
    """
    # TODO: draw an array of the right shape for every layer; use np.random.default_rng(seed)
    # BEGIN ANSWER
    rng = np.random.default_rng(seed)
    weights = []
    biases = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        weights.append(rng.standard_normal((n_in, n_out)))
        biases.append(rng.standard_normal(n_out))
    return weights, biases
    # END ANSWER


def sigmoid(z):
    """The activation function, for each entry of z.

    :param z: numpy array of any shape
    :return: numpy array of the same shape
    """
    # TODO: compute 1 / (1 + e^-z) for every entry of z
    # BEGIN ANSWER
    return 1 / (1 + np.exp(-z))
    # END ANSWER


def sigmoid_derivative(z):
    """The derivative da/dz of the sigmoid at each entry of z.

    :param z: numpy array of any shape
    :return: numpy array of the same shape
    """
    # TODO: use sigmoid
    # BEGIN ANSWER
    a = sigmoid(z)
    return a * (1 - a)
    # END ANSWER


def cost(y, t):
    """The cost C of the network's outputs: squared differences, summed over the outputs, averaged over the samples.

    :param y: numpy array (N, n_L), the outputs
    :param t: numpy array (N, n_L), the targets
    :return: float, the sum of (t - y)^2 over all entries, divided by N
    """
    # TODO: mind what is summed and what is averaged
    # BEGIN ANSWER
    N = len(y)
    return np.sum((t - y) ** 2) / N
    # END ANSWER


def cost_derivative(y, t):
    """The derivative dC/dy of the cost with respect to every output of every sample.

    :param y: numpy array (N, n_L), the outputs
    :param t: numpy array (N, n_L), the targets
    :return: numpy array (N, n_L)
    """
    # TODO: differentiate `cost` with respect to y
    # BEGIN ANSWER
    N = len(y)
    return 2 * (y - t) / N
    # END ANSWER


def forward_pass(x, weights, biases):
    """The values of all layers, for all samples at once.

    :param x: numpy array (N, n_0)
    :param weights: list of L arrays (n_in, n_out)
    :param biases: list of L arrays (n_out,)
    :return: zs, activations: a list with the L pre-activations (N, n_out), and a list with x and the L activations
        (N, n_out), L + 1 arrays; the last one is the network's output
    """
    # TODO: go through the layers; every layer has the sigmoid as its activation function
    # BEGIN ANSWER
    a = x
    zs = []
    activations = [x]
    for W, b in zip(weights, biases):
        z = a @ W + b  # (N, n_in) @ (n_in, n_out) -> (N, n_out)
        a = sigmoid(z)
        zs.append(z)
        activations.append(a)
    return zs, activations
    # END ANSWER


def back_propagation(x, t, weights, biases):
    """The gradients of the cost over all samples with respect to every weight and bias.

    :param x: numpy array (N, n_0)
    :param t: numpy array (N, n_L)
    :param weights: list of L arrays (n_in, n_out)
    :param biases: list of L arrays (n_out,)
    :return: dC_dw, dC_db: lists of L arrays of the shapes of weights and biases
    """
    # TODO 1: a forward pass, and the derivative of the cost with respect to the last activations
    # TODO 2: from the last layer to the first: dC/dz, from it dC/dw and dC/db, and dC/da of the layer before
    # BEGIN ANSWER
    zs, activations = forward_pass(x, weights, biases)
    dC_dw = [np.zeros_like(W) for W in weights]
    dC_db = [np.zeros_like(b) for b in biases]
    dC_da = cost_derivative(activations[-1], t)  # (N, n_L)
    for layer in range(len(weights) - 1, -1, -1):
        dC_dz = dC_da * sigmoid_derivative(zs[layer])  # (N, n_out)
        dC_dw[layer] = activations[layer].T @ dC_dz  # (n_in, N) @ (N, n_out) -> (n_in, n_out)
        dC_db[layer] = np.sum(dC_dz, axis=0)  # (n_out,)
        dC_da = dC_dz @ weights[layer].T  # of the layer before: (N, n_out) @ (n_out, n_in) -> (N, n_in)
    return dC_dw, dC_db
    # END ANSWER


def update(weights, biases, dC_dw, dC_db, eta):
    """One step of gradient descent: w - eta dC/dw and b - eta dC/db for every layer.

    :param weights: list of L arrays (n_in, n_out)
    :param biases: list of L arrays (n_out,)
    :param dC_dw: list of L arrays (n_in, n_out)
    :param dC_db: list of L arrays (n_out,)
    :param eta: float, the learning rate
    :return: weights, biases: two new lists; the arrays that were passed stay as they are
    """
    # TODO: every layer takes its step
    # BEGIN ANSWER
    new_weights = [W - eta * dw for W, dw in zip(weights, dC_dw)]
    new_biases = [b - eta * db for b, db in zip(biases, dC_db)]
    return new_weights, new_biases
    # END ANSWER


def train(x, t, weights, biases, eta, epochs):
    """Train by batch gradient descent: in each epoch all samples together lead to one update.

    :param x: numpy array (N, n_0)
    :param t: numpy array (N, n_L)
    :param weights: list of L arrays (n_in, n_out), to start from
    :param biases: list of L arrays (n_out,)
    :param eta: float, the learning rate
    :param epochs: number of updates
    :return: weights, biases, costs: the lists after the last update, and a list with the cost after each update
    """
    # TODO: gradients, update, cost; again for each epoch
    # BEGIN ANSWER
    costs = []
    for _ in range(epochs):
        dC_dw, dC_db = back_propagation(x, t, weights, biases)
        weights, biases = update(weights, biases, dC_dw, dC_db, eta)
        _, activations = forward_pass(x, weights, biases)
        costs.append(cost(activations[-1], t))
    return weights, biases, costs
    # END ANSWER


if __name__ == "__main__":
    from selfcheck import Checks, numerical_gradient

    checks = Checks(__file__)
    rng = np.random.default_rng(7)
    sizes = [5, 4, 3, 2]
    weights = [rng.standard_normal((n_in, n_out)) for n_in, n_out in zip(sizes[:-1], sizes[1:])]
    biases = [rng.standard_normal(n) for n in sizes[1:]]
    x, t = rng.standard_normal((6, 5)), rng.uniform(0, 1, (6, 2))

    def cost_with(kind, layer, array):
        """The cost over the samples x with one array of weights or biases exchanged."""
        parameters = {"weights": list(weights), "biases": list(biases)}
        parameters[kind][layer] = array
        return cost(forward_pass(x, **parameters)[1][-1], t)

    with checks("initialise", ask="which shape has each array, and what decides the numbers that are drawn?"):
        first, again, other = initialise([5, 3, 1], 1), initialise([5, 3, 1], 1), initialise([5, 3, 1], 2)
        for layer, shape in enumerate([(5, 3), (3, 1)]):
            checks.equal(f"the shape of weights[{layer}]", np.shape(first[0][layer]), shape)
            checks.equal(f"the shape of biases[{layer}]", np.shape(first[1][layer]), shape[1:])
            checks.equal(f"weights[{layer}] for the same seed again", again[0][layer], first[0][layer])
            assert not np.allclose(other[0][layer], first[0][layer]), "another seed gives the same weights"
        for kind, index in (("weights", 0), ("biases", 1)):
            drawn = np.concatenate(
                [array.ravel() for seed in range(200) for array in initialise([5, 3, 1], seed)[index]]
            )
            assert abs(drawn.mean()) < 0.2, f"the mean of the {kind} over 200 seeds is {drawn.mean():.2f}"
            assert abs(drawn.std() - 1) < 0.2, f"the standard deviation of the {kind} is {drawn.std():.2f}"
    with checks("sigmoid", ask="what does the formula 1 / (1 + e^-z) give there, by hand?"):
        checks.equal("sigmoid([0, 40, -40])", sigmoid(np.array([0.0, 40.0, -40.0])), [0.5, 1, 0])
        checks.equal("ln(s / (1 - s)) of s = sigmoid(-1.5)", np.log(sigmoid(-1.5) / (1 - sigmoid(-1.5))), -1.5)
    with checks("sigmoid_derivative", "sigmoid", ask="it takes z, not a: how steep is the sigmoid there?"):
        z = np.array([-2.0, 0.0, 0.5])
        checks.equal("sigmoid_derivative([-2, 0, 0.5])", sigmoid_derivative(z), numerical_gradient(sigmoid, z))
    with checks("cost", ask="what is summed, and what is it divided by?"):
        y = np.array([[0.0, 1.0], [0.5, 0.5]])
        checks.equal("the cost of two samples with two outputs", cost(y, np.array([[1.0, 1.0], [0.0, 1.0]])), 0.75)
    with checks("cost_derivative", "cost", ask="what is left of the square, and what does the mean do to it?"):
        y = rng.uniform(0, 1, (6, 2))
        checks.equal("the derivative for 6 samples", cost_derivative(y, t), numerical_gradient(lambda y: cost(y, t), y))
    with checks("forward_pass", "sigmoid", ask="what goes into each layer, and what is kept of it?"):
        W, b = [np.array([[1.0, -2.0]]), np.array([[3.0], [1.0]])], [np.array([0.5, 1.0]), np.array([-2.0])]
        zs, activations = forward_pass(np.array([[0.5], [-0.5]]), W, b)
        checks.equal("how many zs and activations there are", [len(zs), len(activations)], [2, 3])
        checks.equal("zs[0]", zs[0], [[1, 0], [0, 2]])
        checks.equal("activations[1]", activations[1], [[0.731058579, 0.5], [0.5, 0.880797078]])
        checks.equal("zs[1]", zs[1], [[0.693175736], [0.380797078]])
        checks.equal("activations[2]", activations[2], [[0.666673007], [0.594065326]])
        checks.equal("the number of activations with three layers", len(forward_pass(x, weights, biases)[1]), 4)
    with checks(
        "back_propagation",
        *("sigmoid", "sigmoid_derivative", "cost", "cost_derivative", "forward_pass"),
        ask="which factors lie between this layer and the cost, and in which order do they come back?",
    ):
        dC_dw, dC_db = back_propagation(x, t, weights, biases)
        for layer in (2, 1, 0):
            expected = numerical_gradient(lambda b, layer=layer: cost_with("biases", layer, b), biases[layer])
            checks.equal(f"dC_db[{layer}]", dC_db[layer], expected)
            expected = numerical_gradient(lambda W, layer=layer: cost_with("weights", layer, W), weights[layer])
            checks.equal(f"dC_dw[{layer}]", dC_dw[layer], expected)
    with checks("update", ask="which way is downhill, and are the lists that come back new ones?"):
        arrays = [np.array([[1.0], [2.0]])], [np.array([3.0])], [np.array([[4.0], [-2.0]])], [np.array([10.0])]
        new_weights, new_biases = update(*arrays, 0.5)
        checks.equal("weights[0]", new_weights[0], [[-1], [3]])
        checks.equal("biases[0]", new_biases[0], [-2])
        two_layers = update(
            [np.ones((1, 1))] * 2, [np.ones(1)] * 2, [np.ones((1, 1))] * 2, [np.ones(1), np.zeros(1)], 1.0
        )
        checks.equal("biases of two layers", two_layers[1], [[0], [1]])
        checks.equal("the old weights[0], which should be unchanged,", arrays[0][0], [[1], [2]])
    with checks(
        "train",
        *("forward_pass", "cost", "back_propagation", "update"),
        ask="what does each epoch begin with, and when is the cost taken?",
    ):
        _, _, costs = train(x, t, weights, biases, 0.5, 40)
        checks.equal("the number of costs", len(costs), 40)
        once = train(x, t, weights, biases, 0.5, 1)
        change = -0.5 * numerical_gradient(lambda b: cost_with("biases", 0, b), biases[0])
        checks.equal("the change of biases[0] in one epoch", once[1][0] - biases[0], change)
        assert costs[-1] < costs[0] < cost_with("biases", 0, biases[0]), f"the cost should fall, but goes {costs}"
    checks.finish("train_layered.py")
