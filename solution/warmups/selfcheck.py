"""The unit tests' helper: runs the checks at the end of each warm-up module and says what to do next.

The checks are run and told by the engine of check.py, in the folder `checks` next door; each module brings its own
expected values. A passed self-check is a good sign, not a mark.
"""

import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parent.parent
if not (FOLDER / "checks").is_dir():
    sys.exit(f"The folder checks is missing in {FOLDER}. Unpack the lab's zip again.")
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

from checks.engine import Report  # noqa: E402 (found by the lines above)
from checks.errors import Source  # noqa: E402
from checks.values import compare, moved  # noqa: E402

# Finite differences with a step of 1e-6 agree with a right gradient to about 1e-9; a wrong one is off by far more.
TOLERANCE, STEP = 1e-6, 1e-6


class Checks:
    """The checks of one module. Use `with checks("function"):` around each, and `finish()` at the end."""

    def __init__(self, file: str, *others: str):
        """Start the report.

        :param file: path of the module that is checked, `__file__`
        :param others: names of modules beside it that it imports functions from
        """
        path = Path(file).resolve()
        # what stands below the call of this function is no longer the student's
        sources = [source_of(path, sys._getframe(1).f_lineno)]
        for name in others:
            other = source_of(path.with_name(name), None)
            sources.append(source_of(path.with_name(name), other.main))
        self.report = Report(sources)
        self.ask = ""

    @contextmanager
    def __call__(self, function: str, *needs: str, ask: str = ""):
        """Run one check and print its outcome; the next check runs whatever happens in this one.

        :param function: name of the function that is checked; words after it belong to the title alone
        :param needs: names of the functions that this check rests on
        :param ask: the question where something is wrong
        """
        self.ask = ask
        with self.report.watchdog(), self.report.line(function, function.split()[0], needs):
            yield

    def equal(self, what: str, got: Any, expected: Any, ask: str = "") -> None:
        """Compare a value with the expected one.

        :param what: what is compared, as it shall stand in the message
        :param got: number, array or list
        :param expected: number, array or list; its shape counts
        :param ask: the question, where it is not the one of the whole check
        :raises Wrong: if the shapes differ or an entry is off by more than the tolerance
        """
        compare(what, got, expected, ask or self.ask, tolerance=TOLERANCE, form=False)

    def note(self, function: str, text: str) -> None:
        """Say something at the end that is not a failure.

        :param function: which function it is about
        :param text: a sentence
        """
        self.report.notes.append((function, text))

    def finish(self, then: str) -> None:
        """Print the sum and leave with status 0 if every check passed, 1 if not.

        :param then: the script to run next
        """
        sys.exit(self.report.finish(f"python {then}"))


def source_of(path: Path, end: int | None) -> Source:
    """A module's file as the engine wants it; `end` is its first line that is not the student's."""
    return Source(str(path), path.read_text("utf-8") if path.is_file() else "", end)


def numerical_gradient(function: Callable[[np.ndarray], float], at: np.ndarray, step: float = STEP) -> np.ndarray:
    """The gradient of a function by central differences: slow and nearly exact, good for checking only.

    :param function: takes an array of the shape of `at` and returns a number
    :param at: where to differentiate
    :param step: how far to go to each side
    :return: array of the shape of `at`, (f(at + step) - f(at - step)) / (2 step) for each entry
    """
    here = np.array(at, dtype=float)
    return moved(lambda: np.sum(function(here.copy())), here, step)
