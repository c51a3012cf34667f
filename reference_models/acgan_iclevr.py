"""ACGAN on i-CLEVR: the discriminator does not see the condition and has to predict it.

Source: report R4; Odena et al. 2017, https://arxiv.org/abs/1610.09585, eqs. 2 and 3.

Differs from the source: the report says no more than that the discriminator has an auxiliary class output. Generator,
weights and Adam are those of the report's conditional DCGAN. So is the discriminator, but it has no plane for the
condition, and two last layers: a 4x4 convolution with bias for real or fake, and one for the 24 classes. A scene has
several classes, so each class has a binary cross-entropy of its own; the loss is their mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models import cdcgan_iclevr
from reference_models.acgan import ACGAN
from reference_models.budgets import Epochs
from reference_models.layers import ScoreConv, doubling, downsample, draw_dcgan_weights


@dataclass(frozen=True, kw_only=True)
class Config(cdcgan_iclevr.Config):
    """The conditional DCGAN's, and the weight of the class loss."""

    class_weight: float = 1.0


class Discriminator(nn.Module):
    """(N, 3, S, S) images to (N,) logits, high means real, and (N, C) logits of the classes."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [3, *doubling(config.channels, config.image_size)]
        self.trunk = downsample(widths, slope=0.01, normalise_from=0)
        self.source = ScoreConv(widths[-1], 1, 4)
        self.classes = ScoreConv(widths[-1], config.conditions.one_hot_dim, 4)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(images)
        return self.source(features).flatten(), self.classes(features).flatten(1)


class ACGANIclevr(ACGAN):
    """R4's ACGAN on i-CLEVR."""

    Config = Config
    name = "acgan_iclevr"
    source = "R4; Odena et al. 2017, https://arxiv.org/abs/1610.09585"
    condition_kinds = ("multi_label",)
    budget = Epochs(500, images=18_009)

    def __init__(self, config: Config) -> None:
        super().__init__(config, cdcgan_iclevr.Generator(config), Discriminator(config))
        self.apply(draw_dcgan_weights)

    def class_loss(self, logits: Tensor, condition: Tensor) -> Tensor:
        """Weighted mean binary cross-entropy of (N, C) logits and the multi-hot condition."""
        return self.config.class_weight * F.binary_cross_entropy_with_logits(logits, condition)
