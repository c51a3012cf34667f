"""Several training seeds become one number: mean, standard deviation and a 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev

from benchmark.records.record import ScoreEntry

# 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom; written down, so that a table
# keeps its last digit whichever library is installed. Above 30 the last one is used: a little too wide.
STUDENT_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One score of one row, unrounded."""

    value: float  # mean over the seeds
    interval: tuple[float, float] | None  # 95 %
    deviation: float | None  # standard deviation over the seeds; None for one seed
    groups: dict[str, float] = field(default_factory=dict)  # mean over the seeds


def is_fraction(unit: str) -> bool:
    """True for a unit such as "fraction of asked objects": between 0 and 1, shown in %."""
    return unit.startswith("fraction")


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
    half = STUDENT_T[min(len(values) - 1, len(STUDENT_T)) - 1] * deviation / math.sqrt(len(values))
    low, high = images or (mean, mean)
    interval = _clipped(min(low, mean - half), max(high, mean + half), scores[0].unit)
    return Cell(value=mean, interval=interval, deviation=deviation, groups=groups)


def _mean_interval(scores: Sequence[ScoreEntry]) -> tuple[float, float] | None:
    intervals = [score.interval for score in scores if score.interval is not None]
    if len(intervals) < len(scores):
        return None
    return fmean(low for low, _ in intervals), fmean(high for _, high in intervals)


def _common_groups(scores: Sequence[ScoreEntry]) -> list[str]:
    return sorted(set.intersection(*(set(score.groups) for score in scores)))


def _clipped(low: float, high: float, unit: str) -> tuple[float, float]:
    return (max(low, 0.0), min(high, 1.0)) if is_fraction(unit) else (low, high)
