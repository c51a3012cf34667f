"""The curve of scores over the run behind a record, as a CSV: a line a snapshot, the first untrained.

Columns: ``generator_updates``, ``protocol``, then each score with ``_low``, ``_high`` (its interval's ends) and ``_n``,
``images_seen`` and ``seconds``. An empty cell is a number that is not known, such as a score that was refused for too
few images; whoever draws or judges a curve leaves its point out.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.store import curve_path

Point = Mapping[str, float | None]  # of one snapshot; without the protocol


def load_curve(record: Path, protocol: str) -> list[Point]:
    """The points of the run behind a record, in order; none if there is no curve under this protocol.

    Raises:
        UsageError: the file is damaged; the message names the line.
    """
    path = curve_path(record)
    if not path.exists():
        return []
    lines = list(csv.DictReader(path.read_text(encoding="utf-8", errors="replace").splitlines()))
    if lines and lines[0].get("protocol") != protocol:
        return []
    try:
        points = [{key: _number(cell) for key, cell in line.items() if key != "protocol"} for line in lines]
        updates = [int(point["generator_updates"]) for point in points]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is no curve of scores ({error}); draw it again with cgan-bench curve") from error
    if updates != sorted(set(updates)):
        raise UsageError(f"{path}: generator_updates do not rise; draw it again with cgan-bench curve")
    return points


def _number(cell: str) -> float | None:
    """A cell's number; None for an empty one."""
    number = float(cell) if cell != "" else None
    if number is not None and not math.isfinite(number):
        raise ValueError(f"{cell} is not finite")
    return number


def interval_of(point: Point, score: str) -> tuple[float, float] | None:
    """A score's interval at a snapshot; None where it is not known."""
    low, high = point.get(f"{score}_low"), point.get(f"{score}_high")
    return None if low is None or high is None else (low, high)
