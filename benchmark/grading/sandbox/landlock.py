"""Landlock: reading of named files and folders, and no writing anywhere. Source: landlock(7)."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from benchmark.grading.sandbox.namespaces import call, libc, no_new_privileges

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
GET_VERSION = 1


def landlock_version() -> int:
    """The version of its interface here, from 1 on.

    Raises:
        OSError: the kernel has no Landlock, or it is switched off.
    """
    return call(libc().syscall, CREATE_RULESET, 0, 0, GET_VERSION)


PATH_BENEATH = 1
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # by version: write, list, remove, make; refer; truncate; ioctl
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


def restrict_files(readable: Iterable[Path], listable: Iterable[Path]) -> None:
    """Leave reading of the first (with all below), and listing of the second's folders at any depth."""
    no_new_privileges()
    attributes = _Ruleset((1 << RIGHTS[min(landlock_version(), max(RIGHTS))]) - 1)
    ruleset = call(libc().syscall, CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    rules = [(path, READ_FILE | READ_DIR | EXECUTE) for path in (*readable, *map(Path, SYSTEM))]
    rules += [(path, READ_DIR) for path in listable]
    for path, rights in rules:
        _allow(ruleset, path, rights)
    call(libc().syscall, RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Add a rule; what is not there, or cannot be reached, stays closed without one."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
    rule = _PathBeneath(rights if is_folder else rights & ~READ_DIR, handle)
    call(libc().syscall, ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(handle)
