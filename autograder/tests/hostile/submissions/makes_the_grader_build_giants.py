"""Builds large networks without end: no reference stands in for a given part, so the time and memory are its own."""
# <solution>
NeuralNetwork.cost_derivative = staticmethod(lambda a, y: a)  # so that the reference stands in


def back_propagation(self, x, y):
    while True:
        type(self)(10, [1000] * 10)


NeuralNetwork.back_propagation = back_propagation
