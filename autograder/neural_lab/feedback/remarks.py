"""Remarks that cost no marks, in words: advice for the student in Markdown, flags for the staff as plain text."""

from __future__ import annotations

from neural_lab.feedback import where
from neural_lab.feedback.markdown import code
from neural_lab.feedback.phrases import labs
from neural_lab.schema.remarks import (
    Advice,
    CallsOften,
    ComplexNumbers,
    EditsOutside,
    Flag,
    Inexact,
    Overflows,
    Prints,
    Refused,
    RightElsewhere,
    SearchStopped,
    SharedCode,
    SharedState,
    WholeNumbers,
)

SHOWN = 5  # edits, or attributes, that are listed
_LOOKS = "this is what numerical differentiation looks like"


def advice(remark: Advice) -> str:
    """A remark for the student, in Markdown."""
    match remark:
        case Prints(functions):
            printing = ", ".join(code(label) for label in functions)
            return f"Something is printed while these run: {printing}. Take the prints out before you hand in."
        case EditsOutside():
            return _edits(remark)
        case SharedState(owner, attributes):
            names = ", ".join(code(name, 40) for name in attributes[:SHOWN])
            return (
                f"{names} in the body of {code(owner, 40)}: all objects share what is made "
                "there, and it outlives each call. Does it belong in `__init__`, or in a local name?"
            )
        case Overflows(function, arguments, given, limits):
            return (
                f"{code(function)} gives {_numbers(given)} at z = {_numbers(arguments)}, where its limits are "
                f"{_numbers(limits)}: which exponential overflows there?"
            )
        case WholeNumbers(function):
            return f"{code(function)} gives whole numbers for a z of whole numbers: which dtype has your result?"


def _edits(remark: EditsOutside) -> str:
    told = [
        f"{code(edit.text, 60)} is gone"
        if edit.gone
        else f"{where.told([edit.line], remark.cells)}, {code(edit.text, 60)}"
        for edit in remark.edits[:SHOWN]
    ]
    more = f" and {len(remark.edits) - SHOWN} more" if len(remark.edits) > SHOWN else ""
    file = f"{remark.module}.ipynb" if remark.cells else f"{remark.module}.py"
    return f"Outside the TODO blocks {file} differs from the stub: {'; '.join(told)}{more}. Was that meant?"


def _numbers(values: tuple[float, ...]) -> str:
    return " and ".join(f"{value:g}" for value in values)


def flag(remark: Flag) -> str:
    """A remark for the staff, who decide what it means."""
    match remark:
        case Refused(function, helper):
            return f"{function}: it asked for {helper} more often than a call needs that, and was refused; {_LOOKS}"
        case Inexact(function, probe, error):
            return (
                f"{function}: {probe} is off by {error:.1g} of the answer's norm, in numbers that are not float32's; "
                f"{_LOOKS}"
            )
        case ComplexNumbers(function, probe):
            return f"{function}: there are complex numbers while it runs in {probe}; {_LOOKS}"
        case CallsOften(function, probe, helper, times):
            return f"{function}: one call in {probe} calls {helper} {times:,} times; {_LOOKS}"
        case SearchStopped(function):
            return f"{function}: the search for the wrong line was stopped; no line is told and no mark carried"
        case SharedCode(functions, wrong):
            return (
                f"{', '.join(functions)}: not right, and run code that {wrong} shares, which is wrong; "
                "no edit gave the marks back, so please look whether one slip has cost its marks twice"
            )
        case RightElsewhere(functions, versions):
            return f"{', '.join(functions)}: wrong here, just as what is right for {labs(versions)}"
