"""perceptron: one neuron that learns to separate two classes by a straight line.

Symbols used in the shapes below:
    N      number of samples
    n      number of inputs of the perceptron
X holds one sample in each row, shape (N, n).

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
Run this file to check your work: python perceptron.py
"""

import numpy as np


def step(z):
    """The activation function of the classical perceptron.

    :param z: number, or numpy array of any shape
    :return: for each entry 1 where z >= 0, otherwise 0; the same shape as z
    """
    # TODO: decide for every entry of z on which side of zero it lies
    raise NotImplementedError("step")
    # END TODO


def descend(w, x, y, alpha, steps):
    """Gradient descent for a single weight: the prediction is w * x, the loss (w * x - y)^2.

    :param w: float, the weight to start from
    :param x: float, the input
    :param y: float, the target
    :param alpha: float, the learning rate
    :param steps: how many times to update the weight
    :return: list of steps + 1 floats, the way of the weight: w first, then its value after each update
    """
    # TODO: differentiate the loss with respect to w by the chain rule, then go downhill step by step
    raise NotImplementedError("descend")
    # END TODO


class Perceptron:
    """A neuron with a sigmoid as its activation function, trained by stochastic gradient descent."""

    def __init__(self, ninputs, epochs, alpha=0.01):
        """Draw the initial weights from N(0, 1); the bias starts at zero.

        :param ninputs: number of inputs n
        :param epochs: how many times `fit` goes through the data
        :param alpha: the learning rate
        """
        self.n_epochs = epochs
        self.ninputs = ninputs
        self.weights = np.random.randn(ninputs)
        self.bias = 0.0
        self.alpha = alpha
        self.loss_history = []

    def sigmoid(self, x):
        """The smooth cousin of the step function.

        :param x: number, or numpy array of any shape
        :return: 1 / (1 + e^-x) for each entry
        """
        # TODO: compute the formula for every entry of x
        raise NotImplementedError("sigmoid")
        # END TODO

    def mse(self, preds, y):
        """The squared error of a prediction; `fit` takes the mean over an epoch.

        :param preds: number or numpy array, the predictions
        :param y: number or numpy array of the same shape, the targets
        :return: (preds - y)^2 for each entry
        """
        # TODO: square the difference
        raise NotImplementedError("mse")
        # END TODO

    def dmse(self, preds, y):
        """The derivative of the squared error with respect to the prediction.

        :param preds: number or numpy array, the predictions
        :param y: number or numpy array of the same shape, the targets
        :return: the derivative for each entry
        """
        # TODO: differentiate `mse` with respect to preds
        raise NotImplementedError("dmse")
        # END TODO

    def fit(self, X, y):
        """Train by stochastic gradient descent: update weights and bias after every single sample.

        Go through the samples `n_epochs` times, each time in the given order. After each epoch append the mean error
        to `loss_history`; the error of a sample is the one its prediction had before the update it led to.

        :param X: numpy array (N, n)
        :param y: numpy array (N,), the classes 0 and 1
        """
        # TODO 1: for each sample: predict (use sigmoid), and add up the error (use mse)
        # TODO 2: the gradients of the error with respect to weights and bias by the chain rule (use dmse)
        # TODO 3: update weights and bias; after each epoch keep the mean error
        raise NotImplementedError("fit")
        # END TODO

    def predict(self, x):
        """The class of each sample.

        :param x: numpy array (N, n), or (n,) for a single sample
        :return: numpy array (N,) of 0 and 1, or a single one: 1 where the sigmoid reaches at least 0.5
        """
        # TODO: use the weights, the bias and sigmoid, then decide
        raise NotImplementedError("predict")
        # END TODO


