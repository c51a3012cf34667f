"""What every image has a number of its own for: the share of images of which something is true, or a mean."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from evaluators.base import Score
from evaluators.statistics import mean_interval, wilson_interval


def share(hits: Tensor) -> Score:
    """The share of True in bool (N,), N above 0, with Wilson's interval."""
    rate = hits.double().mean().item()
    outcomes = torch.stack([hits, torch.ones_like(hits)], dim=1).to(torch.uint8)
    return Score(value=rate, n=len(hits), interval=wilson_interval(rate, len(hits)), method="wilson", outcomes=outcomes)


def mean(each: Tensor, of: str, *, n: int | None = None, at_most: float = math.inf) -> Score:
    """The mean of float64 (N,) numbers, N above 1, each 0 to ``at_most``, with 1.96 standard errors on either side.

    Args:
        each: one number of each image, or of whatever ``of`` names.
        of: what the standard error is over.
        n: images, if not as many.
        at_most: where the interval ends.
    """
    low, high = mean_interval(each)
    return Score(
        value=each.mean().item(),
        n=n or len(each),
        interval=(max(0.0, low), min(at_most, high)),
        method=f"1.96 standard errors over {of}",
        outcomes=torch.stack([each, torch.ones_like(each)], dim=1),
    )
