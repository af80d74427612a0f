"""What the probes of several labs have in common: how a function is asked, and how many samples it gets.

State kept between calls shows because a function gets other arguments in between, and other parameters on the same
object. An answer that is right for some sizes alone shows because the number of samples is drawn, and large once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from neural_lab.runtime.session import Failure, Session
from neural_lab.schema.observations import Call, Observation, Observations, Occasion


def first_failure(*values: Any) -> Failure | None:
    """The first of these that is a Failure; an answer put together from several parts fails as a whole."""
    return next((value for value in values if isinstance(value, Failure)), None)


def together(*values: Any) -> Any:
    """Several answers as one tuple, or the failure of one of them."""
    return first_failure(*values) or values


def ask(session: Session, target: Any, cases: Iterable[tuple[Call, tuple[Any, ...]]]) -> Observations:
    """Make each call with its arguments, and then the first two with the very same arguments once more.

    :raises TypeError: the arguments of a call are no tuple
    """
    given = [(call, [_placed(session, argument) for argument in _tuple(call, arguments)]) for call, arguments in cases]
    again = [(call.again(), arguments) for call, arguments in given[:2]]
    return tuple(
        Observation(call, session.call(target, call.function, *arguments)) for call, arguments in [*given, *again]
    )


def batches(
    rng: np.random.Generator, function: str, draw: Callable[[int], tuple[Any, ...]]
) -> Iterator[tuple[Call, tuple[Any, ...]]]:
    """Calls for `ask`: with one sample, several, several others, and many.

    :param draw: how many samples -> the arguments, parameters among them, drawn from `rng`
    """
    for samples, occasion in (
        (1, Occasion.FIRST),
        (several(rng), Occasion.FIRST),
        (several(rng), Occasion.OTHER_PARAMETERS),
        (many(rng), Occasion.FIRST),
    ):
        yield Call(function, "{function} with {samples}", sizes={"samples": samples}, occasion=occasion), draw(samples)


def named(function: str, cases: Mapping[str, tuple[Any, ...]]) -> list[tuple[Call, tuple[Any, ...]]]:
    """Calls without sizes: the arguments of each, by the phrase for it."""
    return [(Call(function, phrase), arguments) for phrase, arguments in cases.items()]


def _tuple(call: Call, arguments: Any) -> tuple[Any, ...]:
    if not isinstance(arguments, tuple):
        words = "gets its arguments in no tuple, and a comma follows even a single one: (z,)"
        raise TypeError(f"{call.function} {words}")
    return arguments


def _placed(session: Session, argument: Any) -> Any:
    return session.put(argument) if isinstance(argument, list | tuple | np.ndarray) else argument


def several(rng: np.random.Generator) -> int:
    """How many samples; no net of the labs that ask has a layer of 7 to 9 neurons, or so many layers."""
    return int(rng.integers(7, 10))


def many(rng: np.random.Generator) -> int:
    """How many samples where there are many."""
    return int(rng.integers(60, 90))


def spread(values: Any, step: float) -> Any:
    """Mean and standard deviation of all numbers in nested lists of arrays, rounded to multiples of `step`.

    Random numbers can't be compared one by one; many of them together can.

    :param step: coarse enough that the right distribution always gives the same two numbers
    :return: None where there are no numbers; NaN for both where not all are finite
    """
    if (failure := first_failure(*values)) is not None:
        return failure
    numbers = np.array(list(_numbers(values)), dtype=float)
    if not numbers.size:
        return None
    if not np.isfinite(numbers).all():
        return [math.nan, math.nan]
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
