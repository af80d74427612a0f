"""q1: a neural network that classifies handwritten digits, trained by mini-batch gradient descent.

Symbols used in the shapes below:
    L      number of layers of weights (3 for the handout's 784-8-8-10 net)
    n_0    number of inputs; n_l number of neurons in layer l; n_L number of outputs
    W^(l)  the handout's weight matrix of layer l, one row for each neuron. `weights[l-1]` stores its
           transpose, shape (n_{l-1}, n_l), so z^(l) = weights[l-1].T @ a^(l-1) + biases[l-1].

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
"""

import logging
import random
import sys

import numpy as np

logger = logging.getLogger("q1")

# Section 1.2 (ungraded): tune these for the highest accuracy on the held-out test set.
HYPERPARAMETERS = {
    "num_neurons_per_layer_list": [784, 8, 8, 10],
    "epochs": 30,
    "mini_batch_size": 10,
    "eta": 2.0,
}


def seed_everything(seed):
    """Seed Python's and NumPy's random numbers, so that a run can be repeated."""
    random.seed(seed)
    np.random.seed(seed)


def load_data(file):
    """Read a data set of 28x28 images and their labels.

    :param file: path of an .npz file with x_train (N, 784) and x_test (M, 784), bytes 0..255, and
        y_train (N,), y_test (M,), the labels 0..9
    :return: training_data, a list of N pairs (x (784, 1) in 0..1, y (10, 1) one-hot), and
        test_data, a list of M pairs (x (784, 1) in 0..1, label int)
    """
    with np.load(file) as data:
        x_train, y_train = data["x_train"] / 255.0, data["y_train"]
        x_test, y_test = data["x_test"] / 255.0, data["y_test"]
    one_hot = np.eye(10)
    training_data = [(x.reshape(-1, 1), one_hot[label].reshape(-1, 1)) for x, label in zip(x_train, y_train)]
    test_data = [(x.reshape(-1, 1), int(label)) for x, label in zip(x_test, y_test)]
    return training_data, test_data


