"""The load that other programs put on the processors while something is timed."""

from __future__ import annotations

import os
import time
from pathlib import Path

STAT = Path("/proc/stat")
BUSY = (0, 1, 2, 5, 6, 7)  # columns of proc(5): user, nice, system, irq, softirq, steal


class OtherWork:
    """Processors that other programs keep busy, from the moment of its making on; Linux alone says so."""

    def __init__(self) -> None:
        self._start = _now()

    def cores(self) -> float | None:
        """Their mean number since then, 0 or more; None where the system does not say."""
        now = _now()
        if self._start is None or now is None or now[0] <= self._start[0]:
            return None
        seconds, busy, own = (after - before for before, after in zip(self._start, now, strict=True))
        return max(0.0, (busy - own) / seconds)


def _now() -> tuple[float, float, float] | None:
    """Seconds: of the clock, of all processors together while busy, and of this process and its children."""
    try:
        columns = STAT.read_text(encoding="ascii").splitlines()[0].split()[1:]
        busy = sum(int(columns[column]) for column in BUSY) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
    return time.monotonic(), busy, sum(os.times()[:4])
