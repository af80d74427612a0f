"""Sends every signal to everyone it may."""
# <unwritten>
import ctypes
import os

libc = ctypes.CDLL(None)
for process in (os.getppid(), 0, -1, *range(os.getpid() - 20, os.getpid())):
    for number in (9, 15, 19, 2):
        try:
            os.kill(process, number)
        except OSError:
            pass
        libc.syscall(234, process, process, number)
        libc.syscall(424, process, number, None, 0)
