"""Features of made-up image sets, and Fréchet distances between them."""

from __future__ import annotations

import torch

from evaluators.frechet import (
    FrechetDistanceEfficientNetLite0,
    Moments,
    frechet_distance,
)

D = 12


def features(n=200, seed=0, shift=0.0):
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(D, D, generator=torch.Generator().manual_seed(77))
    return torch.randn(n, D, generator=rng) @ mix + shift


def moments(x, batch=50):
    result = Moments()
    for part in x.split(batch):
        result.update(part)
    return result


def distance(a, b):
    a, b = moments(a), moments(b)
    return frechet_distance(a.mean, a.covariance, b.mean, b.covariance)


def plain_features(n, seed, scale=1.0, shift=0.0, dimension=16):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, dimension, generator=rng, dtype=torch.float64) * scale + shift


def frechet_score(real, generated):
    """The score of features that stand for images."""
    evaluator = FrechetDistanceEfficientNetLite0(lambda rows: rows)
    evaluator.update(real, torch.empty(0), real=True)
    evaluator.update(generated, torch.empty(0), real=False)
    return evaluator.compute()
