"""The options of a grading, as requested on the command line."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError, check_seed
from benchmark.executors.request import NAMES
from benchmark.grading.output.platform_csv import PLATFORMS, check_canvas_column
from benchmark.grading.output.workbook import check_xlsx
from benchmark.system.terminal import say


def check_system() -> None:
    """Raise UsageError on a system that cannot open what was handed in without following links or waiting."""
    if not hasattr(os, "O_NOFOLLOW") or not hasattr(os, "O_NONBLOCK"):
        raise UsageError(f"{platform.system()} cannot grade; grade on Linux or macOS, or on Windows in WSL")


def say_known_seed(seed: int, who: str) -> None:
    """Say that anybody can know the latents of generators, if nobody chose a seed."""
    if seed == 0:
        say(f"{who} the latents of seed 0, which anybody can know; give --seed a number that nobody does")


@dataclass(frozen=True, kw_only=True)
class GradingRequest:
    """The options of a grading."""

    task: str
    scheme: Path | None = None
    conditions: tuple[Path, ...] = ()
    hidden: Path | None = None
    roster: Path | None = None
    decisions: Path | None = None  # of staff: points by hand, and cleared flags
    seed: int = 0
    judge: Path | None = None
    second_judge: Path | None = None
    data: str | None = None  # training data to look for copies in
    jobs: int | None = None  # submissions that are looked at at once here; None for 2
    executor: str = "local"  # or "ray": where submissions are looked at
    ray_address: str | None = None  # of a cluster; one is started on this machine otherwise
    only_changed: bool = True
    gradescope: bool = False
    csv: tuple[str, ...] = ()  # learning platforms to write a file of grades for
    canvas_column: str | None = None  # heading of Canvas' assignment; None for that of a roster from Canvas
    xlsx: bool = False  # also write the gradebook as a workbook
    each_is_one: bool = False  # every path is one submission

    @property
    def at_once(self) -> int:
        """Number of submissions that are looked at at once on this machine."""
        return 2 if self.jobs is None else self.jobs

    def check(self) -> None:
        """Raise UsageError for a number, a platform or an executor that there is not."""
        check_seed(self.seed)
        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"--jobs is {self.jobs}; give 1 or more")
        if self.executor not in NAMES:
            raise UsageError(f"--executor is {self.executor!r}; give {' or '.join(NAMES)}")
        if self.jobs is not None and self.executor == "ray":
            raise UsageError(f"--jobs is {self.jobs}, but a cluster has as many at once as fit; leave it out")
        if self.ray_address is not None and self.executor == "local":
            raise UsageError(f"--ray-address is {self.ray_address}, but nothing is handed to Ray; add --executor ray")
        check_canvas_column(self.canvas_column, self.csv)
        if self.xlsx:
            check_xlsx()
        if unknown := [name for name in self.csv if name not in PLATFORMS]:
            raise UsageError(f"--csv is {unknown[0]!r}; give {', '.join(PLATFORMS)}")
