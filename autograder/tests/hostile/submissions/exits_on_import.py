"""Leaves the interpreter when it is imported."""
# <solution>
import sys

sys.exit("good bye")
