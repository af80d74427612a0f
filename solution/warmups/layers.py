"""layers: the parts of a multilayer perceptron, each with a forward and a backward pass.

Symbols used in the shapes below:
    N        number of samples in the batch; one sample in each row
    inF      number of inputs of a layer; outF number of its outputs
    C        number of classes
    dvalues  the gradient of the loss with respect to what `forward` returned, of the same shape
    dinputs  the gradient of the loss with respect to what `forward` was given, of the same shape
Every part keeps what its own `backward` needs: `inputs`, and `output` for the activations.

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
Run this file to check your work: python layers.py
"""

import numpy as np

# Predictions are kept this far from 0 and 1 before a logarithm is taken, so that it stays finite.
EPSILON = 1e-7


class Dense:
    """A fully connected layer without an activation function."""

    def __init__(self, inF, outF):
        """Draw the weights from N(0, 1); all biases start at one.

        :param inF: number of inputs
        :param outF: number of outputs
        """
        self.weights = np.random.randn(inF, outF)
        self.biases = np.ones((1, outF))

    def forward(self, inputs):
        """The outputs of the layer; keeps `inputs` for backward.

        :param inputs: numpy array (N, inF)
        :return: numpy array (N, outF)
        """
        # TODO: keep the inputs, then inputs . weights + biases
        # BEGIN ANSWER
        self.inputs = inputs
        return np.dot(inputs, self.weights) + self.biases
        # END ANSWER

    def backward(self, dvalues):
        """Sets `dweights` (inF, outF), `dbiases` (1, outF) and `dinputs` (N, inF); returns nothing.

        :param dvalues: numpy array (N, outF)
        """
        # TODO: the gradients of the loss with respect to weights, biases and inputs
        # BEGIN ANSWER
        self.dweights = np.dot(self.inputs.T, dvalues)  # (inF, N) @ (N, outF) -> (inF, outF)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)  # (N, outF) @ (outF, inF) -> (N, inF)
        # END ANSWER


class ActivationRelu:
    """Rectified linear unit: 0 below zero, x above."""

    def forward(self, inputs):
        """ReLU of each entry; keeps `inputs` and `output`.

        :param inputs: numpy array (N, n)
        :return: numpy array (N, n)
        """
        # TODO: keep the inputs, compute and keep the output, return it
        # BEGIN ANSWER
        self.inputs = inputs
        self.output = np.maximum(0, inputs)
        return self.output
        # END ANSWER

    def backward(self, dvalues):
        """Sets `dinputs` (N, n); returns nothing.

        :param dvalues: numpy array (N, n)
        """
        # TODO: the chain rule with the slope of ReLU at the inputs
        # BEGIN ANSWER
        self.dinputs = dvalues * np.where(self.inputs > 0, 1, 0)
        # END ANSWER


class ActivationSig:
    """The sigmoid, 1 / (1 + e^-x)."""

    def forward(self, inputs):
        """The sigmoid of each entry; keeps `inputs` and `output`.

        :param inputs: numpy array (N, n)
        :return: numpy array (N, n)
        """
        # TODO: keep the inputs, compute and keep the output, return it
        # BEGIN ANSWER
        self.inputs = inputs
        self.output = 1 / (1 + np.exp(-inputs))
        return self.output
        # END ANSWER

    def backward(self, dvalues):
        """Sets `dinputs` (N, n); returns nothing.

        :param dvalues: numpy array (N, n)
        """
        # TODO: the chain rule with the slope of the sigmoid
        # BEGIN ANSWER
        self.dinputs = dvalues * self.output * (1 - self.output)
        # END ANSWER


class ActivationTanh:
    """The hyperbolic tangent."""

    def forward(self, inputs):
        """The hyperbolic tangent of each entry; keeps `inputs` and `output`.

        :param inputs: numpy array (N, n)
        :return: numpy array (N, n)
        """
        # TODO: keep the inputs, compute and keep the output, return it
        # BEGIN ANSWER
        self.inputs = inputs
        self.output = np.tanh(inputs)
        return self.output
        # END ANSWER

    def backward(self, dvalues):
        """Sets `dinputs` (N, n); returns nothing.

        :param dvalues: numpy array (N, n)
        """
        # TODO: the chain rule with the slope of tanh
        # BEGIN ANSWER
        self.dinputs = dvalues * (1 - self.output**2)
        # END ANSWER


