"""What evaluators that compare features of real and generated images pair by pair have in common."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Evaluator, TooFewImagesError


class FeaturedEvaluator(Evaluator):
    """Keeps the features of all images.

    Args:
        features: maps uint8 (N, 3, S, S) images to float (N, D) features.
    """

    network = "backbone"

    def __init__(self, features: Callable[[Tensor], Tensor]) -> None:
        self.features = features
        self._features: dict[bool, list[Tensor]] = {True: [], False: []}

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        self._features[real].append(self.features(images).cpu())

    def real(self) -> Tensor:
        """Features of all real images so far: float64 (N, D)."""
        return _joined(self._features[True])

    def generated(self) -> Tensor:
        """Features of all generated images so far: float64 (M, D)."""
        return _joined(self._features[False])


def check_images(name: str, real: int, generated: int, least: int) -> None:
    """Raise TooFewImagesError, giving both numbers, if there are fewer than ``least`` images of either kind."""
    if min(real, generated) < least:
        raise TooFewImagesError(
            f"{name} saw {real} real and {generated} generated images; it needs at least {least} of each"
        )


def _joined(parts: list[Tensor]) -> Tensor:
    return torch.cat(parts).double() if parts else torch.empty(0, 0, dtype=torch.float64)
