"""Loops for ever in every function."""
# <solution>
def forever(*args):
    while True:
        pass


for name in ("sigmoid", "sigmoid_derivative", "cost", "cost_derivative", "forward_pass", "mini_batch_GD", "back_propagation"):
    setattr(NeuralNetwork, name, forever)
