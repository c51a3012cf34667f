"""Rank groups: rows of a table that paired tests do not tell apart share a rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.paired import holm, p_values
from benchmark.leaderboard.rows import Row
from benchmark.records.better import sort_key

LEVEL = 0.05  # of all pairs of a table together
RULE = (
    "each two rows are compared image by image (exact McNemar test where an image is right or wrong, else a normal "
    "test of the paired difference), rows without outcomes by image by their intervals. Where a row has several seeds, "
    "the larger p counts of the intervals over the images and of a t test over the seeds: Welch's, or, where the other "
    "row has one seed, Student's, which takes that row's spread for the same. Holm's correction over all pairs, 5 %. "
    "From the best down, a row shares the rank of the group's first row unless the two differ, else it starts the next "
    "group"
)
RowOutcomes = Callable[[Row], np.ndarray | None]  # of the main score, by image or resample; None: not known


def no_outcomes(*_: object) -> None:
    """No outcomes: rows are ranked by their intervals alone."""
    return


def rank_rows(rows: Sequence[Row], column: Column, outcomes: RowOutcomes = no_outcomes) -> list[Row]:
    """The rows, best first, with their ranks; rows that are not valid or lack the main score follow unranked.

    Ranks count rows: 1, 1, 3.

    Args:
        rows: of models.
        column: of the main score.
        outcomes: gives the outcomes of a row's single images, if they are known.
    """
    rankable = [row for row in rows if row.status == "valid" and column.name in row.scores]
    rankable.sort(key=lambda row: (sort_key(column, row.scores[column.name].value), row.name))
    cells = [row.scores[column.name] for row in rankable]
    if column.is_over_real_images:  # such intervals do not compare generators
        cells = [replace(cell, interval=None) for cell in cells]
    by_image = [outcomes(row) if len(row.seeds) == 1 else None for row in rankable]
    adjusted = holm(p_values(cells, by_image, [len(row.records) or 1 for row in rankable]))
    ranked: list[Row] = []
    leader = 0  # position of the first row of the current rank group
    for position, row in enumerate(rankable):
        if position and adjusted[leader, position] < LEVEL:
            leader = position
        ranked.append(replace(row, rank=leader + 1))
    return ranked + [row for row in rows if row not in rankable]
