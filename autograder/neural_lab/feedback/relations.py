"""The sentence for a relation between wrong answers and what was expected."""

from __future__ import annotations

from collections.abc import Sequence

from neural_lab.feedback.calls import label, piece
from neural_lab.feedback.facts import SHOWN
from neural_lab.feedback.markdown import code
from neural_lab.feedback.phrases import listed
from neural_lab.grading.relations import (
    CLOSE,
    EachScaled,
    Evidence,
    Misplaced,
    Negated,
    PartlyRight,
    Path,
    Relation,
    Reordered,
    Reversed,
    Scaled,
    ShapeOfAnother,
    Shifted,
    Transposed,
)
from neural_lab.schema.observations import Call

# A fraction with a larger denominator is written as a decimal number.
LARGEST_DENOMINATOR = 1e6


def sentence(relation: Relation) -> str:
    """What the numbers say, for a student; in Markdown."""
    match relation:
        case Negated(evidence):
            return f"{_where(evidence)}, every entry has the right size and the wrong sign."
        case Scaled(evidence, factor):
            return f"{_where(evidence)}, every entry is {as_factor(factor)} times what it should be."
        case EachScaled(evidence, sizes, divided):
            number = f"number of {' times the number of '.join(sizes)}"
            how = f"what it should be divided by the {number}" if divided else f"the {number} times what it should be"
            return f"{_where(evidence)}, every entry is {how}."
        case Shifted(evidence, amount):
            return f"{_where(evidence)}, every entry is off by the same amount, {amount:+.6g}."
        case Reordered(evidence):
            return f"{_where(evidence)}, the numbers are right, but in another order."
        case Transposed(evidence):
            return f"{_where(evidence)}, rows and columns are exchanged."
        case Reversed(evidence):
            return f"{_where(evidence)}, the arrays are right, but in the reverse order."
        case Misplaced(call, place, belongs):
            return f"In {code(label(call))}, {_yours(call, place)} is what {piece(call, belongs)} should be."
        case ShapeOfAnother(call, place, belongs):
            shape = f"has the shape that {piece(call, belongs)} should have"
            return f"In {code(label(call))}, {_yours(call, place)} {shape}."
        case PartlyRight(call, right, wrong):
            return f"In {code(label(call))}, {_places(call, right)} right, {_places(call, wrong)} wrong."


def _where(evidence: Evidence) -> str:
    if len(evidence.calls) == 1:
        called = code(label(evidence.calls[0]))
        return f"In the change in {called}" if evidence.change else f"In {called}"
    if evidence.change:
        return "In every change of an array"
    return "In every array that is wrong" if evidence.some else "In every wrong answer"


def as_factor(c: float) -> str:
    """A factor as people write it: 4, 1/4, 0.37."""
    reciprocal = 1 / abs(c)
    number = round(min(reciprocal, LARGEST_DENOMINATOR))
    if number > 1 and abs(reciprocal - number) <= CLOSE * number:
        return f"{'-' if c < 0 else ''}1/{number}"
    return f"{c:.6g}"


def _yours(call: Call, path: Path) -> str:
    return f"your {piece(call, path)}" if path else "your whole result"


def _places(call: Call, paths: Sequence[Path]) -> str:
    return f"{listed([piece(call, path) for path in paths], SHOWN)} {'is' if len(paths) == 1 else 'are'}"
