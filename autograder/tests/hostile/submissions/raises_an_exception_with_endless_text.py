"""Raises an exception with 5 MB of text."""
# <solution>
class Talkative(Exception):
    def __str__(self):
        return "x" * 5_000_000


def sigmoid(z):
    raise Talkative


NeuralNetwork.sigmoid = staticmethod(sigmoid)
