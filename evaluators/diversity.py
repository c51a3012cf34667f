"""Near duplicates among generated images, variety within a condition, and copies of training images."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from evaluators.base import FeaturedEvaluator, Score, TooFewImagesError, check_images
from evaluators.intervals import clustered_wilson_interval, mean, share
from evaluators.large_tensors import stacked
from evaluators.neighbours import nearest

LEAST_GROUPS = 2  # conditions with two images or more, for a spread
SHARE = 0.01  # of the real distances that lie below the threshold of near duplicates, or of copies
LEAST_REAL = 100  # real distances; 1 % of fewer is less than one
MANY_REAL = 1_000  # real distances; with so many, one rank more or less hardly moves the end of an interval
SHEET = 64  # images that a person looks at together; R2 counts its faces on as many


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
    members = (x[index == number] for number in range(int(index.max()) + 1))
    return torch.stack([torch.pdist(rows).mean() for rows in members if len(rows) > 1])


def nearest_on_sheet(x: Tensor) -> Tensor:
    """Distance of each row of (N, D) to the nearest other row of its 64; rows after the last whole 64 are left out."""
    sheets = x[: len(x) // SHEET * SHEET].split(SHEET)
    return torch.cat([nearest_others(sheet) for sheet in sheets if len(sheet)])


def share_below(distances: Tensor, real: Tensor, together: int = 1) -> Score:
    """The share of distances below a threshold: the 1 % quantile of the real distances.

    Real distances of 0 are left out of the quantile; they come from copies within a data set. The interval includes the
    uncertainty of the threshold, whose 95 % interval has two order statistics of the real distances as ends:

    - The low end is that of Wilson's interval of the share below the lower order statistic. With ``MANY_REAL``
      distances or more, the next higher one is used, since Wilson's interval is wide enough to make up for it.
    - The high end is that of Wilson's interval of the share below the upper order statistic.

    With fewer than 368 real distances, the quantile may lie below all of them; then only distances of 0 count for the
    low end.

    Args:
        distances: float64 (N,), of generated images.
        real: float64 (M,), of real ones, at least ``LEAST_REAL`` of them above 0.
        together: consecutive distances that depend on each other, such as those within one sheet; N is a multiple.

    Source: David & Nagaraja 2003, "Order statistics", section 7.1, for the quantile's interval.
    """
    from scipy.stats import binom  # takes a second to import, and few who import this file call this function

    apart = real[real > 0].sort().values
    smallest, largest = (int(rank) for rank in binom.ppf([0.025, 0.975], len(apart), SHARE))
    ends = torch.cat([apart.new_tensor([torch.finfo(apart.dtype).tiny]), apart])  # the order statistics, from rank 1
    ranks = smallest + (len(apart) >= MANY_REAL), largest + 1
    low, high = (_interval(distances < ends[rank], together)[end] for end, rank in enumerate(ranks))
    method = "wilson, the threshold's own interval included"
    return replace(share(distances < apart.quantile(SHARE)), interval=(low, high), method=method)


def _interval(hits: Tensor, together: int) -> tuple[float, float]:
    """Wilson's interval of the share of bool (N,); of ``together`` consecutive ones as a cluster."""
    if together == 1:
        return share(hits).interval
    clusters = hits.view(-1, together).sum(dim=1)
    return clustered_wilson_interval(clusters, torch.full_like(clusters, together))


def check_apart(name: str, real: Tensor) -> None:
    """Raise TooFewImagesError unless enough real distances are above 0 to choose a threshold by."""
    if (count := int((real > 0).sum())) < LEAST_REAL:
        raise TooFewImagesError(
            f"{name} saw {count} real images that are no copies of others; its threshold, a distance below which 1 % "
            f"of them lie, needs at least {LEAST_REAL}; give more data"
        )


class DiversityWithinCondition(FeaturedEvaluator):
    """Mean feature distance of two generated images of one condition; 0 if the latent does nothing."""

    name = "diversity_efficientnet_lite0"
    condition_kinds = ("multi_label", "attributes")
    inputs = ("latents",)  # of one condition, many images
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
        return mean(means, "conditions", n=len(generated))


class NearDuplicateRate(FeaturedEvaluator):
    """Share of generated images whose nearest neighbour is closer than for 99 % of as many real images.

    About 1 % for a generator as varied as the data; near 100 % for one that has collapsed, and for one whose many
    images differ in few ways: among thousands, each then has a neighbour.
    """

    name = "near_duplicate_rate"
    has_independent_images = False  # near duplicates come in pairs
    direction = "lower"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "nearest neighbours as in Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991"
    version = 2  # 1 was always 0 where 1 % of real images are copies of each other

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        check_images(self.name, len(real), len(generated), least=2)
        count = min(len(real), len(generated))  # neighbours are nearer among more images
        usual = nearest_others(real[:count])
        check_apart(self.name, usual)
        return share_below(nearest_others(generated[:count]), usual)


class NearDuplicateRateOf64(FeaturedEvaluator):
    """Share of generated images with a near duplicate on their sheet of 64, as a person who looks at the sheet sees it.

    The distance of a near duplicate is below the 1 % quantile of real images' on sheets of 64. Sheets are filled in
    order.
    """

    name = "near_duplicate_rate_of_64"
    tells_collapse = "repetition"
    images_of_a_unit = SHEET
    direction = "lower"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "near_duplicate_rate, on sheets as in Arora & Zhang 2017, https://arxiv.org/abs/1706.08224, section 3"

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        check_images(self.name, len(real), len(generated), least=SHEET)
        usual = nearest_on_sheet(real)
        check_apart(self.name, usual)
        return share_below(nearest_on_sheet(generated), usual, together=SHEET)


class MemorisedRate(FeaturedEvaluator):
    """Share of generated images that lie nearer to a training image than all but 1 % of held-out images do.

    About 1 % for a generator as varied as the data, near 100 % for one that copies; near 0 says nothing good: images
    unlike any real ones are near to none.

    Args:
        features: maps uint8 (N, 3, S, S) images to float (N, D) features.
    """

    name = "memorised_rate"
    direction = "lower"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "nearest neighbours as in Meehan et al. 2020, https://arxiv.org/abs/2004.05675, section 3"
    version = 2  # 1 was always 0 where 1 % of held-out images are also in the training set

    def __init__(self, features: Callable[[Tensor], Tensor]) -> None:
        super().__init__(features)
        self._held_out: list[Tensor] = []

    def hold_out(self, images: Tensor) -> None:
        self._held_out.append(self.features(images).cpu())

    def compute(self) -> Score:
        training, generated = self.real(), self.generated()
        held_out = stacked(self._held_out)
        if min(map(len, (training, generated, held_out))) < 1:
            raise TooFewImagesError(
                f"{self.name} saw {len(training)} real and {len(generated)} generated images and {len(held_out)} "
                "held-out ones; it needs at least 1 of each"
            )
        usual = nearest_of(held_out, training)
        check_apart(self.name, usual)
        return share_below(nearest_of(generated, training), usual)
