"""One score of one row: of one run, or averaged over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from benchmark.records.ranges import bounds_of
from benchmark.records.record import ScoreEntry
from benchmark.records.statistics import student_t


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One score of one row, unrounded."""

    value: float  # mean over the seeds
    interval: tuple[float, float] | None  # 95 %
    deviation: float | None  # standard deviation over the seeds; None for one seed
    over_images: tuple[float, float] | None = None  # of several seeds: the mean interval over the images
    groups: dict[str, float] = field(default_factory=dict)  # mean over the seeds


def average(scores: Sequence[ScoreEntry]) -> Cell:
    """One cell from the same score of one or more seeds.

    One seed keeps its interval over the images. Several get Student's t interval over the seeds, widened to
    the mean interval over the images where that is wider: three seeds that happen to agree prove little.
    """
    values = [score.value for score in scores]
    images = _mean_interval(scores)
    groups = {name: fmean(score.groups[name] for score in scores) for name in _common_groups(scores)}
    if len(values) == 1:
        return Cell(value=values[0], interval=images, deviation=None, groups=groups)
    mean, deviation = fmean(values), stdev(values)
    half = student_t(len(values) - 1) * deviation / math.sqrt(len(values))
    low, high = images or (mean, mean)
    interval = _clipped(min(low, mean - half), max(high, mean + half), scores[0])
    return Cell(value=mean, interval=interval, deviation=deviation, over_images=images, groups=groups)


def _mean_interval(scores: Sequence[ScoreEntry]) -> tuple[float, float] | None:
    intervals = [score.interval for score in scores if score.interval is not None]
    if len(intervals) < len(scores):
        return None
    return fmean(low for low, _ in intervals), fmean(high for _, high in intervals)


def _common_groups(scores: Sequence[ScoreEntry]) -> list[str]:
    return sorted(set.intersection(*(set(score.groups) for score in scores)))


def _clipped(low: float, high: float, score: ScoreEntry) -> tuple[float, float]:
    """The interval within the range of the score."""
    least, most = bounds_of(score.value_range, score.unit)
    return max(low, -math.inf if least is None else least), min(high, math.inf if most is None else most)
