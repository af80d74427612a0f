"""ann: a 2-4-1 network for two classes, trained by batch gradient descent with matrix operations only.

Symbols used in the shapes below:
    N        number of samples
    X        (N, 2), one sample in each row
    y        (N, 1), the targets 0 and 1: a column, so that y and the outputs subtract entry by entry
    W1, b1   (2, 4) and (4,): from the inputs to the hidden layer
    W2, b2   (4, 1) and (1,): from the hidden layer to the output
    z1, a1   (N, 4): z1 = X W1 + b1, a1 = sigma(z1)
    z2, a2   (N, 1): z2 = a1 W2 + b2, a2 = sigma(z2), the network's outputs

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
Run this file to check your work: python ann.py
"""

import numpy as np


class ANN:
    """Two inputs, four hidden neurons, one output; every neuron's activation function is the sigmoid."""

    def __init__(self, seed=0):
        """Start from random weights and zero biases.

        :param seed: seed of the initial weights
        """
        self.W1, self.b1, self.W2, self.b2 = self.initial_parameters(seed)

    @staticmethod
    def initial_parameters(seed):
        """The parameters of an untrained network.

        :param seed: int; the same seed gives the same numbers, another seed others
        :return: W1 (2, 4), b1 (4,), W2 (4, 1), b2 (1,): weights from N(0, 0.3), where 0.3 is the standard deviation,
            and biases of zero
        """
        # TODO: draw the weights (use np.random.default_rng(seed)), and make the biases
        raise NotImplementedError("initial_parameters")
        # END TODO

    def sigmoid(self, z):
        """The activation function, for each entry of z.

        :param z: numpy array of any shape
        :return: numpy array of the same shape
        """
        # TODO: compute 1 / (1 + e^-z) for every entry of z
        raise NotImplementedError("sigmoid")
        # END TODO

    def forward(self, X):
        """The activations of both layers for all samples at once.

        :param X: numpy array (N, 2)
        :return: a1 (N, 4), a2 (N, 1)
        """
        # TODO: first the hidden layer, then the output layer; use sigmoid
        raise NotImplementedError("forward")
        # END TODO

    def losses(self, a2, y):
        """The binary cross-entropy of every sample.

        :param a2: numpy array (N, 1), outputs between 0 and 1
        :param y: numpy array (N, 1), targets 0 and 1
        :return: numpy array (N, 1): -ln(a2) where the target is 1, -ln(1 - a2) where it is 0
        """
        # TODO: one formula does for both targets
        raise NotImplementedError("losses")
        # END TODO

    def backward(self, X, y):
        """The gradients of the loss, summed over all samples, with respect to all parameters.

        :param X: numpy array (N, 2)
        :param y: numpy array (N, 1)
        :return: dW1 (2, 4), db1 (4,), dW2 (4, 1), db2 (1,)
        """
        # TODO: forward; then the gradients of the output layer, then of the hidden layer; no loop over the samples
        raise NotImplementedError("backward")
        # END TODO

    def train(self, X, y, learning_rate=0.0001, max_epochs=1000):
        """Train by batch gradient descent: each epoch makes one update from all samples.

        :param X: numpy array (N, 2)
        :param y: numpy array (N, 1)
        :param learning_rate: float; small, because the loss is a sum over all samples, not a mean
        :param max_epochs: number of updates
        :return: list of max_epochs floats, the loss summed over all samples before each update
        """
        # TODO: forward pass, losses, backward pass, update of all parameters; again for each epoch
        raise NotImplementedError("train")
        # END TODO

    def predict(self, X):
        """The predicted classes.

        :param X: numpy array (N, 2)
        :return: numpy array (N, 1): 1 where the output is at least 0.5, 0 elsewhere
        """
        # TODO: use forward, then decide for each sample
        raise NotImplementedError("predict")
        # END TODO


