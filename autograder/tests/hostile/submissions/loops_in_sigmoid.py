"""Loops for ever in one function that others need."""
# <solution>
def sigmoid(z):
    while True:
        pass


NeuralNetwork.sigmoid = staticmethod(sigmoid)
