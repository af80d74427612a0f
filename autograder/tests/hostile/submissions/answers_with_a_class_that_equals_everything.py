"""Answers with arrays of a class that is equal and close to everything."""
# <wrong>
import numpy as np


class Close(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        return np.True_

    def __array_function__(self, *args, **kwargs):
        return True

    def __eq__(self, other):
        return True

    __sub__ = __rsub__ = lambda self, other: np.zeros(self.shape)


NeuralNetwork.sigmoid = staticmethod(lambda z: np.zeros(z.shape).view(Close))
NeuralNetwork.forward_pass = lambda self, x: np.zeros((self.num_neurons_per_layer_list[-1], 1)).view(Close)
