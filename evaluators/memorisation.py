"""Whether a generator draws pictures that it was trained on."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Score, TooFewImagesError
from evaluators.diversity import check_apart, nearest_of, share_below
from evaluators.featured import FeaturedEvaluator


class MemorisedRate(FeaturedEvaluator):
    """Share of generated images that lie nearer to a training picture than all but 1 % of held-out pictures do.

    About 1 % for a generator as varied as the data, near 100 % for one that copies; near 0 says nothing good: pictures
    unlike any real ones are near to none.

    Args:
        features: maps uint8 (N, 3, S, S) images to float (N, D) features.
    """

    name = "memorised_rate"
    direction = "lower"
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "nearest neighbours as in Meehan et al. 2020, https://arxiv.org/abs/2004.05675, section 3"
    version = 2  # 1 fell silent where 1 % of held-out images are in the training set, too

    def __init__(self, features: Callable[[Tensor], Tensor]) -> None:
        super().__init__(features)
        self._held_out: list[Tensor] = []

    def hold_out(self, images: Tensor) -> None:
        self._held_out.append(self.features(images).cpu().double())

    def compute(self) -> Score:
        training, generated = self.real(), self.generated()
        held_out = torch.cat(self._held_out) if self._held_out else training[:0]
        if min(map(len, (training, generated, held_out))) < 1:
            raise TooFewImagesError(
                f"{self.name} saw {len(training)} real and {len(generated)} generated images and {len(held_out)} "
                "held-out ones; it needs at least 1 of each"
            )
        usual = nearest_of(held_out, training)
        check_apart(self.name, usual)
        return share_below(nearest_of(generated, training), usual)
