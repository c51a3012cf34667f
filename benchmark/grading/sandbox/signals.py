"""A ban on signals to other processes, however they are sent. Source: landlock(7), kill(2).

A filter of system calls sees only calls that send a signal at once. The kernel also sends some later, in the name of
the process that owns an open file.
"""

from __future__ import annotations

import ctypes
import errno
import os

from benchmark.grading.sandbox.landlock import CREATE_RULESET, RESTRICT_SELF, landlock_version
from benchmark.grading.sandbox.namespaces import call, libc, no_new_privileges

HAS_SCOPES = 6  # version of Landlock, Linux 6.12
ABSTRACT_UNIX_SOCKET, SIGNAL = 1 << 0, 1 << 1


class _Ruleset(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("handled_access_fs", "handled_access_net", "scoped"))


def restrict_signals(*, only_process: bool) -> None:
    """Leave signals to this process alone.

    Args:
        only_process: no other process is of this one's user, so that the kernel lets it send them to nobody anyway.

    Raises:
        OSError: there are others, and the kernel's Landlock is too old or missing.
    """
    no_new_privileges()
    try:
        _restrict()
    except OSError:
        if not only_process:
            raise


def _restrict() -> None:
    version = landlock_version()
    if version < HAS_SCOPES:
        raise OSError(errno.ENOSYS, f"Landlock has version {version} here, and knows no signals before {HAS_SCOPES}")
    attributes = _Ruleset(0, 0, ABSTRACT_UNIX_SOCKET | SIGNAL)
    ruleset = call(libc().syscall, CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    call(libc().syscall, RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)
