"""Computes the sigmoid in the array it was given."""
# <solution>
def sigmoid(z):
    z[...] = 1 / (1 + np.exp(-z))
    return z


NeuralNetwork.sigmoid = staticmethod(sigmoid)
