"""Changes weights in forward_pass, after the answer was computed."""
# <solution>
right = NeuralNetwork.forward_pass


def forward_pass(self, x):
    a = right(self, x)
    self.weights[0] += 1e-3
    return a


NeuralNetwork.forward_pass = forward_pass
