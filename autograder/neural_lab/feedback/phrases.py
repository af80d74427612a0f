"""Pieces of English that several kinds of feedback are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neural_lab.schema.lab import PUBLIC


def listed(words: Sequence[str], most: int | None = None, last: str = "and") -> str:
    """`one, two and three`.

    :param most: how many are listed; of more, the first ones and how many there are besides
    :param last: what stands before the last
    """
    if most is not None and len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def labs(versions: Sequence[str], shown: Callable[[str], str] = str) -> str:
    """`the public lab or version 2027-a`.

    :param versions: their names
    :param shown: how a name is written
    """
    return listed(["the public lab" if name == PUBLIC else f"version {shown(name)}" for name in versions], last="or")
