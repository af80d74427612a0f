"""Calls a substituted helper with arrays that broadcast to gigabytes, nested lists and no end of calls."""
# <solution>
NeuralNetwork.sigmoid = staticmethod(lambda z: z)  # so that the reference stands in for it


def forward_pass(self, x):
    for huge in (np.ones((1_000_000, 1)), np.ones((1, 100_000)), [[[1.0]]] * 10, np.ones((4000, 4000))):
        self.sigmoid(huge)
    while True:
        self.sigmoid(x)


NeuralNetwork.forward_pass = forward_pass
