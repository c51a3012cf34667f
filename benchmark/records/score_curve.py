"""The curve of scores over the run behind a record, as a CSV with a line per snapshot; the first is before training.

Columns: ``generator_updates``, ``protocol``, then each score with ``_low``, ``_high`` (its interval's ends) and ``_n``,
``images_seen`` and ``seconds``. An empty cell is an unknown number, such as a score that was refused for too few
images; plots and claims skip it. If ``own_start`` is not 1, as in older files, update 0 is of the task's untrained
reference and not of the model.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import curve_path
from benchmark.tasks import TASKS

OWN_START = "own_start"  # the column
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


def starts_with_reference(points: Sequence[Point], record: Record) -> bool:
    """True if update 0 is of the task's untrained reference, and the record's model is another one."""
    if not points or points[0]["generator_updates"] != 0 or points[0].get(OWN_START) == 1:
        return False
    task = TASKS.get(record.protocol.task)
    first = task is not None and record.model is not None and record.model.full_name == task.models[0]
    return not (first and record.training.seed == 0)
