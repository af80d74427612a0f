"""Makes parameters that can't be set or read without running its code."""
# <solution>
class Network(NeuralNetwork):
    @property
    def weights(self):
        raise SystemExit

    @weights.setter
    def weights(self, value):
        raise GeneratorExit


NeuralNetwork = Network
