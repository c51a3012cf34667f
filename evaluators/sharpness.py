"""Sharpness of generated faces, next to that of real ones."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from evaluators.base import Score, TooFewImagesError
from evaluators.face_hit_rate import FaceEvaluator
from evaluators.intervals import Z95

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601
LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))
LEAST = 2  # images of either kind, for a standard error
AT_ONCE = 100  # images


def laplacian_variances(images: Tensor) -> Tensor:
    """Variance of the Laplacian of each image's luma over its inner pixels: float64 (N,).

    Args:
        images: uint8 (N, 3, S, S), 0 to 255, S above 3.

    Source: Pech-Pacheco et al. 2000, "Diatom autofocusing in brightfield microscopy: a comparative study", section 2
        (LAP4 of Pertuz et al. 2013).
    """
    weights, kernel = torch.tensor(LUMA).view(1, 3, 1, 1), torch.tensor(LAPLACIAN).view(1, 1, 3, 3)
    parts = [functional.conv2d((part.float() * weights).sum(1, keepdim=True), kernel) for part in images.split(AT_ONCE)]
    return torch.cat([part.flatten(1).double().var(dim=1) for part in parts])


class Sharpness(FaceEvaluator):
    """Mean Laplacian variance of generated images with a detected face, as a multiple of the real images'.

    Below 1 they are more blurred than real images; above 1 they are noisier. So read it next to a Fréchet distance.

    Args:
        detector: maps uint8 (N, 3, S, S) images to bool (N,); several evaluators may share one.
    """

    name = "sharpness"
    unit = "of real images' mean Laplacian variance"
    value_range = (0.0, math.inf)
    best_value = 1.0  # that of real images
    source = "Pech-Pacheco et al. 2000, variance of the Laplacian; R1, claim 1.1, R2, claim 2.4, R5, claims 5.3 and 5.4"

    def __init__(self, detector: Callable[[Tensor], Tensor]) -> None:
        super().__init__(detector)
        self._real: list[Tensor] = []
        self._generated: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        (self._real if real else self._generated).append(laplacian_variances(images.cpu()))
        super().update(images, condition, real=real)

    def compute(self) -> Score:
        faces, generated = self.hits(), torch.cat(self._generated)
        shown = generated[faces]
        real = torch.cat(self._real) if self._real else generated[:0]
        if min(len(shown), len(real)) < LEAST:
            raise TooFewImagesError(
                f"{self.name} saw {len(real)} real images and {len(generated)} generated images, {len(shown)} of them "
                f"with a face; it needs at least {LEAST} real ones and {LEAST} with a face"
            )
        usual = real.mean()
        if usual == 0:
            raise TooFewImagesError(
                f"{self.name} saw {len(real)} real images, each of one colour: none of them is sharp"
            )
        value = float(shown.mean() / usual)
        half = Z95 * value * math.hypot(_relative_error(shown), _relative_error(real))
        return Score(
            value=value,
            n=len(generated),
            interval=(max(0.0, value - half), value + half),
            method="1.96 standard errors of a ratio of means (delta method)",
            outcomes=torch.stack([generated * faces, faces * usual], dim=1),
        )


def _relative_error(each: Tensor) -> float:
    """Standard error of the mean of float64 (N,) numbers, as a share of that mean; 0 where all are 0."""
    mean = float(each.mean())
    return float(each.std()) / math.sqrt(len(each)) / mean if mean else 0.0
