"""Fréchet distance between Gaussian fits of features of real and of generated images."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from evaluators.base import FeaturedEvaluator, Score, TooFewImagesError
from evaluators.intervals import mean_interval
from evaluators.large_tensors import LARGE

METHOD = "1.96 standard errors by influence (each generated image left out once)"
GRID = 0.4  # step in log s, see removed_root_traces
ROWS = 1_000  # images whose influence is computed at once


def frechet_distance(mean1: Tensor, covariance1: Tensor, mean2: Tensor, covariance2: Tensor) -> float:
    """Squared Wasserstein-2 distance of two Gaussians: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^1/2).

    The trace of the root is found as that of (sqrt(C1) C2 sqrt(C1))^1/2, which is symmetric, so that no
    complex numbers arise and singular covariances are no special case.

    Args:
        mean1: float64 (D,).
        covariance1: float64 (D, D), symmetric, positive semi-definite.
        mean2: as ``mean1``.
        covariance2: as ``covariance1``.

    Returns:
        0 for equal moments, else above 0 up to rounding.

    Source: Dowson & Landau 1982, "The Frechet distance between multivariate normal distributions", eq. 4.
    """
    root = symmetric_root(covariance1)
    distance = (mean1 - mean2).square().sum() + covariance1.trace() + covariance2.trace()
    return float(distance - 2 * root_trace(root @ covariance2 @ root))


def symmetric_root(covariance: Tensor) -> Tensor:
    """The symmetric R with R R = covariance; eigenvalues below 0, which are rounding, count as 0."""
    values, vectors = torch.linalg.eigh(covariance)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


def root_trace(matrix: Tensor) -> Tensor:
    """Trace of the root of a symmetric positive semi-definite matrix."""
    return torch.linalg.eigvalsh((matrix + matrix.T) / 2).clamp(min=0).sqrt().sum()


@dataclass(frozen=True)
class Influences:
    """A distance, and the influence of each generated image on it."""

    value: float  # at least 0
    # float64 (N,), in all 0: N - 1 times how much more the distance falls when the image is left out than it does on
    # average over all images.
    each: Tensor


def influences(real: Moments, generated: Tensor) -> Influences:
    """The distance of ``real`` to generated features, and the influence of each of them.

    All N distances without one image come from one factorisation. Leaving out row i takes c y_i y_i^T from the product
    M = sqrt(C1) C2 sqrt(C1), with y_i = sqrt(C1) (x_i - m2), which :func:`removed_root_traces` solves exactly.

    Args:
        real: moments of the real features.
        generated: (N, D) features, N above 2.

    Source: Efron 1982, "The jackknife", eq. 3.2, for the distance of Dowson & Landau.
    """
    moments = moments_of(generated)
    n, root = moments.n, symmetric_root(real.covariance)
    product = root @ moments.covariance @ root
    values, vectors = torch.linalg.eigh((product + product.T) / 2)
    values, shift, spread = values.clamp(min=0), moments.mean - real.mean, moments.covariance.trace()
    axes, fixed = root @ vectors, real.covariance.trace()
    distance = shift.square().sum() + fixed + spread - 2 * values.sqrt().sum()

    def left_out(x: Tensor) -> Tensor:
        """Distances without each of some rows, which are centred."""
        traces = removed_root_traces(values, (x @ axes).square_().mul_(n / (n - 1) ** 2))
        spreads = ((n - 1) * spread - x.square().sum(dim=1) * (n / (n - 1))) / (n - 2)
        shifts = (shift - x / (n - 1)).square().sum(dim=1)
        return shifts + fixed + spreads - 2 * math.sqrt((n - 1) / (n - 2)) * traces

    without = torch.cat([left_out(rows.double() - moments.mean) for rows in generated.split(ROWS)])
    return Influences(max(0.0, distance.item()), (n - 1) * (without.mean() - without))


def removed_root_traces(values: Tensor, squares: Tensor) -> Tensor:
    """Traces of (diag(values) - y y^T)^1/2 for many y: float64 (N,), to about seven digits.

    The trace of the root falls by the integral over s > 0 of -log(1 - sum_j y_j^2 / (values_j + s^2)) / pi: the root as
    an integral over resolvents, in parts, with the matrix determinant lemma. It is summed over a grid even in log s,
    on which such sums converge exponentially. Eigenvalues that are rounding count as 0, and no y has a part there.

    Args:
        values: float64 (D,), 0 or above.
        squares: float64 (N, D): the squares of each y; no difference of the matrices has a negative eigenvalue.

    Source: Higham 2008, "Functions of matrices", chapter 6, for the root as an integral; Trefethen & Weideman 2014,
    "The exponentially convergent trapezoidal rule", for the sum.
    """
    kept = values > values.max() * torch.finfo(values.dtype).eps * len(values)
    traces = values.sqrt().sum().expand(len(squares))
    if not kept.any():
        return traces
    exponents = torch.arange(math.log(1e-12), math.log(1e5), GRID, dtype=values.dtype)
    grid = values.max().sqrt() * exponents.exp()
    squares = squares[:, kept]
    removed = squares @ (1 / (values[kept, None] + grid.square()))
    logs = torch.log1p(-removed.clamp(max=1 - torch.finfo(values.dtype).eps))
    tail = squares.sum(dim=1) / (grid[-1] * math.exp(GRID / 2))  # beyond the grid, to first order
    return traces + (logs @ grid * GRID - tail) / math.pi


class FrechetDistance(FeaturedEvaluator):
    """Fréchet distance in the features of a network, which a subclass names. Ignores the condition.

    Grows as the number of images falls: compare only scores with the same two numbers of images. The
    interval is the value +- 1.96 standard errors over the generated images (the real ones stay), from the
    influence of each: see :func:`influences`.

    Args:
        features: maps uint8 (N, 3, S, S) images to float32 (N, D) features.
    """

    direction = "lower"
    unit = "squared Wasserstein-2 distance of features"
    value_range = (0.0, math.inf)
    depends_on_count = True
    version = 2

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        check_enough(self.name, len(real), len(generated), max(real.shape[1], generated.shape[1]))
        return influence_score(influences(moments_of(real), generated))


class FrechetDistanceEfficientNetLite0(FrechetDistance):
    """Fréchet distance of generated images to real ones, in features of EfficientNet-Lite0."""

    name = "fd_efficientnet_lite0"
    tells_collapse = "distance"
    network = "backbone"
    source = "Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6, on features of EfficientNet-Lite0"


class FID(FrechetDistance):
    """Fréchet distance of generated images to real ones, in features of Inception; scored if its weights are given."""

    name = "fid"
    network = "inception"
    source = "Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6; features as torch-fidelity has them"


class FrechetDistanceJudge(FrechetDistance):
    """Fréchet distance in the penultimate features of the task's judge; it misses whatever the judge does not need."""

    name = "fd_judge"
    network = "judge_features"
    source = "Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6, on features of the task's judge"


