"""Tests of rows by the spread of their seeds: the p of no difference, pair by pair.

Sources: Welch 1947, "The generalization of 'Student's' problem", for two rows of several seeds; Student's test for
equal spreads where one row has a single seed, of which no spread is known.
"""

from __future__ import annotations

import numpy as np


def over_seeds(means: np.ndarray, deviations: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The two-sided p of no difference of two rows' means: float64 (R, R), symmetric; 0 for rows of one seed each.

    Args:
        means: (R,), over the seeds.
        deviations: (R,), standard deviations over the seeds; 0 for one seed.
        seeds: (R,), how many.
    """
    from scipy.stats import ttest_ind_from_stats  # a second to import, and tables of single seeds need none

    rows, columns = np.indices((len(means), len(means)))
    sides = [array[index] for index in (rows, columns) for array in (means, deviations, seeds)]
    with np.errstate(divide="ignore", invalid="ignore"):  # no spread, or no degree of freedom
        welch, pooled = (ttest_ind_from_stats(*sides, equal_var=equal).pvalue for equal in (False, True))
    found = np.where(np.minimum(seeds[rows], seeds[columns]) > 1, welch, pooled)
    found = np.where(np.isnan(found), 1.0, found)  # the same value, without a spread
    return np.where(np.maximum(seeds[rows], seeds[columns]) > 1, found, 0.0)
