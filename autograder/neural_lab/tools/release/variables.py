"""Says what is wrong with the variables on make's command line; nothing if nothing is.

    python3 autograder/neural_lab/tools/release/variables.py Makefile "verbs asked for" "names given"

make calls it before the environment is there, so it uses the standard library alone.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Sequence
from pathlib import Path

VERB = re.compile(r"^([a-z-]+):.*## [^\[\n]*(?:\[([A-Z0-9_ ]+)\])?$", re.MULTILINE)


def refusal(makefile: str, verbs: Sequence[str], given: Sequence[str]) -> str:
    """What to say of the first variable that none of the verbs takes, and the nearest that one of them does.

    :param makefile: its text: behind each verb's description stand the variables that it takes
    :return: "" if there is none, or a verb that make itself will not know
    """
    takes = {found[1]: (found[2] or "").split() for found in VERB.finditer(makefile)}
    if not takes.keys() >= set(verbs):
        return ""
    known = [name for verb in verbs for name in takes[verb]]
    unknown = next((name for name in given if name not in known), None)
    if unknown is None:
        return ""
    asked = f"make {' '.join(verbs)}"
    nearest = difflib.get_close_matches(unknown.upper(), known, n=1, cutoff=0)
    near = f"; the nearest that it takes is {nearest[0]}=, and make help VERB={verbs[0]} lists all" if nearest else ""
    return f"{asked} takes no {unknown}={near}"


if __name__ == "__main__":
    print(refusal(Path(sys.argv[1]).read_text("utf-8"), sys.argv[2].split(), sys.argv[3].split()))