def influence_score(found: Influences, groups: Mapping[str, float] = MappingProxyType({})) -> Score:
    """A distance with 1.96 standard errors from the influences, and a value per image, whose mean is the distance."""
    each = found.value + found.each
    low, high = mean_interval(each)
    return Score(
        value=found.value,
        n=len(each),
        interval=(max(0.0, min(found.value, low)), max(found.value, high)),
        method=METHOD,
        groups=dict(groups),
        outcomes=torch.stack([each, torch.ones_like(each)], dim=1),
    )


def check_enough(name: str, real: int, generated: int, dimension: int, of: str = "") -> None:
    """Raise TooFewImagesError, giving both numbers, if a covariance would be singular for want of images."""
    least = max(dimension + 1, 3)  # two, with one left out, have no covariance
    if min(real, generated) < least or dimension == 0:
        remedies = [("compare with more real images", real), ("give more generated ones", generated)]
        more = " and ".join(remedy for remedy, count in remedies if count < least)
        raise TooFewImagesError(
            f"{name} saw {real} real and {generated} generated images{of}; features of {dimension} dimensions need "
            f"at least {least} of each; {more}, or take the kernel distance (kid_efficientnet_lite0), which needs 3"
        )


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


def moments_of(features: Tensor) -> Moments:
    """Moments of all rows of (N, D) features, of any float type."""
    moments = Moments()
    for rows in features.split(LARGE):
        moments.update(rows)
    return moments