if __name__ == "__main__":
    from selfcheck import Checks, numerical_gradient

    checks = Checks(__file__)

    def perceptron():
        """A small perceptron with known weights, for one epoch."""
        model = Perceptron(2, epochs=1, alpha=0.5)
        model.weights, model.bias = np.array([0.4, -0.6]), 0.1
        return model

    with checks("step", ask="on which side of the threshold does 0 itself belong?"):
        checks.equal("step([-2, 0, 0.5])", step(np.array([-2.0, 0.0, 0.5])), [0, 1, 1])
    with checks("descend", ask="what does the chain rule give for (w * x - y)^2, and which way is downhill?"):
        checks.equal("the path from w = 3 with alpha = 1", descend(3.0, 1.0, 1.0, 1.0, 3), [3, -1, 3, -1])
        checks.equal("the path from w = 0.5 with x = 2, y = 3, alpha = 0.1", descend(0.5, 2.0, 3.0, 0.1, 1), [0.5, 1.3])
        checks.equal("the end of a long path with alpha = 0.8", descend(3.0, 1.0, 1.0, 0.8, 60)[-1], 1.0)
    with checks("Perceptron.sigmoid", ask="what does the formula 1 / (1 + e^-x) give there, by hand?"):
        checks.equal("sigmoid(0)", perceptron().sigmoid(0.0), 0.5)
        checks.equal("sigmoid(2) + sigmoid(-2)", perceptron().sigmoid(2.0) + perceptron().sigmoid(-2.0), 1.0)
        checks.equal("sigmoid(40)", perceptron().sigmoid(40.0), 1.0)
    with checks("Perceptron.mse", ask="is each difference squared, by itself?"):
        checks.equal("mse of the prediction 3 for the target 1", perceptron().mse(3.0, 1.0), 4.0)
        several = perceptron().mse(np.array([3.0, 0.5]), np.array([1.0, 1.0]))
        checks.equal("mse of two predictions", several, [4.0, 0.25])
    with checks("Perceptron.dmse", "Perceptron.mse", ask="what is left of a square after differentiating?"):
        slope = numerical_gradient(lambda pred: perceptron().mse(pred, 1.0), np.array(0.3))
        checks.equal("dmse(0.3, 1)", perceptron().dmse(0.3, 1.0), slope)
        checks.equal("the shape of dmse of two predictions", np.shape(perceptron().dmse(np.ones(2), np.zeros(2))), (2,))
    with checks(
        "Perceptron.fit",
        *("Perceptron.sigmoid", "Perceptron.mse", "Perceptron.dmse"),
        ask="which three factors has the chain rule here, and when is the error taken?",
    ):
        model = perceptron()
        model.fit(np.array([[1.5, -2.0]]), np.array([0.0]))
        checks.equal("the weights after one update", model.weights, [0.252318177, -0.403090903])
        checks.equal("the bias after one update", model.bias, 0.001545452)
        checks.equal("loss_history after one epoch of one sample", model.loss_history, [0.756711266])
        model.n_epochs = 2
        model.fit(np.array([[1.0, 0.5], [-2.0, 1.0], [0.5, 0.5]]), np.array([1.0, 0.0, 1.0]))
        checks.equal(
            "loss_history after two more epochs of three samples", model.loss_history[1:], [0.178633216, 0.112469257]
        )
    with checks("Perceptron.predict", "Perceptron.sigmoid", ask="from which output on is the class 1?"):
        samples = np.array([[3.0, 0.0], [0.0, 3.0]])
        checks.equal("the classes of two samples", perceptron().predict(samples), [1, 0])
        near = np.array([[0.0, 0.0], [0.0, 0.1], [0.0, 0.2]])
        checks.equal("the classes of three samples near the boundary", perceptron().predict(near), [1, 1, 0])
        checks.equal("the class of a single sample", perceptron().predict(samples[0]), 1)
        model = perceptron()
        model.bias = 0.0  # so that the sigmoid of the sample (0, 0) is 0.5 itself
        if not model.predict(np.zeros((1, 2)))[0]:
            checks.note("Perceptron.predict", 'predict gives 0 at exactly 0.5. Which sign says "at least"?')
    checks.finish("train_perceptron.py")
