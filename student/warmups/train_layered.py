"""Train the 5-3-1 network, or any other, by batch gradient descent. Given; it uses what you write in layered.py.

    python train_layered.py                                      the defaults, the handout's network
    python train_layered.py --hidden 8 6 4 --num-epochs 2000     three hidden layers
    python train_layered.py --hidden                             none at all

It prints costs and accuracies, and saves a picture of the cost and of the outputs.
"""

import numpy as np
from datasets import load
from layered import cost, forward_pass, initialise, train
from plots import CLASS_COLOURS, Pictures, draw_curves
from training import options, positive_int, progress, run


def outputs(x, weights, biases):
    """The network's outputs.

    :param x: numpy array (N, n_0)
    :return: numpy array (N, n_L)
    """
    return forward_pass(x, weights, biases)[1][-1]


def train_layered(data, sizes, learning_rate, num_epochs, seed):
    """Train by batch gradient descent, and look at the validation data after every epoch.

    :param data: DataSet with sizes[0] inputs
    :param sizes: list [n_0, ..., n_L]
    :return: weights, biases, training costs, validation costs
    """
    weights, biases = initialise(sizes, seed)
    training_costs = []
    validation_costs = []
    for epoch in range(1, num_epochs + 1):
        weights, biases, costs = train(data.x_train, data.t_train.reshape(-1, 1), weights, biases, learning_rate, 1)
        training_costs += costs
        validation_costs.append(cost(outputs(data.x_validation, weights, biases), data.t_validation.reshape(-1, 1)))
        progress(epoch, num_epochs, training=training_costs[-1], validation=validation_costs[-1])
    return weights, biases, training_costs, validation_costs


def main():
    """Train with the options of the command line, print the result and draw it."""
    parser = options("Train a network by the recursion over its layers.", epochs=1000, learning_rate=1.0)
    parser.add_argument("--hidden", type=positive_int, nargs="*", default=[3], help="neurons of each hidden layer")
    args = parser.parse_args()
    data = load("five", args.data_path)
    sizes = [5, *args.hidden, 1]
    weights, biases, training, validation = train_layered(data, sizes, args.learning_rate, args.num_epochs, args.seed)
    parts = {
        "training": (data.x_train, data.t_train),
        "validation": (data.x_validation, data.t_validation),
        "test": (data.x_test, data.t_test),
    }
    for part, (x, t) in parts.items():
        print(f"{part} accuracy: {np.mean((outputs(x, weights, biases)[:, 0] >= 0.5) == t):.1%}")

    pictures = Pictures(args.out, args.show)
    if pictures:
        figure, (left, right) = pictures.panels(2)
        name = "-".join(str(size) for size in sizes)
        draw_curves(
            left, f"{name}: cost after each epoch", {"training": training, "validation": validation}, ylabel="cost"
        )
        y = outputs(data.x_test, weights, biases)[:, 0]
        values = [y[data.t_test == label] for label in (0, 1)]
        right.hist(values, bins=20, range=(0, 1), color=CLASS_COLOURS, label=["class 0", "class 1"])
        right.set(title="outputs for the test data", xlabel="y", ylabel="samples")
        right.legend(fontsize="small")
        pictures.save(figure, f"layered_{name}", "Which samples would change class if the threshold were not 0.5?")
    pictures.finish()


if __name__ == "__main__":
    run(main)
