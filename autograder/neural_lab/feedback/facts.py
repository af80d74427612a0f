"""The sentence for a fact about wrong answers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from neural_lab.feedback.calls import label, piece
from neural_lab.feedback.markdown import code
from neural_lab.feedback.phrases import listed
from neural_lab.feedback.where import told
from neural_lab.grading.facts import Fact, Sort
from neural_lab.schema.cells import Cells

NO_CELLS: Mapping[str, Cells] = MappingProxyType({})
SHOWN = 3  # places or names that are listed


EVENTS = {
    Sort.OVERFLOW: "a number becomes too large for the computer (an overflow)",
    Sort.DIVISION: "there is a division by zero, or a logarithm of zero",
    Sort.NO_RESULT: "there is an operation that has no result, such as 0 / 0 or the logarithm of -1",
}


def statement(fact: Fact, cells: Mapping[str, Cells] = NO_CELLS) -> str:
    """What is certain, for a student; in Markdown.

    :param cells: for each file that was a notebook where its cells begin
    """
    called = code(label(fact.call))
    match fact.sort:
        case Sort.CHANGED:
            names = listed([code(name) for name in fact.names], SHOWN)
            them = "it as it is" if len(fact.names) == 1 else "them as they are"
            return f"Your call changed {names}. It must leave {them}: work on a copy."
        case Sort.OVERFLOW | Sort.DIVISION | Sort.NO_RESULT:
            place = told([fact.number], cells.get(fact.names[0], ()))
            return f"In {called}, {EVENTS[fact.sort]}, first in {place}: print the numbers there."
        case Sort.UNFILLED:
            return f"In {called}, {_places(fact)} still `None`: nothing was ever put there."
        case Sort.ZERO:
            return f"In {called}, {_places(fact)} still all zeros."
        case Sort.UNCHANGED:
            return f"In {called}, {_places(fact)} as before the call: nothing was changed there."
        case Sort.ALIKE:
            return f"In {called}, all numbers in your result are the same. They should differ."
        case Sort.ONCE:
            return (
                "The first call is right. The same call made once more is wrong: something is left over from the first."
            )
        case Sort.FIRST_PARAMETERS:
            return "The calls are right until other weights and biases are set. Something old is still used then."
        case Sort.ONE:
            thing = fact.names[0]
            return f"It is right for one {thing.removesuffix('s')} and wrong for several {thing}."
        case Sort.FROM_EPOCH:
            return f"The costs are right before epoch {fact.number} and wrong from epoch {fact.number} on."
        case Sort.EQUAL_WIDTHS:
            return "It is right only where all layers have the same width: check which axis is which."
        case Sort.OTHER_WIDTHS:
            return "It is wrong only where all layers have the same width: there the shapes can't show an exchange."


def _places(fact: Fact) -> str:
    words = [piece(fact.call, place) for place in fact.places]
    return f"{listed(words, SHOWN)} {'is' if len(words) == 1 else 'are'}"
