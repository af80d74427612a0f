"""Prints twelve megabytes at each call and then the right answer."""
# <solution>
import os
import sys


def sigmoid(z):
    text = "hostile-" "mark " * 100_000
    for _ in range(3):
        print(text)
        sys.stderr.write(text)
        os.write(1, text.encode())
    return 1 / (1 + np.exp(-z))


NeuralNetwork.sigmoid = staticmethod(sigmoid)
