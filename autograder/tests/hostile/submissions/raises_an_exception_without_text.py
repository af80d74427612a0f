"""Raises an exception that can't be turned into text."""
# <solution>
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __str__


def sigmoid(z):
    raise Mute


NeuralNetwork.sigmoid = staticmethod(sigmoid)
