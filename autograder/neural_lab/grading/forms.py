"""Other forms of an answer in which its numbers are right, for parts of a rubric that accept them for half the marks.

What any answer may be (transposed, flattened, in a dict, with more beside it) `compare` knows by itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from neural_lab.grading.compare import as_items
from neural_lab.schema.lab import Form, FormName


def _swapped(got: Any, expected: Any) -> Iterator[Any]:
    if _as_long(got, expected) and len(expected) == 2:
        yield got[::-1]


def _backwards(got: Any, expected: Any) -> Iterator[Any]:
    """A list from its last item to its first; of several results each of the lists, then more of them at once."""
    if not _as_long(got, expected):
        return
    if isinstance(expected, list):
        yield got[::-1]
        return
    ways = [
        (item, item[::-1]) if isinstance(wanted, list) and _as_long(item, wanted) else (item,)
        for item, wanted in zip(got, expected, strict=True)
    ]
    yield from itertools.islice(itertools.product(*ways), 1, None)  # the first is as it was


def _as_long(got: Any, expected: Any) -> bool:
    items = as_items(got) if isinstance(expected, list | tuple) else None
    return items is not None and len(items) == len(expected) > 1


SWAPPED = Form(FormName.SWAPPED, _swapped)
LAYERS_BACKWARDS = Form(FormName.LAYERS_BACKWARDS, _backwards)
HISTORY_BACKWARDS = Form(FormName.HISTORY_BACKWARDS, _backwards)
