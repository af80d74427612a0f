"""Two timers around some code, one of its CPU and one of the clock: what only waits uses no CPU."""

from __future__ import annotations

import contextlib
import signal
import types
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def timers(
    look: Callable[[int, types.FrameType | None], None], cpu: tuple[float, float], wall: tuple[float, float]
) -> Iterator[None]:
    """Call `look` in the midst of the code, as a signal's handler, once a timer has run out.

    :param cpu: seconds of CPU until the first call, and between later ones; 0 for no later ones
    :param wall: the same on the clock
    """
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, look)
    signal.setitimer(signal.ITIMER_PROF, *cpu)
    signal.setitimer(signal.ITIMER_REAL, *wall)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
