"""The sentence for a relation between wrong answers and what was expected."""

from __future__ import annotations

from collections.abc import Sequence

from neural_lab.feedback.calls import label
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

SHOWN = 3  # answers that are listed one by one
# A fraction with a larger denominator is written as a decimal number.
LARGEST_DENOMINATOR = 1e6


def sentence(relation: Relation) -> str:
    """What the numbers say, for a student."""
    match relation:
        case Negated(evidence):
            return f"{_where(evidence)}, every entry has the right size and the wrong sign."
        case Scaled(evidence, factor, called):
            remark = "; that is a number in the call: does it belong in the formula?" if called else "."
            return f"{_where(evidence)}, every entry is {as_factor(factor)} times what it should be{remark}"
        case EachScaled(evidence, factors):
            told = [f"{as_factor(c)} times for {_label(evidence, call)}" for c, call in zip(factors, evidence.calls)]
            return f"Each wrong answer is a number in its call times what it should be: {_first(told)}."
        case Shifted(evidence, amount):
            return f"{_where(evidence)}, every entry is off by the same amount, {amount:+.6g}."
        case Reordered(evidence):
            return f"{_where(evidence)}, the numbers are right, but in another order."
        case Transposed(evidence):
            return f"{_where(evidence)}, rows and columns are exchanged."
        case Reversed(evidence):
            return f"{_where(evidence)}, the arrays are right, but in the reverse order."
        case Misplaced(call, place, belongs):
            return f"In {label(call)}, {_yours(place)} is what {_place(belongs)} should be."
        case ShapeOfAnother(call, place, belongs):
            return f"In {label(call)}, {_yours(place)} has the shape that {_place(belongs)} should have."
        case PartlyRight(call, right, wrong):
            return f"In {label(call)}, {_places(right)} {_is(right)} right, {_places(wrong)} {_is(wrong)} not."


def _where(evidence: Evidence) -> str:
    if len(evidence.calls) == 1:
        return f"In {_label(evidence, evidence.calls[0])}"
    return "In every array that is wrong" if evidence.some else "In every wrong answer"


def _label(evidence: Evidence, call: Call) -> str:
    return f"the change in {label(call)}" if evidence.change else label(call)


def _first(told: Sequence[str]) -> str:
    """The first few, each once."""
    told = list(dict.fromkeys(told))
    return "; ".join([*told[:SHOWN], *(["…"] if len(told) > SHOWN else [])])


def as_factor(c: float) -> str:
    """A factor as people write it: 4, 1/4, 0.37."""
    reciprocal = 1 / abs(c)
    number = round(min(reciprocal, LARGEST_DENOMINATOR))
    if number > 1 and abs(reciprocal - number) <= CLOSE * number:
        return f"{'-' if c < 0 else ''}1/{number}"
    return f"{c:.6g}"


def _place(path: Path) -> str:
    """As Python writes it: `[0][2]`."""
    return "".join(f"[{index}]" for index in path) or "the whole result"


def _yours(path: Path) -> str:
    return f"{_place(path)} of yours" if path else "your whole result"


def _places(paths: Sequence[Path]) -> str:
    words = [_place(path) for path in paths]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _is(paths: Sequence[Path]) -> str:
    return "is" if len(paths) == 1 else "are"
