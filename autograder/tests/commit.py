"""What the commit draws: each commit tries another sample of what is long, every run of one commit the same.

What is not drawn is a sweep, which `make proof` runs.
"""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest

from neural_lab.schema.places import ROOT


@functools.cache
def number() -> int:
    """The commit's hash as a number; 0 where there is no git."""
    asked = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True)
    return int(asked.stdout.strip() or "0", 16) if not asked.returncode else 0


def draws(index: int, of: int) -> bool:
    """Whether what has this number is tried, one of so many."""
    return index % of == number() % of


def some(cases: Iterable[tuple[Any, ...]], of: int) -> list[Any]:
    """The cases as parameters of a test, of which one of so many is tried."""
    return [
        pytest.param(*case, marks=() if draws(index, of) else pytest.mark.sweep) for index, case in enumerate(cases)
    ]
