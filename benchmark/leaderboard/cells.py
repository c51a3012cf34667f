"""The texts of a table's headers and cells, rounded for people: rates in %, one decimal; distances, two."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmark.leaderboard.rows import Cell, Row, is_fraction
from benchmark.leaderboard.tables import CEILING, PANEL, Column, Table

NONE = "–"  # noqa: RUF001
REFUSED = "refused"
ARROWS = {"higher": "↑", "lower": "↓"}


@dataclass(frozen=True)
class Panel:
    """Scores that stand side by side; only the first panel of a table has ranks, budgets and speeds around them."""

    columns: tuple[Column, ...]
    first: bool

    @property
    def first_score(self) -> int:
        """Position of the first score among a row's cells."""
        return 4 if self.first else 1


def panels(table: Table) -> list[Panel]:
    """The table's headline, then the other scores, a few at a time, spread evenly."""
    others = table.columns[table.headline :]
    size = math.ceil(len(others) / max(1, math.ceil(len(others) / PANEL)))
    rest = [Panel(others[start : start + size], first=False) for start in range(0, len(others), max(1, size))]
    return [Panel(table.columns[: table.headline], first=True), *rest]


def headers(panel: Panel) -> list[str]:
    """All column titles; a score's has an arrow towards better."""
    titles = list(map(title, panel.columns))
    if not panel.first:
        return ["Model", *titles]
    return ["Rank", "Model", "Updates", "Seeds", *titles, "images seen", "train images/s"]


def alignment(panel: Panel) -> list[str]:
    """``"left"`` or ``"right"`` for each column: words to the left, numbers to the right."""
    before = ["right", "left", "left", "right"] if panel.first else ["left"]
    return before + ["right"] * (len(headers(panel)) - len(before))


def title(column: Column) -> str:
    return f"{column.name} {ARROWS[column.direction]}" + (" (%)" if is_fraction(column.unit) else "")


def texts(panel: Panel, row: Row) -> list[str]:
    """The row's cells, in the order of :func:`headers`."""
    scores = [
        REFUSED if column.name in row.refused else score(row.scores.get(column.name), column)
        for column in panel.columns
    ]
    if not panel.first:
        return [name(row), *scores]
    ends = [whole(row.images_seen), whole(row.train_images_per_second)]
    return [rank(row), name(row), updates(row), seeds(row), *scores, *ends]


def rank(row: Row) -> str:
    if row.status != "valid":
        return row.status
    return NONE if row.rank is None else str(row.rank)


def name(row: Row) -> str:
    notes = {"model": "", "images": " (images)", "reference": " (ceiling)" if row.name in CEILING else " (floor)"}
    return row.name + notes[row.kind]


def updates(row: Row) -> str:
    """Generator updates; with smoke's name, wherever the row may be copied to."""
    if row.total_updates is None:
        return NONE
    return f"{row.total_updates:,}" + (" (smoke)" if row.budget == "smoke" else "")


def seeds(row: Row) -> str:
    """Number of runs in the row, and of all runs, if some are in other rows."""
    if row.kind != "model":
        return NONE
    return str(len(row.seeds)) + (f" of {row.runs}" if row.runs > len(row.seeds) else "")


def score(cell: Cell | None, column: Column) -> str:
    """``value [low, high]``, with ``± standard deviation`` if there are several seeds."""
    if cell is None:
        return NONE
    text = number(cell.value, column)
    if cell.deviation is not None:
        text += f" ± {number(cell.deviation, column)}"
    if cell.interval is not None:
        text += f" [{number(cell.interval[0], column)}, {number(cell.interval[1], column)}]"
    return text


def number(value: float, column: Column) -> str:
    """Rounded; never a minus before a zero."""
    scaled, decimals = (100 * value, 1) if is_fraction(column.unit) else (value, 2)
    return f"{round(scaled, decimals) + 0.0:.{decimals}f}"


def whole(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"


def is_best(table: Table, row: Row, column: Column) -> bool:
    """True if no ranked row has a better value in this column.

    Never true for a single ranked row, where all have the same value, and for a row that there is an alarm about.
    """
    if row.rank is None or row.alarms or column.name not in row.scores:
        return False
    values = [other.scores[column.name].value for other in table.rows if other.rank and column.name in other.scores]
    best = max(values) if column.direction == "higher" else min(values)
    return len(set(values)) > 1 and row.scores[column.name].value == best
