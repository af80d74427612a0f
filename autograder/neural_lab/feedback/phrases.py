"""Pieces of English that several kinds of feedback are made of."""

from __future__ import annotations

from collections.abc import Sequence


def listed(words: Sequence[str], most: int | None = None) -> str:
    """`one, two and three`.

    :param most: how many are listed; of more, the first ones and how many there are besides
    """
    if most is not None and len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
