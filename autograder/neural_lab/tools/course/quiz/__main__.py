"""`make quiz`: forks the fork server while nothing but NumPy is loaded, then becomes the command."""

import os
import sys

if sys.flags.hash_randomization:  # a submission may go by hash(), and the same code is to give the same questions
    from neural_lab.tools.course.grader import ENVIRONMENT

    os.execve(sys.executable, [sys.executable, "-s", "-m", "neural_lab.tools.course.quiz", *sys.argv[1:]], ENVIRONMENT)

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy: workers are small, and threads do not survive a fork

import logging  # noqa: F401 (these two for the workers: each would load them anew)

import numpy.random  # noqa: F401

from neural_lab.isolation.pool import Sandbox

if __name__ == "__main__":
    with Sandbox() as sandbox:
        from neural_lab.tools.course.quiz import command  # only now: the fork server must not hold the reference

        status = command.main(sys.argv[1:], sandbox)
    sys.exit(status)
