"""Conditional DCGAN whose condition is one of all hair-eye pairs.

Source: report R2; Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784, on DCGAN's layers.

Differs from the source: the report lets the pair join the discriminator's last layer. One linear layer cannot tell
whether an image and a pair belong together (its score is a sum of one term for each), so the pair joins the 4x4
features and the last two of the six layers, 1x1 and 4x4, see both. The report's 120 pairs are those of course B's
data, 12 x 10, which has no gray eyes: variant ``without_gray_eyes``. Elsewhere there are 12 x 11 = 132. On data with
gray eyes, the variant is trained and scored on the other images only. Where the report does not state a number, the
choices are those of ``dcgan.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models import dcgan
from reference_models.base import ModelConfig
from reference_models.budgets import Cycles
from reference_models.layers import DCGANGenerator, ScoreConv, doubling, downsample, draw_dcgan_weights, planes
from reference_models.non_saturating import NonSaturatingGAN

GRAY = 0  # the first eye colour


@dataclass(frozen=True, kw_only=True)
class Config(dcgan.Config):
    """Settings of the report: the DCGAN's, and which pairs there are."""

    gray_eyes: bool = True  # else no pair has them


class Discriminator(nn.Module):
    """(N, 3, S, S) images and (N, P) pair to (N,) logits; high means real and right."""

    def __init__(self, config: Config, pairs: int) -> None:
        super().__init__()
        widths = [3, *doubling(config.channels, config.image_size)]
        self.trunk = downsample(widths, slope=0.2, normalise_from=1)
        self.head = nn.Sequential(
            nn.Conv2d(widths[-1] + pairs, widths[-1], 1, bias=False), nn.BatchNorm2d(widths[-1]), nn.LeakyReLU(0.2),
            ScoreConv(widths[-1], 1, 4),
        )  # fmt: skip

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.head(planes(self.trunk(images), condition)).flatten()


class CDCGANPairs(NonSaturatingGAN):
    """R2's conditional DCGAN, whose conditions are hair-eye pairs."""

    Config = Config
    name = "cdcgan_pairs"
    source = "R2; Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784"
    condition_kinds = ("attributes",)
    attribute_count = 2
    variants: ClassVar = {"without_gray_eyes": {"gray_eyes": False}}
    budget = Cycles(20_000)

    def __init__(self, config: Config) -> None:
        hair, eyes = config.conditions.sizes
        pairs = hair * (eyes if config.gray_eyes else eyes - 1)
        generator = DCGANGenerator(config.latent_dim + pairs, config.channels, config.image_size)
        super().__init__(config, generator, Discriminator(config, pairs))
        self.apply(draw_dcgan_weights)

    @classmethod
    def accepts(cls, config: ModelConfig, condition: Tensor) -> Tensor:
        """Bool (N,): all, or all but gray eyes."""
        return super().accepts(config, condition) if config.gray_eyes else condition[:, 1] != GRAY

    def encode(self, condition: Tensor) -> Tensor:
        """One-hot of the pair: float32 (N, P).

        Raises:
            ValueError: an image has gray eyes, and no pair has them.
        """
        hair, eyes = (F.one_hot(c, n) for c, n in zip(condition.long().T, self.config.conditions.sizes, strict=True))
        if not self.config.gray_eyes:
            self._refuse_gray_eyes(condition)
            eyes = eyes[:, GRAY + 1 :]
        return (hair[:, :, None] * eyes[:, None, :]).flatten(1).float()

    def _refuse_gray_eyes(self, condition: Tensor) -> None:
        if gray := int((~self.accepts(self.config, condition)).sum()):
            raise ValueError(
                f"{gray} of {len(condition)} conditions have gray eyes, for which {self.name} with gray_eyes=false has "
                "no pair; leave them out, or take gray_eyes=true"
            )
