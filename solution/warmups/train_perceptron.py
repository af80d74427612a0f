"""Train the perceptron on two clouds, and watch one weight go downhill. Given; it uses what you write in perceptron.py.

    python train_perceptron.py                                   the defaults
    python train_perceptron.py --learning-rate 0.001 --num-epochs 20

It prints the error and the accuracy, and saves pictures of the decision boundary, of the error, and of `descend`.
"""

import numpy as np
from datasets import load
from perceptron import Perceptron, descend
from plots import Pictures, draw_classes, draw_curves
from training import options, progress, run

LEARNING_RATES = (1.0, 0.8, 0.1)  # for the pictures of a single weight
STEPS = 12


def draw_descent(axes, paths):
    """The paths of a single weight on the parabola (w - 1)^2, the loss for x = 1 and y = 1.

    :param axes: the panel to draw in
    :param paths: dict from a learning rate to the path of w
    """
    w = np.linspace(-1.6, 3.4, 200)
    axes.plot(w, (w - 1) ** 2, color="black", linewidth=1)
    for (alpha, path), marker in zip(paths.items(), ("s", "o", "^")):
        path = np.asarray(path)
        axes.plot(path, (path - 1) ** 2, "--", marker=marker, linewidth=1, label=f"learning rate {alpha}")
    axes.set(title="a weight goes downhill from w = 3", xlabel="w", ylabel="loss")
    axes.legend(fontsize="small")


def main():
    """Train with the options of the command line, print the result and draw it."""
    parser = options("Train the perceptron on two clouds of points.", epochs=50, learning_rate=0.05)
    args = parser.parse_args()
    data = load("separable", args.data_path)
    np.random.seed(args.seed)  # Perceptron draws its weights from NumPy's global numbers
    model = Perceptron(2, args.num_epochs, args.learning_rate)
    model.fit(data.x_train, data.t_train)
    for epoch, error in enumerate(model.loss_history, start=1):
        progress(epoch, args.num_epochs, training=error)
    accuracy = np.mean(model.predict(data.x_test) == data.t_test)
    print(f"test accuracy: {accuracy:.1%}")
    paths = {alpha: descend(3.0, 1.0, 1.0, alpha, STEPS) for alpha in LEARNING_RATES}
    for alpha, path in paths.items():
        print(f"w with learning rate {alpha}: {', '.join(f'{w:.3g}' for w in path)}")

    pictures = Pictures(args.out, args.show)
    if pictures:
        figure, (left, middle, right) = pictures.panels(3)
        draw_classes(
            left, f"the perceptron on test data: {accuracy:.1%} right", data.x_test, data.t_test, model.predict
        )
        draw_curves(middle, "mean squared error of each epoch", {"training": model.loss_history}, ylabel="error")
        draw_descent(right, paths)
        pictures.save(figure, "perceptron", "Which learning rate jumps for ever, and why does a smaller one settle?")
    pictures.finish()


if __name__ == "__main__":
    run(main)
