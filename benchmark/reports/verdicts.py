"""Verdicts: a quantity's 95 % interval against the region of the numbers in which a claim would hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from benchmark.records.statistics import student_t
from benchmark.reports.claims import Direction

Verdict = Literal["reproduced", "contradicted", "undecided", "not measured"]
Interval = tuple[float, float]  # the ends may be infinite


UNKNOWN: Interval = (-math.inf, math.inf)


class NothingMeasuredError(ValueError):
    """A test cannot be measured from the records and logs; the message is the reason."""


@dataclass(frozen=True)
class Measured:
    """One seed's quantity."""

    value: float
    interval: Interval
    method: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One test of a claim, measured."""

    words: str  # what was measured
    number: str  # the quantity with its interval and how it was made, for people
    needed: str  # the region, for people
    verdict: Verdict
    seeds: int
    reason: str | None = None  # why it decides nothing, wherever the interval lies


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One test of a claim that no record allows."""

    words: str
    reason: str
    rows: tuple[str, ...] = ()  # rows without a record
    verdict: Verdict = "not measured"
    seeds: int = 0


def claim_region(direction: Direction, effect: float) -> Interval:
    """The differences for which a claim holds.

    Args:
        direction: of the first quantity against the second.
        effect: the smallest difference that counts, 0 or more.
    """
    return {
        "higher": (effect, math.inf),
        "lower": (-math.inf, -effect),
        "same": (-effect, effect),
        "not_higher": (-math.inf, effect),
        "not_lower": (-effect, math.inf),
    }[direction]


def decide(interval: Interval, held: Interval) -> Verdict:
    """``reproduced`` if the whole interval lies in the region, ``contradicted`` if none of it does, else ``undecided``.

    Ends that touch decide nothing; an infinite end is inside of a region without an end on that side.
    """
    (low, high), (least, most) = interval, held
    if high < least or low > most:
        return "contradicted"
    inside = (low > least or least == -math.inf) and (high < most or most == math.inf)
    return "reproduced" if inside else "undecided"


def claim_verdict(verdicts: list[Verdict]) -> Verdict:
    """The verdict on a claim from the verdicts of its tests: the worst of them counts."""
    for worse in ("contradicted", "not measured", "undecided"):
        if worse in verdicts:
            return worse
    return "reproduced"


def student_interval(values: list[float], *, least_half: float = 0.0) -> Interval:
    """Student's 95 % interval of the mean of two or more independent numbers.

    Args:
        values: two or more.
        least_half: the least half-width of the interval.
    """
    half = max(student_t(len(values) - 1) * stdev(values) / math.sqrt(len(values)), least_half)
    return fmean(values) - half, fmean(values) + half


def combine_seeds(measured: Sequence[Measured]) -> tuple[float, Interval, str]:
    """Value, interval and method over the seeds.

    A single seed keeps its interval over the images. Several seeds get Student's interval, but never a narrower one
    than their mean interval over the images: three seeds that happen to agree prove little.
    """
    if len(measured) == 1:
        (only,) = measured
        return only.value, only.interval, only.method
    halves = [(high - low) / 2 for low, high in (one.interval for one in measured)]
    least = fmean(halves) if all(map(math.isfinite, halves)) else 0.0
    values = [one.value for one in measured]
    return fmean(values), student_interval(values, least_half=least), f"over {len(values)} seeds"


def shift_interval(interval: Interval, by: float) -> Interval:
    return interval[0] + by, interval[1] + by
