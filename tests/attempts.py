"""Single things that a process tries which a submission has taken over, as raw system calls; all must be refused.

Numbers are the kernel's own, for x86-64 and for 64-bit ARM.
"""

import ctypes
import errno
import fcntl
import os
import platform
import threading

MACHINE = 0 if platform.machine() == "x86_64" else 1
LIBC = ctypes.CDLL(None, use_errno=True)
THREAD = 0x3D0F00  # flags that glibc starts a thread with
NAMESPACES = {
    "mount": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000, "pid": 0x20000000,
    "net": 0x40000000,
}  # fmt: skip
IN_PARENT, OF_SUBMISSION, ANSWER, PIPE = object(), object(), object(), object()  # arguments filled in for each attempt

CALLS = {
    # signals without kill
    "kill": (62, 129, IN_PARENT, 0),
    "tkill": (200, 130, IN_PARENT, 0),
    "tgkill": (234, 131, IN_PARENT, IN_PARENT, 0),
    "rt_sigqueueinfo": (129, 138, IN_PARENT, 0, 0),
    "pidfd_open": (434, 434, IN_PARENT, 0),
    "fcntl F_SETOWN": (72, 25, PIPE, 8, IN_PARENT),
    "fcntl F_SETSIG": (72, 25, PIPE, 10, 9),
    "fcntl F_SETOWN_EX": (72, 25, PIPE, 15, b"\1\0\0\0\1\0\0\0"),
    "fcntl O_ASYNC": (72, 25, PIPE, 4, os.O_ASYNC),
    "fcntl F_NOTIFY": (72, 25, OF_SUBMISSION, 1026, 1),
    "fcntl F_SETLEASE": (72, 25, OF_SUBMISSION, 1024, 0),
    "fcntl F_SETOWN, high bits set": (72, 25, PIPE, 8 | 1 << 32, IN_PARENT),
    "ioctl FIOSETOWN": (16, 29, PIPE, 0x8901, b"\1\0\0\0"),
    "ioctl SIOCSPGRP": (16, 29, PIPE, 0x8902, b"\1\0\0\0"),
    "ioctl FIOASYNC": (16, 29, PIPE, 0x5452, b"\1\0\0\0"),
    "timer of another": (222, 107, 0, 0, 0),
    # outliving the grader
    "prctl PR_SET_PDEATHSIG": (157, 167, 1, 0, 0, 0, 0),
    "prctl PR_SET_CHILD_SUBREAPER": (157, 167, 36, 1, 0, 0, 0),
    "prctl PR_SET_DUMPABLE": (157, 167, 4, 1, 0, 0, 0),
    "setsid": (112, 157),
    "setpgid": (109, 154, 0, 0),
    # the handle that it shares
    "fcntl O_DIRECT": (72, 25, ANSWER, 4, os.O_DIRECT),
    "fcntl F_SETLK": (72, 25, ANSWER, 6, bytes(64)),
    "flock": (73, 32, OF_SUBMISSION, 2 | 4),
    "ftruncate": (77, 46, ANSWER, 0),
    "fallocate": (285, 47, ANSWER, 0, 0, 4096),
    # attributes of files
    "file_setattr": (469, 469, -100, b"/tmp\0", bytes(32), 32, 0),
    "ioctl FS_IOC_SETFLAGS": (16, 29, OF_SUBMISSION, 0x40086602, bytes(8)),
    "ioctl FS_IOC_FSSETXATTR": (16, 29, OF_SUBMISSION, 0x401C5820, bytes(28)),
    "getxattr outside": (191, 8, b"/etc/passwd\0", b"security.selinux\0", 0, 0),
    "fgetxattr": (193, 10, OF_SUBMISSION, b"user.a\0", 0, 0),
    "listxattr outside": (194, 11, b"/etc/passwd\0", 0, 0),
    "getxattrat": (464, 464, -100, b"/etc/passwd\0", 0, b"user.a\0", bytes(16), 16),
    "utimensat": (280, 88, -100, b"/tmp\0", 0, 0),
    # storms that slow down the whole machine
    "sync": (162, 81),
    "syncfs": (306, 267, ANSWER),
    "fsync": (74, 82, ANSWER),
    "fdatasync": (75, 83, ANSWER),
    "io_setup": (206, 0, 64, bytes(8)),
    "io_uring_setup": (425, 425, 8, bytes(120)),
    "memfd_create": (319, 279, b"m\0", 0),
    "sched_setaffinity of the grader": (203, 122, IN_PARENT, 8, b"\1" + bytes(7)),
    "setpriority": (141, 140, 0, IN_PARENT, 19),
    "prlimit of the grader": (302, 261, IN_PARENT, 7, 0, bytes(16)),
    # namespaces, capabilities, other processes
    "unshare": (272, 97, NAMESPACES["user"]),
    "setns": (308, 268, PIPE, 0),
    "clone3": (435, 435, bytes(88), 88),
    "fork": (56, 220, 17, 0, 0, 0, 0),
    **{f"clone {name}": (56, 220, THREAD | flag, 0, 0, 0, 0) for name, flag in NAMESPACES.items()},
    "capset": (126, 91, bytes(8), bytes(24)),
    "ptrace": (101, 117, 16, IN_PARENT, 0, 0),
    "process_vm_readv": (310, 270, IN_PARENT, 0, 0, 0, 0, 0),
    "seccomp": (317, 277, 1, 0, 0),
    "userfaultfd": (323, 282, 0),
    "bpf": (321, 280, 0, 0, 0),
    # whatever the next kernels bring
    "listns": (470, 470, 0, 0, 0, 0),
    "a call of the future": (999, 999),
}


def outcome(action, path, answer):
    """The name of the error that an attempt ended with, or what it returned."""
    try:
        return action(path, answer)
    except OSError as error:
        return errno.errorcode[error.errno]


def _attempt(x86_64, aarch64, *arguments):
    def run(path, answer):
        reader, writer = os.pipe()
        folder = os.open(path, os.O_RDONLY)
        known = {IN_PARENT: os.getppid(), OF_SUBMISSION: folder, ANSWER: answer.handle, PIPE: reader}
        values = [x86_64 if MACHINE == 0 else aarch64, *(known.get(value, value) for value in arguments)]
        result = LIBC.syscall(*(ctypes.c_long(value) if isinstance(value, int) else value for value in values))
        number = ctypes.get_errno()
        for handle in (reader, writer, folder):
            os.close(handle)
        if result < 0:
            raise OSError(number, "")
        return "worked"

    return run


def _opens_for_writing(path, answer):
    os.close(os.open("/dev/null", os.O_WRONLY))
    return "worked"


def _keeps_capabilities(path, answer):
    """Whether it may do more than read: root's child keeps the right to read the submission, whoever owns it."""
    with open("/proc/self/status") as file:
        status = dict(line.split(":", 1) for line in file)
    held = {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}
    if held <= {0, 1 << 2}:
        raise OSError(errno.EPERM, "")
    return str(held)


ATTEMPTS = {name: _attempt(*call) for name, call in CALLS.items()}
ATTEMPTS |= {"open for writing": _opens_for_writing, "capabilities": _keeps_capabilities}
NEEDED = {
    "a thread": lambda: [thread := threading.Thread(target=int), thread.start(), thread.join()],
    "whether a file is a terminal": lambda: os.isatty(0),
    "handles that programs do not inherit": lambda: os.set_inheritable(0, False),
    "another handle": lambda: fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3),
}  # what the walls must leave
