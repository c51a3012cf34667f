"""Independent units behind a score: single images, or groups of images whose outcomes depend on each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators import IMAGES_OF_A_UNIT, OVER_REAL_IMAGES, UNPAIRED

if TYPE_CHECKING:
    import numpy as np

LEAST = 10  # units; with fewer, a bootstrap over the units is too coarse


def by_unit(score: str, outcomes: np.ndarray) -> np.ndarray | None:
    """Outcomes summed over independent units; the ratio of the column sums, which is the score, stays the same.

    Args:
        score: the evaluator's name.
        outcomes: (N, 2), two numbers by image; or (R,), the value of each resample, which stays as it is.

    Returns:
        (units, 2); None where there are too few units to compare two scores by them, or none that are independent.
    """
    import numpy as np

    if score in UNPAIRED:
        return None
    size = IMAGES_OF_A_UNIT.get(score, 1)
    if outcomes.ndim == 1 or size == 1:
        return outcomes
    starts = np.arange(0, len(outcomes), size)
    return np.add.reduceat(outcomes.astype(np.float64), starts, axis=0) if len(starts) >= LEAST else None


def over_generated(score: str, interval: tuple[float, float] | None) -> tuple[float, float] | None:
    """A score's interval if it is over the generated images, so that it can be compared; else None."""
    return None if score in OVER_REAL_IMAGES else interval


def unit_of(score: str) -> str:
    """The unit in words, in the plural."""
    return f"sheets of {IMAGES_OF_A_UNIT[score]} images" if score in IMAGES_OF_A_UNIT else "images"
