"""Reads the solution's file by ways that avoid `open`."""
# <unwritten>
import ctypes
import mmap
import os


def by_descriptor():
    return os.read(os.open("{SOLUTION}", os.O_RDONLY), 1 << 20)


def by_libc():
    libc = ctypes.CDLL(None)
    buffer = ctypes.create_string_buffer(1 << 20)
    return buffer.raw[: libc.read(libc.open(b"{SOLUTION}", 0), buffer, 1 << 20)]


def by_map():
    return mmap.mmap(os.open("{SOLUTION}", os.O_RDONLY), 0, prot=mmap.PROT_READ)[:]


def by_numpy():
    return np.fromfile("{SOLUTION}", np.uint8).tobytes()


def by_parent():
    return open(f"/proc/{os.getppid()}/root{SOLUTION}", "rb").read()


def by_link():
    os.link("{SOLUTION}", "/tmp/hostile-mark")
    return open("/tmp/hostile-mark", "rb").read()


import numpy as np

for way in (by_descriptor, by_libc, by_map, by_numpy, by_parent, by_link):
    try:
        exec(way().decode())
    except Exception:
        pass