class ActivationLeakyRelu:
    """ReLU with a small slope alpha below zero."""

    def __init__(self, alpha):
        """Keep the slope.

        :param alpha: float, the slope for negative inputs
        """
        self.alpha = alpha

    def forward(self, inputs):
        """Leaky ReLU of each entry; keeps `inputs` and `output`.

        :param inputs: numpy array (N, n)
        :return: numpy array (N, n)
        """
        # TODO: keep the inputs, compute and keep the output, return it
        # BEGIN ANSWER
        self.inputs = inputs
        self.output = np.where(inputs > 0, inputs, self.alpha * inputs)
        return self.output
        # END ANSWER

    def backward(self, dvalues):
        """Sets `dinputs` (N, n); returns nothing.

        :param dvalues: numpy array (N, n)
        """
        # TODO: the chain rule with the slope of leaky ReLU at the inputs
        # BEGIN ANSWER
        self.dinputs = dvalues * np.where(self.inputs > 0, 1, self.alpha)
        # END ANSWER


class ActivationSoftmax:
    """Turns each row of logits into probabilities that sum to one."""

    def forward(self, inputs):
        """The softmax of each row; keeps `inputs` and `output`.

        :param inputs: numpy array (N, C)
        :return: numpy array (N, C)
        """
        # TODO: subtract each row's maximum first, so that no exponential overflows
        # BEGIN ANSWER
        self.inputs = inputs
        exp_values = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp_values / np.sum(exp_values, axis=1, keepdims=True)
        return self.output
        # END ANSWER

    def backward(self, dvalues):
        """Sets `dinputs` (N, C); returns nothing. Each output of a row depends on all inputs of that row.

        :param dvalues: numpy array (N, C)
        """
        # TODO: add up, for each input of a row, the ways through all outputs of the row
        # BEGIN ANSWER
        mean = np.sum(dvalues * self.output, axis=1, keepdims=True)  # (N, 1)
        self.dinputs = self.output * (dvalues - mean)
        # END ANSWER


def mse_loss(y_true, y_pred):
    """The mean squared error over all entries.

    :param y_true: numpy array (N, C)
    :param y_pred: numpy array (N, C)
    :return: float
    """
    # TODO: square the differences and average over all entries
    # BEGIN ANSWER
    return np.mean((y_pred - y_true) ** 2)
    # END ANSWER


def mse_loss_derivative(y_true, y_pred):
    """The derivative of mse_loss with respect to each entry of y_pred.

    :param y_true: numpy array (N, C)
    :param y_pred: numpy array (N, C)
    :return: numpy array (N, C)
    """
    # TODO: differentiate mse_loss
    # BEGIN ANSWER
    return 2 * (y_pred - y_true) / y_true.size
    # END ANSWER


def mae_loss(y_true, y_pred):
    """The mean absolute error over all entries.

    :param y_true: numpy array (N, C)
    :param y_pred: numpy array (N, C)
    :return: float
    """
    # TODO: average the distances over all entries
    # BEGIN ANSWER
    return np.mean(np.abs(y_pred - y_true))
    # END ANSWER


def mae_loss_derivative(y_true, y_pred):
    """The derivative of mae_loss with respect to each entry of y_pred.

    :param y_true: numpy array (N, C)
    :param y_pred: numpy array (N, C)
    :return: numpy array (N, C)
    """
    # TODO: differentiate mae_loss
    # BEGIN ANSWER
    return np.sign(y_pred - y_true) / y_true.size
    # END ANSWER


