"""Scores that decide nothing: too near to their bound for a claimed difference, or beyond their best value."""

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


def why_beyond_best(test: Comparison, firsts: Sequence[Record]) -> str | None:
    """The reason why a higher score of the first row does not support a claim; None if it does.

    Beyond its best value a score gets worse: images with more contrast between pixels than real ones are noisy.

    Args:
        test: any comparison; only a score with a best value that is claimed to be higher can lie beyond it.
        firsts: the runs of the first row.
    """
    if not isinstance(test, ScoreTest) or test.direction != "higher":
        return None
    entries = [record.scores[test.score] for record in firsts if test.score in record.scores]
    beyond = [entry for entry in entries if entry.best_value is not None and entry.value > entry.best_value]
    if not beyond:
        return None
    scale = scale_of(beyond[0].unit, difference=False)
    value, best = (f"{scale.show(number)}{scale.unit}" for number in (beyond[0].value, beyond[0].best_value))
    return f"{row_words(test.first)} has {value}, beyond the best value, {best}"
