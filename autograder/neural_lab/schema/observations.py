"""What a probe observed: the records that compare, diagnose and feedback work on. Numbers are kept as numbers here; the
words for a call are made of them in `feedback/calls.py`, and nothing is read back out of words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

NOTHING: Mapping[str, int] = MappingProxyType({})


class Role(Enum):
    """What an observation is for."""

    JUDGED = "marks depend on it"
    KEPT = "what the calls have changed and should have left alone: an input, a parameter, the data's order"
    ASIDE = "only looked at: no mark depends on it, the lab's `advice` may speak of it"


class Occasion(Enum):
    """What is new in a call, compared with the calls before it on the same object."""

    FIRST = "the first of its kind"
    AGAIN = "the very same arguments once more"
    OTHER_INPUT = "other arguments"
    OTHER_PARAMETERS = "other parameters were set before"


class Each(Enum):
    """What one item of a list in an answer belongs to."""

    LAYER = "a layer of weights, the first one first"
    EPOCH = "an epoch"


class Call(NamedTuple):
    """What was called.

    :param function: its name
    :param phrase: how students read of the call, with {names} of this record's data to fill in (see
        `feedback/calls.py`)
    :param net: the widths of the net's layers, where there is a net
    :param sizes: numbers of the call by name: samples, batch, epochs …
    :param occasion: what is new in it
    :param pieces: names of what the answer consists of, where it is a tuple of several; of a tuple in it those of its
        items
    :param each: what each item of a list in the answer belongs to
    :param given: small inputs that have the shape of the answer, by name
    """

    function: str
    phrase: str = "{function}"
    net: tuple[int, ...] = ()
    sizes: Mapping[str, int] = NOTHING
    occasion: Occasion = Occasion.FIRST
    pieces: tuple[str | tuple[str, ...], ...] = ()
    each: Each | None = None
    given: Mapping[str, Any] = MappingProxyType({})

    @property
    def numbers(self) -> tuple[int, ...]:
        """All its sizes: large ones make a large case, and a factor that is one of them suggests a slip."""
        return (*self.net, *self.sizes.values())

    def again(self) -> Call:
        """The same call made once more."""
        return self._replace(occasion=Occasion.AGAIN)


class Observation(NamedTuple):
    """One answer of a probe. It is known by its position: a probe makes the same calls whoever is asked.

    :param value: what came back, inert; a tuple of `Change` where the role is KEPT
    :param before: what stood there before the call, where the change can be compared
    """

    call: Call
    value: Any
    before: Any = None
    role: Role = Role.JUDGED


Observations = tuple[Observation, ...]
