"""The grader's process: forks the fork server first, while nothing but NumPy is loaded, then becomes the grader."""

# ruff: noqa: E402 (the order of these lines is what this file is about)
import gc
import os
import sys
from typing import NoReturn

if sys.flags.hash_randomization:  # a submission may go by hash(), and the same file is to get the same marks
    sys.exit(
        "Start the grader by `make grade`, or as it does: env -i PYTHONHASHSEED=0 … python -s autograder/neural_lab"
    )

gc.disable()  # imports leave no garbage, and looking for it takes time
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy: workers are small, and threads do not survive a fork

import logging  # noqa: F401 (these two for the workers: each would load them anew)

import numpy.random  # noqa: F401

from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox


def start(limits: Limits = Limits()) -> NoReturn:  # noqa: B008 (a frozen record)
    """Run the command line, and end the process with its exit status.

    :param limits: what submissions may use
    """
    with Sandbox(limits) as sandbox:
        from neural_lab import cli  # only now: the fork server must not hold the reference, the rubric or the judge

        gc.freeze()  # what is loaded stays, and need not be looked through again
        gc.enable()
        status = cli.main(sys.argv[1:], sandbox)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # nothing is left to tidy; taking the interpreter apart would cost as much as judging
