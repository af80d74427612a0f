"""What a submission may use, and what must hold before its marks count: time for a probe, memory, processes, questions.

`Limits` is passed in where the grader starts and handed down from there. Tests pass shorter ones. How much of a text or
of an answer is shown is decided where it is shown.
"""

from __future__ import annotations

from typing import NamedTuple

# Without one of these a worker can do harm that nothing else prevents. Landlock is not among them: a worker with a user
# id of its own does not need it, and many kernels lack it.
CRITICAL_LAYERS = ("inherited descriptors", "descriptors", "limits", "own limits", "no new privileges", "seccomp")


class Limits(NamedTuple):
    """Sizes in bytes, times in seconds. CPU time decides; the wall clock is the backstop where a worker only waits."""

    # -- one probe, counted anew for each
    # A right submission needs some 0.02 s of CPU, numerical differentiation of the handout's net some 6 s.
    probe_cpu: float = 8.0
    probe_wall: float = 24.0  # 8 s of CPU take 16 on half a core
    # In the worker that serves several probes an endless loop costs only this much: what overspends is asked again.
    shared_cpu: float = 1.5
    shared_wall: float = 5.0
    # Of memory for a worker's replies to one probe, which the grader keeps; a right submission needs 0.5 MB.
    answered: int = 4 << 20

    # -- loading a submission, which happens before each probe
    statement_cpu: float = 2.0  # for all statements at the top level of the files, such as unguarded training
    statement_least_cpu: float = 0.05  # each has that much even when others have used up the rest
    statement_wall: float = 6.0
    load_cpu: float = 10.0  # the first load, whose end decides what is left out of the later ones
    load_wall: float = 30.0
    events: int = 50_000  # calls and returns that are looked at in a watched call: some 50 ms, and a right one has 500
    compiled: int = 1 << 20  # of compiled code that is passed on to later workers; they compile larger files themselves

    # -- one worker process
    worker_cpu: int = 20  # the kernel's own limit, should the grader be late
    address_space: int = 512 << 20
    open_files: int = 64
    threads: int = 64  # of the worker's own user id; without one it may start none

    # -- questions to the reference that stands in for a helper, in one run of a probe
    asked_bytes: int = 256 << 20  # of arguments
    asked_call: int = 4 << 20  # bytes of one question, and of its answer
    asked_cpu: float = 10.0  # of the grader

    # -- one row of the bank on one probe, in a fork of the grader
    mutant_cpu: float = 1.0  # a sound one needs some 0.002
    mutant_wall: float = 10.0  # for a row that sleeps
    mutant_memory: int = 256 << 20  # beyond what the grader has; a sound row needs less than one megabyte

    # -- the search for the wrong line, bounded by counts: the same file gets the same line on any machine
    repair_candidates: int = 3_000  # edits tried for one function
    repair_candidates_all: int = 6_000  # and for one submission
    repair_turns: int = 400_000  # passes through loops, and calls, in all edits of one function
    repair_turns_all: int = 800_000
    repair_turns_each: int = 5_000  # of one edit in one probe; the largest probe needs some 1,500
    repair_checks: int = 100  # edits whose first answer is right, so that all others are looked at
    repair_hopes: int = 40  # edits that make more right, and not all, of which the words may tell
    repair_deaths: int = 12  # edits that may kill their worker
    repair_cpu: float = 20.0  # the backstop, for a submission: several times what the counts allow
    repair_wall: float = 24.0  # for one worker that only makes the edited file

    # -- the whole run
    grading_wall: float = 126.0  # what was not reached by then says so; 150 with a probe that begins just before
    run_wall: float = 240.0  # well inside Gradescope's ten minutes
    extras_grace: float = 10.0  # seconds past that after which a lab's extra is stopped that does not look at the time
    # Waited for a process where none can be had: twice what another submission can live, which has them.
    patience: float = 30.0
    grader_address_space: int = 512 << 20  # what a submission makes the grader hold can't take the machine down
