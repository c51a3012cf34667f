"""Statistics that need no torch: McNemar's exact test, and Student's t."""

from __future__ import annotations

import numpy as np


def is_right_or_wrong(outcomes: np.ndarray) -> bool:
    """True if of each image the two numbers (N, 2) say that it is right, 1 of 1, or wrong, 0 of 1."""
    hits, trials = outcomes.T
    return bool((trials == 1).all() and np.isin(hits, (0, 1)).all())


def mcnemar_p(hits: np.ndarray) -> np.ndarray:
    """The exact two-sided p-value that a row wins as many images as it loses, for each pair: float64 (R, R).

    It is 1 where none was won or lost.

    Args:
        hits: zeros and ones, float64 (R, N).

    Source: McNemar 1947, "Note on the sampling error of the difference between correlated proportions"; exact.
    """
    from scipy.special import bdtr

    won = hits @ (1 - hits).T
    trials = won + won.T
    return np.minimum(1.0, 2 * bdtr(np.minimum(won, won.T), trials.astype(int), 0.5))


def student_t(freedom: int, of: int = 1) -> float:
    """The 97.5 % quantile of Student's t; of several intervals that are to hold together, the quantile of each."""
    from scipy.stats import t  # a second to import, and tables of single seeds need none

    return float(t.ppf(1 - 0.025 / of, freedom))
