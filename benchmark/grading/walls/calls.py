"""A filter of system calls: no sockets, programs or processes, and nothing that changes what lies outside.

The filter is a list of what is refused, since numerical libraries use hundreds of the others. Source: seccomp(2),
the kernel's tables of numbers (x86-64, and the one that 64-bit ARM shares with newer machines).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform

from benchmark.grading.walls.kernel import call, libc, no_new_privileges

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED = {
    "x86_64": (
        *range(41, 51), 53, 54, 55, 288, 299, 307,  # sockets
        57, 58, 59, 322,  # fork, vfork, execve, execveat
        62, 129, 200, 297, 424, 434, 438,  # kill, signals to others, pidfd_*
        101, 310, 311, 312, 440,  # ptrace, other processes' memory, kcmp, process_madvise
        155, 161, 165, 166, 272, 303, 304, 308, *range(428, 434), 442,  # roots, mounts, namespaces, files by handle
        141, 142, 144, 203, 251, 314,  # priority and scheduling, of others too
        29, 30, 31, *range(64, 72), 220, *range(240, 244),  # memory, semaphores and queues shared with others
        248, 249, 250, 298, 321, 323, 425, 426, 427,  # keys, perf_event_open, bpf, userfaultfd, io_uring
        103, 163, 167, 168, 169, 172, 173, 175, 176, 179, 246, 313, 320, 443,  # modules, reboot, kexec, swap, ports
        76, *range(82, 89), 133, 258, 259, *range(263, 267), 316,  # truncate, make, rename, link and remove files
        *range(90, 95), 260, 268, 452,  # owner and rights of files
        132, 235, 261, 280,  # times of files
        188, 189, 190, 197, 198, 199, 463, 466,  # attributes of files
        153, 253, 254, 294, 300, 301,  # watching files of others, hanging up
        105, 106, 113, 114, 116, 117, 119, 122, 123, 126,  # user, groups, capabilities
        159, 164, 170, 171, 227, 305,  # clock and name of the machine
    ),
    "aarch64": (
        *range(198, 213), 242, 243, 269,  # sockets
        221, 281,  # execve, execveat
        129, 130, 138, 240, 424, 434, 438,  # kill, signals to others, pidfd_*
        117, 270, 271, 272, 440,  # ptrace, other processes' memory, kcmp, process_madvise
        39, 40, 41, 51, 97, 264, 265, 268, *range(428, 434), 442,  # roots, mounts, namespaces, files by handle
        30, 118, 119, 122, 140, 274,  # priority and scheduling, of others too
        *range(180, 197),  # memory, semaphores and queues shared with others
        217, 218, 219, 241, 280, 282, 425, 426, 427,  # keys, perf_event_open, bpf, userfaultfd, io_uring
        60, 89, 104, 105, 106, 116, 142, 224, 225, 273, 294, 443,  # modules, reboot, kexec, swap, quota
        *range(33, 39), 45, 276,  # truncate, make, rename, link and remove files
        *range(52, 56), 452,  # owner and rights of files
        88,  # times of files
        5, 6, 7, 14, 15, 16, 463, 466,  # attributes of files
        26, 27, 58, 262, 263,  # watching files of others, hanging up
        91, *range(143, 148), 149, 151, 152, 159,  # user, groups, capabilities
        112, 161, 162, 170, 171, 266,  # clock and name of the machine
    ),
}  # fmt: skip
CLONE, CLONE3, CLONE_THREAD = {"x86_64": 56, "aarch64": 220}, 435, 0x00010000
TGKILL, PRLIMIT = {"x86_64": 234, "aarch64": 131}, {"x86_64": 302, "aarch64": 261}
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
X32 = 0x40000000  # numbers from here on are another ABI's
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def filter_system_calls() -> None:
    """Have the kernel refuse them from now on, in this thread and in those that it starts."""
    machine = platform.machine()
    if machine not in REFUSED:
        raise OSError(errno.ENOSYS, f"no filter is known for {machine}")
    no_new_privileges()
    lines = _filter_lines(machine)
    program = _Program(len(lines), (_Instruction * len(lines))(*lines))
    call(libc().prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def _filter_lines(machine: str) -> list[tuple[int, int, int, int]]:
    """The program: (code, jump if true, jump if false, number); jumps count lines to skip."""

    def answer(verdict: int) -> tuple[int, int, int, int]:
        return RETURN, 0, 0, verdict

    lines = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH[machine]),
        answer(KILL),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 0, 1, X32),
        answer(KILL),
        (JUMP_IF_EQUAL, 0, 1, CLONE3),
        answer(ERRNO | errno.ENOSYS),  # its flags lie in memory, which a filter cannot read; libraries then use clone
    ]
    for number in REFUSED[machine]:
        lines += [(JUMP_IF_EQUAL, 0, 1, number), answer(ERRNO | errno.EPERM)]
    only_if = (
        (CLONE[machine], JUMP_IF_SET, CLONE_THREAD),  # a thread, not a process
        (TGKILL[machine], JUMP_IF_EQUAL, os.getpid()),  # a signal to itself, as abort() sends
        (PRLIMIT[machine], JUMP_IF_EQUAL, 0),  # its own limits
    )
    for number, condition, value in only_if:
        lines += [
            (JUMP_IF_EQUAL, 0, 4, number),
            (LOAD, 0, 0, FIRST_ARGUMENT),
            (condition, 1, 0, value),
            answer(ERRNO | errno.EPERM),
            answer(ALLOW),
        ]
    return [*lines, answer(ALLOW)]
