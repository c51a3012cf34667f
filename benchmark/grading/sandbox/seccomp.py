"""A filter of system calls: what numerical libraries need while they read files, and nothing else.

Calls are allowed by name (``system_calls.py``), some of them only with certain arguments, which are here. A refused
call fails with EPERM; one that is newer than the list with ENOSYS, for which libraries are prepared.

Source: seccomp(2), fcntl(2), ioctl_tty(2), prctl(2), clone(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Iterable, Iterator

from benchmark.grading.sandbox.namespaces import call, libc, no_new_privileges
from benchmark.grading.sandbox.system_calls import AS_IF_MISSING, BY_ARGUMENT, FREELY, LAST, MACHINES, number_of

Line = tuple[int, int, int, int]  # code, lines to skip if true, if false, number

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FCNTL = {
    "F_DUPFD": 0,
    "F_GETFD": 1,
    "F_SETFD": 2,
    "F_GETFL": 3,
    "F_DUPFD_CLOEXEC": 1030,
}  # no owner, signal, lock, flags
IOCTL = {
    "TCGETS": 0x5401, "TCGETS2": 0x802C542A, "TIOCGWINSZ": 0x5413, "FIONREAD": 0x541B, "FIOCLEX": 0x5451,
    "FIONCLEX": 0x5450,
}  # fmt: skip
PRCTL = {
    "PR_GET_DUMPABLE": 3, "PR_SET_NAME": 15, "PR_GET_NAME": 16, "PR_CAPBSET_READ": 23, "PR_GET_NO_NEW_PRIVS": 39,
    "PR_SVE_GET_VL": 51, "PR_SME_GET_VL": 64, "PR_SET_VMA": 0x53564D41,
}  # fmt: skip
CHANGES_FILES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CLONE_THREAD = 0x00010000
OF_THREADS = (
    0x007D0F00  # what C libraries start threads with: memory, files, handlers, thread-local storage, identifiers
)
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, JUMP_IF_EQUAL, JUMP_IF_GREATER, JUMP_IF_AT_LEAST, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
X32 = 0x40000000  # numbers from here on are another ABI's
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def filter_system_calls() -> None:
    """Have the kernel refuse all others from now on, in this thread and in those that it starts.

    Raises:
        OSError: there is no list for this machine, or the kernel has no filters.
    """
    machine = platform.machine()
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"no filter is known for {machine}")
    no_new_privileges()
    lines = list(filter_lines(machine))
    program = _Program(len(lines), (_Instruction * len(lines))(*lines))
    call(libc().prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


def filter_lines(machine: str) -> Iterator[Line]:
    """The program of the filter: jumps count lines to skip."""
    refused, missing = _answer(ERRNO | errno.EPERM), _answer(ERRNO | errno.ENOSYS)
    yield from [(LOAD, 0, 0, ARCHITECTURE), (JUMP_IF_EQUAL, 1, 0, AUDIT_ARCH[machine]), _answer(KILL)]
    yield from [(LOAD, 0, 0, NUMBER), (JUMP_IF_AT_LEAST, 0, 1, X32), _answer(KILL)]
    for calls, verdict in ((FREELY, _answer(ALLOW)), (AS_IF_MISSING, missing)):
        for name in calls:
            yield from _for(number_of(calls, name, machine), [verdict])
    for name, lines in _conditions():
        yield from _for(number_of(BY_ARGUMENT, name, machine), [*lines, refused])
    yield from [(JUMP_IF_GREATER, 0, 1, LAST), missing, refused]


def _conditions() -> Iterator[tuple[str, list[Line]]]:
    """For each call of :data:`BY_ARGUMENT` the lines that allow it; without a verdict of theirs it is refused."""
    yield "open", _unless_set(1, CHANGES_FILES)
    yield "openat", _unless_set(2, CHANGES_FILES)
    yield "fcntl", _if_one_of(1, FCNTL.values())
    yield "ioctl", _if_one_of(1, IOCTL.values())
    yield "prctl", _if_one_of(0, PRCTL.values())
    yield "clone", _if_thread()
    yield "tgkill", _if_one_of(0, [os.getpid()])  # to itself, as abort() does
    yield "prlimit64", _if_one_of(0, [0])  # its own limits


def _answer(verdict: int) -> Line:
    return RETURN, 0, 0, verdict


def _argument(index: int) -> Line:
    """Load the low half of an argument: all that the kernel looks at of those that are tested here."""
    return LOAD, 0, 0, ARGUMENTS + 8 * index


def _for(number: int | None, lines: list[Line]) -> list[Line]:
    """Lines for one call alone; none if the machine lacks it."""
    return [] if number is None else [(JUMP_IF_EQUAL, 0, len(lines), number), *lines]


def _if_one_of(index: int, values: Iterable[int]) -> list[Line]:
    tests = [line for value in values for line in ((JUMP_IF_EQUAL, 0, 1, value), _answer(ALLOW))]
    return [_argument(index), *tests]


def _unless_set(index: int, bits: int) -> list[Line]:
    return [_argument(index), (JUMP_IF_SET, 1, 0, bits), _answer(ALLOW)]


def _if_thread() -> list[Line]:
    """The first argument has the flag of a thread, and none that threads do not need: a new namespace is one."""
    others = ~OF_THREADS & 0xFFFFFFFF
    return [_argument(0), (JUMP_IF_SET, 2, 0, others), (JUMP_IF_SET, 0, 1, CLONE_THREAD), _answer(ALLOW)]
