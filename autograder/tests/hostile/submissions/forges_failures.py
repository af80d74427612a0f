"""Answers with failures that only the grader may find: its own fault, a part not reached, a time-out."""
# <solution>
import sys

wire = sys.modules["grading.wire"]


def answer(kind):
    return lambda *args: wire.Failure(kind, "x", "y", -5, "sigmoid")


NeuralNetwork.sigmoid = staticmethod(answer("not reached"))
NeuralNetwork.cost_derivative = staticmethod(answer("grader"))
