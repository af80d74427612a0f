"""Makes system calls by number: new ones, old ones and those of another architecture's convention."""
# <unwritten>
import ctypes

libc = ctypes.CDLL(None)
for number in (57, 58, 59, 322, 425, 434, 435, 437, 438, 447, 56, 220, 999):
    libc.syscall(number, 0, 0, 0, 0, 0)
libc.syscall(0x40000000 + 57)
