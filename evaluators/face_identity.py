"""Whose face a translated photograph shows: distances of encodings before and after."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from evaluators.base import Score, TooFewImagesError
from evaluators.image_translation import TransferEvaluator
from evaluators.intervals import mean, share
from evaluators.photographed_faces import SAME

SOURCE = "Geitgey 2017, https://github.com/ageitgey/face_recognition; its encodings, HOG detector and tolerance of 0.6"


class _FaceIdentity(TransferEvaluator):
    """Keeps the encodings of sources and translations.

    Args:
        encoder: maps uint8 (N, 3, S, S) photographs to float (N, D); NaN where there is no face.
    """

    network = "face_encoder"
    made = "redrawn"
    condition_kinds = ("multi_label",)
    source = SOURCE

    def __init__(self, encoder: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.encoder = encoder

    def kept(self, images: Tensor) -> Tensor:
        return self.encoder(images)

    def distances(self) -> tuple[Tensor, Tensor]:
        """Distance of each pair, float64 (N,), NaN unless both show a face; and bool (N,), True if the source does.

        Raises:
            TooFewImagesError: fewer than two sources show a face.
        """
        before, after = (encodings.double() for encodings in self.pairs())
        shown = before.isfinite().all(dim=1)
        if shown.sum() < 2:
            raise TooFewImagesError(f"{self.name}: {int(shown.sum())} of {len(shown)} sources show a face; it needs 2")
        return (before - after).norm(dim=1), shown


class FaceIdentityDistance(_FaceIdentity):
    """Mean distance between the encodings of a face before and after, of pairs with a face in both.

    Look at it next to ``same_person_rate``, which counts the faces that are gone.
    """

    name = "face_identity_distance"
    unit = "distance of 128-dimensional encodings"
    value_range = (0.0, math.inf)
    version = 2  # version 1 left pairs without a face out of the outcomes, so compare paired different sources

    def compute(self) -> Score:
        distances, shown = self.distances()
        both = distances.isfinite()
        if both.sum() < 2:
            counts = f"{int(both.sum())} of {int(shown.sum())}"
            raise TooFewImagesError(f"{self.name}: {counts} faces are still there; it needs 2")
        outcomes = torch.stack([distances.where(both, 0.0), both.double()], dim=1)
        return replace(mean(distances[both], "pairs with a face in both", n=len(both)), outcomes=outcomes)


class SamePersonRate(_FaceIdentity):
    """Share of faces whose translation shows a face nearer than 0.6, which the package takes for the same person."""

    name = "same_person_rate"
    direction = "higher"
    unit = "fraction of sources with a face"
    value_range = (0.0, 1.0)

    def compute(self) -> Score:
        distances, shown = self.distances()
        return share(distances[shown] < SAME)
