"""Distances between features: ours, and those that papers are made with."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

NEIGHBOURS = 5


def features(images: int, dimension: int, seed: int) -> Tensor:
    """Correlated and not negative, as a network's are: float32 (images, dimension)."""
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(dimension, dimension, generator=torch.Generator().manual_seed(0)) / dimension**0.5
    return (torch.randn(images, dimension, generator=rng) @ mix).relu()


def frechet(real: Tensor, generated: Tensor) -> float:
    """Ours, from features."""
    from evaluators.frechet import frechet_distance

    first, second = _moments(real), _moments(generated)
    return frechet_distance(first.mean, first.covariance, second.mean, second.covariance)


def frechet_error(real: Tensor, generated: Tensor) -> float:
    """The standard error of ours, which comes with the distance itself."""
    from evaluators.frechet import influences

    return influences(_moments(real), generated).each.std().item() / len(generated) ** 0.5


def _moments(x: Tensor):  # noqa: ANN202
    from evaluators.frechet import Moments

    moments = Moments()
    moments.update(x)
    return moments


def resampled_error(real: Tensor, generated: Tensor) -> float:
    """The same from the distance itself and those of 20 bootstrap resamples; the real features' root is found once."""
    from evaluators.frechet import root_trace, symmetric_root
    from evaluators.intervals import bootstrap_counts

    first = _moments(real)
    root, once = symmetric_root(first.covariance), torch.ones(1, len(generated), dtype=torch.int64)
    found = []
    for times in torch.cat([once, bootstrap_counts(len(generated), 20, seed=0)]):
        second = _moments(generated.repeat_interleave(times, dim=0))
        shift, spread = (second.mean - first.mean).square().sum(), second.covariance.trace()
        found.append(float(shift + spread - 2 * root_trace(root @ second.covariance @ root)))
    return float(np.std(found[1:], ddof=1))


def statistics_of(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance, as pytorch-fid and clean-fid compute them."""
    features = x.double().numpy()
    return features.mean(axis=0), np.cov(features, rowvar=False)


def pytorch_fid(real: Tensor, generated: Tensor) -> float:
    """The package pytorch-fid."""
    from pytorch_fid.fid_score import calculate_frechet_distance

    return float(calculate_frechet_distance(*statistics_of(real), *statistics_of(generated)))


def clean_fid(real: Tensor, generated: Tensor) -> float:
    """The package clean-fid."""
    from cleanfid.fid import frechet_distance

    return float(frechet_distance(*statistics_of(real), *statistics_of(generated)))


def torch_fidelity(real: Tensor, generated: Tensor) -> float:
    """The package torch-fidelity."""
    from torch_fidelity import metric_fid

    both = (metric_fid.fid_features_to_statistics(x) for x in (real, generated))
    return metric_fid.fid_statistics_to_metric(*both, verbose=False)[metric_fid.KEY_METRIC_FID]


def torchmetrics_fid(real: Tensor, generated: Tensor) -> float:
    """The package torchmetrics, with features instead of images."""
    return _torchmetrics("torchmetrics.image.fid", "FrechetInceptionDistance", real, generated)


def kid(real: Tensor, generated: Tensor) -> float:
    """Ours: all pairs in float64, with the standard error."""
    from evaluators.kid import unbiased_mmd

    return unbiased_mmd(real.double(), generated.double()).value


def torch_fidelity_kid(real: Tensor, generated: Tensor) -> float:
    """The package torch-fidelity: all pairs at once in float64, too, in place of its 100 subsets of 1,000."""
    from torch_fidelity import metric_kid

    whole = {"kid_subsets": 1, "kid_subset_size": min(len(real), len(generated))}
    found = metric_kid.kid_features_to_metric(real.double(), generated.double(), **whole, verbose=False)
    return found[metric_kid.KEY_METRIC_KID_MEAN]


def torchmetrics_kid(real: Tensor, generated: Tensor) -> float:
    """The package torchmetrics: all pairs at once, too, in float32."""
    whole = {"subsets": 1, "subset_size": min(len(real), len(generated))}
    return _torchmetrics("torchmetrics.image.kid", "KernelInceptionDistance", real, generated, **whole)


def clean_kid(real: Tensor, generated: Tensor) -> float:
    """The package clean-fid: all pairs at once in float64, too."""
    from cleanfid.fid import kernel_distance

    whole = {"num_subsets": 1, "max_subset_size": min(len(real), len(generated))}
    return float(kernel_distance(real.double().numpy(), generated.double().numpy(), **whole))


def manifold(real: Tensor, generated: Tensor) -> float:
    """Ours: coverage, whose neighbourhoods give precision, recall and density, too."""
    from evaluators.precision_recall import neighbourhoods

    compute = inspect.unwrap(neighbourhoods)  # without its cache
    return compute(real.double(), generated.double(), NEIGHBOURS).reached.double().mean().item()


def prdc(real: Tensor, generated: Tensor) -> float:
    """The package prdc: coverage; it computes all four."""
    from prdc import compute_prdc

    return float(compute_prdc(real.double().numpy(), generated.double().numpy(), NEIGHBOURS)["coverage"])


def torch_fidelity_prc(real: Tensor, generated: Tensor) -> float:
    """The package torch-fidelity: precision of precision and recall, in float32."""
    from torch_fidelity import metric_prc

    found = metric_prc.prc_features_to_metric(real, generated, prc_neighborhood=NEIGHBOURS, verbose=False)
    return found[metric_prc.KEY_METRIC_PRECISION]


def _torchmetrics(module: str, name: str, real: Tensor, generated: Tensor, **settings: int) -> float:
    metric = getattr(importlib.import_module(module), name)
    metric = metric(feature=Given(real.shape[1]), normalize=True, **settings)
    metric.update(real, real=True)
    metric.update(generated, real=False)
    found = metric.compute()
    return (found[0] if isinstance(found, tuple) else found).item()


class Given(torch.nn.Module):
    """A feature extractor that returns its input, which is features already."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.num_features = dimension

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(-1, self.num_features).float()


def timed(distance: str, images: int, dimension: int) -> Callable[[], int]:
    """Rounds of one of the distances above between two sets of features."""
    compute, real, generated = globals()[distance], features(images, dimension, 1), features(images, dimension, 2)
    compute(real[: 2 * dimension], generated[: 2 * dimension])  # a package that lacks something fails here

    def run() -> int:
        compute(real, generated)
        return images

    return run
