"""What an exception of a student's code says, in words: the line it came from, what the names there stood for, and its
message in plain English. What is told is certain; where the mistake is may be earlier.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping

from neural_lab.feedback.markdown import literal
from neural_lab.intake.submission import Submission
from neural_lab.runtime.protocol import MOST_ITEMS, Failure, Outline
from neural_lab.schema.cells import place

MOST_NAMES = 5  # of which is told what they stood for
MOST_LINES = 200  # above, in which a loop is looked for
WIDTH = 100
_LOOP = re.compile(r"\s*(for|while)\b")
_NAME = re.compile(r"(?<![\w.])(self\.\w+|[A-Za-z_]\w*)(?:\[(-?\w+)\])?")
_TARGET = re.compile(r"[\w.,\[\]\s]+\s=\s")  # what a line assigns to has no value yet
# (the exception's type and message, what it says), the first that fits
_PLAIN = (
    (r"bitwise_xor|for \^", "In Python `^` is not a power; a power is written with `**`."),
    (r"positional argument", "A function gets too many or too few arguments. Check `self` and the parentheses."),
    (r"could not be broadcast", "The shapes of the two arrays do not fit for an operation entry by entry."),
    (r"matmul|not aligned", "A matrix product needs as many columns on the left as rows on the right."),
    (r"truth value of an array", "One True or False is needed here, but an array has many entries."),
    (r"Python scalar", "One single number is needed here, but an array has many entries."),
    (r"inhomogeneous", "Arrays of different shapes can't be put into one array; a list can hold them."),
    (r"NoneType", "Something here is `None`: it was never set, or a function has no `return`."),
    (r"^IndexError", "The index is too large. The first item has the index 0."),
    (r"values to unpack", "There are more or fewer names on the left than values on the right."),
    (r"^NameError", "This name is not known here. A method of the class is called with `self.` before its name."),
    (r"^UnboundLocalError", "This name is used before it gets a value in this function."),
    (r"^AttributeError", "There is no attribute of this name. Check the spelling, and where it should be set."),
    (r"^RecursionError", "The function calls itself again and again without an end."),
    (r"^ZeroDivisionError", "A number is divided by zero here."),
    (r"not callable", "Parentheses stand here after something that is not a function."),
    (r"unsupported operand", "This operation can't combine values of these two types."),
)


def raised_at(failure: Failure, submission: Submission, with_line: bool = True) -> list[str]:
    """What was raised, and what the names in the student's line stood for; as lines of a block of text.

    :param with_line: begin with that line
    """
    message = f"{failure.type_name}: {failure.message}" if failure.message else failure.type_name
    text = line_of(failure, submission.files)
    number = place(failure.line, submission.cells.get(failure.module, ())).line
    told = [f"{number}: {literal(text, WIDTH)}"] if text and with_line else []
    told.append(literal(message, 240))
    seen = dict(_seen(text, dict(failure.values)))
    width = max(map(len, seen), default=0)
    return [*told, *(f"{name:{width}}  {words}" for name, words in [*seen.items()][:MOST_NAMES])]


def line_of(failure: Failure, files: Mapping[str, str]) -> str:
    """The line of the student's file, "" if it is not known."""
    lines = files.get(failure.module, "").split("\n")  # as Python counts them: a form feed ends no line
    return lines[failure.line - 1].strip() if 0 < failure.line <= len(lines) else ""


def running(failure: Failure, files: Mapping[str, str]) -> int:
    """The line of the loop that was still running when a call was stopped, or the one in which it only waited; 0 if
    that is not known.

    Around all lines in which the call was seen: it is found by its indentation, for the grader parses no submission.
    """
    rows = [row.expandtabs() for row in files.get(failure.module, "").split("\n")]
    first, last = failure.line, failure.last_line
    if not 1 <= first <= last <= len(rows):
        return 0
    inside = min((_indent(row) for row in rows[first:last] if _counts(row)), default=sys.maxsize)
    for number in range(first, max(0, first - MOST_LINES), -1):
        row = rows[number - 1]
        if not _counts(row):
            continue
        if _LOOP.match(row) and _indent(row) < inside:
            return number
        inside = min(inside, _indent(row))
    return first if first == last else 0


def _indent(row: str) -> int:
    return len(row) - len(row.lstrip())


def _counts(row: str) -> bool:
    """Whether there is code in a line."""
    return row.strip() != "" and not row.lstrip().startswith("#")


def in_plain_words(failure: Failure) -> str:
    """What a common message of Python or NumPy means; "" for others."""
    said = f"{failure.type_name}: {failure.message}"
    return next((words for pattern, words in _PLAIN if re.search(pattern, said)), "")


def _seen(text: str, values: Mapping[str, Outline]) -> Iterator[tuple[str, str]]:
    """The names in a line, with what they stood for; an item of a list, where its index is known."""
    for found in _NAME.finditer(_TARGET.sub("", text.partition("#")[0][:WIDTH], count=1)):
        name, index = found.groups()
        outline = values.get(name)
        if outline is None:
            continue
        if index is not None and outline.items:
            number = values[index].number if index in values else int(index) if _is_number(index) else None
            if number is not None and -len(outline.items) <= number < len(outline.items):
                yield literal(found[0], 40), _described(outline.items[number])
                if index in values:
                    yield index, str(number)
                continue
        yield literal(name, 40), _described(outline)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,4}", text) is not None


def _described(outline: Outline) -> str:
    """`array (6, 5)`, `list of 3: (6, 5), (5, 4)`, `None`."""
    if outline.shape is not None:
        return f"array {outline.shape}"
    if outline.number is not None:
        return str(outline.number)
    if outline.items:
        shapes = [item.shape for item in outline.items]
        inside = f": {', '.join(map(str, shapes))}" if all(shape is not None for shape in shapes) else ""
        count = "many" if len(outline.items) == MOST_ITEMS else len(outline.items)
        return f"{literal(outline.type_name, 40)} of {count}{inside}"
    return "None" if outline.type_name == "NoneType" else literal(outline.type_name, 40)
