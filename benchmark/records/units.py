"""Independent units behind a score: single images, or groups of images whose outcomes depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.records.record import Interval, ScoreEntry

if TYPE_CHECKING:
    import numpy as np

LEAST = 10  # units; with fewer, a bootstrap over the units is too coarse


def by_unit(entry: ScoreEntry, outcomes: np.ndarray) -> np.ndarray | None:
    """Outcomes summed over independent units; the ratio of the column sums, which is the score, stays the same.

    Args:
        entry: the score, with what its evaluator declares of its images.
        outcomes: (N, 2), two numbers by image; or (R,), the value of each resample, which stays as it is.

    Returns:
        (units, 2); None where there are too few units to compare two scores by them, or none that are independent.
    """
    import numpy as np

    if entry.is_over_real_images or not entry.has_independent_images:
        return None
    if outcomes.ndim == 1 or entry.images_of_a_unit == 1:
        return outcomes
    starts = np.arange(0, len(outcomes), entry.images_of_a_unit)
    return np.add.reduceat(outcomes.astype(np.float64), starts, axis=0) if len(starts) >= LEAST else None


def over_generated(entry: ScoreEntry) -> Interval | None:
    """A score's interval if it is over the generated images, so that it can be compared; else None."""
    return None if entry.is_over_real_images else entry.interval


def unit_of(entry: ScoreEntry) -> str:
    """The unit in words, in the plural."""
    return "images" if entry.images_of_a_unit == 1 else f"sheets of {entry.images_of_a_unit} images"
