"""95 % intervals over images: Wilson, bootstrap, standard errors, and the gap between two judges."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from evaluators.base import Score, TooFewImagesError

FEW = 640  # items, of which 1,000 resamples take 5 MB
Z95 = 1.959963984540054  # the normal distribution holds 95 % within so many standard deviations
CLOSE = 1e-3  # a value may differ by this share from the ratio of its outcomes: they may be floats of 16 bits
LEAST = 1e-6  # the same in the unit of the value, where the outcomes are nothing but rounding


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
    weight = Z95 * Z95 / n
    centre = (rate + weight / 2) / (1 + weight)
    half = math.sqrt(weight * (rate * (1 - rate) + weight / 4)) / (1 + weight)
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))  # at 0 and 1 rounding may err


def clustered_wilson_interval(hits: Tensor, trials: Tensor, *, at_most: float | None = None) -> tuple[float, float]:
    """Wilson's interval of hits / trials when the trials within one image depend on each other.

    The three objects of one image are not three independent trials: a generator that collapses loses all of them at
    once. So the variance is estimated between images (linearised, eq. 6.3 of Cochran), and Wilson's formula gets the
    number of independent trials that has this variance, at most ``at_most``. If all images have the same rate, it gets
    the number of images.

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
    """Counts of ``n`` items in each resample of ``n`` with replacement: int64 (resamples, n).

    Row i does not depend on the number of rows. Counts of up to ``FEW`` items are kept in memory, because grading needs
    the same ones for every submission; do not change them in place.
    """
    return (_kept_counts if n <= FEW else _counts)(n, resamples, seed)


def _counts(n: int, resamples: int, seed: int) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    draws = (torch.randint(n, (n,), generator=rng) for _ in range(resamples))
    return torch.stack([torch.bincount(draw, minlength=n) for draw in draws])


_kept_counts = lru_cache(maxsize=4)(_counts)


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
    """The mean of float64 (N,) numbers +- 1.96 standard errors.

    Raises:
        TooFewImagesError: of fewer than two numbers there is no standard error.
    """
    if len(each) < 2:
        raise TooFewImagesError(
            f"a standard error needs at least 2 numbers, and there are {len(each)}; draw more images"
        )
    value, half = each.mean().item(), Z95 * each.std().item() / math.sqrt(len(each))
    return value - half, value + half


def ratio_of_sums(outcomes: Tensor) -> float:
    """The score that outcomes (N, 2) give: the ratio of the sums of both columns; NaN where the second sum is 0."""
    first, second = outcomes.double().sum(dim=0).tolist()
    return first / second if second else math.nan


def has_ratio(outcomes: Tensor, value: float) -> bool:
    """True if outcomes (N, 2) give that score, up to rounding in 16 bits."""
    each, total = (float(column.double().abs().mean()) for column in outcomes.unbind(dim=1))
    return total > 0 and abs(ratio_of_sums(outcomes) - value) <= max(LEAST, CLOSE * each / total)


def share(hits: Tensor) -> Score:
    """The share of True in bool (N,), N above 0, with Wilson's interval."""
    rate = hits.double().mean().item()
    outcomes = torch.stack([hits, torch.ones_like(hits)], dim=1).to(torch.uint8)
    return Score(value=rate, n=len(hits), interval=wilson_interval(rate, len(hits)), method="wilson", outcomes=outcomes)


def mean(each: Tensor, of: str, *, n: int | None = None, at_most: float = math.inf) -> Score:
    """The mean of float64 (N,) numbers, N above 1, each 0 to ``at_most``, with 1.96 standard errors on either side.

    Args:
        each: the numbers.
        of: what each number is of, in the plural, such as "images"; for the method.
        n: the score's count, if it is not the number of numbers.
        at_most: upper end of the numbers' range, beyond which the interval is cut.
    """
    low, high = mean_interval(each)
    return Score(
        value=each.mean().item(),
        n=n or len(each),
        interval=(max(0.0, low), min(at_most, high)),
        method=f"1.96 standard errors over {of}",
        outcomes=torch.stack([each, torch.ones_like(each)], dim=1),
    )


@dataclass(frozen=True)
class SecondOpinion:
    """A second judge's answer next to the first one's."""

    value: float
    gap: float  # the first judge's value minus this
    spread: float | None  # half the width of the gap's 95 % interval; None where nothing is known by image

    @property
    def disagrees(self) -> bool:
        """True if the gap is above its own spread."""
        return self.spread is not None and abs(self.gap) > self.spread


def second_opinion(first: Score, second: Score) -> SecondOpinion:
    """Compare two judges' scores of the same images in the same order."""
    return SecondOpinion(second.value, first.value - second.value, _spread(first, second))


def _spread(first: Score, second: Score) -> float | None:
    if first.outcomes is not None and second.outcomes is not None:
        return gap_spread(first.outcomes, second.outcomes)
    if first.resampled is not None and second.resampled is not None:
        return resampled_spread(first.resampled, second.resampled)
    return None


def gap_spread(first: Tensor, second: Tensor) -> float:
    """1.96 standard errors of the difference of two ratios over the same images, which are independent.

    Args:
        first: (N, 2): of each image the two numbers whose sums' ratio is one judge's score.
        second: the other judge's.

    Raises:
        ValueError: the numbers of images differ.

    Source: Cochran 1977, "Sampling techniques", eq. 6.13, linearised for both ratios.
    """
    if len(first) != len(second):
        raise ValueError(f"two judges saw {len(first)} and {len(second)} images; give scores of the same ones")
    n = len(first)
    residual = _linearised(first.double()) - _linearised(second.double())
    return Z95 * math.sqrt(n / max(n - 1, 1) * float(residual.square().sum()))


def resampled_spread(first: Tensor, second: Tensor) -> float:
    """1.96 standard deviations of the difference of two scores over the same resamples, float64 (R,) each."""
    return Z95 * (first - second).std().item()


def _linearised(outcomes: Tensor) -> Tensor:
    """Influence of each image on the ratio of the columns' sums, to first order: (N,), sum 0."""
    hits, trials = outcomes.unbind(dim=1)
    return (hits - hits.sum() / trials.sum() * trials) / trials.sum()
