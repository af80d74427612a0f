"""Multilayer perceptrons built from your layers. Given; it uses what you write in layers.py.

    python train_mlp.py                            all four runs
    python train_mlp.py linear                     two layers without activation: still only a straight line
    python train_mlp.py relu                       2-10-10-2 with ReLU, on data that no line separates
    python train_mlp.py softmax                    the same with softmax and cross-entropy
    python train_mlp.py regression                 a curve in place of classes
    python train_mlp.py relu --data circles --learning-rate 0.02 --num-epochs 400

It prints losses and results, and saves a picture of each run: what was learned, and the loss.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from datasets import load
from layers import (
    ActivationRelu,
    ActivationTanh,
    Dense,
    SoftmaxCrossEntropy,
    mse_loss,
    mse_loss_derivative,
)
from plots import CLASS_COLOURS, Pictures, draw_classes, draw_curves
from training import options, positive_float, positive_int, progress, run


class MeanSquaredError:
    """`mse_loss` and its derivative, used like SoftmaxCrossEntropy: forward, then backward."""

    def forward(self, outputs, y_true):
        """The loss; keeps the outputs for backward."""
        self.outputs = outputs
        return mse_loss(y_true, outputs)

    def backward(self, y_true):
        """The gradient with respect to the outputs."""
        return mse_loss_derivative(y_true, self.outputs)


class MLP:
    """Layers in a row, trained by mini-batch gradient descent."""

    def __init__(self, layers, loss):
        """Put the layers together.

        :param layers: list of Dense and activations, in the order of the forward pass
        :param loss: MeanSquaredError or SoftmaxCrossEntropy
        """
        self.layers = layers
        self.loss = loss

    def forward(self, x):
        """The outputs of the last layer for the rows of x."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def train_batch(self, x, y, alpha):
        """One update from one batch.

        :param x: numpy array (N, n)
        :param y: numpy array (N, C)
        :param alpha: learning rate
        """
        self.loss.forward(self.forward(x), y)
        gradient = self.loss.backward(y)
        for layer in reversed(self.layers):
            layer.backward(gradient)
            gradient = layer.dinputs
        for layer in self.layers:
            if isinstance(layer, Dense):
                layer.weights = layer.weights - alpha * layer.dweights
                layer.biases = layer.biases - alpha * layer.dbiases


@dataclass(frozen=True)
class Run:
    """One of the runs: data set, how its network is made, and defaults that work."""

    title: str
    data: str
    make: Callable[[], MLP]
    learning_rate: float
    num_epochs: int
    question: str


def linear():
    """2-4-2 without activations."""
    return MLP([Dense(2, 4), Dense(4, 2)], MeanSquaredError())


def relu():
    """2-10-10-2 with ReLU after the hidden layers and the mean squared error."""
    return MLP([Dense(2, 10), ActivationRelu(), Dense(10, 10), ActivationRelu(), Dense(10, 2)], MeanSquaredError())


def softmax():
    """2-10-10-2 with ReLU after the hidden layers, softmax and cross-entropy at the end."""
    return MLP([Dense(2, 10), ActivationRelu(), Dense(10, 10), ActivationRelu(), Dense(10, 2)], SoftmaxCrossEntropy())


def regression():
    """1-20-20-1 with tanh after the hidden layers and the mean squared error."""
    return MLP([Dense(1, 20), ActivationTanh(), Dense(20, 20), ActivationTanh(), Dense(20, 1)], MeanSquaredError())


RUNS = {
    "linear": Run(
        "a linear network", "separable", linear, 0.01, 30, "Why is the border straight with two layers of weights?"
    ),
    "relu": Run("ReLU and squared error", "moons", relu, 0.02, 200, "Of what is this bent border made?"),
    "softmax": Run(
        "ReLU, softmax and cross-entropy",
        "circles",
        softmax,
        0.02,
        200,
        "What do the two outputs add up to, and where are they equal?",
    ),
    "regression": Run(
        "regression with tanh", "wave", regression, 0.01, 600, "What does the network say beyond the data?"
    ),
}


