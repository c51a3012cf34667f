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
    spread: float | None  # half the width of the gap's 95 % interval; None where nothing is known by picture

    @property
    def disagrees(self) -> bool:
        """Whether the gap is above its own spread."""
        return self.spread is not None and abs(self.gap) > self.spread


def second_opinion(first: Score, second: Score) -> SecondOpinion:
    """Compare two judges' scores of the same pictures in the same order."""
    return SecondOpinion(second.value, first.value - second.value, _spread(first, second))


def _spread(first: Score, second: Score) -> float | None:
    if first.outcomes is not None and second.outcomes is not None:
        return gap_spread(first.outcomes, second.outcomes)
    if first.resampled is not None and second.resampled is not None:
        return resampled_spread(first.resampled, second.resampled)
    return None


def gap_spread(first: Tensor, second: Tensor) -> float:
    """1.96 standard errors of the difference of two ratios over the same pictures, which are independent.

    Args:
        first: (N, 2): of each picture the two numbers whose sums' ratio is one judge's score.
        second: the other judge's.

    Raises:
        ValueError: the numbers of pictures differ.

    Source: Cochran 1977, "Sampling techniques", eq. 6.13, linearised for both ratios.
    """
    if len(first) != len(second):
        raise ValueError(f"two judges saw {len(first)} and {len(second)} pictures; give scores of the same ones")
    n = len(first)
    residual = _linearised(first.double()) - _linearised(second.double())
    return Z95 * math.sqrt(n / max(n - 1, 1) * float(residual.square().sum()))


def resampled_spread(first: Tensor, second: Tensor) -> float:
    """1.96 standard deviations of the difference of two scores over the same resamples, float64 (R,) each."""
    return Z95 * (first - second).std().item()


def _linearised(outcomes: Tensor) -> Tensor:
    """How much each picture moves the ratio of the columns' sums, to first order: (N,), in all 0."""
    hits, trials = outcomes.unbind(dim=1)
    return (hits - hits.sum() / trials.sum() * trials) / trials.sum()
