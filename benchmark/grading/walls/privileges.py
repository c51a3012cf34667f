"""Being nobody: root reads a submission as a user who owns nothing, and the process ends with its parent.

Source: capabilities(7), prctl(2).
"""

from __future__ import annotations

import ctypes
import os
import signal

from benchmark.grading.walls.kernel import call, libc

NOBODY = 65534
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS = 1, 8
CAPABILITIES_VERSION_3 = 0x20080522
READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH: may read what the other walls leave, whoever owns it


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def drop_privileges() -> None:
    """Give up root and all it may do but reading. Without effect for other users: they have nothing to give up."""
    if os.geteuid() != 0:
        return
    call(libc().prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    data = (_Data * 2)(_Data(READ_SEARCH, READ_SEARCH, 0))
    call(libc().capset, ctypes.byref(_Header(CAPABILITIES_VERSION_3, 0)), data)


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent ends; call it after the last change of user.

    Args:
        parent: process id of who started this one.
    """
    call(libc().prctl, PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
