"""Scores of image translation: pairs of a source and its translation, in the same order."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from torch import Tensor

from evaluators.attribute_accuracy import SIZES
from evaluators.base import Evaluator, Score, check_images
from evaluators.intervals import mean, share

Redrawing = Literal["redrawn", "returned", "kept"]  # for the target; back again; for what it shows already
HAIR_COLOURS = SIZES[0]  # what StarGAN changes on anime faces


class TransferEvaluator(Evaluator):
    """Its real images are sources; its i-th generated image was made of the i-th source."""

    direction = "lower"
    kind = "transfer"
    inputs = ("images",)
    made: ClassVar[Redrawing]  # what it is shown as generated images

    def __init__(self) -> None:
        self._kept: dict[bool, list[Tensor]] = {True: [], False: []}

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        self._kept[real].append(self.kept(images).cpu())

    def kept(self, images: Tensor) -> Tensor:
        """The part of a batch that is kept, one row an image: the images themselves."""
        return images

    def pairs(self) -> tuple[Tensor, Tensor]:
        """The kept rows of the sources, and of their translations; raises as :func:`paired`."""
        return paired(self.name, self._kept)


class _PixelDistance(TransferEvaluator):
    """Mean absolute difference of pixels between each source and its translation, 0 to 1."""

    unit = "mean absolute difference, of the range of a pixel"
    network = "none"
    value_range = (0.0, 1.0)

    def compute(self) -> Score:
        sources, made = self.pairs()
        each = torch.cat([pixel_distances(*pair) for pair in zip(sources.split(1_000), made.split(1_000), strict=True)])
        return mean(each, "images", at_most=1.0)


class ReconstructionDistance(_PixelDistance):
    """Distance of an image from its translation to the target and back."""

    name = "reconstruction_distance"
    made = "returned"
    source = "Choi et al. 2018, https://arxiv.org/abs/1711.09020, eq. 4, on held-out images"


class IdentityDistance(_PixelDistance):
    """Distance of an image from its translation to its own attributes: nothing should change."""

    name = "identity_distance"
    made = "kept"
    source = "Zhu et al. 2017, https://arxiv.org/abs/1703.10593, section 5.2, on held-out images"


class NoOpRate(TransferEvaluator):
    """Share of redrawn images whose changed attribute the judge still sees as in the source.

    With the rate of target images it leaves those that became something else. Look at it next to
    ``reconstruction_distance``: a model that changes nothing reconstructs perfectly.

    Args:
        judge: maps uint8 (N, 3, S, S) images to float (N, K) logits.
        values: number of first logits that belong to the attribute that is changed; by default the hair colours'.
    """

    name = "no_op_rate"
    unit = "fraction of images"
    value_range = (0.0, 1.0)
    source = "the share of unchanged answers; cf. classification error in Choi et al. 2018, table 2"
    made = "redrawn"
    network = "judge"
    condition_kinds = ("attributes",)
    condition_sizes = SIZES

    def __init__(self, judge: Callable[[Tensor], Tensor], *, values: int = HAIR_COLOURS) -> None:
        super().__init__()
        self.judge = judge
        self.values = values

    def kept(self, images: Tensor) -> Tensor:
        """The value that the judge sees in each image."""
        return self.judge(images)[:, : self.values].argmax(dim=1)

    def compute(self) -> Score:
        before, after = self.pairs()
        return share(before == after)


def pixel_distances(sources: Tensor, made: Tensor) -> Tensor:
    """Mean absolute difference of each pair of uint8 (N, 3, S, S) images: float64 (N,), 0 to 1."""
    return (sources.double() - made.double()).abs().mean(dim=(1, 2, 3)) / 255


def paired(name: str, found: dict[bool, list[Tensor]]) -> tuple[Tensor, Tensor]:
    """Kept values of the sources, and of their translations.

    Raises:
        TooFewImagesError: there are fewer than two of either.
        ValueError: their numbers differ; the message gives both.
    """
    real, generated = (sum(map(len, found[kind])) for kind in (True, False))
    check_images(name, real, generated, least=2)
    if real != generated:
        raise ValueError(f"{name} saw {real} sources and {generated} generated images; give one for each")
    return torch.cat(found[True]), torch.cat(found[False])
