"""The grader without the search for wrong lines, which takes most of the time where much is wrong: a script, as
`__main__.py` is, for whoever wants marks alone."""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from neural_lab.isolation.limits import Limits  # noqa: E402
from neural_lab.start import start  # noqa: E402

if __name__ == "__main__":
    start(Limits(repair_candidates=0, repair_candidates_all=0))