class NeuralNetwork:
    """A fully connected network of any depth; every neuron's activation function is the sigmoid."""

    def __init__(self, num_layers, num_neurons_per_layer_list, seed=400):
        """Draw the initial weights and biases from N(0, 1): all biases first, then all weights.

        :param num_layers: number of layers, the input layer included (L + 1)
        :param num_neurons_per_layer_list: [n_0, n_1, ..., n_L]
        :param seed: seed of the initial weights and of the shuffling
        """
        self.seed = seed
        seed_everything(seed)
        self.num_layers = num_layers
        self.num_neurons_per_layer_list = num_neurons_per_layer_list
        self.biases = [np.random.randn(n, 1) for n in num_neurons_per_layer_list[1:]]
        self.weights = [
            np.random.randn(n_in, n_out)
            for n_in, n_out in zip(num_neurons_per_layer_list[:-1], num_neurons_per_layer_list[1:])
        ]

    @staticmethod
    def sigmoid(z):
        """The activation function, for each entry of z.

        :param z: numpy array (n, 1)
        :return: numpy array (n, 1), the activations
        """
        # TODO: compute 1 / (1 + e^-z) for every entry of z
        # BEGIN ANSWER
        return 1 / (1 + np.exp(-z))
        # END ANSWER

    def sigmoid_derivative(self, z):
        """The derivative of the sigmoid function at each entry of z.

        :param z: numpy array (n, 1)
        :return: numpy array (n, 1)
        """
        # TODO: compute the slope of the sigmoid at every entry of z; use sigmoid
        # BEGIN ANSWER
        a = self.sigmoid(z)
        return a * (1 - a)
        # END ANSWER

    def cost(self, training_data):
        """The cost for the current weights and biases: half the squared differences, summed.

        :param training_data: list of pairs (x (n_0, 1), y (n_L, 1))
        :return: float, 1/2 of the sum over all samples and all outputs of (a - y)^2; a sum, not a mean
        """
        # TODO: add up the cost of every sample; use forward_pass
        # BEGIN ANSWER
        total = 0.0
        for x, y in training_data:
            a = self.forward_pass(x)
            total += 0.5 * np.sum((a - y) ** 2)
        return float(total)
        # END ANSWER

    @staticmethod
    def cost_derivative(output_activations, y):
        """The derivative of the cost of one sample with respect to the output layer's activations.

        :param output_activations: numpy array (n_L, 1)
        :param y: numpy array (n_L, 1)
        :return: numpy array (n_L, 1)
        """
        # TODO: differentiate 1/2 (a - y)^2 with respect to a, for every output
        # BEGIN ANSWER
        return output_activations - y
        # END ANSWER

    def forward_pass(self, x):
        """The network's output for one sample.

        :param x: numpy array (n_0, 1)
        :return: numpy array (n_L, 1), the activations of the output layer
        """
        # TODO: go through the layers, computing z and then a = sigmoid(z) for each
        # BEGIN ANSWER
        a = x
        for W, b in zip(self.weights, self.biases):
            z = W.T @ a + b  # (n_out, n_in) @ (n_in, 1) -> (n_out, 1)
            a = self.sigmoid(z)
        return a
        # END ANSWER

    def mini_batch_GD(self, training_data, epochs, mini_batch_size, eta, test_data):
        """Train the network by mini-batch gradient descent.

        :param training_data: list of pairs (x (n_0, 1), y (n_L, 1)); shuffled in place
        :param epochs: how many times to go through the training data
        :param mini_batch_size: number of samples in a batch; the last batch may be shorter
        :param eta: the learning rate
        :param test_data: list of pairs (x (n_0, 1), label int)
        :return: list with the cost over the training data after each epoch
        """
        cost_history = []
        for epoch in range(epochs):
            random.Random(self.seed).shuffle(training_data)
            mini_batches = [
                training_data[start : start + mini_batch_size]
                for start in range(0, len(training_data), mini_batch_size)
            ]
            for mini_batch in mini_batches:
                # TODO: sum the gradients of all samples of the batch (use back_propagation), then
                # update every weight and bias by -(eta / mini_batch_size) times its sum
                # BEGIN ANSWER
                sum_db = [np.zeros_like(b) for b in self.biases]
                sum_dw = [np.zeros_like(W) for W in self.weights]
                for x, y in mini_batch:
                    dC_db, dC_dw = self.back_propagation(x, y)
                    sum_db = [total + db for total, db in zip(sum_db, dC_db)]
                    sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]
                step = eta / mini_batch_size
                self.biases = [b - step * total for b, total in zip(self.biases, sum_db)]
                self.weights = [W - step * total for W, total in zip(self.weights, sum_dw)]
                # END ANSWER
            logger.info("epoch %d of %d", epoch + 1, epochs)
            self.test_accuracy(test_data)
            cost_history.append(self.cost(training_data))
            logger.info("cost over the training data: %.4f", cost_history[-1])
        return cost_history

    def back_propagation(self, x, y):
        """The gradients of the cost of one sample with respect to every bias and weight.

        :param x: numpy array (n_0, 1)
        :param y: numpy array (n_L, 1)
        :return: dC_db, dC_dw, two lists with an array for each layer, of the shapes of `biases` and `weights`:
            dC_db = [(n_1, 1), ..., (n_L, 1)], dC_dw = [(n_0, n_1), ..., (n_{L-1}, n_L)]
        """
        # TODO 1: forward pass: compute and keep z and a of every layer
        # TODO 2: backward pass: the gradients of the output layer (use cost_derivative and
        # sigmoid_derivative), then of each hidden layer, from the last to the first
        # TODO 3: return the two lists
        # BEGIN ANSWER
        a = x
        zs = []
        activations = [x]
        for W, b in zip(self.weights, self.biases):
            z = W.T @ a + b  # (n_out, 1)
            a = self.sigmoid(z)
            zs.append(z)
            activations.append(a)

        dC_db = [np.zeros_like(b) for b in self.biases]
        dC_dw = [np.zeros_like(W) for W in self.weights]
        last = len(self.weights) - 1
        dC_da = self.cost_derivative(activations[-1], y)  # (n_L, 1)
        for layer in range(last, -1, -1):
            delta = dC_da * self.sigmoid_derivative(zs[layer])  # dC/dz, (n_out, 1)
            dC_db[layer] = delta
            dC_dw[layer] = activations[layer] @ delta.T  # (n_in, 1) @ (1, n_out) -> (n_in, n_out)
            dC_da = self.weights[layer] @ delta  # of the layer before: (n_in, n_out) @ (n_out, 1) -> (n_in, 1)
        return dC_db, dC_dw
        # END ANSWER

    def test_accuracy(self, test_data):
        """Log how many of the test samples the network classifies correctly.

        :param test_data: list of pairs (x (n_0, 1), label int)
        :return: float, the accuracy in percent
        """
        correct = sum(int(np.argmax(self.forward_pass(x)) == label) for x, label in test_data)
        accuracy = 100.0 * correct / len(test_data)
        logger.info("accuracy on the test data: %.2f %%", accuracy)
        return accuracy


def main():
    """Train on the handwritten digits with HYPERPARAMETERS, log cost and accuracy after every epoch, and sum up."""
    from tune import CannotTrain, digits, summary, watched  # given, beside this file; not needed where it is graded

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        training_data, test_data = load_data(digits())
    except CannotTrain as error:
        sys.exit(str(error))
    sizes = HYPERPARAMETERS["num_neurons_per_layer_list"]
    accuracies = []
    network = watched(NeuralNetwork, accuracies.append)(len(sizes), sizes)
    network.mini_batch_GD(
        training_data,
        HYPERPARAMETERS["epochs"],
        HYPERPARAMETERS["mini_batch_size"],
        HYPERPARAMETERS["eta"],
        test_data,
    )
    logger.info(summary(accuracies))


if __name__ == "__main__":
    main()
