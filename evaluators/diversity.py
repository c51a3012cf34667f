"""Whether a generator draws ever the same picture, or pictures that it was trained on."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Score, TooFewImagesError
from evaluators.featured import FeaturedEvaluator, check_images
from evaluators.neighbours import nearest
from evaluators.rates import share
from evaluators.statistics import Z95

LEAST_GROUPS = 2  # conditions with two images or more, for a spread
SHARE = 0.01  # of real images that count as near duplicates, or as copies, by the thresholds' choice


def nearest_others(x: Tensor) -> Tensor:
    """Distance of each row of (N, D) to the nearest other row: (N,)."""
    return nearest(x, x, 2)[:, 1]  # the nearest is itself


def nearest_of(x: Tensor, among: Tensor) -> Tensor:
    """Distance of each row of (N, D) to the nearest row of (M, D): (N,)."""
    return nearest(x, among, 1)[:, 0]


def within_groups(x: Tensor, groups: Tensor) -> Tensor:
    """Mean distance of the rows of each group that has two or more: (G,).

    Args:
        x: float64 (N, D).
        groups: (N, C); rows that are equal belong together.
    """
    _, index = groups.unique(dim=0, return_inverse=True)
    members = [x[index == number] for number in range(int(index.max()) + 1)]
    return torch.stack([torch.pdist(rows).mean() for rows in members if len(rows) > 1])


class DiversityWithinCondition(FeaturedEvaluator):
    """Mean feature distance of two generated images of one condition; 0 if the latent does nothing."""

    name = "diversity_efficientnet_lite0"
    direction = "higher"
    unit = "distance of features"
    value_range = (0.0, math.inf)
    source = "as in Zhu et al. 2017 (BicycleGAN), https://arxiv.org/abs/1711.11586, section 5, on these features"

    def __init__(self, features: Callable[[Tensor], Tensor]) -> None:
        super().__init__(features)
        self._conditions: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        if not real:
            super().update(images, condition, real=real)
            self._conditions.append(condition.cpu())

    def compute(self) -> Score:
        generated = self.generated()
        groups = torch.cat(self._conditions).unique(dim=0, return_counts=True)[1] if len(generated) else torch.empty(0)
        if (groups > 1).sum() < LEAST_GROUPS:
            raise TooFewImagesError(
                f"{self.name} saw {len(generated)} generated images with {int((groups > 1).sum())} conditions that "
                f"have two or more; it needs at least {LEAST_GROUPS}"
            )
        means = within_groups(generated, torch.cat(self._conditions))
        value, half = means.mean().item(), Z95 * means.std().item() / math.sqrt(len(means))
        interval = (max(0.0, value - half), value + half)
        return Score(value=value, n=len(generated), interval=interval, method="1.96 standard errors over conditions")


class NearDuplicateRate(FeaturedEvaluator):
    """Share of generated images with a nearer neighbour than all but 1 % of real images have among as many.

    About 1 % for a generator as varied as the data; near 100 % for one that has collapsed.
    """

    name = "near_duplicate_rate"
    direction = "lower"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "nearest neighbours as in Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991"

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        check_images(self.name, len(real), len(generated), least=2)
        count = min(len(real), len(generated))  # neighbours are nearer among more images
        limit = nearest_others(real[:count]).quantile(SHARE)
        return share(nearest_others(generated[:count]) < limit)
