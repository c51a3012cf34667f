"""The texts of a table's headers and cells, rounded for people."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.leaderboard.averages import Cell
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import CEILING, Table
from benchmark.records.better import sort_key
from benchmark.records.divergence import updates_in
from benchmark.records.rounding import decimals, is_fraction, rounded

NONE = "–"  # noqa: RUF001
REFUSED = "refused"
ARROWS = {"higher": "↑", "lower": "↓"}
FIRST_SCORE = 4  # its position among a row's cells


def headers(columns: Sequence[Column]) -> list[str]:
    """All column titles; a score's has an arrow towards better."""
    return ["Rank", "Model", "Updates", "Seeds", *map(title, columns), "images seen", "train images/s"]


def alignment(columns: Sequence[Column]) -> list[str]:
    """``"left"`` or ``"right"`` for each column: words to the left, numbers to the right."""
    before = ["right", "left", "left", "right"]
    return before + ["right"] * (len(headers(columns)) - len(before))


def title(column: Column) -> str:
    towards = ARROWS[column.direction] if column.best_value is None else f"→ {column.best_value:g}"
    return f"{column.name} {towards}" + (" (%)" if is_fraction(column.unit) else "")


def texts(columns: Sequence[Column], row: Row) -> list[str]:
    """The row's cells, in the order of :func:`headers`."""
    scores = [score_or_refused(row, column) for column in columns]
    ends = [whole_number(row.images_seen), whole_number(row.train_images_per_second)]
    return [rank(row), name(row), updates(row), seeds(row), *scores, *ends]


def score_or_refused(row: Row, column: Column) -> str:
    return REFUSED if column.name in row.refused else score(row.scores.get(column.name), column)


def rank(row: Row) -> str:
    if row.status != "valid":
        return status(row)
    return NONE if row.rank is None else str(row.rank)


def status(row: Row) -> str:
    """The status; of a diverged row with the updates at which its runs diverged."""
    updates = diverged_at(row)
    return f"{row.status} at update {' and '.join(updates)}" if updates else row.status


def diverged_at(row: Row) -> list[str]:
    """The updates at which a diverged row's runs diverged, in words; empty for any other row."""
    return [f"{update:,}" for update in updates_in(row.reason)] if row.status == "diverged" else []


def name(row: Row) -> str:
    images = " (images)" if row.total_updates is None else " (images, declared)"
    notes = {"model": "", "images": images, "reference": " (ceiling)" if row.name in CEILING else " (floor)"}
    return row.name + notes[row.kind]


def updates(row: Row) -> str:
    """Generator updates, of a diverged row those before it diverged, too; a smoke run's are marked as no result."""
    if row.total_updates is None:
        return NONE
    ended = f"{' and '.join(diverged_at(row))} of " if diverged_at(row) else ""
    return f"{ended}{row.total_updates:,}" + (" (smoke)" if row.budget == "smoke" else "")


def seeds(row: Row) -> str:
    """Number of runs in the row, and of all runs, if some are in other rows."""
    if not row.seeds:
        return NONE
    return str(len(row.seeds)) + (f" of {row.runs}" if row.runs > len(row.seeds) else "")


def score(cell: Cell | None, column: Column) -> str:
    """``value [low, high]``, with ``± standard deviation`` if there are several seeds."""
    if cell is None:
        return NONE
    text = number(cell.value, column, cell)
    if cell.deviation is not None:
        text += f" ± {number(cell.deviation, column, cell)}"
    return f"{text} {interval(cell, column)}".rstrip()


def interval(cell: Cell, column: Column) -> str:
    """``[low, high]``; empty where there is none."""
    return "" if cell.interval is None else f"[{', '.join(number(end, column, cell) for end in cell.interval)}]"


def number(value: float, column: Column, cell: Cell | None = None) -> str:
    """A number with as many decimals as its cell's value and interval have, or as its own size needs."""
    measure = (value, None) if cell is None else (cell.value, cell.interval)
    return rounded(value, column.unit, decimals(column.unit, *measure))


def whole_number(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"


def is_best(table: Table, row: Row, column: Column) -> bool:
    """True if no ranked row has a better value in this column.

    Never true for a single ranked row, where all rows have the same value, for a row with an alarm, and for a value
    beyond that of the real images, since images that vary more than real ones are not better.
    """
    if row.rank is None or row.alarms or column.name not in row.scores:
        return False
    values = [other.scores[column.name].value for other in table.rows if other.rank and column.name in other.scores]
    worse = [sort_key(column, value) for value in values]
    value = row.scores[column.name].value
    is_least = sort_key(column, value) == min(worse)
    return len(set(values)) > 1 and is_least and not is_beyond_real(table, value, column)


def is_beyond_real(table: Table, value: float, column: Column) -> bool:
    """True if a value is better than that of the held-out real images.

    Never for a score with a best value, nor for one that depends on the numbers of images: the real row has others.
    """
    if column.best_value is not None or column.depends_on_count:
        return False
    real = [row.scores[column.name].value for row in table.rows if is_real(row) and column.name in row.scores]
    sign = 1 if column.direction == "higher" else -1
    return any(sign * value > sign * one for one in real)


def is_real(row: Row) -> bool:
    return row.kind == "reference" and row.name in CEILING
