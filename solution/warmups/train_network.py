"""Train the 2-2-1 network on two-dimensional data. Given; it uses what you write in network.py and neuron.py.

    python train_network.py                                      the defaults: the data that no line separates
    python train_network.py --linearly-separable                 the other data set
    python train_network.py --batch-size 10 --learning-rate 2 --num-epochs 50

It prints the losses and accuracies, and saves a picture of the result and of the losses.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from datasets import load
from network import evaluate_prediction, loss_function, update_weights
from plots import Pictures, draw_classes, draw_curves
from training import options, progress, run


@dataclass(frozen=True)
class Trained:
    """A trained network: parameters = w (2,), b (1,), Wt (2, 2), bt (2,), losses of every epoch, and accuracies."""

    parameters: tuple
    training_losses: list
    validation_losses: list
    accuracies: dict


def train_network(data_path=None, linearly_separable=False, batch_size=50, learning_rate=1.0, num_epochs=500, seed=0):
    """Train the network by mini-batch gradient descent.

    :param data_path: folder of the data sets; None for where the lab keeps them
    :param linearly_separable: which of the two data sets
    :param batch_size: number of samples for each update; the last batch of an epoch may be smaller
    :param learning_rate: size of a step
    :param num_epochs: how often to go through the training data
    :param seed: seed of the initial weights and of the shuffling
    :return: Trained
    """
    data = load("separable" if linearly_separable else "nonseparable", data_path)
    rng = np.random.default_rng(seed)
    # random weights, because two hidden neurons that start alike would stay alike
    w, b = rng.standard_normal(2), np.zeros(1)
    Wt, bt = rng.standard_normal((2, 2)), np.zeros(2)
    training_losses = []
    validation_losses = []
    for epoch in range(1, num_epochs + 1):
        order = rng.permutation(len(data.t_train))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            w, b, Wt, bt = update_weights(data.x_train[batch], data.t_train[batch], w, b, Wt, bt, learning_rate)
        training_losses.append(loss_function(data.x_train, data.t_train, w, b, Wt, bt))
        validation_losses.append(loss_function(data.x_validation, data.t_validation, w, b, Wt, bt))
        progress(epoch, num_epochs, training=training_losses[-1], validation=validation_losses[-1])
    accuracies = {
        "training": evaluate_prediction(data.x_train, data.t_train, w, b, Wt, bt)[1],
        "validation": evaluate_prediction(data.x_validation, data.t_validation, w, b, Wt, bt)[1],
        "test": evaluate_prediction(data.x_test, data.t_test, w, b, Wt, bt)[1],
    }
    return Trained((w, b, Wt, bt), training_losses, validation_losses, accuracies)


def main():
    """Train with the options of the command line, print the result and draw it."""
    parser = options("Train the 2-2-1 network.", epochs=500, batch_size=50, learning_rate=1.0)
    parser.add_argument(
        "--linearly-separable", action=argparse.BooleanOptionalAction, default=False, help="which of the two data sets"
    )
    args = parser.parse_args()
    trained = train_network(
        args.data_path, args.linearly_separable, args.batch_size, args.learning_rate, args.num_epochs, args.seed
    )
    for part, accuracy in trained.accuracies.items():
        print(f"{part} accuracy: {accuracy:.1%}")

    pictures = Pictures(args.out, args.show)
    if pictures:
        data = load("separable" if args.linearly_separable else "nonseparable", args.data_path)
        figure, (left, right) = pictures.panels(2)
        title = f"the 2-2-1 network on test data: {trained.accuracies['test']:.1%} right"
        draw_classes(
            left,
            title,
            data.x_test,
            data.t_test,
            lambda x: evaluate_prediction(x, np.zeros(len(x)), *trained.parameters)[0],
        )
        losses = {"training": trained.training_losses, "validation": trained.validation_losses}
        draw_curves(right, "loss after each epoch", losses)
        if args.linearly_separable:
            pictures.save(
                figure, "network_separable", "What does the second hidden neuron do where one would be enough?"
            )
        else:
            pictures.save(figure, "network_nonseparable", "Which part of the border comes from which hidden neuron?")
    pictures.finish()


if __name__ == "__main__":
    run(main)
