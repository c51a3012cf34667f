"""Confinement: a process gives up its rights for good before it reads a submission from an untrusted person.

Memory, processor time, file sizes and open files are limited wherever Python has ``resource``, which is on Unix. On
Linux more walls are tried, each on its own, since kernels and containers differ in what they allow; each has a file
next to this one.

Source: setrlimit(2).
"""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # another system than Unix
    resource = None

OF_LINUX = (
    "no_network",
    "no_privileges",
    "few_threads",
    "read_only_files",
    "no_signals",
    "no_system_calls_outside",
)
WALLS = (*OF_LINUX, "limits")
EVERY_WALL = (1 << len(WALLS)) - 1  # as one number: bit i for wall i


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits of one submission."""

    address_space: int = 4 << 30  # bytes
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    open_files: int = 64
    threads: int = 1_024


def limit_resources(limits: Limits, file_size: int) -> str | None:
    """Set the limits of this process; none can be raised again.

    Args:
        limits: what the process may use.
        file_size: bytes of the largest file that it may write.

    Returns:
        None if all of them hold, or why not.
    """
    return _attempt(lambda: _set_limits(limits, file_size))


def _set_limits(limits: Limits, file_size: int) -> None:
    _check_resource()
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


def _check_resource() -> None:
    """Raise OSError where Python has no ``resource``."""
    if resource is None:
        raise OSError("this Python has no module 'resource'")


def build_walls(
    limits: Limits, parent: int, user: int, readable: Iterable[Path], listable: Iterable[Path] = ()
) -> dict[str, str | None]:
    """Confine this process as far as the system allows; call it before any lasting thread is started.

    Args:
        limits: what the process may use.
        parent: process id of who started this one, which ends with it.
        user: who this process becomes if root started it; others stay who they are.
        readable: files and folders that can still be read; nothing can be written.
        listable: folders whose names of entries can still be read, at any depth.

    Returns:
        For each of :data:`OF_LINUX` None if it stands, or why it does not.
    """
    if sys.platform != "linux":
        return dict.fromkeys(OF_LINUX, f"{platform.system()} has no such thing")
    from benchmark.grading.sandbox import landlock, namespaces, seccomp, signals

    root = os.geteuid() == 0

    def be_nobody() -> None:
        namespaces.drop_privileges(user)
        namespaces.die_with_parent(parent)

    steps: tuple[Callable[[], None], ...] = (
        namespaces.leave_network,
        be_nobody,
        lambda: _limit_threads(limits.threads),
        lambda: landlock.restrict_files(readable, listable),
        lambda: signals.restrict_signals(only_process=root and os.getuid() == user),
        seccomp.filter_system_calls,
    )
    return {name: _attempt(step) for name, step in zip(OF_LINUX, steps, strict=True)}


def _limit_threads(count: int) -> None:
    """Limit the threads of this user, who is nobody or, in a user namespace, new.

    Raises:
        OSError: the kernel also counts what else the user runs, which is more, or Python has no ``resource``; then
            there is no limit.
    """
    _check_resource()
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (count, before[1]))
    probe = threading.Thread(target=lambda: None)
    try:
        probe.start()
    except RuntimeError as error:
        resource.setrlimit(resource.RLIMIT_NPROC, before)
        raise OSError(f"this user already runs more than {count:,} threads") from error
    probe.join()
    _wait_for_end(probe)
    resource.setrlimit(resource.RLIMIT_NPROC, (count, count))


def _wait_for_end(thread: threading.Thread) -> None:
    """Wait until the kernel has ended a thread, which on a busy machine comes after Python's own end of it.

    The walls to come would not stand around it. The C library ends a process in which one thread may change its user
    and another may not.
    """
    while os.path.exists(f"/proc/self/task/{thread.native_id}"):
        time.sleep(0.001)


def _attempt(step: Callable[[], None]) -> str | None:
    try:
        step()
    except OSError as error:
        return error.strerror or str(error)
    except ValueError as error:  # a limit that this system does not take
        return str(error)
    return None
