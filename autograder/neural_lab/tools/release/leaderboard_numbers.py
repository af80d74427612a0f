"""The leaderboard's numbers in files that students get, written from the grader's own by `make stubs`.

Students can't import the grader. In a file of solution/ the numbers stand between two comments, and what stands there
is written anew, in solution/ and so in student/ as well:

    # numbers of the leaderboard
    # end of numbers
"""

from __future__ import annotations

import re
from pathlib import Path

from neural_lab.labs.q1.hyperparameters import SEEDS, TIERS

_NUMBERS = re.compile(r"^(# numbers of the leaderboard\n).*?^(# end of numbers)$", re.DOTALL | re.MULTILINE)


def with_numbers(text: str) -> str:
    """A file's text with today's numbers."""
    today = f"SEEDS = {SEEDS}\nTIERS = {TIERS}\n".replace("'", '"')
    return _NUMBERS.sub(rf"\g<1>{today}\g<2>", text)


def outdated(solution: Path) -> dict[Path, str]:
    """The files of solution/ whose numbers are not today's, with the text that they should have."""
    texts = {path: path.read_text("utf-8") for path in sorted(solution.rglob("*.py"))}
    return {path: with_numbers(text) for path, text in texts.items() if with_numbers(text) != text}
