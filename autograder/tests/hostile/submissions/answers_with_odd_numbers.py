"""Answers with NaN, infinities, complex numbers, texts and objects."""
# <solution>
NeuralNetwork.sigmoid = staticmethod(lambda z: z * np.nan)
NeuralNetwork.sigmoid_derivative = lambda self, z: np.full(z.shape, np.inf)
NeuralNetwork.cost_derivative = staticmethod(lambda a, y: np.array([[object()]]))
NeuralNetwork.cost = lambda self, data: "12.5"
