"""Scores so near to their bound that a claimed difference has no room."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.records.ranges import bounds_of
from benchmark.records.record import Record
from benchmark.reports.claims import Comparison, ScoreTest
from benchmark.reports.words import row_words, scale_of


def why_saturated(test: Comparison, others: Sequence[Record]) -> str | None:
    """The reason why the first row cannot differ from the second by the claimed effect; None if it can.

    Args:
        test: any comparison; only a score that one row must have more or less of than another can be saturated.
        others: the runs of the second row.
    """
    if not isinstance(test, ScoreTest) or test.second is None or test.direction not in ("higher", "lower"):
        return None
    entries = [record.scores[test.score] for record in others if test.score in record.scores]
    rooms = []
    for entry in entries:
        low, high = bounds_of(entry.value_range, entry.unit)
        bound = high if test.direction == "higher" else low
        rooms.append(None if bound is None else abs(bound - entry.value))
    if not rooms or any(room is None or room > test.effect for room in rooms):
        return None
    value, points = (scale_of(entries[0].unit, difference=difference) for difference in (False, True))
    most = f"{value.show(entries[0].value)}{value.unit}"
    return (
        f"the score is saturated: {row_words(test.second)} has {most}, "
        f"which leaves no room for {points.show(test.effect)}{points.unit}"
    )
