"""Jobs that stand in for real ones, and what workers of other processes do with them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import BusyError, UsageError

DEATHS = 2  # of number 2 beside a slow one


@dataclass(frozen=True)
class Number:
    """A number to be doubled."""

    number: int
    folder: str = ""  # where a first attempt leaves its mark

    @property
    def title(self) -> str:
        return f"number {self.number}"


def takes_all(threads):
    """In place of a process taking its part of the processors."""


def double(job):
    return 2 * job.number


def fails_with_odd(job):
    if job.number == 1:
        raise UsageError("1 is odd; give an even number")
    if job.number == 3:
        raise ZeroDivisionError("ours")
    if job.number == 5:
        raise BusyError("another program computes it")
    return double(job)


def dies_once(job):
    """Double, but the process of the first attempt at number 2 kills itself."""
    mark = Path(job.folder) / "died"
    if job.number == 2 and not mark.exists():
        mark.write_text("")
        os.kill(os.getpid(), signal.SIGKILL)
    return double(job)


def dies(job):
    if job.number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return double(job)


def dies_beside_a_slow_one(job):
    """Double, but number 2 always dies while number 0 is at work, which takes longer than number 2 is tried."""
    folder = Path(job.folder)
    begun, deaths = folder / "begun", folder / "deaths"
    if job.number == 2:
        _wait_until(begun.exists)
        with deaths.open("a") as file:
            file.write("died\n")
        os.kill(os.getpid(), signal.SIGKILL)
    if job.number == 0:
        begun.touch()
        _wait_until(lambda: deaths.exists() and len(deaths.read_text().splitlines()) >= DEATHS)
        time.sleep(1)
    return double(job)


def _wait_until(happened):
    until = time.monotonic() + 60
    while time.monotonic() < until and not happened():
        time.sleep(0.02)
