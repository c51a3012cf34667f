"""A grading as a person requests it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class GradingRequest:
    """A grading as a person requests it."""

    task: str
    scheme: Path | None = None
    conditions: tuple[Path, ...] = ()
    hidden: Path | None = None
    roster: Path | None = None
    seed: int = 0
    judge: Path | None = None
    second_judge: Path | None = None
    data: str | None = None  # training data to look for copies in
    jobs: int = 2
    executor: str = "local"  # or "ray": where submissions are looked at
    ray_address: str | None = None  # of a cluster; one is started on this machine otherwise
    only_changed: bool = True
    gradescope: bool = False
    csv: tuple[str, ...] = ()  # learning platforms to write a file of grades for
    each_is_one: bool = False  # every path is one submission
