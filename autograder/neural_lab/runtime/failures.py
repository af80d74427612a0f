"""What an exception of the student's code says, as a `Failure`. The exception itself may be hostile when looked at."""

from __future__ import annotations

import re
import traceback

from neural_lab.runtime.protocol import Failure, FailureKind


class MissingName(Exception):
    """The submission does not define what the contract asks for."""


def describe(error: BaseException, modules: set[str]) -> Failure:
    """What a raised exception says: type, message, and the last line of the submission on its way.

    :param modules: names of the submission's modules
    """
    try:
        return _described(error, modules)
    except BaseException:  # an exception that runs code, and raises, when it is looked at
        return Failure(FailureKind.RAISED, type.__getattribute__(type(error), "__name__")[:80])


def _described(error: BaseException, modules: set[str]) -> Failure:
    try:
        # an address differs from run to run, and the same file is to get the same results
        message = re.sub(r"(?<= at )0x[0-9a-f]+", "0x…", str(error)[:300])
    except BaseException:  # an exception whose own text raises
        message = ""
    line, function = 0, ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.removesuffix(".py") in modules:
            line, function = number, frame.f_code.co_name
    kind = (
        FailureKind.MISSING
        if isinstance(error, MissingName)
        else FailureKind.NOT_WRITTEN
        if isinstance(error, NotImplementedError)
        else FailureKind.RAISED
    )
    return Failure(kind, type(error).__name__[:80], message, line, function[:80])
