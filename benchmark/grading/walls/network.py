"""A network namespace of one's own, which has not even a loopback that is up. Source: user_namespaces(7)."""

from __future__ import annotations

import os

from benchmark.grading.walls.kernel import call, libc

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def leave_network() -> None:
    """Move there; who is not root moves into a user namespace, too."""
    call(libc().unshare, CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET)
