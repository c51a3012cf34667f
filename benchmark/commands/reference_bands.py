"""Reference bands: the range in which a re-run of a model should fall, predicted from runs with several seeds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from benchmark.leaderboard.averages import student_t
from benchmark.leaderboard.tables import headline_of
from benchmark.records.better import better_direction
from benchmark.records.pairs import RecordFile
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record

LEAST_SEEDS = 3


@dataclass(frozen=True, kw_only=True)
class Outside:
    """A score of a re-run that lies outside of its band."""

    record: str  # the re-run's file
    score: str
    value: float
    band: tuple[float, float]
    seeds: int  # behind the band
    side: Literal["better", "worse"]


def band(values: list[float]) -> tuple[float, float]:
    """The 95 % prediction interval of one more value, if all are of one normal distribution.

    Args:
        values: of runs that differ in their seeds alone; at least two.

    Source: Geisser 1993, "Predictive inference", chapter 1: mean -+ t(n - 1) s sqrt(1 + 1/n).
    """
    n = len(values)
    half = student_t(n - 1) * stdev(values) * math.sqrt(1 + 1 / n)
    return fmean(values) - half, fmean(values) + half


def outside_of_bands(reference: Iterable[RecordFile], reruns: Iterable[RecordFile]) -> list[Outside]:
    """Headline scores of re-runs outside of the bands of the models that have at least three seeds in the reference."""
    seeds: dict[tuple[Protocol, str, str, int], list[Record]] = defaultdict(list)
    for one in reference:
        if one.record.model is not None and one.record.status == "valid":
            seeds[_configuration(one.record)].append(one.record)
    found = []
    for rerun in reruns:
        same = seeds.get(_configuration(rerun.record), []) if rerun.record.model is not None else []
        if len(same) >= LEAST_SEEDS:
            found += _outside(rerun, same)
    return found


def _configuration(record: Record) -> tuple[Protocol, str, str, int]:
    return record.protocol, record.model.full_name, record.training.budget, record.training.total_updates


def _outside(rerun: RecordFile, same: list[Record]) -> list[Outside]:
    found = []
    for name in headline_of(rerun.record):
        entries = [record.scores.get(name) for record in same]
        now = rerun.record.scores.get(name)
        if now is None or any(entry is None or entry.version != now.version for entry in entries):
            continue
        low, high = band([entry.value for entry in entries])
        if not low <= now.value <= high:
            nearest = high if now.value > high else low
            better = (now.value > high) == (better_direction(name, now.direction, now.value, nearest) == "higher")
            found.append(
                Outside(
                    record=rerun.path.name,
                    score=name,
                    value=now.value,
                    band=(low, high),
                    seeds=len(same),
                    side="better" if better else "worse",
                )
            )
    return found
