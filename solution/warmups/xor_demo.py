"""See that no line separates XOR, and that two layers do. Given; it uses what you write in perceptron.py.

    python xor_demo.py

One perceptron learns AND and OR but never XOR, however long it trains. Then two perceptrons, which learned OR and NAND,
become a hidden layer: where OR and NAND both say 1, XOR is 1, and that AND is learned by a third perceptron.
"""

import numpy as np
from perceptron import Perceptron, step
from plots import Pictures, draw_classes
from training import options, run

INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES = {"OR": [0, 1, 1, 1], "AND": [0, 0, 0, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}


def learn(gate, epochs, alpha):
    """A perceptron that was trained on the four lines of a truth table.

    :param gate: a key of GATES
    :return: Perceptron
    """
    model = Perceptron(2, epochs, alpha)
    model.fit(INPUTS, np.array(GATES[gate], dtype=float))
    return model


def best_of_many_lines(targets, rng, count=20000):
    """How many of the four points the best of many random lines classifies correctly.

    :param targets: list of four classes
    :param rng: numpy random generator
    :param count: how many lines w_1 x_1 + w_2 x_2 + b = 0 to try
    :return: int, 0..4
    """
    w, b = rng.normal(size=(2, count)), rng.normal(size=count)
    classes = step(INPUTS @ w + b)  # (4, count)
    right = np.sum(classes == np.array(targets).reshape(-1, 1), axis=0)
    return int(right.max())


def main():
    """Train all gates, count what is right, and draw the regions."""
    args = options("One line cannot separate XOR; two layers can.", epochs=2000, learning_rate=0.5).parse_args()
    np.random.seed(args.seed)
    gates = {gate: learn(gate, args.num_epochs, args.learning_rate) for gate in GATES}

    def two_layers(x):
        """XOR of the rows of x (N, 2), as OR and NAND of them, then AND."""
        hidden = np.column_stack([gates["OR"].predict(x), gates["NAND"].predict(x)])  # (N, 2)
        return gates["AND"].predict(hidden)

    rng = np.random.default_rng(args.seed)
    for gate, targets in GATES.items():
        right = int(np.sum(gates[gate].predict(INPUTS) == targets))
        best = best_of_many_lines(targets, rng)
        print(f"{gate:>4}: one perceptron gets {right} of 4 right, the best of 20000 random lines {best} of 4")
    right = int(np.sum(two_layers(INPUTS) == GATES["XOR"]))
    print(f" XOR: two layers of perceptrons get {right} of 4 right")

    pictures = Pictures(args.out, args.show)
    if pictures:
        figure, axes = pictures.panels(3)
        draw_classes(axes[0], "OR: one line will do", INPUTS, GATES["OR"], gates["OR"].predict)
        draw_classes(axes[1], "XOR: one line never will", INPUTS, GATES["XOR"], gates["XOR"].predict)
        draw_classes(axes[2], "XOR: two layers do", INPUTS, GATES["XOR"], two_layers)
        pictures.save(
            figure, "xor", "Which two lines does the hidden layer draw, and what does the output make of them?"
        )
    pictures.finish()


if __name__ == "__main__":
    run(main)
