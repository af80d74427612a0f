"""neuron: a single neuron with two inputs, trained by mini-batch gradient descent.

Symbols used in the shapes below:
    N      number of samples in the (mini-)batch
    x      (N, 2), one sample in each row
    t      (N,), the targets 0 and 1
    w, b   (2,) and (1,) or (), the weights and the bias
    a, y   (N,), the pre-activations a = w_1 x_1 + w_2 x_2 + b and the outputs y = sigma(a)

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
Run this file to check your work: python neuron.py
"""

import numpy as np


def evaluate_neuron(x, w, b):
    """The output of the neuron for every sample; its activation function is the sigmoid.

    :param x: numpy array (N, 2)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or (), or a float
    :return: y, a: two numpy arrays (N,), the outputs and the pre-activations
    """
    # TODO: compute the pre-activations of all samples, then the sigmoid of them
    # BEGIN ANSWER
    a = x @ w + b  # (N,)
    y = 1 / (1 + np.exp(-a))
    return y, a
    # END ANSWER


def derivative_of_sigmoid(a):
    """The derivative of the sigmoid function at each entry of a.

    :param a: numpy array of any shape, the pre-activations
    :return: numpy array of the same shape
    """
    # TODO: differentiate sigma(a) = 1 / (1 + e^-a) with respect to a
    # BEGIN ANSWER
    y = 1 / (1 + np.exp(-a))
    return y * (1 - y)
    # END ANSWER


def loss_function(x, t, w, b):
    """The mean squared error J(w, b) of the neuron over a batch.

    :param x: numpy array (N, 2)
    :param t: numpy array (N,)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or ()
    :return: float, 1/(2N) times the sum over the samples of (y - t)^2
    """
    # TODO: use evaluate_neuron
    # BEGIN ANSWER
    y, _ = evaluate_neuron(x, w, b)
    N = len(t)
    return np.sum((y - t) ** 2) / (2 * N)
    # END ANSWER


def update_weights(x, t, w, b, lr):
    """One step of gradient descent on J(w, b).

    :param x: numpy array (N, 2)
    :param t: numpy array (N,)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or ()
    :param lr: float, the learning rate
    :return: w_new, b_new: numpy arrays of the shapes of w and b; w and b themselves stay as they are
    """
    # TODO 1: the gradient of J with respect to w and b (use evaluate_neuron and derivative_of_sigmoid)
    # TODO 2: a step of size lr against the gradient
    # BEGIN ANSWER
    y, a = evaluate_neuron(x, w, b)
    N = len(t)
    delta = (y - t) * derivative_of_sigmoid(a)  # (N,)
    dJ_dw = x.T @ delta / N  # (2, N) @ (N,) -> (2,)
    dJ_db = np.sum(delta) / N
    w_new = w - lr * dJ_dw
    b_new = b - lr * dJ_db
    return w_new, b_new
    # END ANSWER


def evaluate_prediction(x, t, w, b):
    """The classes that the neuron predicts, and how many of them are right.

    :param x: numpy array (N, 2)
    :param t: numpy array (N,)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or ()
    :return: prediction, accuracy: numpy array (N,) with 1 where the output is at least 0.5 and 0 elsewhere, and the
        proportion of the samples that are classified correctly, a float in 0..1
    """
    # TODO: use evaluate_neuron, decide for each sample, and compare with the targets
    # BEGIN ANSWER
    y, _ = evaluate_neuron(x, w, b)
    prediction = np.where(y >= 0.5, 1, 0)
    accuracy = np.mean(prediction == t)
    return prediction, accuracy
    # END ANSWER


if __name__ == "__main__":
    from selfcheck import Checks, numerical_gradient

    checks = Checks(__file__)
    x = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 2.0]])
    t = np.array([1.0, 0.0, 0.0, 1.0])
    w, b = np.array([0.5, -1.0]), np.array([0.25])

    with checks("evaluate_neuron", ask="what is a for one sample, by hand, and what is y made of?"):
        y, a = evaluate_neuron(x, w, b)
        checks.equal("a", a, [-1.25, -0.75, 3.25, -0.75])
        checks.equal("ln(y / (1 - y)), which should give a again,", np.log(y / (1 - y)), a)
    with checks("derivative_of_sigmoid", "evaluate_neuron", ask="is its argument a, or already y?"):
        at = np.array([-3.0, -0.5, 0.0, 2.0])
        slopes = numerical_gradient(lambda a: evaluate_neuron(np.stack([a, a], axis=1), np.full(2, 0.5), 0.0)[0], at)
        checks.equal("derivative_of_sigmoid([-3, -0.5, 0, 2])", derivative_of_sigmoid(at), slopes)
    with checks("loss_function", "evaluate_neuron", ask="what is summed, and what is it divided by?"):
        checks.equal("the loss of four samples", loss_function(x, t, w, b), 0.2618930761)
    with checks(
        "update_weights",
        *("evaluate_neuron", "derivative_of_sigmoid", "loss_function"),
        ask="which factors has the chain rule, what does the mean over N do, and which way is downhill?",
    ):
        w_new, b_new = update_weights(x, t, w, b, 0.1)
        checks.equal("w_new", w_new, w - 0.1 * numerical_gradient(lambda w: loss_function(x, t, w, b), w))
        checks.equal("b_new", b_new, b - 0.1 * numerical_gradient(lambda b: loss_function(x, t, w, b), b))
        checks.equal("w after the call, which should be unchanged,", w, [0.5, -1.0])
    with checks("evaluate_prediction", "evaluate_neuron", ask="from which output on is the class 1?"):
        more_x, more_t = np.vstack([x, [[0.0, 0.0]]]), np.append(t, 1.0)
        prediction, accuracy = evaluate_prediction(more_x, more_t, w, b)
        checks.equal("prediction", prediction, [0, 0, 1, 0, 1])
        checks.equal("accuracy", accuracy, 0.4, "which share of the predictions equals its target?")
        if not evaluate_prediction(np.zeros((1, 2)), np.ones(1), w, np.zeros(1))[0][0]:  # y is 0.5 itself
            checks.note("evaluate_prediction", 'it gives 0 where y is exactly 0.5. Which sign says "at least"?')
    checks.finish("train_neuron.py")