def binary_cross_entropy(y_true, y_pred):
    """The binary cross-entropy, the mean over all entries.

    :param y_true: numpy array (N, 1), the classes 0 and 1
    :param y_pred: numpy array (N, 1), the predicted probabilities of class 1
    :return: float
    """
    # TODO: clip the predictions to EPSILON..1 - EPSILON, then average -[y ln p + (1 - y) ln(1 - p)]
    # BEGIN ANSWER
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))
    # END ANSWER


def binary_cross_entropy_derivative(y_true, y_pred):
    """The derivative of binary_cross_entropy with respect to each entry of y_pred.

    :param y_true: numpy array (N, 1), the classes 0 and 1
    :param y_pred: numpy array (N, 1), the predicted probabilities of class 1
    :return: numpy array (N, 1)
    """
    # TODO: differentiate binary_cross_entropy (clip here too)
    # BEGIN ANSWER
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    return (p - y_true) / (p * (1 - p)) / y_true.size
    # END ANSWER


def categorical_cross_entropy(y_true, y_pred):
    """The cross-entropy of one-hot targets: summed over the classes, averaged over the samples.

    :param y_true: numpy array (N, C), one-hot
    :param y_pred: numpy array (N, C), predicted probabilities
    :return: float
    """
    # TODO: clip the predictions; mind what is summed and what is averaged
    # BEGIN ANSWER
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    N = len(y_true)
    return -np.sum(y_true * np.log(p)) / N
    # END ANSWER


def categorical_cross_entropy_derivative(y_true, y_pred):
    """The derivative of categorical_cross_entropy with respect to each entry of y_pred.

    :param y_true: numpy array (N, C), one-hot
    :param y_pred: numpy array (N, C), predicted probabilities
    :return: numpy array (N, C)
    """
    # TODO: differentiate categorical_cross_entropy (clip here too)
    # BEGIN ANSWER
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    N = len(y_true)
    return -y_true / p / N
    # END ANSWER


def sparse_categorical_cross_entropy(y_true, y_pred):
    """The cross-entropy of targets given as class numbers, averaged over the samples.

    :param y_true: numpy array (N,) of ints 0..C-1
    :param y_pred: numpy array (N, C), predicted probabilities
    :return: float
    """
    # TODO: clip the predictions; pick the probability of each sample's own class
    # BEGIN ANSWER
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    N = len(y_true)
    own = p[np.arange(N), y_true]  # (N,)
    return -np.sum(np.log(own)) / N
    # END ANSWER


def sparse_categorical_cross_entropy_derivative(y_true, y_pred):
    """The derivative of sparse_categorical_cross_entropy with respect to each entry of y_pred.

    :param y_true: numpy array (N,) of ints 0..C-1
    :param y_pred: numpy array (N, C), predicted probabilities
    :return: numpy array (N, C), zero but for each sample's own class
    """
    # TODO: differentiate sparse_categorical_cross_entropy (clip here too)
    # BEGIN ANSWER
    p = np.clip(y_pred, EPSILON, 1 - EPSILON)
    N = len(y_true)
    gradient = np.zeros_like(p)
    rows = np.arange(N)
    gradient[rows, y_true] = -1 / p[rows, y_true] / N
    return gradient
    # END ANSWER


class SoftmaxCrossEntropy:
    """Softmax and categorical cross-entropy in one: together their gradient becomes simple."""

    def forward(self, logits, y_true):
        """The mean loss over the batch; keeps the probabilities `y_pred` (N, C) for backward.

        :param logits: numpy array (N, C)
        :param y_true: numpy array (N, C), one-hot
        :return: float
        """
        # TODO: softmax (subtract each row's maximum first), keep it clipped as y_pred, then the cross-entropy
        # BEGIN ANSWER
        exp_values = np.exp(logits - np.max(logits, axis=1, keepdims=True))
        probabilities = exp_values / np.sum(exp_values, axis=1, keepdims=True)
        self.y_pred = np.clip(probabilities, EPSILON, 1 - EPSILON)
        N = len(y_true)
        return -np.sum(y_true * np.log(self.y_pred)) / N
        # END ANSWER

    def backward(self, y_true):
        """The gradient of exactly what forward returned, the mean over the batch, with respect to the logits.

        :param y_true: numpy array (N, C), one-hot
        :return: numpy array (N, C)
        """
        # TODO: prediction minus target for each sample, and what the mean over the batch does to it
        # BEGIN ANSWER
        N = len(y_true)
        return (self.y_pred - y_true) / N
        # END ANSWER


