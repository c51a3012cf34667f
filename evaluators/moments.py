"""Mean and covariance of features that arrive batch by batch, in float64."""

from __future__ import annotations

import torch
from torch import Tensor


class Moments:
    """Count, mean and scatter of all rows so far; the features themselves are not kept.

    Source: Chan, Golub & LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample
    variances", eq. 2.1, for vectors: exact in any batching, where sums of squares would cancel.
    """

    def __init__(self) -> None:
        self.n = 0
        self.mean = torch.empty(0, dtype=torch.float64)
        self._scatter = torch.empty(0, 0, dtype=torch.float64)

    def update(self, features: Tensor) -> None:
        """Take in one batch, (n, D) of any float type, on the CPU from here on."""
        x = features.detach().cpu().double()
        if len(x) == 0:
            return
        mean = x.mean(dim=0)
        centred = (x - mean).numpy()
        scatter = torch.from_numpy(centred.T @ centred)  # NumPy knows that this is symmetric: half the work
        if self.n == 0:
            self.n, self.mean, self._scatter = len(x), mean, scatter
            return
        shift, total = mean - self.mean, self.n + len(x)
        self._scatter += scatter + torch.outer(shift, shift) * (self.n * len(x) / total)
        self.mean = self.mean + shift * (len(x) / total)
        self.n = total

    @property
    def covariance(self) -> Tensor:
        """Unbiased, (D, D); needs two rows."""
        return self._scatter / (self.n - 1)
