"""The words for a call that a probe made: the lab's phrase, filled in with the call's own data; and for a piece of what
it answered, which is called by its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from neural_lab.feedback.markdown import code
from neural_lab.feedback.phrases import listed
from neural_lab.schema.observations import Call, Each, Occasion

AGAIN = "once more"


class _Count(NamedTuple):
    """A number of things: `1 sample`, `3 samples`; the number alone by `{samples:d}`."""

    number: int
    name: str

    def __format__(self, spec: str) -> str:
        if spec:
            return format(int(self.number), spec)
        return f"{self.number} {self.name.removesuffix('s') if self.number == 1 else self.name}"


def label(call: Call) -> str:
    """What was called on what: `cost of 6 samples on a 6-5-4 net`.

    A phrase may use {function}, {net}, the name of each size, and {again}, where the call's repetition is to be told;
    without that it is told at the end.
    """
    once_more = call.occasion is Occasion.AGAIN
    words = call.phrase.format(
        function=call.function,
        net="-".join(map(str, call.net)),
        again=f" {AGAIN}" if once_more else "",
        **{name: _Count(number, name) for name, number in call.sizes.items()},
    )
    return f"{words}, {AGAIN}" if once_more and "{again}" not in call.phrase else words


def piece(call: Call, items: Sequence[int]) -> str:
    """A piece of an answer in words, as Markdown: "`dC_dw` of the output layer", "epoch 2", "item 2 of the result".

    :param items: the path of the piece, the first index that of the outermost list. It may be one of the submission's
        answer, which may have more items than there are names
    """
    if not items:
        return "the whole result"
    names: str | tuple[str, ...] = ()
    rest, known = items, True
    if call.pieces:
        known = items[0] < len(call.pieces)
        if known:
            names, rest = call.pieces[items[0]], items[1:]
        if rest and isinstance(names, tuple) and rest[0] < len(names):
            names, rest = names[rest[0]], rest[1:]
    named = (names,) if isinstance(names, str) else names
    name = listed([code(one) for one in named]) if named else ""
    if rest and known and (call.each is Each.EPOCH or (call.each is Each.LAYER and rest[0] < len(call.net) - 1)):
        of_each = item(call, rest[0])
        name, rest = (f"{name} of {of_each}" if name else of_each), rest[1:]
    for index in rest:
        name = f"item {index + 1} of {name or 'the result'}"
    return name


def item(call: Call, index: int) -> str:
    """What one item of a list in an answer belongs to: `the output layer`, `hidden layer 2`, `epoch 3`."""
    if call.each is Each.EPOCH:
        return f"epoch {index + 1}"
    hidden = len(call.net) - 2
    if index == hidden:
        return "the output layer"
    return "the hidden layer" if hidden == 1 else f"hidden layer {index + 1}"
