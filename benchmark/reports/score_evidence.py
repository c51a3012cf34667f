"""One seed's difference of a score: paired over the images if both records have the score's outcomes by image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmark.records.record import Record, ScoreEntry
from benchmark.records.store import load_record
from benchmark.records.units import over_generated, unit_of
from benchmark.reports.claims import ScoreTest
from benchmark.reports.verdicts import UNKNOWN, Interval, Measured, NothingMeasuredError, shift_interval


def score_difference(test: ScoreTest, paths: Sequence[Path], records: Sequence[Record]) -> Measured:
    """The first score minus the second one, or minus the fixed value, of one seed.

    Args:
        test: the score.
        paths: of the records.
        records: one, or two of one protocol.

    Raises:
        NothingMeasuredError: a record lacks the score, or the scores are of two versions.
    """
    entries = [entry_of(record, test.score) for record in records]
    if test.value is not None:
        value, interval = _score_with_interval(test, paths[0], entries[0])
        return Measured(value - test.value, shift_interval(interval, -test.value), "over the images")
    if len({entry.version for entry in entries}) > 1:
        versions = " and ".join(str(entry.version) for entry in entries)
        raise NothingMeasuredError(f"{test.score} is of versions {versions}; score both runs again")
    difference = entries[0].value - entries[1].value
    if pairs := outcomes_of(paths, records, test.score):
        from benchmark.records.differences import paired_difference  # needs torch

        low, high = paired_difference(pairs[1], pairs[0], difference)["ci95"]
        return Measured(difference, (low, high), f"paired over the {unit_of(entries[0])}")
    interval = unpaired_interval(difference, entries)
    return Measured(difference, interval, f"unpaired over the {unit_of(entries[0])}")


def _score_with_interval(test: ScoreTest, path: Path, entry: ScoreEntry) -> tuple[float, Interval]:
    """A score, or its part of one condition list, with its interval over the images."""
    if test.group is None:
        return entry.value, over_generated(entry) or UNKNOWN
    if test.group not in entry.groups:
        raise NothingMeasuredError(f"{test.score} has no group {test.group!r}; it has {', '.join(entry.groups)}")
    return entry.groups[test.group], group_interval(path, test)


def entry_of(record: Record, score: str) -> ScoreEntry:
    """A record's score.

    Raises:
        NothingMeasuredError: it has none; the message says why.
    """
    if score in record.scores:
        return record.scores[score]
    why = record.refused.get(score) or record.reason or "it was not scored for that"
    raise NothingMeasuredError(f"{record.model.full_name} has no {score}: {why}")


def has_per_sample(path: Path) -> bool:
    """True if a record names a file with the data of single images; any other file next to it is not its own."""
    return load_record(path).per_sample_sha256 is not None


def outcomes_of(paths: Sequence[Path], records: Sequence[Record], score: str) -> list[Any] | None:
    """Outcomes of a score in both records, by unit or resample; None unless both have them for the same samples."""
    if not all(map(has_per_sample, paths)):
        return None
    from benchmark.records.per_sample import load_per_sample, unit_pairs

    found = [load_per_sample(path).scores.get(score) for path in paths]
    return unit_pairs(records[0].scores[score], records, found)


def group_interval(path: Path, test: ScoreTest) -> Interval:
    """The interval of a score over the images of one condition list, from the judge's answers next to the record."""
    if not has_per_sample(path):
        return UNKNOWN
    from benchmark.records.per_sample import load_per_sample, pool_answers
    from benchmark.scoring.from_logits import score_of

    answers = load_per_sample(path).answers
    if test.group not in answers:
        return UNKNOWN
    return score_of(*pool_answers({test.group: answers[test.group]}), test.score).interval or UNKNOWN


def unpaired_interval(difference: float, entries: Sequence[ScoreEntry]) -> Interval:
    """The interval of a difference of a score of unrelated images; unknown without intervals over generated images."""
    intervals = [over_generated(entry) for entry in entries]
    if None in intervals:
        return UNKNOWN
    halves = [(entry.value - low, high - entry.value) for entry, (low, high) in zip(entries, intervals, strict=True)]
    (low, high), (other_low, other_high) = halves
    return difference - math.hypot(low, other_high), difference + math.hypot(high, other_low)
