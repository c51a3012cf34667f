"""What a second judge says of the same pictures, and whether the two differ by more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from evaluators.base import Score
from evaluators.statistics import Z95


@dataclass(frozen=True)
class SecondOpinion:
    """A second judge's answer beside the first one's."""

    value: float
    gap: float  # the first judge's value minus this
    spread: float | None  # half the width of the gap's 95 % interval; None where there are no outcomes by picture

    @property
    def disagrees(self) -> bool:
        """Whether the gap is above its own spread."""
        return self.spread is not None and abs(self.gap) > self.spread


def second_opinion(first: Score, second: Score) -> SecondOpinion:
    """Compare two judges' scores of the same pictures in the same order."""
    spread = None
    if first.outcomes is not None and second.outcomes is not None:
        spread = gap_spread(first.outcomes, second.outcomes)
    return SecondOpinion(second.value, first.value - second.value, spread)


def gap_spread(first: Tensor, second: Tensor) -> float:
    """1.96 standard errors of the difference of two ratios of the same trials, pictures being independent.

    Args:
        first: (N, 2): hits and trials of each picture by one judge.
        second: hits by the other, with the same trials.

    Raises:
        ValueError: the numbers of trials differ.

    Source: Cochran 1977, "Sampling techniques", eq. 6.13, for the ratio of differences to trials.
    """
    if first.shape != second.shape or not (first[:, 1] == second[:, 1]).all():
        raise ValueError("two judges' outcomes differ in their trials; give scores of the same pictures and conditions")
    n, trials = len(first), first[:, 1].double()
    difference = first[:, 0].double() - second[:, 0].double()
    total = trials.sum()
    residual = difference - difference.sum() / total * trials
    return Z95 * math.sqrt(n / max(n - 1, 1) * float(residual.square().sum())) / float(total)
