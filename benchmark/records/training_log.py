"""The losses of the run behind a record, as a CSV next to it: every k-th line of the run's log, unchanged.

Columns: ``step`` (generator updates), ``images_seen``, ``seconds``, then each loss by ``player/name``; six significant
digits. An empty cell is a number that was not finite, or a loss that this line lacks.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.store import AGAIN, log_path
from benchmark.system.files import sha256_text, write_text

MOST_LINES = 2_000
TRIES = 50  # distances between lines that are tried, so that some of every loss stay
COUNTERS = ("step", "images_seen", "seconds")

Line = Mapping[str, float | None]


def save_log(record: Path, lines: Sequence[Line]) -> None:
    """Write the log of the run that a record is of; nothing if it is empty.

    Args:
        record: next to which it goes.
        lines: one of each generator update, in order, see :func:`benchmark.training.loop.log_lines`.
    """
    if lines:
        write_text(log_path(record), to_csv(lines))


def log_digest(lines: Sequence[Line]) -> str | None:
    """sha256 of the text that :func:`save_log` writes; None if that is nothing."""
    return sha256_text(to_csv(lines)) if lines else None


def kept_log_digest(record: Path) -> str:
    """sha256 of the log next to a record, independent of its line endings."""
    return sha256_text(log_path(record).read_text(encoding="utf-8", errors="replace"))


def thin_lines(lines: Sequence[Line], most: int = MOST_LINES) -> list[Line]:
    """Every k-th line, counted back from the last one, with the smallest k that leaves at most ``most`` lines.

    A player that does not step at every update has its losses in every n-th line only. So k also has to leave some of
    each loss, if there is such a k.
    """
    least = math.ceil(len(lines) / most) or 1
    names = loss_names(lines)
    thinned = (lines[::-1][::every][::-1] for every in range(least, least + TRIES))
    return list(next((one for one in thinned if loss_names(one) == names), lines[::-1][::least][::-1]))


def loss_names(lines: Iterable[Line]) -> set[str]:
    """The losses that at least one line has."""
    return {name for line in lines for name in line if "/" in name}


def to_csv(lines: Sequence[Line]) -> str:
    """Every k-th line of a log as a table, see :func:`thin_lines`; a loss that a line lacks is an empty cell.

    Losses stand in the order of the whole log.
    """
    losses = dict.fromkeys(name for line in lines for name in line if "/" in name)
    columns = [*COUNTERS, *losses]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(line.get(column)) for column in columns] for line in thin_lines(lines))
    return text.getvalue()


def _cell(number: float | None) -> str:
    if number is None or not math.isfinite(number):
        return ""
    return str(number) if isinstance(number, int) else f"{number:.6g}"


def load_log(record: Path) -> list[Line]:
    """The lines next to a record, by column; None stands for an empty cell.

    Raises:
        UsageError: there is no log, or it is damaged: the message names the line.
    """
    path = log_path(record)
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; {AGAIN}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not UTF-8; {AGAIN}") from error
    if not rows or rows[0][:1] != ["step"]:
        raise UsageError(f"{path} is no training log: its first column is not step; {AGAIN}")
    return [_line(path, number, rows[0], row) for number, row in enumerate(rows[1:], start=2)]


def _line(path: Path, number: int, columns: list[str], row: list[str]) -> Line:
    if len(row) != len(columns):
        raise UsageError(f"{path}, line {number}: cells are {len(row)} for {len(columns)} columns; {AGAIN}")
    try:
        line = {name: float(cell) if cell else None for name, cell in zip(columns, row, strict=True)}
        if not line["step"] or not all(math.isfinite(cell) for cell in line.values() if cell is not None):
            raise ValueError("its step is missing, or a number is not finite")
    except ValueError as error:
        raise UsageError(f"{path}, line {number}: {error}; {AGAIN}") from error
    return line | {"step": int(line["step"])}
