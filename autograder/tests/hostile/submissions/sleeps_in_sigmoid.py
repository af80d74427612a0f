"""Sleeps for ever in one function that others need."""
# <solution>
import time

NeuralNetwork.sigmoid = staticmethod(lambda z: time.sleep(10_000))
