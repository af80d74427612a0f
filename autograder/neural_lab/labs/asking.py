"""What the probes of several labs have in common: call something as it should be called, twice, and look at its inputs.

Owns no lab and no expected value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.runtime.session import Failure, Session
from neural_lab.schema.schema import Answers, Kept


def first_failure(*values: Any) -> Failure | None:
    """The first of these that is a Failure; an answer put together from several parts fails as a whole."""
    return next((value for value in values if isinstance(value, Failure)), None)


def together(*values: Any) -> Any:
    """Several answers as one tuple, or the failure of one of them."""
    return first_failure(*values) or values


def ask(session: Session, what: str, target: Any, function: str, *arguments: Any) -> Answers:
    """Call a function twice with the very same arguments, and see what it left of them.

    :param what: words for the call, as the student will read them
    :return: both answers, which shows state kept between calls, and the arguments afterwards
    """
    handles = [session.put(argument) for argument in arguments]
    first = session.call(target, function, *handles)
    again, left = session.call_and_gather(target, function, *handles, wanted=((handle, "") for handle in handles))
    return {what: first, f"{what}, once more": again, f"the arguments after {what}": Kept(first_failure(*left) or left)}


def spread(values: Any, step: float) -> Any:
    """Mean and standard deviation of all numbers in nested lists of arrays, rounded to multiples of `step`.

    Random numbers can't be compared one by one; many of them together can.

    :param step: coarse enough that the right distribution always gives the same two numbers
    """
    if (failure := first_failure(*values)) is not None:
        return failure
    numbers = np.array(list(_numbers(values)), dtype=float)
    if not numbers.size or not np.isfinite(numbers).all():
        return "no finite numbers"
    with np.errstate(all="ignore"):  # of numbers as large as they get the spread is infinite
        moments: list[float] = (np.rint(np.array([numbers.mean(), numbers.std()]) / step) * step).tolist()
    return moments


def _numbers(value: Any) -> Any:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield from value.ravel().tolist()


def shapes(value: Any) -> Any:
    """The shapes of arrays, in lists nested as the arrays are; anything that is no array stays what it is."""
    if isinstance(value, np.ndarray):
        return list(value.shape)
    return [shapes(item) for item in value] if isinstance(value, list | tuple) else value