if __name__ == "__main__":
    from selfcheck import Checks, numerical_gradient

    checks = Checks(__file__)
    X = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0]])
    y = np.array([[1.0], [0.0], [0.0]])

    def small_ann():
        """A network with known parameters."""
        model = ANN()
        model.W1 = np.array([[0.5, -1.0, 0.25, 2.0], [1.0, 0.5, -0.75, -0.5]])
        model.b1 = np.array([0.1, -0.2, 0.3, -0.4])
        model.W2 = np.array([[1.0], [-2.0], [0.5], [1.5]])
        model.b2 = np.array([0.25])
        return model

    def loss_with(name, array):
        """The summed loss of the small network with one of its parameters exchanged."""
        model = small_ann()
        setattr(model, name, array)
        return np.sum(model.losses(model.forward(X)[1], y))

    with checks("ANN.initial_parameters", ask="which shape has each array, and how far are the weights spread?"):
        first, again, other = (ANN.initial_parameters(seed) for seed in (1, 1, 2))
        for name, got, same, different, shape in zip(
            ("W1", "b1", "W2", "b2"), first, again, other, ((2, 4), (4,), (4, 1), (1,))
        ):
            checks.equal(f"the shape of {name}", np.shape(got), shape)
            checks.equal(f"{name} for the same seed again", same, got)
            if name.startswith("W"):
                assert not np.allclose(got, different), f"another seed gives the same {name}"
            else:
                checks.equal(name, got, np.zeros(shape))
        drawn = np.concatenate([ANN.initial_parameters(seed)[0].ravel() for seed in range(200)])
        assert abs(drawn.mean()) < 0.06, f"the mean of W1 over 200 seeds is {drawn.mean():.2f}"
        assert abs(drawn.std() - 0.3) < 0.06, f"the standard deviation of W1 over 200 seeds is {drawn.std():.2f}"
    with checks("ANN.sigmoid", ask="what does the formula 1 / (1 + e^-z) give there, by hand?"):
        checks.equal("sigmoid([0, 40, -40])", small_ann().sigmoid(np.array([0.0, 40.0, -40.0])), [0.5, 1, 0])
    with checks("ANN.forward", "ANN.sigmoid", ask="what goes into each layer, and is its bias added?"):
        a1, a2 = small_ann().forward(X)
        z1 = [[2.6, -0.2, -0.95, 0.6], [0.1, 1.05, -0.325, -2.65], [-2.9, -1.7, 2.55, 1.1]]
        checks.equal("ln(a1 / (1 - a1)), which should give z1,", np.log(a1 / (1 - a1)), z1)
        checks.equal(
            "ln(a2 / (1 - a2)), which should give z2,",
            np.log(a2 / (1 - a2)),
            [[1.388456445], [-0.397858249], [1.582399949]],
        )
    with checks("ANN.losses", ask="what is the loss where the target is 1, and what where it is 0?"):
        got = small_ann().losses(np.array([[0.8], [0.8], [0.5]]), y)
        checks.equal("the losses of the outputs 0.8, 0.8, 0.5", got, [[0.223143551], [1.609437912], [0.693147181]])
    with checks(
        "ANN.backward",
        *("ANN.sigmoid", "ANN.forward", "ANN.losses"),
        ask="is this summed over the samples, and which factors lie between it and the loss?",
    ):
        model = small_ann()
        for name, got in zip(("dW1", "db1", "dW2", "db2"), model.backward(X, y)):
            expected = numerical_gradient(lambda array, name=name: loss_with(name[1:], array), getattr(model, name[1:]))
            checks.equal(name, got, expected)
    with checks(
        "ANN.train",
        *("ANN.forward", "ANN.losses", "ANN.backward"),
        ask="what does each epoch begin with, and when is the loss taken?",
    ):
        model, start = small_ann(), small_ann()
        history = model.train(X, y, 0.001, 3)
        checks.equal("the number of losses", len(history), 3)
        checks.equal("the first loss", history[0], loss_with("W1", start.W1))
        one_by_one = small_ann()
        for _ in range(3):
            one_by_one.train(X, y, 0.001, 1)
        checks.equal("b2 after 3 epochs, which should be that after 3 times one epoch,", model.b2, one_by_one.b2)
        once = small_ann()
        once.train(X, y, 0.001, 1)
        for name in ("W1", "b1", "W2", "b2"):
            change = -0.001 * numerical_gradient(lambda array, name=name: loss_with(name, array), getattr(start, name))
            checks.equal(
                f"1000 times the change of {name} in one epoch",
                1000 * (getattr(once, name) - getattr(start, name)),
                1000 * change,
            )
        assert history[0] > history[1] > history[2], f"the loss should fall, but goes {history}"
    with checks("ANN.predict", "ANN.forward", ask="from which output on is the class 1?"):
        checks.equal("the classes of three samples", small_ann().predict(X), [[1], [0], [1]])
        model = small_ann()
        model.W2, model.b2 = np.zeros((4, 1)), np.zeros(1)  # so that every output is 0.5 itself
        if not np.all(model.predict(X)):
            checks.note("ANN.predict", 'predict gives 0 at exactly 0.5. Which sign says "at least"?')
    checks.finish("train_ann.py")
