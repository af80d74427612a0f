"""Lists the folders of submissions, of the grader and of other users."""
# <solution>
import os


def sigmoid(z):
    found = []
    for folder in ("{SUBMISSION}", "{ROOT}", "/autograder", "/autograder/submission", "/root", "/home", "/tmp", "/proc"):
        try:
            found += os.listdir(folder)
        except OSError:
            pass
    raise ValueError("FOUND" if found else "nothing")


NeuralNetwork.sigmoid = staticmethod(sigmoid)
