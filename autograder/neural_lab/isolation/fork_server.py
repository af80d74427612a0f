"""The fork server: the small process that forks a worker on each request.

It has loaded NumPy and the logging that q1's stub imports, and nothing secret.
"""

from __future__ import annotations

import gc
import os
import socket
import struct
import sys
import sysconfig
from pathlib import Path

import numpy as np

from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import Limits
from neural_lab.runtime import protocol
from neural_lab.runtime.host import Channel, serve


def run(control: socket.socket, grader: int, limits: Limits) -> None:
    """Fork a worker on each request, reap one on request; end when the grader does.

    Requests: b"S", with the worker's end of a socket pair → i32 pid or -errno.
    b"R" i32 pid → i32 wait status, f64 CPU seconds. The grader alone decides who dies.
    """
    import logging  # noqa: F401 (once, not in each worker; the grader itself needs none)

    os.chdir("/")
    # A submission finds the standard library and NumPy, which is in memory: neither the engine nor whatever else is
    # installed here, so that it is graded on every machine as in the container.
    for name, module in sys.modules.items():
        if name.partition(".")[0] == "neural_lab" and hasattr(module, "__path__"):
            module.__path__.clear()
    own = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    sys.path[:] = [p for p in sys.path if p in own or Path(p).name == "lib-dynload" or p.endswith(".zip")]
    lockdown.die_with_parent(grader)
    prepared = lockdown.prepare()
    shared = lockdown.enter_shared(prepared, limits, keep=(control.fileno(),))
    lockdown.protect_self()
    control = _at_the_lowest_number(control)  # it may have been made among many, above the limit that holds now
    np.random.seed(0)  # code that draws numbers without seeding draws the same ones in every run
    gc.freeze()  # what is loaded by now is not looked through, and so not copied, in every worker
    gc.enable()
    control.sendall(struct.pack("<I", os.getpid()))
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            os._exit(0)
        if message[:1] == b"S":
            try:
                pid = os.fork()
            except OSError as error:
                pid = -(error.errno or 1)
            if pid == 0:
                _become_worker(descriptors[0], prepared, shared, limits)
            os.close(descriptors[0])
            control.sendall(struct.pack("<i", pid))
        elif message[:1] == b"R":
            (pid,) = struct.unpack_from("<i", message, 1)
            _, status, usage = os.wait4(pid, 0)
            control.sendall(struct.pack("<id", status, usage.ru_utime + usage.ru_stime))


def _at_the_lowest_number(connection: socket.socket) -> socket.socket:
    with connection:
        return socket.socket(fileno=os.dup(connection.fileno()))


def _become_worker(
    descriptor: int, prepared: lockdown.Prepared, shared: tuple[lockdown.Layer, ...], limits: Limits
) -> None:
    try:
        # a fresh user id for each worker: limits on processes count by user id, also beyond a container
        uid = lockdown.fresh_uid(prepared)
        layers = (*shared, *lockdown.enter(prepared, limits, uid, keep=(descriptor,)))
        channel = Channel(descriptor)
        channel.send([[layer.name, layer.held, layer.detail[: protocol.MOST_TEXT]] for layer in layers])
        serve(channel, limits)
    finally:
        os._exit(1)
