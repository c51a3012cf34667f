"""Fréchet distance class by class: of the generated images of one class to the real ones of that class."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import FeaturedEvaluator, Score, TooFewImagesError
from evaluators.frechet import Influences, check_enough, influence_score, influences, moments_of


class _IntraFrechetDistance(FeaturedEvaluator):
    """Mean over the classes of the Fréchet distance between a class's real and its generated images.

    A generator whose images are right as a whole but of the wrong classes scores well on the plain distance, and
    badly here. Needs more images of each class than features have dimensions, and hence features with few: the judge's.

    Args:
        features: maps uint8 (N, 3, S, S) images to float32 (N, D) features.
    """

    direction = "lower"
    unit = "squared Wasserstein-2 distance of features, mean over classes"
    value_range = (0.0, math.inf)
    depends_on_count = True
    network = "judge_features"
    source = "Miyato & Koyama 2018, https://arxiv.org/abs/1802.05637, section 4 (intra FID), on features of the judge"
    version = 2

    def __init__(self, features: Callable[[Tensor], Tensor]) -> None:
        super().__init__(features)
        self._conditions: dict[bool, list[Tensor]] = {True: [], False: []}

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        super().update(images, condition, real=real)
        self._conditions[real].append(condition.cpu())

    @abstractmethod
    def members(self, conditions: Tensor) -> dict[str, Tensor]:
        """For each class that some condition has, which images are of it: bool (N,)."""

    def compute(self) -> Score:
        real, generated = self.real(), self.generated()
        classes = self._classes()
        values, each = {}, torch.zeros(len(generated), dtype=torch.float64)
        for name, (among_real, among_generated) in classes.items():
            mine = generated[among_generated]
            check_enough(self.name, int(among_real.sum()), len(mine), real.shape[1], f" of {name}")
            found = influences(moments_of(real[among_real]), mine)
            values[name] = found.value
            each[among_generated] += found.each * (len(generated) / len(mine) / len(classes))
        return influence_score(Influences(sum(values.values()) / len(values), each), values)

    def _classes(self) -> dict[str, tuple[Tensor, Tensor]]:
        """Real and generated images of each class.

        Raises:
            TooFewImagesError: there are none of either kind.
        """
        real, generated = (self._conditions[kind] for kind in (True, False))
        if not real or not generated:
            raise TooFewImagesError(
                f"{self.name} saw {sum(map(len, real))} real and {sum(map(len, generated))} generated images; "
                "it needs both"
            )
        conditions, count = torch.cat([*real, *generated]), sum(map(len, real))
        return {name: (members[:count], members[count:]) for name, members in self.members(conditions).items()}


class IntraObjectFrechetDistance(_IntraFrechetDistance):
    """Fréchet distance of generated images to real ones with the same object, averaged over objects.

    A real image counts for each object that it shows, a generated one for each object that was requested.
    """

    name = "intra_object_fd_judge"
    condition_kinds = ("multi_label",)

    def members(self, conditions: Tensor) -> dict[str, Tensor]:
        return {f"object {index}": column > 0 for index, column in enumerate(conditions.unbind(dim=1)) if column.any()}


class IntraAttributeFrechetDistance(_IntraFrechetDistance):
    """Fréchet distance of generated images to real ones with the same attribute value, averaged over all values."""

    name = "intra_attribute_fd_judge"
    condition_kinds = ("attributes",)

    def members(self, conditions: Tensor) -> dict[str, Tensor]:
        return {
            f"attribute {index} value {value}": column == value
            for index, column in enumerate(conditions.unbind(dim=1))
            for value in column.unique().tolist()
        }
