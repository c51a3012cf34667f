"""Statistics of two sides that were timed in alternation: the median ratio, its spread, and the verdict."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

MOST_SPREAD = 0.15  # of the median; above it, a machine is too busy for a number
CONFIDENCE = 0.95
LEAST_CHANGE = 0.02  # of a ratio; a smaller change is not reported

Verdict = Literal["faster", "slower", "unresolved"]


@dataclass(frozen=True)
class Spread:
    """Quartiles of some measured values."""

    median: float
    low: float  # first quartile
    high: float  # third quartile

    @property
    def relative(self) -> float:
        """Distance of the quartiles, as a share of the median."""
        return (self.high - self.low) / self.median

    @property
    def resolved(self) -> bool:
        """True if the values agree well enough for a number."""
        return self.relative <= MOST_SPREAD


def spread_of(values: Sequence[float]) -> Spread:
    """The quartiles of one value or more, interpolated between neighbours."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high)


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Times as fast as the other side, round by round, from seconds."""
    return [other / own for own, other in zip(ours, theirs, strict=True)]


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the median, whatever the distribution; without bounds below 6 values.

    Its ends are order statistics: the k-th least and the k-th greatest value, with the greatest k for which both tails
    of the binomial distribution of n and 1/2 below k hold at most 5 %.
    """
    ordered, k = sorted(values), _rank(len(values))
    return (ordered[k - 1], ordered[-k]) if k else (-math.inf, math.inf)


def _rank(n: int) -> int:
    tail, k = 0.0, 0
    while 2 * (tail := tail + math.comb(n, k) * 0.5**n) <= 1 - CONFIDENCE:
        k += 1
    return k


def noise_of(seconds: Sequence[float]) -> float:
    """Relative difference of two successive rounds of one side: the median over the rounds."""
    pairs = pairwise(seconds)
    return math.expm1(statistics.median(abs(math.log(later / earlier)) for earlier, later in pairs))


def verdict(ratio: Sequence[float], noise: float) -> Verdict:
    """Answer of a comparison.

    Args:
        ratio: times as fast as before, round by round.
        noise: difference of two rounds of the same side.

    Returns:
        ``faster`` or ``slower`` if the median's interval lies beyond the noise, and beyond 2 %.
    """
    low, high = median_interval(ratio)
    margin = 1 + max(noise, LEAST_CHANGE)
    return "faster" if low > margin else "slower" if high < 1 / margin else "unresolved"
