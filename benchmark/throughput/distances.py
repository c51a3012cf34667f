"""``cgan-bench bench distances``: seconds and memory of feature distances, against those that papers are made with."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.system.terminal import track
from benchmark.throughput.measure import alone
from evaluators.frechet import Moments, frechet_distance, influences, root_trace, symmetric_root
from evaluators.intervals import bootstrap_counts
from evaluators.precision_recall import neighbourhoods

try:
    import resource
except ImportError:  # another system than Unix; peaks of memory are left out then
    resource = None

IMAGES, DIMENSION, NEIGHBOURS = 10_000, 2_048, 5
ROUNDS = 2
GIGABYTE = 1e9 if sys.platform == "darwin" else 1e9 / 1024  # in the units that the system counts in


def distances() -> list[dict[str, Any]]:
    """One row per distance: median seconds here and of the other implementation, their ratio, and our peak memory.

    Raises:
        UsageError: prdc is not installed.
    """
    try:
        import prdc  # noqa: F401
    except ImportError as error:
        raise UsageError("there is nothing to compare with; install prdc and run this again") from error
    compared = {
        "Frechet distance": (frechet, "pytorch-fid's formula", plain_frechet),
        "Frechet distance with its interval": (frechet_error, "20 resamples", resampled_error),
        "precision, recall, density, coverage": (manifold, "prdc", plain_manifold),
    }
    rounds = {name: [] for name in compared}
    for name in track([name for name in compared for _ in range(ROUNDS)], "timing distances"):
        ours, _, theirs = compared[name]
        rounds[name].append((alone(_measured, ours), alone(_measured, theirs)))
    return [_row(name, compared[name][1], pairs) for name, pairs in rounds.items()]


def frechet(real: Tensor, generated: Tensor) -> float:
    """Ours."""
    first, second = _moments(real), _moments(generated)
    return frechet_distance(first.mean, first.covariance, second.mean, second.covariance)


def _moments(x: Tensor) -> Moments:
    moments = Moments()
    moments.update(x)
    return moments


def frechet_error(real: Tensor, generated: Tensor) -> float:
    """The standard error of ours, which comes with the distance itself."""
    return influences(_moments(real), generated).each.std().item() / len(generated) ** 0.5


def resampled_error(real: Tensor, generated: Tensor) -> float:
    """The same from the distance itself and those of 20 bootstrap resamples; the real features' root is found once."""
    first = _moments(real)
    root, once = symmetric_root(first.covariance), torch.ones(1, len(generated), dtype=torch.int64)
    found = []
    for times in torch.cat([once, bootstrap_counts(len(generated), 20, seed=0)]):
        second = _moments(generated.repeat_interleave(times, dim=0))
        shift, spread = (second.mean - first.mean).square().sum(), second.covariance.trace()
        found.append(float(shift + spread - 2 * root_trace(root @ second.covariance @ root)))
    return float(np.std(found[1:], ddof=1))


def plain_frechet(real: Tensor, generated: Tensor) -> float:
    """As pytorch-fid 0.3.0 computes it: covariances by NumPy, and the matrix root of their product by SciPy."""
    first, second = real.double().numpy(), generated.double().numpy()
    shift = first.mean(axis=0) - second.mean(axis=0)
    c1, c2 = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    root = scipy.linalg.sqrtm(c1 @ c2).real
    return float(shift @ shift + np.trace(c1) + np.trace(c2) - 2 * np.trace(root))


def manifold(real: Tensor, generated: Tensor) -> float:
    """Ours; coverage stands for the four."""
    return neighbourhoods(real.double(), generated.double(), NEIGHBOURS).reached.double().mean().item()


def plain_manifold(real: Tensor, generated: Tensor) -> float:
    """As the package prdc computes it."""
    from prdc import compute_prdc

    return float(compute_prdc(real.double().numpy(), generated.double().numpy(), NEIGHBOURS)["coverage"])


def features(seed: int) -> Tensor:
    """Correlated and not negative, as a network's are: float32 (IMAGES, DIMENSION)."""
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(DIMENSION, DIMENSION, generator=torch.Generator().manual_seed(0)) / DIMENSION**0.5
    return (torch.randn(IMAGES, DIMENSION, generator=rng) @ mix).relu()


def _measured(distance: Callable[[Tensor, Tensor], float]) -> tuple[float, float | None, float]:
    """Seconds, the process's peak memory in GB (None where the system does not say), and the value."""
    real, generated = features(1), features(2)
    started = time.perf_counter()
    with redirect_stdout(sys.stderr):  # prdc prints
        value = distance(real, generated)
    seconds = time.perf_counter() - started
    return seconds, _peak(), value


def _peak() -> float | None:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIGABYTE if resource else None


def _largest(rounds: list[tuple[float | None, ...]]) -> float | None:
    peaks = [peak for _, peak, _ in rounds if peak is not None]
    return round(max(peaks), 2) if peaks else None


def _row(
    name: str, other: str, rounds: list[tuple[tuple[float | None, ...], tuple[float | None, ...]]]
) -> dict[str, Any]:
    sides = list(zip(*rounds, strict=True))
    ours, theirs = ([measured[0] for measured in side] for side in sides)
    return {
        "distance": name,
        "features": f"{IMAGES:,} x {IMAGES:,} of {DIMENSION:,} dimensions",
        "seconds": round(statistics.median(ours), 1),
        f"seconds of {other}": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
        "peak GB": _largest(sides[0]),
        f"peak GB of {other}": _largest(sides[1]),
        "relative difference": abs(rounds[0][0][2] / rounds[0][1][2] - 1),
    }
