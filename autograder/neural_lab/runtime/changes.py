"""What a call left of what it was sent, and what it called meanwhile."""

from __future__ import annotations

import itertools
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from neural_lab.runtime.protocol import Failure, Handle, inert

# What a call leaves may differ from what was sent by this share of an array's largest entry: `W += h; W -= h`, as
# differences are taken, is off by 1e-16 of it; a change that anybody means is larger than 1e-12.
UNCHANGED = 1e-12


class Sent:
    """What a probe has sent, as it was first sent: by handle or module, and attribute (or "")."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int | str, str], Any] = {}

    def keep(self, target: Handle | int | str, attribute: str, value: Any) -> None:
        self._sent[target.number if isinstance(target, Handle) else target, attribute] = value

    def changes(
        self, now_at: Callable[[int | str, str], Any], failed: Callable[[BaseException], Failure], free: set[int]
    ) -> Iterator[list[Any]]:
        """What is not as it was sent, each thing once: [handle or module, attribute, path to an item, the item now].

        :param now_at: gives what is there now; it may raise, and so may looking at it
        :param failed: what is told of such an exception
        :param free: handles of what may be changed; what it is now counts as sent from here on
        """
        for (target, attribute), sent in list(self._sent.items()):
            path: list[int] = []
            try:
                now = now_at(target, attribute)
                if target in free:
                    self._sent[target, attribute] = _copied(now)
                    continue
                now = _changed(now, sent, path)
            except BaseException as error:  # a submission may make anything of what it was sent
                now = failed(error)
            if now is not None:
                del self._sent[target, attribute]
                yield [target, attribute, path, inert(now[0]) if isinstance(now, list) else now]


def calls_during(call: Callable[[], Any], files: set[str], most: int) -> dict[str, Any]:
    """How often each function of some files is called during a call, and whether one has complex numbers.

    For remarks to the staff: no mark rests on it.

    :param most: how many events are looked at
    """
    seen: dict[str, Any] = {"calls": {}, "complex": False}
    events = itertools.count(1)

    def look(frame: types.FrameType, event: str, value: Any) -> None:
        if event == "call" and frame.f_code.co_filename in files:
            name = frame.f_code.co_name
            seen["calls"][name] = seen["calls"].get(name, 0) + 1
        if event == "return":
            seen["complex"] |= any(map(_is_complex, (value, *frame.f_locals.values())))
        if next(events) >= most:
            sys.setprofile(None)

    sys.setprofile(look)
    try:
        call()
    finally:
        sys.setprofile(None)
    return seen


def _is_complex(value: Any) -> bool:
    """Whether it is a complex number, an array of them, or a list that begins with such."""
    if type(value) in (list, tuple) and value:
        return _is_complex(value[0])
    return value.dtype.kind == "c" if type(value) is np.ndarray else isinstance(value, complex | np.complexfloating)


def _copied(value: Any) -> Any:
    """A copy of arrays in lists as they are: `inert` would give a long double another dtype."""
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return np.array(value) if isinstance(value, np.ndarray) else value


def _changed(now: Any, sent: Any, path: list[int]) -> list[Any] | None:
    """The first item that differs from what was sent, in a list of its own; None if nothing does.

    Shapes, dtypes and values count, and the number and order of items; whether they are in a list, a tuple or a stack,
    the strides of an array and which object it is do not.

    :param path: gets the indices of that item
    """
    if isinstance(sent, np.ndarray):
        return None if isinstance(now, np.ndarray) and _unchanged(np.asarray(now), sent) else [now]
    if isinstance(sent, list | tuple):
        if not isinstance(now, list | tuple | np.ndarray) or getattr(now, "ndim", 1) == 0 or len(now) != len(sent):
            return [now]
        for index, (item, wanted) in enumerate(zip(now, sent, strict=True)):
            path.append(index)
            changed = _changed(item, wanted, path)
            if changed is not None:
                return changed
            path.pop()
        return None
    if isinstance(sent, int | float):
        number = now if isinstance(now, int | float) else np.asarray(now)
        single = isinstance(number, int | float) or (number.ndim == 0 and number.dtype.kind in "biuf")
        return None if single and abs(float(number) - sent) <= UNCHANGED * abs(sent) else [now]
    return None if isinstance(sent, Handle) or (type(now) is type(sent) and now == sent) else [now]


def _unchanged(now: np.ndarray, sent: np.ndarray) -> bool:
    if now.shape != sent.shape or now.dtype != sent.dtype:
        return False
    if now.tobytes() == sent.tobytes():  # quicker than comparing entries
        return True
    with np.errstate(all="ignore"):
        return bool(np.abs(now - sent).max() <= UNCHANGED * np.abs(sent).max())
