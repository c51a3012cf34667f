"""The curve of scores over the run behind a record, as a CSV: a line a snapshot, the first untrained.

Columns: ``generator_updates``, ``protocol``, then each score with ``_low``, ``_high`` (its interval's ends) and ``_n``.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.store import curve_path

Point = Mapping[str, float]  # of one snapshot; without the protocol


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
        points = [{key: float(cell) for key, cell in line.items() if key != "protocol"} for line in lines]
        updates = [point["generator_updates"] for point in points]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} is no curve of scores ({error}); draw it again with cgan-bench curve") from error
    if updates != sorted(set(updates)):
        raise UsageError(f"{path}: generator_updates do not rise; draw it again with cgan-bench curve")
    return points
