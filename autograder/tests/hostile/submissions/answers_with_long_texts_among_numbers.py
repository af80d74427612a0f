"""Answers with one long text among tens of thousands of numbers, of which NumPy makes as many long texts."""
# <wrong>
text = ["x" * 2000] + [1] * 55_000

NeuralNetwork.sigmoid = NeuralNetwork.cost_derivative = staticmethod(lambda *given: text)
NeuralNetwork.cost = NeuralNetwork.forward_pass = lambda *given: [text, text]
