"""Paired tests of table rows: the p-value of no difference for each pair of rows.

Two rows drew their images for the same conditions from the same latents, so they can be compared image by image. Where
a row has several seeds, they are also compared over the seeds.

Sources: McNemar 1947 for images that are right or wrong; the delta method for a ratio of sums; Holm 1979, "A simple
sequentially rejective multiple test procedure"; Welch 1947, "The generalization of 'Student's' problem", for two rows
of several seeds; Student's test for equal spreads where one row has a single seed, whose spread is not known.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmark.leaderboard.averages import Cell
from benchmark.records.statistics import is_right_or_wrong, mcnemar_p

HALF_WIDTH = 1.96  # standard errors in half of a 95 % interval


def p_values(
    cells: Sequence[Cell], outcomes: Sequence[np.ndarray | None], seeds: Sequence[int] | None = None
) -> np.ndarray:
    """The p-value of no difference for each pair of rows: float64 (R, R), symmetric.

    Two rows are compared image by image if both have outcomes of the same form and length. Otherwise they are compared
    by their intervals over the images, as if they had drawn unrelated images. Where a row has several seeds, the
    difference is also tested over the seeds, and the larger p-value counts.

    Args:
        cells: the rows' values, with their intervals.
        outcomes: of each row (N, 2), two numbers by image whose sums' ratio is the value; (R,), the value of each
            resample; or None.
        seeds: number of seeds that each value is the mean of; 1 by default.
    """
    values = np.array([cell.value for cell in cells])
    found = unpaired_p(values, np.array(list(map(standard_error, cells))))
    for form, members in by_form(outcomes).items():
        same = np.stack([outcomes[member] for member in members]).astype(np.float64)
        pairs = np.ix_(members, members)
        if form[0] == "right or wrong":
            found[pairs] = mcnemar_p(same[..., 0])
        else:
            found[pairs] = paired_p(values[members], error_contributions(same))
    if seeds is None or max(seeds, default=1) < 2:
        return found
    deviations = np.array([cell.deviation or 0.0 for cell in cells])
    return np.maximum(found, seed_p_values(values, deviations, np.array(seeds)))


def by_form(outcomes: Sequence[np.ndarray | None]) -> dict[tuple[str, int], list[int]]:
    """Positions of the rows that are compared image by image, by kind and number of outcomes."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for position, given in enumerate(outcomes):
        if given is not None:
            found[form_of(given), len(given)].append(position)
    return found


def form_of(outcomes: np.ndarray) -> str:
    if outcomes.ndim == 1:
        return "resampled"
    return "right or wrong" if is_right_or_wrong(outcomes) else "ratio"


def error_contributions(outcomes: np.ndarray) -> np.ndarray:
    """Contribution of each image or resample to a value's error: float64 (R, N).

    The covariance of two rows' values is the scalar product of their contributions.

    Args:
        outcomes: float64 (R, N, 2) by image, or (R, N) by resample.
    """
    if outcomes.ndim == 2:
        return (outcomes - outcomes.mean(axis=1, keepdims=True)) / np.sqrt(max(1, outcomes.shape[1] - 1))
    first, second = outcomes[..., 0], outcomes[..., 1]
    sums = second.sum(axis=1, keepdims=True)
    return (first - second * first.sum(axis=1, keepdims=True) / sums) / sums


def paired_p(values: np.ndarray, contributions: np.ndarray) -> np.ndarray:
    """The p-value of no difference between each two values by a normal test, from :func:`error_contributions`."""
    covariance = contributions @ contributions.T
    variance = covariance.diagonal()
    spread = np.sqrt(np.maximum(0.0, variance[:, None] + variance - 2 * covariance))
    return two_sided_p(values[:, None] - values, spread)


def unpaired_p(values: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """The p-value of no difference between each two values by a normal test, from their standard errors."""
    return two_sided_p(values[:, None] - values, np.hypot(errors[:, None], errors))


def two_sided_p(differences: np.ndarray, spreads: np.ndarray) -> np.ndarray:
    """The two-sided p-value of differences with normal errors; without spread, 0 for any difference and 1 for none."""
    from scipy.special import erfc

    spreads = np.where(spreads == 0, np.where(differences == 0, 1.0, 1e-300), spreads)
    with np.errstate(over="ignore"):
        return erfc(np.abs(differences) / spreads / np.sqrt(2))


def standard_error(cell: Cell) -> float:
    """The standard error over the images: half of the 95 % interval over the images, divided by 1.96.

    Without such an interval it is infinite for a single seed, of whose error nothing is known. For several seeds it is
    0, since their spread is tested instead.
    """
    several = cell.deviation is not None
    interval = cell.over_images if several else cell.interval
    if interval is None:
        return 0.0 if several else math.inf
    low, high = interval
    return (high - low) / 2 / HALF_WIDTH


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


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjustment over all pairs of a symmetric matrix: float64 (R, R)."""
    upper = np.triu_indices(len(p), k=1)
    given = p[upper]
    order = np.argsort(given, kind="stable")
    factors = np.arange(len(given), 0, -1)
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(given[order] * factors))
    found = np.ones_like(p)
    found[upper] = adjusted
    return np.minimum(found, found.T)
