"""The unit tests' helper: runs the checks at the end of each warm-up module and says what to do next.

A check is run and reported here, and arrays are compared; each module brings its own expected values. A passed
self-check is a good sign, not a mark.
"""

import sys
import traceback
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

# Finite differences with a step of 1e-6 agree with a right gradient to about 1e-9; a wrong one is off by far more.
TOLERANCE = 1e-6


class Checks:
    """The checks of one module. Use `with checks("function"):` around each, and `finish()` at the end."""

    def __init__(self, file: str):
        """Start the report.

        :param file: path of the module that is checked, `__file__`
        """
        self.passed = 0
        self.total = 0
        print(f"Checking {Path(file).name}")

    @contextmanager
    def __call__(self, function: str):
        """Run one check and print its outcome; the next check runs whatever happens in this one.

        :param function: name of the function that is checked
        """
        self.total += 1
        try:
            yield
        except NotImplementedError as unwritten:
            own = str(unwritten) in (function, function.rpartition(".")[2])
            print(f"  ...    {function}: " + ("not written yet" if own else f"waits for {unwritten}"))
        except AssertionError as wrong:
            print(f"  WRONG  {function}: {wrong}")
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"  ERROR  {function}: {type(error).__name__}: {error} (line {place.lineno}: {place.line})")
        else:
            self.passed += 1
            print(f"  ok     {function}")

    def equal(self, what: str, got: Any, expected: Any) -> None:
        """Compare a value with the expected one.

        :param what: what is compared, as it shall stand in the message
        :param got: number, array or list
        :param expected: number, array or list; its shape counts
        :raises AssertionError: if the shapes differ or an entry is off by more than the tolerance
        """
        assert got is not None, f"{what} is None; is there a `return`?"
        got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
        assert got.shape == expected.shape, f"{what} has the shape {got.shape}, expected {expected.shape}"
        close = np.abs(got - expected) <= TOLERANCE * np.maximum(1, np.abs(expected))
        assert close.all(), f"{what} is\n{got}\n         expected\n{expected}"

    def finish(self) -> None:
        """Print the sum and leave with status 0 if every check passed, 1 if not."""
        print(f"{self.passed} of {self.total} checks passed")
        sys.exit(0 if self.passed == self.total else 1)


def numerical_gradient(function: Callable[[np.ndarray], float], at: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """The gradient of a function by central differences: slow and nearly exact, good for checking only.

    :param function: takes an array of the shape of `at` and returns a number
    :param at: where to differentiate
    :param step: how far to go to each side
    :return: array of the shape of `at`, (f(at + step) - f(at - step)) / (2 step) for each entry
    """
    at = np.array(at, dtype=float)
    gradient = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        shift = np.zeros_like(at)
        shift[index] = step
        gradient[index] = (np.sum(function(at + shift)) - np.sum(function(at - shift))) / (2 * step)
    return gradient
