"""Kernel inception distance: squared maximum mean discrepancy of features under a cubic kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from evaluators.base import FeaturedEvaluator, Score, check_images
from evaluators.intervals import Z95
from evaluators.large_tensors import rows_at_once

CHUNK = 500  # rows of a kernel matrix at once; fewer of a large one


def polynomial_kernel(x: Tensor, y: Tensor) -> Tensor:
    """k(x, y) = (x . y / D + 1)^3 for each pair of rows of (N, D) and (M, D): (N, M).

    Source: Binkowski et al. 2018, https://arxiv.org/abs/1801.01401, section 4.
    """
    return (x @ y.T).div_(x.shape[1]).add_(1).pow_(3)


def kernel_sums(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Sums of k(x_i, y_j) over j, (N,), and over i, (M,), without ever holding the (N, M) matrix."""
    over_y, over_x = [], y.new_zeros(len(y))
    for rows in x.split(rows_at_once(len(y), CHUNK)):
        kernel = polynomial_kernel(rows, y)
        over_y.append(kernel.sum(dim=1))
        over_x += kernel.sum(dim=0)
    return torch.cat(over_y), over_x


def sums_within(x: Tensor) -> Tensor:
    """Sums of k(x_i, x_j) over j other than i, (N,): each pair is computed once, for the kernel is symmetric."""
    sums, start = x.new_zeros(len(x)), 0
    for rows in x.split(rows_at_once(len(x), CHUNK)):
        kernel = polynomial_kernel(rows, x[start:])
        kernel.diagonal().zero_()
        end = start + len(rows)
        sums[start:end] += kernel.sum(dim=1)
        sums[end:] += kernel[:, len(rows) :].sum(dim=0)
        start = end
    return sums


@dataclass(frozen=True)
class Estimate:
    """An estimate of the squared maximum mean discrepancy."""

    value: float  # around 0 for equal distributions, and then as often below as above
    error: float  # standard error
    pseudo_values: Tensor  # float64 (M,): what each generated image adds; their mean is the value


def unbiased_mmd(real: Tensor, generated: Tensor) -> Estimate:
    """The unbiased estimate of MMD^2 over all pairs, with its standard error by the jackknife.

    Leaving out an image takes its row out of each mean of the kernel matrix, so one pass that sums the rows gives the
    estimates without each image.

    Args:
        real: float64 (N, D), N above 2.
        generated: float64 (M, D), M above 2.

    Source: Gretton et al. 2012, "A kernel two-sample test", eq. 3; Efron 1982, "The jackknife", eqs. 2.2 and 3.2.
    """
    within_real, within_generated = sums_within(real), sums_within(generated)
    across_real, across_generated = kernel_sums(real, generated)
    n, m = len(real), len(generated)
    across = across_real.sum()
    means = within_real.sum() / (n * (n - 1)), within_generated.sum() / (m * (m - 1)), across / (n * m)
    value = means[0] + means[1] - 2 * means[2]

    def influences(own: Tensor, crossed: Tensor, others: int, other_mean: Tensor) -> Tensor:
        """N - 1 times the fall of the estimate when an image is left out, (N,), from the row sums of one kind."""
        count = len(own)
        left_own = (own.sum() - 2 * own) / ((count - 1) * (count - 2))
        left_across = (across - crossed) / ((count - 1) * others)
        return (count - 1) * (value - left_own - other_mean + 2 * left_across)

    of_real = influences(within_real, across_real, m, means[1])
    of_generated = influences(within_generated, across_generated, n, means[0])
    variance = sum(float(each.square().sum()) / (len(each) * (len(each) - 1)) for each in (of_real, of_generated))
    return Estimate(value.item(), math.sqrt(variance), value + of_generated)


class KernelDistanceEfficientNetLite0(FeaturedEvaluator):
    """Unbiased kernel distance in the features of EfficientNet-Lite0. Ignores the condition.

    Unlike the Fréchet distance, it does not grow as the number of images falls, and it is also defined for fewer images
    than features have dimensions: use it where there are few.
    """

    name = "kid_efficientnet_lite0"
    direction = "lower"
    unit = "squared maximum mean discrepancy"
    value_range = (-math.inf, math.inf)
    source = "Binkowski et al. 2018, https://arxiv.org/abs/1801.01401, on features of EfficientNet-Lite0"

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        check_images(self.name, len(real), len(generated), least=3)
        found = unbiased_mmd(real, generated)
        half = Z95 * found.error
        return Score(
            value=found.value,
            n=len(generated),
            interval=(found.value - half, found.value + half),
            method="1.96 jackknife standard errors",
            outcomes=torch.stack([found.pseudo_values, torch.ones_like(found.pseudo_values)], dim=1),
        )
