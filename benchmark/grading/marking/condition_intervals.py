"""95 % intervals over a handful of conditions, of which each was drawn several times."""

from __future__ import annotations

from torch import Tensor

from evaluators.intervals import wilson_interval


def interval_over_conditions(hits: Tensor, trials: Tensor) -> tuple[float, float]:
    """Wilson's interval of hits / trials where the trials of one condition may stand or fall together.

    The number of independent trials is p (1 - p) divided by the variance between conditions, and at most all trials.
    A few conditions tell little about that variance, so the number is multiplied by
    (t(trials - 1) / t(conditions - 1))^2, of Student's t. Conditions that are exactly equal count like those that are
    nearly so: one more hit makes no jump. If nothing is right, or everything, or there is one condition, then nothing
    is known about the variance, and each condition counts as one trial.

    ``evaluators.intervals.clustered_wilson_interval``, which published scores use, has neither the factor nor this
    rule for equal conditions; records are checked by it, so it stays as it is.

    Args:
        hits: (N,) successes of each condition, 0 to its trials.
        trials: (N,) above 0.

    Source: Korn & Graubard 1998, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", section 2; Cochran 1977, "Sampling techniques", 6.3, for the variance.
    """
    hits, trials = hits.double(), trials.double()
    n, total = len(hits), float(trials.sum())
    rate = min(float(hits.sum()) / total, 1.0)
    if n == 1 or rate in (0.0, 1.0):
        return wilson_interval(rate, n)
    variance = float((hits - rate * trials).square().sum()) / total**2 * n / (n - 1)
    binomial = rate * (1 - rate)
    independent = binomial / max(variance, binomial / total)
    return wilson_interval(rate, independent * _share_known(total, n))


def _share_known(total: float, conditions: int) -> float:
    """The factor of independent trials for a variance that is estimated from so many conditions."""
    from scipy.special import stdtrit

    return float(stdtrit(total - 1, 0.975) / stdtrit(conditions - 1, 0.975)) ** 2
