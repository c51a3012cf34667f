"""The numbers that metrics of torchmetrics give, and the jackknife interval of one whose states add up."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from evaluators.base import TooFewImagesError

if TYPE_CHECKING:
    from torchmetrics import Metric

GROUPS = 20
T95 = 2.093024054408263  # Student's t with one degree of freedom fewer than groups holds 95 % within so much


def number(metric: Metric) -> float:
    """A metric's number; of the pair of a mean and a standard deviation, the mean. The same each time.

    Raises:
        TooFewImagesError: as ``computed``.
        ValueError: it gives several numbers.
    """
    found = computed(metric)
    found = found[0] if isinstance(found, tuple) else found
    if not isinstance(found, Tensor) or found.numel() != 1:
        given = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
        raise ValueError(f"it gives {given}; choose settings that give one number, such as average=macro")
    return found.item()


def computed(metric: Metric) -> Any:  # noqa: ANN401
    """Anything that a metric gives. The same each time.

    Raises:
        TooFewImagesError: the metric refuses what it was shown, as fewer images than its ``subset_size``.
    """
    with quiet(), torch.random.fork_rng(devices=()):
        torch.manual_seed(0)
        try:
            return metric.compute()
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:200]
            raise TooFewImagesError(f"{type(metric).__name__} refuses these images: {reason}") from error


def jackknifed(start: Metric, groups: Sequence[Metric], n: int) -> tuple[float, int, tuple[float, float] | None, str]:
    """Value, images, interval and method of a metric whose states add up, each group of images left out once.

    The standard error is itself an estimate, of few groups, so the interval is Student's t.

    Args:
        start: has seen what is in no group.
        groups: each has seen its images alone.
        n: images in all groups.

    Source: Shao & Wu 1989, "A general theory for jackknife variance estimation", eq. 1.3.
    """
    value = number(_merged(start, groups))
    if len(groups) < GROUPS:
        return value, n, None, "none: fewer images than groups to leave out"
    left = [number(_merged(start, [*groups[:i], *groups[i + 1 :]])) for i in range(len(groups))]
    each = torch.tensor(left, dtype=torch.float64)
    half = T95 * math.sqrt((len(left) - 1) * each.var(correction=0).item())
    method = f"{T95:.2f} jackknife standard errors over {len(left)} groups of images (Student's t)"
    return value, n, (value - half, value + half), method


@contextmanager
def quiet():  # noqa: ANN201
    """Without torchmetrics' remarks on memory and on classes that were not requested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _merged(start: Metric, groups: Sequence[Metric]) -> Metric:
    total = copy.deepcopy(start)
    for group in groups:
        total.merge_state(group)
    return total


def updated(metric: Metric, *shown: Tensor, **more: bool) -> Metric:
    with quiet(), torch.no_grad():
        metric.update(*shown, **more)
    return metric
