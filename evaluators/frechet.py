"""Fréchet distance between Gaussian fits of features of real and of generated images."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Evaluator, Score, TooFewImagesError
from evaluators.intervals import Z95, bootstrap_counts


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


def distance_to(real: Moments, generated: Tensor) -> float:
    """The distance of ``real`` to features (N, D), at least 0."""
    moments = Moments()
    moments.update(generated)
    return max(0.0, frechet_distance(real.mean, real.covariance, moments.mean, moments.covariance))


def resampled_distances(real: Moments, generated: Tensor, counts: Tensor) -> Tensor:
    """The distance of ``real`` to each resample of the generated features: float64 (R,).

    With the features turned by sqrt(C1) once, each costs one matrix product and one set of eigenvalues.

    Args:
        real: moments of the real features.
        generated: (N, D) features.
        counts: whole numbers (R, N): how often each of them is in each resample.
    """
    root, x = symmetric_root(real.covariance), generated.double() - real.mean
    turned = x @ root
    return torch.stack([_resampled_distance(real, x, turned, weights) for weights in counts.double()])


def _resampled_distance(real: Moments, x: Tensor, turned: Tensor, weights: Tensor) -> Tensor:
    """Distance when generated row i, minus the real mean and times sqrt(C1), counts weights[i] times."""
    n = weights.sum()
    shift, turned_mean = weights @ x / n, weights @ turned / n
    spread = (weights @ x.square() - n * shift.square()).sum() / (n - 1)  # trace of the covariance
    centred = (turned - turned_mean) * weights.sqrt()[:, None]
    product = centred.T @ centred / (n - 1)  # sqrt(C1) C2 sqrt(C1)
    return shift.square().sum() + real.covariance.trace() + spread - 2 * root_trace(product)


class FrechetDistance(Evaluator):
    """Frechet distance in some network's features; a subclass says which. Ignores the condition.

    Grows as the number of images falls: compare only scores with the same two numbers of images. The
    interval is the value +- 1.96 standard deviations over bootstrap resamples of the generated images (the
    real ones stay): resamples repeat images and so lie farther away than the sample itself, which makes
    their spread useful and their middle not.

    Args:
        features: maps uint8 (N, 3, S, S) images to float32 (N, D) features.
        resamples: of the bootstrap; 0 leaves the interval out.
        seed: of the bootstrap.
    """

    direction = "lower"
    unit = "squared Wasserstein-2 distance of features"
    value_range = (0.0, math.inf)

    def __init__(self, features: Callable[[Tensor], Tensor], *, resamples: int = 20, seed: int = 0) -> None:
        self.features = features
        self.resamples = resamples
        self.seed = seed
        self._real = Moments()
        self._generated: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        features = self.features(images).cpu()
        if real:
            self._real.update(features)
        else:
            self._generated.append(features)

    def compute(self) -> Score:
        generated = torch.cat(self._generated) if self._generated else torch.empty(0, len(self._real.mean))
        check_enough(self.name, self._real.n, len(generated), max(generated.shape[1], len(self._real.mean)))
        value = distance_to(self._real, generated)
        if self.resamples < 2:
            return Score(value=value, n=len(generated))
        counts = bootstrap_counts(len(generated), self.resamples, self.seed)
        resampled = resampled_distances(self._real, generated, counts)
        return resampled_score(value, len(generated), resampled, self.seed)


class FrechetDistanceEfficientNetLite0(FrechetDistance):
    """In the features of EfficientNet-Lite0, whose weights come with the packages: the default."""

    name = "fd_efficientnet_lite0"
    tells_collapse = "distance"
    network = "backbone"
    source = "Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6, on features of EfficientNet-Lite0"


class FID(FrechetDistance):
    """In the features of the Inception network that papers use; scored where its weights are given."""

    name = "fid"
    network = "inception"
    source = "Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6; features as torch-fidelity has them"


class FrechetDistanceJudge(FrechetDistance):
    """In the features that the task's judge reads its answers from: sees what the task is about, and little else."""

    name = "fd_judge"
    network = "judge_features"
    source = "Heusel et al. 2017, https://arxiv.org/abs/1706.08500, eq. 6, on features of the task's judge"


def resampled_score(value: float, n: int, resampled: Tensor, seed: int) -> Score:
    """A distance of ``n`` generated images with an interval from those of its resamples, float64 (R,)."""
    half = Z95 * resampled.std().item()
    method = f"1.96 std of bootstrap over generated images ({len(resampled)}, seed {seed})"
    return Score(value=value, n=n, interval=(max(0.0, value - half), value + half), method=method, resampled=resampled)


def check_enough(name: str, real: int, generated: int, dimension: int, of: str = "") -> None:
    """Raise TooFewImagesError, giving both numbers, if a covariance would be singular for want of images."""
    if min(real, generated) < dimension + 1 or dimension == 0:
        raise TooFewImagesError(
            f"{name} saw {real} real and {generated} generated images{of}; features of {dimension} dimensions need "
            f"at least {dimension + 1} of each; draw more, or take the kernel distance, which needs 3"
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
