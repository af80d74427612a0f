"""The limits as they stand fit each other: what is to end a worker first does, and what waits on half a core may."""

from __future__ import annotations

from neural_lab.isolation.limits import Limits
from neural_lab.tools.bench import strain

LIMITS = Limits()


def test_the_grader_ends_a_worker_before_the_kernel_does():
    """What the kernel kills has no verdict of its own: `timed out` is said only of what the grader has stopped."""
    assert max(LIMITS.probe_cpu, LIMITS.load_cpu) < LIMITS.worker_cpu


def test_the_clock_stops_only_what_waits():
    """On half a core, CPU time takes twice as long on the clock."""
    for cpu, wall in (
        (LIMITS.probe_cpu, LIMITS.probe_wall),
        (LIMITS.shared_cpu, LIMITS.shared_wall),
        (LIMITS.statement_cpu, LIMITS.statement_wall),
        (LIMITS.load_cpu, LIMITS.load_wall),
        (LIMITS.mutant_cpu, LIMITS.mutant_wall),
    ):
        assert 2 * cpu < wall


def test_a_smaller_piece_of_work_has_less_time_than_what_it_is_a_piece_of():
    assert LIMITS.statement_least_cpu < LIMITS.statement_cpu < LIMITS.load_cpu
    assert LIMITS.shared_cpu < LIMITS.probe_cpu and LIMITS.probe_wall < LIMITS.grading_wall < LIMITS.run_wall


def test_a_probe_that_begins_just_before_the_time_is_up_ends_within_the_time_that_grading_may_take():
    allowed = {bound.key: bound.limit for bound in strain.WORST.bounds}
    longest = max(LIMITS.probe_wall, LIMITS.repair_wall)  # that begins only while there is time for grading
    assert LIMITS.grading_wall + longest <= allowed["grading"]
    assert LIMITS.run_wall <= allowed["run"]
