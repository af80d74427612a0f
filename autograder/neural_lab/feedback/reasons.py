"""What a student reads when an answer has the wrong type, shape, length or form: a clause of a sentence in cases.py.

cases.py tells of wrong numbers. The words of check.py are in solution/checks/values.py.
"""

from __future__ import annotations

from neural_lab.grading.compare import Detail, Reason
from neural_lab.schema.lab import FormName

_FORMS = {
    FormName.IN_DICT: "they come in a dict",
    FormName.IN_LIST: "they come in a list",
    FormName.IN_TUPLE: "they come in a tuple",
    FormName.MORE_BESIDE: "more is returned beside them",
    FormName.SWAPPED: "the two results are swapped",
    FormName.LAYERS_BACKWARDS: "lists run from the last layer to the first",
    FormName.HISTORY_BACKWARDS: "the history runs from its end to its beginning",
}


def clause(detail: Detail) -> str:
    """`shape (3, 1) was expected, this has (3,)`, `transposed`, `a list of 2 was expected` …"""
    match detail.reason:
        case Reason.NUMBER:
            return "a number was expected"
        case Reason.ONE_NUMBER:
            return "one number was expected"
        case Reason.NUMBERS:
            return "a list of numbers was expected"
        case Reason.ARRAY:
            return "a numpy array was expected"
        case Reason.ITEMS:
            return f"a {detail.name} of {detail.expected[0]} was expected"
        case Reason.LENGTH:
            return f"{detail.expected[0]} items were expected, this has {detail.actual[0]}"
        case Reason.SHAPE:
            return _shapes(detail)
        case Reason.LISTED:
            return "a list, not a numpy array"
        case Reason.TRANSPOSED:
            return f"transposed: {_shapes(detail)}" if detail.expected else "transposed"
        case Reason.FLATTENED:
            return f"flattened: {_shapes(detail)}" if len(detail.actual) == 1 else _shapes(detail)
        case Reason.FORM:
            return ", and ".join(_FORMS[form] for form in detail.forms)


def _shapes(detail: Detail) -> str:
    return f"shape {detail.expected} was expected, this has {detail.actual}"
