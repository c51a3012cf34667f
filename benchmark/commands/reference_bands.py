"""Reference bands: the range in which a re-run of a model should fall, predicted from runs with several seeds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from benchmark.leaderboard.averages import Cell, average
from benchmark.leaderboard.tables import headline_of
from benchmark.records.better import better_direction
from benchmark.records.pairs import RecordFile
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record, ScoreEntry
from benchmark.records.statistics import student_t

LEAST_SEEDS = 3
Configuration = tuple[Protocol, str, str, int]  # protocol, model, budget, generator updates


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A score of a re-run that lies outside of its band or is gone, or the status of a re-run that is not valid."""

    record: str  # the re-run's file
    score: str  # or "status"
    value: float | str  # a status, or why a score is gone, in words
    band: tuple[float, float] | None  # None where there is no number
    seeds: int  # behind the band
    side: Literal["better", "worse"]


def band(cells: Sequence[Cell], scores: int = 1) -> tuple[float, float]:
    """The 95 % prediction interval of one more value, from those of runs that differ in their seeds alone.

    It is at least as wide as the interval over the images: three seeds that happen to agree prove little.

    Args:
        cells: at least two values of one score, each with its interval over the images.
        scores: number of scores that are compared with their bands. Each band is wider with more of them, so that all
            scores of 95 % of the re-runs lie within (Bonferroni).

    Source: Geisser 1993, "Predictive inference", chapter 1: mean -+ t(n - 1) s sqrt(1 + 1/n).
    """
    values = [cell.value for cell in cells]
    mean, more = fmean(values), math.sqrt(1 + 1 / len(values))
    half = student_t(len(values) - 1, scores) * stdev(values)
    ends = [cell.interval or (cell.value, cell.value) for cell in cells]
    below = max(half, fmean(value - low for value, (low, _) in zip(values, ends, strict=True)))
    above = max(half, fmean(high - value for value, (_, high) in zip(values, ends, strict=True)))
    return mean - more * below, mean + more * above


def outside_of_bands(reference: Iterable[RecordFile], reruns: Iterable[RecordFile]) -> list[Outside]:
    """Headline scores of re-runs outside of the bands of models with at least three valid seeds in the reference."""
    seeds = seeds_of_bands(reference)
    models = [rerun for rerun in reruns if rerun.record.model is not None]
    return [found for rerun in models for found in _outside(rerun, seeds.get(configuration(rerun.record), []))]


def seeds_of_bands(reference: Iterable[RecordFile]) -> dict[Configuration, list[Record]]:
    """The valid runs of each configuration that has at least three of them, and so a band."""
    seeds: dict[Configuration, list[Record]] = defaultdict(list)
    for one in reference:
        if one.record.model is not None and one.record.status == "valid":
            seeds[configuration(one.record)].append(one.record)
    return {name: runs for name, runs in seeds.items() if len(runs) >= LEAST_SEEDS}


def configuration(record: Record) -> Configuration:
    """All that runs which differ in their seeds alone have in common."""
    return record.protocol, record.model.full_name, record.training.budget, record.training.total_updates


def _outside(rerun: RecordFile, same: list[Record]) -> list[Outside]:
    """The scores outside of their bands; of a re-run that is not valid its status, for its scores say little."""
    if not same:
        return []
    if (status := rerun.record.status) != "valid":
        return [Outside(record=rerun.path.name, score="status", value=status, band=None, seeds=len(same), side="worse")]
    entries = {name: [record.scores.get(name) for record in same] for name in headline_of(same[0])}
    banded = {
        name: found
        for name, found in entries.items()
        if None not in found and len(set(map(_version_and_units, found))) == 1
    }
    outside = (_score_outside(name, rerun, found, len(banded)) for name, found in banded.items())
    return [each for each in outside if each is not None]


def _version_and_units(entry: ScoreEntry) -> tuple[int, int]:
    """The version and the number of units, which all entries of a band share."""
    return entry.version, entry.n


def _score_outside(name: str, rerun: RecordFile, entries: list[ScoreEntry], scores: int) -> Outside | None:
    """A score that is gone, or lies outside of its band; None if it lies within."""
    now = rerun.record.scores.get(name)
    if now is not None and _version_and_units(now) == _version_and_units(entries[0]):
        return _outside_of_band(name, now, entries, scores, rerun.path.name)
    gone = rerun.record.refused.get(name, "not measured")
    if now is not None:
        gone = f"of version {now.version} and {now.n:,} units, not {entries[0].version} and {entries[0].n:,}"
    return Outside(record=rerun.path.name, score=name, value=gone, band=None, seeds=len(entries), side="worse")


def _outside_of_band(name: str, now: ScoreEntry, entries: list[ScoreEntry], scores: int, record: str) -> Outside | None:
    """The score if it lies outside of its band by more than rounding."""
    low, high = band([average([entry]) for entry in entries], scores)
    nearest = min(max(now.value, low), high)
    if math.isclose(now.value, nearest, rel_tol=1e-9, abs_tol=1e-12):
        return None
    better = (now.value > high) == (better_direction(now, now.value, nearest) == "higher")
    return Outside(
        record=record, score=name, value=now.value, band=(low, high), seeds=len(entries),
        side="better" if better else "worse",
    )  # fmt: skip
