"""The columns of a table: one for each score, as its evaluator declares it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmark.records.record import Record


@dataclass(frozen=True, kw_only=True)
class Column:
    """One score of a table, as its evaluator declares it; see :class:`evaluators.base.Evaluator`."""

    name: str
    direction: Literal["higher", "lower"]
    unit: str
    version: int
    best_value: float | None = None
    depends_on_count: bool = False
    is_over_real_images: bool = False
    methods: tuple[str, ...] = ()  # how the intervals were made


def column_of(name: str, records: Sequence[Record]) -> Column:
    """The column of a score that some of the records have."""
    scores = [record.scores[name] for record in records if name in record.scores]
    first = scores[0]
    return Column(
        name=name,
        direction=first.direction,
        unit=first.unit,
        version=first.version,
        best_value=first.best_value,
        depends_on_count=first.depends_on_count,
        is_over_real_images=first.is_over_real_images,
        methods=tuple(sorted({score.method for score in scores if score.interval is not None})),
    )
