"""The share of generated images in which a detector finds a face."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Evaluator, Score, check_generated
from evaluators.intervals import share

REPORTED = 64  # images that R2 showed its detector


class FaceEvaluator(Evaluator):
    """Keeps of each generated image whether it shows a face.

    Args:
        detector: maps uint8 (N, 3, S, S) images to bool (N,); several evaluators may share one.
    """

    direction = "higher"
    network = "detector"
    kind = "face"
    least = 1  # images

    def __init__(self, detector: Callable[[Tensor], Tensor]) -> None:
        self.detector = detector
        self._hits: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        if not real:
            self._hits.append(self.detector(images).cpu())

    def hits(self) -> Tensor:
        """Hits of each generated image so far, in order: bool (N,)."""
        check_generated(self.name, sum(map(len, self._hits)), self.least)
        return torch.cat(self._hits)


class FaceHitRate(FaceEvaluator):
    """Share of generated images in which the detector finds a face."""

    name = "face_hit_rate"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "R2, claim 2.1, over all images instead of 64"

    def compute(self) -> Score:
        return share(self.hits())


class FaceHitsOf64(FaceEvaluator):
    """Number of the first 64 generated images with a detected face, the report's own number."""

    name = "face_hits_of_64"
    unit = "of 64 generated images"
    value_range = (0.0, float(REPORTED))
    source = "R2, claim 2.1: 52 of 64 for its WGAN, 48 of 64 for its DCGAN"
    least = REPORTED
    condition_kinds = ("none",)

    def compute(self) -> Score:
        rate = share(self.hits()[:REPORTED])
        low, high = rate.interval
        return Score(
            value=rate.value * REPORTED,
            n=REPORTED,
            interval=(low * REPORTED, high * REPORTED),
            method=rate.method,
        )
