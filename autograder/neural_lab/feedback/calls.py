"""The words for a call that a probe made: the lab's phrase, filled in with the call's own data."""

from __future__ import annotations

from typing import NamedTuple

from neural_lab.schema.observations import Call, Occasion

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
