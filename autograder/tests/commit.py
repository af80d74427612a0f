"""Numbers that the commit draws: each commit tries another sample, and every run of one commit the same."""

from __future__ import annotations

import subprocess

from neural_lab.schema.places import ROOT


def number() -> int:
    """The commit's hash as a number; 0 where there is no git."""
    asked = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True)
    return int(asked.stdout.strip() or "0", 16) if not asked.returncode else 0
