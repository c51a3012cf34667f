"""What the system says of its processor."""

from __future__ import annotations

import contextlib
import platform
from pathlib import Path


def cpu_name() -> str:
    """The processor's name."""
    return _first_line("model name") or platform.processor() or platform.machine()


def cpu_flags() -> set[str]:
    """What it can do, such as ``amx_tile``; empty where the system does not say."""
    return set(_first_line("flags").split())


def _first_line(field: str) -> str:
    """The first value of a field in Linux's list of processors; empty elsewhere."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == field:
                return value.strip()
    return ""
