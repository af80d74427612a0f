"""Pieces of English that several kinds of feedback are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from neural_lab.runtime.protocol import Failure, FailureKind
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


def instead(failure: Failure) -> str:
    """What happened instead of an answer, as a clause; a submission may have written some of it."""
    match failure:
        case Failure(FailureKind.KILLED, type_name=""):
            return "the code ended the whole process"
        case Failure(FailureKind.KILLED):
            return f"the process was ended by {failure.type_name}"
        case Failure(FailureKind.MISSING):
            return f"{failure.message or 'something'} is not there"
        case Failure(FailureKind.NOT_REACHED, function=""):
            return "the time for the whole submission was used up"
        case Failure(FailureKind.NOT_REACHED):
            return f"it was not run again, for {failure.function} had run out of time before"
        case _:
            return failure.message or "there was no answer"
