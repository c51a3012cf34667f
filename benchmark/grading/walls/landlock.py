"""The kernel's interface of Landlock that several walls share. Source: landlock(7)."""

from __future__ import annotations

from benchmark.grading.walls.kernel import call, libc

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
GET_VERSION = 1


def landlock_version() -> int:
    """The version of its interface here, from 1 on.

    Raises:
        OSError: the kernel has no Landlock, or it is switched off.
    """
    return call(libc().syscall, CREATE_RULESET, 0, 0, GET_VERSION)
