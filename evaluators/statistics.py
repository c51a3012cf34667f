"""Intervals: how far a number could be off because only so many images were drawn. All are 95 %."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

Z95 = 1.959963984540054  # the normal distribution holds 95 % within so many standard deviations


def wilson_interval(rate: float, n: float) -> tuple[float, float]:
    """Wilson's score interval of a rate found in ``n`` independent trials.

    Unlike rate +- 1.96 standard errors it stays within 0 and 1 and has a width at 0 and at 1.

    Args:
        rate: successes / n, 0 to 1.
        n: trials, above 0; a fraction when it is an effective number.

    Raises:
        ValueError: a rate outside 0 to 1, or no trials; the message gives both.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", eq. 1.
    """
    if not 0.0 <= rate <= 1.0 or not n > 0:
        raise ValueError(f"rate is {rate} of {n} trials; give a rate of 0 to 1 and more than 0 trials")
    share = Z95 * Z95 / n
    centre = (rate + share / 2) / (1 + share)
    half = math.sqrt(share * (rate * (1 - rate) + share / 4)) / (1 + share)
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))  # at 0 and 1 rounding may err


def clustered_wilson_interval(hits: Tensor, trials: Tensor, *, at_most: float | None = None) -> tuple[float, float]:
    """Wilson's interval of hits / trials when the trials inside one image may stand or fall together.

    Three objects of one picture are no three independent trials: a generator that collapses loses all of
    them. So the variance is taken between images (linearised, eq. 6.3 of Cochran), and Wilson's formula gets
    the number of independent trials that would vary as much; at most ``at_most``, and the number of images
    when no image differs from the others.

    Args:
        hits: (N,) successes of each image, 0 to its trials.
        trials: (N,) above 0.
        at_most: independent trials that can be in the data; the sum of ``trials`` if not given.

    Source: Korn & Graubard 1998, "Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data"; Cochran 1977, "Sampling techniques", 6.3.
    """
    hits, trials = hits.double(), trials.double()
    n, total = len(hits), float(trials.sum())
    rate = min(float(hits.sum()) / total, 1.0)
    variance = float((hits - rate * trials).square().sum()) / total**2 * n / max(n - 1, 1)
    if variance * total * n <= 1e-12:
        return wilson_interval(rate, n)
    return wilson_interval(rate, min(rate * (1 - rate) / variance, at_most or total))


def bootstrap_counts(n: int, resamples: int, seed: int) -> Tensor:
    """How often each of ``n`` items occurs in each resample of ``n`` with replacement: int64 (resamples, n).

    Row i does not depend on how many rows there are.
    """
    rng = torch.Generator().manual_seed(seed)
    draws = (torch.randint(n, (n,), generator=rng) for _ in range(resamples))
    return torch.stack([torch.bincount(draw, minlength=n) for draw in draws])


def bootstrap_values(statistic: Callable[[Tensor], float], n: int, *, resamples: int = 1000, seed: int = 0) -> Tensor:
    """A statistic over resamples of ``n`` items with replacement: float64 (resamples,).

    Args:
        statistic: maps how often each item counts, int64 (n,), to a number.
        n: items.
        resamples: how many; 1,000 for the ends of an interval.
        seed: the same seed gives the same resamples.

    Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    return torch.tensor([statistic(counts) for counts in bootstrap_counts(n, resamples, seed)], dtype=torch.float64)


def middle95(values: Tensor) -> tuple[float, float]:
    """The middle 95 % of float64 (R,) numbers: of resamples, the percentile interval (Efron 1979)."""
    low, high = values.quantile(torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return low, high


def mean_interval(each: Tensor) -> tuple[float, float]:
    """The mean of float64 (N,) numbers, N above 1, +- 1.96 standard errors."""
    value, half = each.mean().item(), Z95 * each.std().item() / math.sqrt(len(each))
    return value - half, value + half
