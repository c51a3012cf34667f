"""Tests of table rows over their seeds: the p-value of no difference for each pair of rows.

Sources: Welch 1947, "The generalization of 'Student's' problem", for two rows of several seeds; Student's test for
equal spreads where one row has a single seed, whose spread is not known.
"""

from __future__ import annotations

import numpy as np


def seed_p_values(means: np.ndarray, deviations: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The two-sided p-value that two rows have the same mean over seeds: float64 (R, R), symmetric.

    It is 0 where both rows have a single seed, so that the test over the images alone decides.

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