def targets(name, t):
    """What the outputs should be: one-hot rows (N, 2) for classes, a column (N, 1) for the regression."""
    return t.reshape(-1, 1) if name == "regression" else np.eye(2)[t.astype(int)]


def train(name, data, alpha, epochs, batch_size, seed):
    """Train one network.

    :param name: a key of RUNS
    :param data: DataSet
    :return: MLP, losses of the training data, losses of the validation data; one for each epoch
    """
    np.random.seed(seed)  # Dense draws its weights from NumPy's global numbers
    model = RUNS[name].make()
    y_train, y_validation = targets(name, data.t_train), targets(name, data.t_validation)
    training = []
    validation = []
    for epoch in range(1, epochs + 1):
        order = np.random.permutation(len(y_train))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            model.train_batch(data.x_train[batch], y_train[batch], alpha)
        training.append(model.loss.forward(model.forward(data.x_train), y_train))
        validation.append(model.loss.forward(model.forward(data.x_validation), y_validation))
        progress(epoch, epochs, training=training[-1], validation=validation[-1])
    return model, training, validation


def draw_regression(axes, data, model, title):
    """The test data and the learned curve."""
    axes.scatter(data.x_test[:, 0], data.t_test, s=18, color=CLASS_COLOURS[0], label="test data")
    x = np.linspace(data.x_train.min(), data.x_train.max(), 300).reshape(-1, 1)
    axes.plot(x[:, 0], model.forward(x)[:, 0], color=CLASS_COLOURS[1], linewidth=2, label="network")
    axes.set(title=title, xlabel="x", ylabel="y")
    axes.legend(fontsize="small")


def main():
    """Do the chosen runs one after the other."""
    parser = options("Train multilayer perceptrons made of the parts in layers.py.", batch_size=10, seed=1)
    parser.add_argument("run", nargs="?", choices=[*RUNS, "all"], default="all", help="which run")
    parser.add_argument(
        "--data", choices=("separable", "nonseparable", "moons", "circles"), help="another data set for it"
    )
    parser.add_argument("--learning-rate", type=positive_float, help="size of a step, if not the run's own")
    parser.add_argument(
        "--num-epochs", type=positive_int, help="how often to go through the data, if not the run's own"
    )
    args = parser.parse_args()
    if args.data and args.run in ("all", "regression"):
        parser.error("--data needs one of the runs linear, relu, softmax")
    pictures = Pictures(args.out, args.show)
    for name in RUNS if args.run == "all" else [args.run]:
        settings = RUNS[name]
        data_name = args.data or settings.data
        data = load(data_name, args.data_path)
        alpha, epochs = args.learning_rate or settings.learning_rate, args.num_epochs or settings.num_epochs
        print(f"\n{name}: {settings.title}, on {data_name}", flush=True)
        model, training, validation = train(name, data, alpha, epochs, args.batch_size, args.seed)
        outputs = model.forward(data.x_test)
        if name == "regression":
            result = f"test error {np.sqrt(np.mean((outputs[:, 0] - data.t_test) ** 2)):.3f}"
            print(f"{result} (root of the mean squared error; the noise in the data alone is 0.1)")
        else:
            result = f"{np.mean(np.argmax(outputs, axis=1) == data.t_test):.1%} right"
            print(f"test accuracy: {result.split()[0]}")
        if pictures:
            figure, (left, right) = pictures.panels(2)
            title = f"{settings.title}: {result}"
            if name == "regression":
                draw_regression(left, data, model, title)
            else:
                draw_classes(
                    left, title, data.x_test, data.t_test, lambda x, model=model: np.argmax(model.forward(x), axis=1)
                )
            draw_curves(right, "loss after each epoch", {"training": training, "validation": validation})
            file = f"mlp_{name}" if data_name == settings.data else f"mlp_{name}_{data_name}"
            pictures.save(figure, file, settings.question)
    pictures.finish()


if __name__ == "__main__":
    run(main)
