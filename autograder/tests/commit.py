"""What the commit draws: each commit tries another sample of what is long, every run of one commit the same.

A test with the marker `one_in(3)` is tried with a third of its cases; what is not drawn is a sweep, which `make proof`
runs.
"""

from __future__ import annotations

import functools
import subprocess

from neural_lab.schema.places import ROOT


@functools.cache
def number() -> int:
    """The commit's hash as a number; 0 where there is no git."""
    asked = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True)
    return int(asked.stdout.strip() or "0", 16) if not asked.returncode else 0


def draws(index: int, of: int) -> bool:
    """Whether what has this number is tried, one of so many."""
    return index % of == number() % of
