"""network: a tiny neural network, two inputs, two hidden neurons and one output, trained by gradient descent.

Symbols used in the shapes below (a tilde in the handout is a small t here):
    N      number of samples in the (mini-)batch
    x      (N, 2), one sample in each row
    t      (N,), the targets 0 and 1
    Wt, bt (2, 2) and (2,): the hidden layer; column j of Wt holds the weights of hidden neuron j
    w, b   (2,) and (1,) or (): the output neuron
    a_h, h (N, 2), pre-activations and outputs of the hidden neurons: a_h = x Wt + bt, h = sigma(a_h)
    a_y, y (N,), pre-activation and output of the network: a_y = h w + b, y = sigma(a_y)

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
neuron.py must stand beside this file (hand in both). Run this file to check your work: python network.py
"""

import numpy as np
from neuron import derivative_of_sigmoid, evaluate_neuron


def evaluate_network(x, w, b, Wt, bt):
    """The output of the network for every sample, and all values on the way.

    :param x: numpy array (N, 2)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or (), or a float
    :param Wt: numpy array (2, 2)
    :param bt: numpy array (2,)
    :return: y (N,), a_y (N,), h (N, 2), a_h (N, 2)
    """
    # TODO: each hidden neuron sees x, the output neuron sees the two hidden ones; use evaluate_neuron
    raise NotImplementedError("evaluate_network")
    # END TODO


def loss_function(x, t, w, b, Wt, bt):
    """The mean squared error J of the network over a batch.

    :param x: numpy array (N, 2)
    :param t: numpy array (N,)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or ()
    :param Wt: numpy array (2, 2)
    :param bt: numpy array (2,)
    :return: float, 1/(2N) times the sum over the samples of (y - t)^2
    """
    # TODO: use evaluate_network
    raise NotImplementedError("loss_function")
    # END TODO


def update_weights(x, t, w, b, Wt, bt, lr):
    """One step of gradient descent on J for the parameters of both layers.

    :param x: numpy array (N, 2)
    :param t: numpy array (N,)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or ()
    :param Wt: numpy array (2, 2)
    :param bt: numpy array (2,)
    :param lr: float, the learning rate
    :return: w_new, b_new, Wt_new, bt_new: numpy arrays of the shapes of w, b, Wt, bt, which stay as they are
    """
    # TODO 1: the gradient with respect to w and b (use evaluate_network and derivative_of_sigmoid)
    # TODO 2: carry the error back to the hidden neurons: the gradient with respect to Wt and bt
    # TODO 3: a step of size lr against the gradient
    raise NotImplementedError("update_weights")
    # END TODO


def evaluate_prediction(x, t, w, b, Wt, bt):
    """The classes that the network predicts, and how many of them are right.

    :param x: numpy array (N, 2)
    :param t: numpy array (N,)
    :param w: numpy array (2,)
    :param b: numpy array (1,) or ()
    :param Wt: numpy array (2, 2)
    :param bt: numpy array (2,)
    :return: prediction, accuracy: numpy array (N,) with 1 where the output is at least 0.5 and 0 elsewhere, and the
        proportion of the samples that are classified correctly, a float in 0..1
    """
    # TODO: use evaluate_network, decide for each sample, and compare with the targets
    raise NotImplementedError("evaluate_prediction")
    # END TODO


if __name__ == "__main__":
    from selfcheck import Checks, numerical_gradient

    checks = Checks(__file__, "neuron.py")
    x = np.array([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0], [2.0, 2.0]])
    t = np.array([1.0, 0.0, 0.0, 1.0])
    w, b = np.array([1.5, -2.0]), np.array([0.25])
    Wt, bt = np.array([[0.5, -0.25], [-1.0, 2.0]]), np.array([0.1, -0.3])

    with checks("evaluate_network", ask="which weights lead to one hidden neuron, and what goes into the output?"):
        y, a_y, h, a_h = evaluate_network(x, w, b, Wt, bt)
        checks.equal("a_h", a_h, [[-1.4, 3.45], [-0.9, 0.95], [3.1, -6.3], [-0.9, 3.2]])
        checks.equal("ln(h / (1 - h)), which should give a_h again,", np.log(h / (1 - h)), a_h)
        checks.equal("ln(y / (1 - y)), which should give a_y again,", np.log(y / (1 - y)), a_y)
        only_first = evaluate_network(x, np.array([4.0, 0.0]), np.array([0.0]), Wt, bt)
        checks.equal("a_y for w = (4, 0), b = 0, which should be 4 h_1,", only_first[1], 4 * h[:, 0])
        only_bias = evaluate_network(x, np.zeros(2), np.array([0.7]), Wt, bt)
        checks.equal("a_y for w = (0, 0), b = 0.7", only_bias[1], np.full(4, 0.7))
    with checks("loss_function", "evaluate_network", ask="what is summed, and what is it divided by?"):
        checks.equal("the loss of four samples", loss_function(x, t, w, b, Wt, bt), 0.256869956)
        y = evaluate_network(x, w, b, Wt, bt)[0]
        checks.equal("the loss for the outputs as targets", loss_function(x, y, w, b, Wt, bt), 0.0)
    with checks(
        "update_weights",
        *("evaluate_network", "loss_function"),
        ask="through which weight does the error come back to a hidden neuron, and which slope does it meet there?",
    ):
        w_new, b_new, Wt_new, bt_new = update_weights(x, t, w, b, Wt, bt, 0.1)
        checks.equal("w_new", w_new, w - 0.1 * numerical_gradient(lambda w: loss_function(x, t, w, b, Wt, bt), w))
        checks.equal("b_new", b_new, b - 0.1 * numerical_gradient(lambda b: loss_function(x, t, w, b, Wt, bt), b))
        checks.equal("Wt_new", Wt_new, Wt - 0.1 * numerical_gradient(lambda Wt: loss_function(x, t, w, b, Wt, bt), Wt))
        checks.equal("bt_new", bt_new, bt - 0.1 * numerical_gradient(lambda bt: loss_function(x, t, w, b, Wt, bt), bt))
        checks.equal("Wt after the call, which should be unchanged,", Wt, [[0.5, -0.25], [-1.0, 2.0]])
    with checks("evaluate_prediction", "evaluate_network", ask="from which output on is the class 1?"):
        prediction, accuracy = evaluate_prediction(x, t, w, b, Wt, bt)
        checks.equal("prediction", prediction, [0, 0, 1, 0])
        checks.equal("accuracy", accuracy, 0.25, "which share of the predictions equals its target?")
        if not evaluate_prediction(x, t, np.zeros(2), np.zeros(1), Wt, bt)[0].all():  # every y is 0.5 itself
            checks.note("evaluate_prediction", 'it gives 0 where y is exactly 0.5. Which sign says "at least"?')
    checks.finish("train_network.py")
