"""Calling the kernel for what Python has no function for."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

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
    """No program that this process may start gives it more rights; the kernel asks for it before the other walls."""
    call(libc().prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
