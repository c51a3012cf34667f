"""Precision, recall, density and coverage, by balls of nearest neighbours in feature space."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import torch
from torch import Tensor

from evaluators.base import FeaturedEvaluator, Score, check_images
from evaluators.intervals import mean, share
from evaluators.neighbours import Pairs, nearest

P = ParamSpec("P")
R = TypeVar("R")


def remember_last(function: Callable[P, R]) -> Callable[P, R]:
    """A pure function of CPU tensors and numbers that keeps its last answer, by the content of what it was given."""
    last: dict[str, R] = {}

    @wraps(function)
    def remembering(*args: P.args, **kwargs: P.kwargs) -> R:
        key = _content([*args, *sorted(kwargs.items())])
        if key not in last:
            answer = function(*args, **kwargs)
            last.clear()
            last[key] = answer
        return last[key]

    return remembering


def _content(values: list[object]) -> str:
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, Tensor):
            digest.update(f"{value.dtype} {tuple(value.shape)}".encode())
            digest.update(memoryview(value.contiguous().numpy()).cast("B"))
        else:
            digest.update(repr(value).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Neighbourhoods:
    """Nearest neighbours among images, and the counts that precision and recall take from them."""

    near_real: Tensor  # bool (M,): a generated image lies in the ball of some real one
    near_generated: Tensor  # bool (N,): a real image lies in the ball of some generated one
    balls: Tensor  # int64 (M,): in how many real images' balls a generated one lies
    reached: Tensor  # bool (N,): some generated image lies in a real one's ball


@remember_last
def neighbourhoods(real: Tensor, generated: Tensor, k: int) -> Neighbourhoods:
    """Balls around images reach as far as the k-th nearest other image of the same kind.

    Args:
        real: float64 (N, D), N above k.
        generated: float64 (M, D), M above k.
        k: how many neighbours.

    Source: Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991, eqs. 1 and 2, but that an image on the edge of a
    ball is outside, as in Naeem et al. 2020, https://arxiv.org/abs/2002.09797, eqs. 4 and 5, and its code.
    """
    radius_real, radius_generated = radii(real, k), radii(generated, k)
    balls = torch.zeros(len(generated), dtype=torch.long)
    near_generated, reached = [], []
    pairs = Pairs(real, generated)
    for rows in pairs.stretches():
        rough = pairs.rough(rows)
        inside = pairs.within(rows, rough, radius_real[rows, None])
        balls += inside.sum(dim=0)
        near_generated.append(pairs.within(rows, rough, radius_generated).any(dim=1))
        reached.append(inside.any(dim=1))
    return Neighbourhoods(balls > 0, torch.cat(near_generated), balls, torch.cat(reached))


def radii(x: Tensor, k: int) -> Tensor:
    """Distance of each row of (N, D) to its k-th nearest other row: (N,)."""
    return nearest(x, x, k + 1)[:, k]  # the nearest is itself


class _Manifold(FeaturedEvaluator):
    """Base of precision, recall, density and coverage."""

    direction = "higher"
    value_range = (0.0, 1.0)
    k = 5  # neighbours, as in Naeem et al. 2020

    def found(self) -> Neighbourhoods:
        real, generated = self.real(), self.generated()
        check_images(self.name, len(real), len(generated), least=self.k + 2)
        return neighbourhoods(real, generated, self.k)


class Precision(_Manifold):
    """Share of generated images that lie among the real ones."""

    name = "precision_efficientnet_lite0"
    unit = "fraction of generated images"
    source = "Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991, eq. 2, on features of EfficientNet-Lite0"

    def compute(self) -> Score:
        return share(self.found().near_real)


class Recall(_Manifold):
    """Share of real images that lie among the generated ones."""

    name = "recall_efficientnet_lite0"
    unit = "fraction of real images"
    is_over_real_images = True
    source = "Kynkaanniemi et al. 2019, https://arxiv.org/abs/1904.06991, eq. 2, on features of EfficientNet-Lite0"

    def compute(self) -> Score:
        return share(self.found().near_generated)


class Density(_Manifold):
    """In how many real images' balls a generated one lies on average, over k; 1 for equal distributions."""

    name = "density_efficientnet_lite0"
    unit = "real balls around a generated image / k"
    value_range = (0.0, math.inf)
    source = "Naeem et al. 2020, https://arxiv.org/abs/2002.09797, eq. 4, on features of EfficientNet-Lite0"

    def compute(self) -> Score:
        return mean(self.found().balls.double() / self.k, "generated images")


class Coverage(_Manifold):
    """Share of real images whose ball holds a generated one."""

    name = "coverage_efficientnet_lite0"
    unit = "fraction of real images"
    is_over_real_images = True
    depends_on_count = True
    source = "Naeem et al. 2020, https://arxiv.org/abs/2002.09797, eq. 5, on features of EfficientNet-Lite0"

    def compute(self) -> Score:
        return share(self.found().reached)