if __name__ == "__main__":
    from selfcheck import Checks, numerical_gradient

    checks = Checks(__file__)
    rng = np.random.default_rng(3)
    inputs = rng.normal(0, 2, (4, 3))
    dvalues = rng.normal(0, 1, (4, 3))

    def slide_network():
        """The two layers of the worked example, with its weights; their biases are ones."""
        first, second = Dense(2, 4), Dense(4, 2)
        first.weights = np.array([[0.5, 1.0, 7.0, 3.0], [1.0, 2.0, 1.0, 0.5]])
        second.weights = np.array([[1.0, 2.0], [0.5, 0.5], [3.0, 1.0], [2.0, 1.0]])
        return first, second

    x, y = np.array([[3.0, 5.0]]), np.array([[1.0, 0.0]])
    with checks("Dense.forward", ask="what is h of one neuron, by hand, and which inputs are kept?"):
        first, second = slide_network()
        h = first.forward(x)
        checks.equal("h of the worked example", h, [[7.5, 14, 27, 12.5]])
        checks.equal("o of the worked example", second.forward(h), [[121.5, 62.5]])
        checks.equal("the inputs kept by the second layer", second.inputs, h)
        checks.equal("the second layer's output for -h", second.forward(-h), [[-119.5, -60.5]])
        checks.equal("the inputs kept after that", second.inputs, -h)
    with checks(
        "Dense.backward",
        "Dense.forward",
        ask="which of inputs, weights and dvalues make this gradient, and over which axis is it summed?",
    ):
        first, second = slide_network()
        second.forward(first.forward(x))
        second.backward(np.array([[120.5, 62.5]]))
        first.backward(second.dinputs)
        dw2 = [[903.75, 468.75], [1687, 875], [3253.5, 1687.5], [1506.25, 781.25]]
        checks.equal("dweights of the second layer", second.dweights, dw2)
        checks.equal("dbiases of the second layer", second.dbiases, [[120.5, 62.5]])
        dw1 = [[736.5, 274.5, 1272, 910.5], [1227.5, 457.5, 2120, 1517.5]]
        checks.equal("dweights of the first layer", first.dweights, dw1)
        layer = Dense(3, 2)
        layer.forward(inputs)
        layer.backward(dvalues[:, :2])
        layer.forward(-inputs)
        layer.backward(dvalues[:, :2])
        checks.equal("the shape of dbiases for 4 samples", layer.dbiases.shape, (1, 2))
        for name in ("weights", "biases"):

            def weighted_outputs(array, name=name):
                """The sum of the outputs for 4 samples, weighted by dvalues, with other weights or biases."""
                other = Dense(3, 2)
                other.weights, other.biases = layer.weights, layer.biases
                setattr(other, name, array)
                return np.sum(dvalues[:, :2] * other.forward(-inputs))

            expected = numerical_gradient(weighted_outputs, getattr(layer, name))
            checks.equal(f"d{name} for a second batch of 4 samples", getattr(layer, f"d{name}"), expected)

    outputs = [
        (ActivationRelu(), [[0, 0, 0.5]]),
        (ActivationSig(), [[0.119202922, 0.5, 0.622459331]]),
        (ActivationTanh(), [[-0.964027580, 0, 0.462117157]]),
        (ActivationLeakyRelu(0.1), [[-0.2, 0, 0.5]]),
        (ActivationLeakyRelu(0.3), [[-0.6, 0, 0.5]]),
        (ActivationSoftmax(), [[0.048610824, 0.359188106, 0.592201070]]),
    ]
    for activation, expected in outputs:
        name = type(activation).__name__
        with checks(f"{name}.forward", ask="what does the formula give there, by hand?"):
            checks.equal("the output for [-2, 0, 0.5]", activation.forward(np.array([[-2.0, 0.0, 0.5]])), expected)
            before = inputs.copy()
            activation.forward(inputs)
            checks.equal("the caller's array after the call", inputs, before)
            checks.equal("the inputs that it kept", activation.inputs, inputs)
            checks.equal("the output that it kept", activation.output, activation.forward(inputs))
        with checks(
            f"{name}.backward", f"{name}.forward", ask="how steep is it at each input? The chain rule does the rest"
        ):
            activation.forward(inputs)
            activation.backward(dvalues)
            expected = numerical_gradient(lambda v, layer=activation: np.sum(dvalues * layer.forward(v)), inputs)
            checks.equal("dinputs", activation.dinputs, expected)
    with checks(
        "ActivationSoftmax.forward with large numbers", ask="what overflows, and what may be taken away first?"
    ):
        got = ActivationSoftmax().forward(np.array([[1000.0, 1000.0], [-1000.0, 0.0]]))
        checks.equal("the output for [1000, 1000] and [-1000, 0]", got, [[0.5, 0.5], [0, 1]])

    one_hot, classes = np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]), np.array([1, 0, 2, 1])
    binary, column = np.array([[1.0], [0.0], [1.0]]), np.array([[0.7], [0.4], [0.2]])
    probabilities = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.25, 0.25, 0.5], [0.1, 0.4, 0.5]])
    losses = [
        (mse_loss, mse_loss_derivative, one_hot, probabilities, 0.13625),
        (mae_loss, mae_loss_derivative, one_hot, probabilities, 0.333333333),
        (binary_cross_entropy, binary_cross_entropy_derivative, binary, column, 0.825646160),
        (categorical_cross_entropy, categorical_cross_entropy_derivative, one_hot, probabilities, 0.703352679),
        (
            sparse_categorical_cross_entropy,
            sparse_categorical_cross_entropy_derivative,
            classes,
            probabilities,
            0.703352679,
        ),
    ]
    for loss, derivative, y_true, y_pred, expected in losses:
        with checks(loss.__name__, ask="over what is it summed, and over what averaged?"):
            checks.equal("the loss", loss(y_true, y_pred), expected)
        with checks(derivative.__name__, loss.__name__, ask="what did the mean over N divide by?"):
            expected = numerical_gradient(lambda p, loss=loss, y_true=y_true: loss(y_true, p), y_pred)
            checks.equal("the derivative", derivative(y_true, y_pred), expected)

    with checks("SoftmaxCrossEntropy.forward", ask="what overflows, and over what is the loss averaged?"):
        logits = np.array([[1.0, 2.0, 0.5], [1000.0, 0.0, -1000.0]])
        checks.equal("the loss of two samples", SoftmaxCrossEntropy().forward(logits, one_hot[:2]), 0.232184442)
    with checks(
        "SoftmaxCrossEntropy.backward", "SoftmaxCrossEntropy.forward", ask="what does the mean over the batch do to it?"
    ):
        last = SoftmaxCrossEntropy()
        last.forward(inputs, one_hot)
        expected = numerical_gradient(lambda v: SoftmaxCrossEntropy().forward(v, one_hot), inputs)
        checks.equal("the gradient", last.backward(one_hot), expected)

    with checks(
        "one step of the worked example", *("Dense.forward", "Dense.backward", "mse_loss", "mse_loss_derivative")
    ):
        first, second = slide_network()
        o = second.forward(first.forward(x))
        checks.equal("the loss", mse_loss(y, o), 9213.25)
        second.backward(mse_loss_derivative(y, o))
        first.backward(second.dinputs)
        for layer in (first, second):
            layer.weights = layer.weights - 0.001 * layer.dweights
            layer.biases = layer.biases - 0.001 * layer.dbiases
        checks.equal("the loss after it", round(mse_loss(y, second.forward(first.forward(x))), 2), 196.56)
    checks.finish("train_mlp.py")
