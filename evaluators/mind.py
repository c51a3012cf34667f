"""Monge inception distance: the sliced 2-Wasserstein distance of features, on the scale of a Fréchet distance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from evaluators.base import FeaturedEvaluator, Score, check_images
from evaluators.intervals import Z95

DIRECTIONS = 1_000
CHUNK = 50  # directions at once; fewer of many images
MOVES = 1_000_000  # numbers held of all directions at once


@dataclass(frozen=True)
class SlicedDistance:
    """A mean over directions of squared 2-Wasserstein distances along them."""

    value: float
    influences: Tensor  # float64 (M,): what each generated image adds, to first order; their mean is 0


def directions_of(dimension: int, count: int = DIRECTIONS, seed: int = 0) -> Tensor:
    """Unit vectors, uniform on the sphere, as columns: float64 (D, count)."""
    random = torch.Generator().manual_seed(seed)
    drawn = torch.randn(count, dimension, generator=random, dtype=torch.float64)
    return (drawn / drawn.norm(dim=1, keepdim=True)).T


def coupling(n: int, m: int) -> tuple[Tensor, Tensor, Tensor]:
    """The monotone coupling of n and m sorted points of equal masses: indices of both, (K,), and the masses moved.

    K is at most n + m - 1; the masses sum to 1.
    """
    ends = torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]).unique()  # in parts of 1 / (n m)
    masses = ends.diff(prepend=torch.zeros(1, dtype=ends.dtype))
    return (ends - 1) // m, (ends - 1) // n, masses.double() / (n * m)


def sliced_wasserstein(real: Tensor, generated: Tensor, directions: Tensor) -> SlicedDistance:
    """The squared sliced 2-Wasserstein distance, with each generated image's influence on it.

    Along one direction the optimal coupling is that of the sorted numbers. The influence of a point is its centred
    Kantorovich potential, whose slope is twice the distance that the point is moved. The variance of these potentials
    is that of the limit theorem.

    Args:
        real: float64 (N, D), N above 1.
        generated: float64 (M, D), M above 1.
        directions: float64 (D, K), of length 1.

    Source: Bonneel et al. 2015, "Sliced and Radon Wasserstein barycenters of measures" (the distance); del Barrio &
    Loubes 2019, https://arxiv.org/abs/1705.01299, theorem 4.1 (its variance).
    """
    real_rank, generated_rank, masses = coupling(len(real), len(generated))
    value, influences = 0.0, torch.zeros(len(generated), dtype=torch.float64)
    for some in directions.split(max(1, min(CHUNK, MOVES // len(masses))), dim=1):
        targets = (real @ some).sort(dim=0).values[real_rank]
        points, order = (generated @ some).sort(dim=0)
        value += float((masses @ (points[generated_rank] - targets).square()).sum())
        means = torch.zeros_like(points).index_add_(0, generated_rank, masses[:, None] * targets) * len(generated)
        moved = points - means
        potential = torch.zeros_like(points)
        potential[1:] = (points.diff(dim=0) * (moved[1:] + moved[:-1])).cumsum(dim=0)
        each = torch.empty_like(points).scatter_(0, order, potential - potential.mean(dim=0))
        influences += each.sum(dim=1)
    count = directions.shape[1]
    return SlicedDistance(value / count, influences / count)


class MongeDistanceEfficientNetLite0(FeaturedEvaluator):
    """Monge distance in the features of EfficientNet-Lite0: 3 D times the squared sliced 2-Wasserstein distance.

    Ignores the condition. It compares all of each distribution, not its mean and covariance alone, and is also defined
    for fewer images than features have dimensions. It falls as the number of images grows, so it compares within one
    protocol.
    """

    name = "mind_efficientnet_lite0"
    direction = "lower"
    unit = "Monge distance"
    value_range = (0.0, math.inf)
    depends_on_count = True
    source = "Berthet et al. 2026, https://arxiv.org/abs/2605.06797, on features of EfficientNet-Lite0"

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        check_images(self.name, len(real), len(generated), least=2)
        found = sliced_wasserstein(real, generated, directions_of(real.shape[1]))
        scale = 3 * real.shape[1]
        value, influences = scale * found.value, scale * found.influences
        half = Z95 * math.sqrt(influences.var().item() / len(influences))
        return Score(
            value=value,
            n=len(generated),
            interval=(max(0.0, value - half), value + half),
            method="1.96 standard errors by influence (Kantorovich potentials)",
            outcomes=torch.stack([value + influences, torch.ones_like(influences)], dim=1),
        )
