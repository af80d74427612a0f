"""Raises what `except Exception` doesn't catch."""
# <solution>
def sigmoid(z):
    raise KeyboardInterrupt


NeuralNetwork.sigmoid = staticmethod(sigmoid)
