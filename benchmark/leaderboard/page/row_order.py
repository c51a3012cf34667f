"""The order of the page's rows: the best score first, whatever its budget, with the budget that each rank is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmark.leaderboard import cells
from benchmark.leaderboard.headline import main_sort_key
from benchmark.leaderboard.page.row_labels import budget_name
from benchmark.leaderboard.rows import Row, is_of_budget
from benchmark.leaderboard.tables import Table


def rows_of(same: Sequence[Table]) -> list[tuple[Table, Row]]:
    """Ceiling, the models of all budgets, images from elsewhere and floors; references once.

    The models' best score comes first, whatever its budget, and those without a rank come last.
    """
    first = same[0]
    at = next((i for i, row in enumerate(first.rows) if not cells.is_real(row)), len(first.rows))
    ceiling = [(first, row) for row in first.rows[:at]]
    models = sorted(((table, row) for table in same for row in table.rows if is_of_budget(row)), key=main_sort_key)
    return [*ceiling, *models, *((first, row) for row in first.rows[at:] if not is_of_budget(row))]


def position(same: Sequence[Table], table: Table, row: Row) -> dict[str, Any]:
    """The key that sorts by rank, budget after budget, and the budget whose rank it is where there are several."""
    number = next(number for number, one in enumerate(same) if one is table)
    if row.rank is None:
        return {"order": 10**6, "rank_of": ""}
    return {"order": 1_000 * number + row.rank, "rank_of": budget_name(table) if len(ranking(same)) > 1 else ""}


def ranking(same: Sequence[Table]) -> list[Table]:
    """The tables with a rank."""
    return [table for table in same if any(row.rank is not None for row in table.rows)]
