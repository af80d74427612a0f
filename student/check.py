"""Check q1.py on your own computer, as often as you like: python check.py

    python check.py                    every function, in the order to write them
    python check.py forward_pass       one function
    python check.py path/to/q1.py      another file than the q1.py beside this one
    python check.py --watch            again whenever you save
    python check.py --show cost        the failing case of one function, to paste into Python
    python check.py --picture          your gradients beside measured slopes, as a page
    python check.py --all              every failure in full, also what waits for another

It needs Python 3.10 or later and NumPy. It works through examples small enough for paper and compares back_propagation
with slopes measured on your own forward_pass. It holds no solution and promises no marks: the grader asks for more.
The checks themselves are in the folder `checks`, which belongs beside this file.
"""
# This file keeps to a syntax that any old Python can read, so that an old one gets a clear sentence and no SyntaxError.
# ruff: noqa: UP010, UP031, UP036

from __future__ import print_function

import os
import sys

if sys.version_info < (3, 10):
    sys.exit(
        "This lab needs Python 3.10 or later, and this is Python %d.%d (%s).\n"
        "Install a newer one from python.org, then run: python3 check.py" % (sys.version_info[:2] + (sys.executable,))  # noqa: RUF005
    )
try:
    import numpy as np
except ImportError:
    sys.exit(
        "This lab needs NumPy, which this Python lacks. Install it with:\n    %s -m pip install numpy" % sys.executable
    )
if [int(part) for part in np.__version__.split(".")[:2]] < [1, 21]:
    sys.exit(
        "This lab needs NumPy 1.21 or later, and this is NumPy %s. Bring it up to date with:\n"
        "    %s -m pip install --upgrade numpy" % (np.__version__, sys.executable)
    )

FOLDER = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    if not os.path.isdir(os.path.join(FOLDER, "checks")):
        sys.exit("The folder checks is missing beside check.py in %s.\nUnpack the lab's zip again." % FOLDER)
    sys.path.insert(0, FOLDER)  # also where Python was told to leave it out
    from checks.command import main

    sys.exit(main(FOLDER))
