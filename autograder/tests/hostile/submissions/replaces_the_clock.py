"""Stops the clocks and loops for ever in one function."""
# <solution>
import time

for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, name, lambda: 0.0)


def sigmoid(z):
    while True:
        pass


NeuralNetwork.sigmoid = staticmethod(sigmoid)
