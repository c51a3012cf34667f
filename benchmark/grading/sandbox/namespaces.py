"""Dropped privileges: root's process becomes a user who owns nothing, leaves the network, and ends with its parent.

Source: capabilities(7), prctl(2).
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from collections.abc import Callable

NOBODY = 65534  # the group, and the user where a container does not know the one that was chosen
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS = 1, 8
CAPABILITIES_VERSION_3 = 0x20080522
READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH: may read what the other walls leave, whoever owns it


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def drop_privileges(user: int) -> None:
    """Give up root and all it may do but reading; others give up what they may do in their new user namespace.

    Root in a container may lack the right to read what others own, and then keeps nothing.

    Args:
        user: who root becomes.
    """
    root = os.geteuid() == 0
    if root:
        call(libc().prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        _become(user)
    kept = READ_SEARCH if root and may_read_all() else 0
    data = (_Data * 2)(_Data(kept, kept, 0))
    call(libc().capset, ctypes.byref(_Header(CAPABILITIES_VERSION_3, 0)), data)


def may_read_all() -> bool:
    """True if this process may have the right to read whatever others own."""
    data = (_Data * 2)()
    call(libc().capget, ctypes.byref(_Header(CAPABILITIES_VERSION_3, 0)), data)
    return bool(data[0].permitted & READ_SEARCH)


def _become(user: int) -> None:
    try:
        os.setresuid(user, user, user)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a container that has fewer users than the system
            raise
        os.setresuid(NOBODY, NOBODY, NOBODY)


def die_with_parent(parent: int) -> None:
    """Have the kernel end this process when its parent ends; call it after the last change of user.

    Args:
        parent: process id of who started this one.
    """
    call(libc().prctl, PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


PR_SET_NO_NEW_PRIVS = 38


def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(function: Callable[..., int], *arguments: object) -> int:
    """Call a function of the C library.

    Raises:
        OSError: it returned a negative number.
    """
    result = function(*(ctypes.c_long(value) if isinstance(value, int) else value for value in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def no_new_privileges() -> None:
    """Forbid programs that give this process more rights; the kernel requires this before the other walls."""
    call(libc().prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def leave_network() -> None:
    """Move this process into a network namespace of its own; users other than root also need a user namespace."""
    call(libc().unshare, CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET)
