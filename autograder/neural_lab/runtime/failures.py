"""What an exception of the student's code says, as a `Failure`. The exception itself may be hostile when looked at."""

from __future__ import annotations

import opcode
import re
import traceback
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from neural_lab.runtime.protocol import MOST_ITEMS, MOST_VALUES, Failure, FailureKind, Outline

EDITED = "edited.py"  # the file name of a function of the solution that was edited
_OPERATORS = 13  # of Python, each plain and in place: a + b, then a += b


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
    line, function, module, operation = 0, "", "", ""
    values: tuple[tuple[str, Outline], ...] = ()
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename.removesuffix(".py")
        if name in modules or frame.f_code.co_filename == EDITED:
            line, function, module, raised = number, frame.f_code.co_name, name, frame
    if line:
        operation = _operation(error, raised)
        values = tuple(_values(raised))
    kind = (
        FailureKind.MISSING
        if isinstance(error, MissingName)
        else FailureKind.NOT_WRITTEN
        if isinstance(error, NotImplementedError)
        else FailureKind.RAISED
    )
    return Failure(kind, type(error).__name__[:80], message, line, function[:80], module[:80], operation, values)


def _operation(error: BaseException, raised: types.FrameType) -> str:
    """What the frame was doing, as bytecode has it: the same for a + b and a += b, and for any way of calling."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame is not raised:
        trace = trace.tb_next
    if trace is None:
        return ""
    code = raised.f_code.co_code
    name, argument = opcode.opname[code[trace.tb_lasti]], code[trace.tb_lasti + 1]
    if name == "BINARY_OP":  # since Python 3.11
        return f"{name} {argument % _OPERATORS}"
    if name.startswith(("CALL", "PRECALL")):  # Python 3.11 makes a call it has seen often in the first of the two
        return "CALL"
    return name.replace("INPLACE_", "BINARY_").replace("LOAD_METHOD", "LOAD_ATTR")


def _values(frame: types.FrameType) -> Iterator[tuple[str, Outline]]:
    """What the names in a function stand for, and then the attributes of its `self`, with their full names."""
    found = dict(frame.f_locals)
    try:
        attributes = object.__getattribute__(found.pop("self", None), "__dict__")
    except AttributeError:  # there is no self, or it keeps its attributes elsewhere
        attributes = {}
    found |= {f"self.{name}": value for name, value in attributes.items() if type(name) is str}
    for name, value in [*found.items()][:MOST_VALUES]:
        yield name[:80], _outline(value)


def _outline(value: Any, inside: bool = False) -> Outline:
    """Of a value whose class may be hostile: only what NumPy and Python themselves say of it is asked."""
    kind = type(value)
    name = type.__getattribute__(kind, "__name__")[:80]
    if issubclass(kind, np.ndarray):
        return Outline(name, np.ndarray.shape.__get__(value)[:MOST_ITEMS])
    if kind is int and abs(value) < 2**31:
        return Outline(name, number=value)
    if kind in (list, tuple) and not inside:
        return Outline(name, items=tuple(_outline(item, inside=True) for item in value[:MOST_ITEMS]))
    return Outline(name)
