"""Trains for ever when it is imported."""
# <solution>
network = NeuralNetwork(4, [784, 8, 8, 10])
samples = [(np.ones((784, 1)), np.ones((10, 1)))] * 100
network.mini_batch_GD(samples, 10**9, 10, 0.1, [(np.ones((784, 1)), 1)])
