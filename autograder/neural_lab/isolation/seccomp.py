"""The list of system calls that a worker can't make, and its translation to a kernel filter.

It is a deny list: NumPy, threads and lazy imports need too much, and differently on every version, to list what is
allowed. libseccomp, which knows every architecture's numbers, is called directly: its Python bindings look the library
up with two runs of `ldconfig`, which every grading would pay for.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from errno import ENOSYS, EPERM, EROFS

# By name, answered with EPERM. A name that an architecture or this libseccomp doesn't know is skipped.
DENIED = {
    "new processes": "fork vfork execve execveat",
    "signals": "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo",
    "input and output without a call of its own": "io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents",
    "sockets": "socket socketpair connect bind listen accept accept4 sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg"
    " getsockname getpeername getsockopt setsockopt shutdown",
    "other processes": "ptrace process_vm_readv process_vm_writev kcmp setpriority ioprio_set migrate_pages move_pages"
    " setpgid setsid",
    "shared memory and queues": "shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semtimedop semctl"
    " mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr memfd_create",
    "files": "creat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat mknod"
    " mknodat chmod fchmod fchmodat chown fchown lchown fchownat truncate ftruncate fallocate utime utimes utimensat"
    " futimesat setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr name_to_handle_at open_by_handle_at"
    " inotify_init inotify_init1 inotify_add_watch fanotify_init fanotify_mark flock splice tee vmsplice sync syncfs",
    "mounts and namespaces": "mount umount2 pivot_root chroot unshare setns swapon swapoff quotactl",
    "identity": "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset personality",
    "the kernel": "bpf perf_event_open userfaultfd keyctl add_key request_key init_module finit_module delete_module"
    " kexec_load kexec_file_load reboot sethostname setdomainname settimeofday clock_settime clock_adjtime adjtimex"
    " iopl ioperm modify_ldt acct syslog vhangup lookup_dcookie nfsservctl uselib ustat sysfs seccomp",
}

# Since number 424 every architecture numbers new calls alike. All of them are unknown to the worker (ENOSYS): clone3
# and openat2, whose flags a filter can't see, io_uring, pidfds, mount and memfd_secret calls, and whatever kernels
# learn next. C libraries and Python fall back on older calls. Numbers from _X32 on belong to another architecture.
_FIRST_NEW_CALL, _X32 = 424, 0x40000000

_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000  # SCMP_ACT_*, equal to SECCOMP_RET_*
_NE, _MASKED_EQ = 1, 7  # SCMP_CMP_*
_ACT_BADARCH, _OPTIMIZE, _BINARY_TREE = 2, 8, 2  # SCMP_FLTATR_*
_LOW = 0xFFFFFFFF  # the kernel looks at the lower half of int arguments only, so the filter must, too

_CLONE_THREAD = 0x10000
# A descriptor can be told to send a signal of one's choice to any process of the same user.
_FCNTL = {"F_SETOWN": 8, "F_SETSIG": 10, "F_SETOWN_EX": 15, "F_SETLEASE": 1024, "F_NOTIFY": 1026, "F_SETPIPE_SZ": 1031}
_SIGNAL_IOCTL = {"FIOASYNC": 0x5452, "FIOSETOWN": 0x8901, "SIOCSPGRP": 0x8902}
_TERMINAL_IOCTL = {"TIOCSCTTY": 0x540E, "TIOCSTI": 0x5412, "TIOCLINUX": 0x541C, "TIOCSETD": 0x5423}
_PRCTL = {"PDEATHSIG": 1, "DUMPABLE": 4, "MM": 35, "CHILD_SUBREAPER": 36, "PTRACER": 0x59616D61}
# Its own limits and scheduling (process id 0) a worker may look at and lower, others' not.
_OF_PROCESS = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")


class _Comparison(ctypes.Structure):
    _fields_ = (
        *(("argument", ctypes.c_uint), ("operator", ctypes.c_int)),
        *(("first", ctypes.c_uint64), ("second", ctypes.c_uint64)),
    )


def build_filter(threads: bool, arch: int | None = None) -> bytes:
    """The filter as a BPF program (8 bytes an instruction), by default for this machine.

    A call by another architecture's convention (32 bit, x32) kills the process: numbers mean other things there.

    :param threads: whether the worker may start any, which only a limit of its own keeps from being thousands
    :param arch: the kernel's audit number of another architecture, to look at its program
    :raises RuntimeError: off Linux
    :raises OSError: there is no libseccomp, or it refuses
    """
    if not sys.platform.startswith("linux"):
        raise RuntimeError("only Linux filters system calls")
    lib = _library()
    rules = lib.seccomp_init(_ALLOW)
    try:
        _check(lib.seccomp_attr_set(rules, _ACT_BADARCH, _KILL_PROCESS))
        # the kernel runs through the filter once for each call's number when a worker applies it: a tree halves that
        lib.seccomp_attr_set(rules, _OPTIMIZE, _BINARY_TREE)  # unknown before 2.5, and a list does as well
        native = lib.seccomp_arch_native()
        if arch is not None and arch != native:
            _check(lib.seccomp_arch_add(rules, arch))
            _check(lib.seccomp_arch_remove(rules, native))
        for call, comparison, error in _rules(threads):
            number = lib.seccomp_syscall_resolve_name(call.encode())
            if number < 0:
                continue
            comparisons = (_Comparison * 1)(comparison) if comparison else None
            _check(lib.seccomp_rule_add_array(rules, _ERRNO | error, number, 1 if comparison else 0, comparisons))
        with open(os.memfd_create("filter"), "w+b") as file:
            _check(lib.seccomp_export_bpf(rules, file.fileno()))
            file.seek(0)
            return _refuse_new_calls() + file.read()
    finally:
        lib.seccomp_release(rules)


def _rules(threads: bool) -> list[tuple[str, _Comparison | None, int]]:
    """(call, what must be true of one argument, error) for each rule."""

    def has_bits(argument: int, mask: int, value: int) -> _Comparison:
        return _Comparison(argument, _MASKED_EQ, mask, value)

    rules: list[tuple[str, _Comparison | None, int]] = []
    rules += [(call, None, EPERM) for calls in DENIED.values() for call in calls.split()]
    rules += [("clone", has_bits(0, _CLONE_THREAD, 0) if threads else None, EPERM)]
    for bit in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC):
        rules += [("open", has_bits(1, bit, bit), EROFS), ("openat", has_bits(2, bit, bit), EROFS)]
    rules += [("fcntl", has_bits(1, _LOW, command), EPERM) for command in _FCNTL.values()]
    rules += [("ioctl", has_bits(1, _LOW, request), EPERM) for request in (_SIGNAL_IOCTL | _TERMINAL_IOCTL).values()]
    rules += [("prctl", has_bits(0, _LOW, option), EPERM) for option in _PRCTL.values()]
    rules += [(call, _Comparison(0, _NE, 0, 0), EPERM) for call in _OF_PROCESS]
    return rules


def _refuse_new_calls() -> bytes:
    """Four instructions to stand before the filter: numbers from _FIRST_NEW_CALL to _X32 answer ENOSYS."""
    load, jump_if_at_least, answer = 0x20, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JGE|K, BPF_RET|K
    code = [
        (load, 0, 0, 0),  # the call's number
        (jump_if_at_least, 0, 2, _FIRST_NEW_CALL),
        (jump_if_at_least, 1, 0, _X32),
        (answer, 0, 0, _ERRNO | ENOSYS),
    ]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _library() -> ctypes.CDLL:
    lib = ctypes.CDLL("libseccomp.so.2")
    context, number = ctypes.c_void_p, ctypes.c_uint32
    lib.seccomp_init.argtypes, lib.seccomp_init.restype = (number,), context
    lib.seccomp_attr_set.argtypes = (context, ctypes.c_int, number)
    lib.seccomp_arch_native.restype = number
    lib.seccomp_arch_add.argtypes = lib.seccomp_arch_remove.argtypes = (context, number)
    lib.seccomp_rule_add_array.argtypes = (context, number, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
    lib.seccomp_export_bpf.argtypes = (context, ctypes.c_int)
    lib.seccomp_release.argtypes, lib.seccomp_release.restype = (context,), None
    return lib


def _check(result: int) -> None:
    if result < 0:
        raise OSError(-result, f"libseccomp: {os.strerror(-result)}")
