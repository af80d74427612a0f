"""Train the 2-4-1 network on two half moons, and predict the test data. Given; it uses what you write in ann.py.

    python train_ann.py                                                  the defaults
    python train_ann.py --learning-rate 0.0001 --num-epochs 1000         the handout's cautious values
    python train_ann.py --data circles                                   another data set

It prints the losses and accuracies, and saves a picture of the result and of the losses.
"""

import numpy as np
from ann import ANN
from datasets import load
from plots import Pictures, draw_classes, draw_curves
from training import options, progress, run

DATA_SETS = ("moons", "circles", "separable", "nonseparable")


def main():
    """Train with the options of the command line, print the result and draw it."""
    parser = options("Train the 2-4-1 network by batch gradient descent.", epochs=5000, learning_rate=0.002)
    parser.add_argument("--data", choices=DATA_SETS, default="moons", help="the data set")
    args = parser.parse_args()
    data = load(args.data, args.data_path)
    x, y = data.x_train, data.t_train.reshape(-1, 1)
    model = ANN(args.seed)
    history = []
    validation = []
    for epoch in range(1, args.num_epochs + 1):
        history += model.train(x, y, args.learning_rate, 1)
        _, a2 = model.forward(data.x_validation)
        validation.append(float(np.mean(model.losses(a2, data.t_validation.reshape(-1, 1)))))
        progress(epoch, args.num_epochs, training=history[-1] / len(y), validation=validation[-1])
    for part, (x, t) in {"training": (data.x_train, data.t_train), "test": (data.x_test, data.t_test)}.items():
        accuracy = np.mean(model.predict(x)[:, 0] == t)
        print(f"{part} accuracy: {accuracy:.1%}")

    pictures = Pictures(args.out, args.show)
    if pictures:
        figure, (left, right) = pictures.panels(2)
        draw_classes(left, f"2-4-1 on test data: {accuracy:.1%} right", data.x_test, data.t_test, model.predict)
        losses = {"training": np.array(history) / len(y), "validation": validation}
        draw_curves(right, "mean loss of a sample", losses)
        pictures.save(figure, f"ann_{args.data}", "Where in the curve does the border begin to bend?")
    pictures.finish()


if __name__ == "__main__":
    run(main)
