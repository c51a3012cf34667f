"""Training that it took until the score that ranks was half-way from untrained images to real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmark.leaderboard import cells
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import CEILING, Table
from benchmark.records.score_curve import Point, interval_of
from benchmark.records.time_to_score import costs_in_words, time_to_score

UNTRAINED = "untrained"
NEVER = "not reached"


def half_way(table: Table) -> float | None:
    """The mean of the ceiling's and the untrained images' value; None where one is missing."""
    references = [row for row in table.rows if row.kind == "reference" and table.main_score in row.scores]
    values = {row.name: row.scores[table.main_score].value for row in references}
    ends = [values[name] for name in (*CEILING, UNTRAINED) if name in values]
    return sum(ends) / 2 if len(ends) == 2 else None


def heading(table: Table) -> tuple[str, str]:
    """The head of the column and its help, for a table that has a half-way."""
    column = table.columns[0]
    return (
        "half-way",
        f"Training until the whole interval of {cells.title(column)} was half-way from untrained images to real ones "
        f"({cells.number(half_way(table), column)}), at a snapshot of the run. Only runs with a stored curve have it.",
    )


def training_to_half_way(table: Table, row: Row, curves: Mapping[str, Sequence[Point]]) -> str:
    """Updates, images and seconds, of the row's first run with a curve; "" without one.

    Args:
        table: of the row.
        row: one model.
        curves: by record.
    """
    threshold, score = half_way(table), table.main_score
    points = next((curves[name] for name in row.records if name in curves), ())
    if threshold is None or not any(interval_of(point, score) for point in points):
        return ""
    found = time_to_score(points, score, threshold, table.columns[0].direction)
    return NEVER if found is None else ", ".join(costs_in_words(found))
