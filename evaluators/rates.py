"""The share of images of which something is true, as a score."""

from __future__ import annotations

import torch
from torch import Tensor

from evaluators.base import Score
from evaluators.statistics import wilson_interval


def share(hits: Tensor) -> Score:
    """The share of True in bool (N,), N above 0, with Wilson's interval."""
    rate = hits.double().mean().item()
    outcomes = torch.stack([hits, torch.ones_like(hits)], dim=1).to(torch.uint8)
    return Score(value=rate, n=len(hits), interval=wilson_interval(rate, len(hits)), method="wilson", outcomes=outcomes)
