"""Giving up rights, for good: called by a process that is about to read what a stranger made.

Memory, processor time, file sizes and open files are limited everywhere. On Linux four more walls are tried, each on
its own, since kernels and containers differ in what they allow: a network namespace without any network, a
Landlock rule set that leaves reading of named folders and no writing, and a seccomp filter without sockets, new
processes and signals to others.

Sources: setrlimit(2), user_namespaces(7), landlock(7), seccomp(2).
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

WALLS = ("no_network", "read_only_files", "no_system_calls_outside")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one submission may use."""

    address_space: int = 4 << 30  # bytes
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    open_files: int = 64


def limit_resources(limits: Limits, file_size: int) -> None:
    """Set the limits of this process; none can be raised again.

    Args:
        limits: what the process may use.
        file_size: bytes of the largest file that it may write.
    """
    wanted = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: file_size,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: limits.address_space,
    }
    for kind, value in wanted.items():
        hard = value + 1 if kind == resource.RLIMIT_CPU else value  # a second in which SIGXCPU tells why
        resource.setrlimit(kind, (value, hard))


def build_walls(readable: Iterable[Path], listable: Iterable[Path] = ()) -> dict[str, str | None]:
    """Shut this process in, as far as the system allows; call it before the first thread is started.

    Args:
        readable: files and folders that can still be read; nothing can be written.
        listable: folders whose names of entries can still be read, at any depth.

    Returns:
        For each of :data:`WALLS` None if it stands, or why it does not.
    """
    if sys.platform != "linux":
        return dict.fromkeys(WALLS, f"{platform.system()} has no such thing")
    steps = (_leave_network, lambda: _restrict_files(readable, listable), _filter_system_calls)
    return {name: _attempt(step) for name, step in zip(WALLS, steps, strict=True)}


def _attempt(step: Callable[[], None]) -> str | None:
    try:
        step()
    except OSError as error:
        return error.strerror or str(error)
    return None


CLONE_NEWUSER, CLONE_NEWNET, CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000


def _leave_network() -> None:
    """Move into a network namespace of one's own, which has not even a loopback that is up."""
    _call(_libc().unshare, CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET)


# landlock(7): the same three calls on every architecture
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
FILE_RIGHTS = (1 << 13) - 1  # all of ABI 1: execute, write, read, list, remove, make
SYSTEM = (
    "/dev/urandom",
    "/dev/null",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self",
    "/sys/devices/system",
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
)  # what libraries read when loaded


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def _restrict_files(readable: Iterable[Path], listable: Iterable[Path]) -> None:
    _no_new_privileges()
    attributes = _Ruleset(FILE_RIGHTS)
    ruleset = _call(_libc().syscall, CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    rules = [(path, READ_FILE | READ_DIR | EXECUTE) for path in (*readable, *map(Path, SYSTEM))]
    rules += [(path, READ_DIR) for path in listable]
    for path, rights in rules:
        if path.exists():
            _allow(ruleset, path, rights)
    _call(_libc().syscall, RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = _PathBeneath(rights if path.is_dir() else rights & ~READ_DIR, handle)
    _call(_libc().syscall, ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(handle)


# seccomp(2): numbers of the calls that are refused, for x86-64 and for 64-bit ARM
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED = {
    "x86_64": (
        *range(41, 51), 53, *range(54, 56), 288,  # socket ... listen, socketpair, socket options, accept4
        57, 58, 59, 322,  # fork, vfork, execve, execveat
        62, 129, 200, 297, 424, 434, 438,  # kill, signals to others, pidfd_*
        101, 310, 311, 312,  # ptrace, process_vm_readv, process_vm_writev, kcmp
        155, 161, 165, 166, 272, 308, 304, 428, 429, 430, 431, 432, 442,  # pivot_root, chroot, mounts, namespaces
        141, 203, 144, 142,  # priority and scheduling of others
        29, 30, 31, 64, 68, 69, 240, 241,  # memory, semaphores and queues shared with others
        248, 249, 250, 298, 321, 323, 425, 426, 427,  # keys, perf_event_open, bpf, userfaultfd, io_uring
        175, 313, 176, 169, 246, 320, 167, 168,  # modules, reboot, kexec, swap
    ),
    "aarch64": (
        *range(198, 213), 242,  # socket ... recvmsg, accept4
        221, 281,  # execve, execveat
        129, 130, 138, 240, 424, 434, 438,  # kill, signals to others, pidfd_*
        117, 270, 271, 272,  # ptrace, process_vm_readv, process_vm_writev, kcmp
        41, 51, 40, 39, 97, 268, 265, 428, 429, 430, 431, 432, 442,  # pivot_root, chroot, mounts, namespaces
        140, 122, 118, 119,  # priority and scheduling of others
        194, 195, 196, 190, 186, 189, 180, 181,  # memory, semaphores and queues shared with others
        217, 218, 219, 241, 280, 282, 425, 426, 427,  # keys, perf_event_open, bpf, userfaultfd, io_uring
        105, 273, 106, 142, 104, 294, 224, 225,  # modules, reboot, kexec, swap
    ),
}  # fmt: skip
CLONE, CLONE3 = {"x86_64": 56, "aarch64": 220}, 435
TGKILL, PRLIMIT = {"x86_64": 234, "aarch64": 131}, {"x86_64": 302, "aarch64": 261}
EPERM, ENOSYS = 1, 38
KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
LOAD, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, JUMP_IF_SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
X32 = 0x40000000  # numbers from here on are another ABI's
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def _filter_system_calls() -> None:
    machine = platform.machine()
    if machine not in REFUSED:
        raise OSError(ENOSYS, f"no filter is known for {machine}")
    _no_new_privileges()
    lines = _filter_lines(machine)
    program = _Program(len(lines), (_Instruction * len(lines))(*lines))
    _call(_libc().prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)


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
        answer(ERRNO | ENOSYS),  # its flags lie in memory, which a filter cannot read; libraries then use clone
    ]
    for number in REFUSED[machine]:
        lines += [(JUMP_IF_EQUAL, 0, 1, number), answer(ERRNO | EPERM)]
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
            answer(ERRNO | EPERM),
            answer(ALLOW),
        ]
    return [*lines, answer(ALLOW)]


def _no_new_privileges() -> None:
    _call(_libc().prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(function: Callable[..., int], *arguments: object) -> int:
    """Call a function of the C library.

    Raises:
        OSError: it returned a negative number.
    """
    result = function(*(ctypes.c_long(value) if isinstance(value, int) else value for value in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
