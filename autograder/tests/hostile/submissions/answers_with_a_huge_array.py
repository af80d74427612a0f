"""Answers with 240 MB, and with an array that looks like terabytes."""
# <solution>
NeuralNetwork.sigmoid = staticmethod(lambda z: np.zeros(30_000_000))
NeuralNetwork.cost_derivative = staticmethod(lambda a, y: np.broadcast_to(1.0, (1_000_000, 1_000_000)))
