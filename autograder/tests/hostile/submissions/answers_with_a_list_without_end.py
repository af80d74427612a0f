"""Answers with a list that contains itself, and one of a hundred thousand lists."""
# <solution>
endless = []
endless.append(endless)
NeuralNetwork.sigmoid = staticmethod(lambda z: endless)
NeuralNetwork.cost_derivative = staticmethod(lambda a, y: [[0.0]] * 100_000)
