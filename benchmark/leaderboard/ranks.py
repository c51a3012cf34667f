"""Ranks are groups: rows that the 95 % intervals of the main score do not separate share one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.seeds import Cell


def ranked(rows: Sequence[Row], main_score: str, direction: str) -> list[Row]:
    """The rows, best first, with their ranks; rows that are not valid or lack the main score follow unranked.

    Going down from the best, a row shares the rank of the group's first row while their intervals overlap;
    the first one that does not starts the next group. Ranks count rows: 1, 1, 3.

    Args:
        rows: of models.
        main_score: the evaluator's name.
        direction: "higher" or "lower", whichever is better.
    """
    able = [row for row in rows if row.status == "valid" and main_score in row.scores]
    sign = -1 if direction == "higher" else 1
    able.sort(key=lambda row: (sign * row.scores[main_score].value, row.name))
    placed: list[Row] = []
    leader, rank = None, 0
    for position, row in enumerate(able, start=1):
        cell = row.scores[main_score]
        if leader is None or not overlap(leader, cell):
            leader, rank = cell, position
        placed.append(replace(row, rank=rank))
    return placed + [row for row in rows if row not in able]


def overlap(one: Cell, other: Cell) -> bool:
    """Whether two intervals have a point in common; a value without an interval counts as one point."""
    (low, high), (other_low, other_high) = bounds(one), bounds(other)
    return low <= other_high and other_low <= high


def bounds(cell: Cell) -> tuple[float, float]:
    return cell.interval or (cell.value, cell.value)
