"""DCGAN without conditions.

Source: report R2; Radford et al. 2016, https://arxiv.org/abs/1511.06434.

Differs from the source: where the report does not state a number, batch 64, 64 feature maps at 32x32 in both networks,
4x4 kernels, leaky slope 0.2, weights drawn as in the paper and its code, and no batch norm in the discriminator's first
layer are used. Batch norm and ReLU are in each of the generator's layers but the last, which has tanh.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from reference_models.base import ModelConfig
from reference_models.budgets import Cycles
from reference_models.layers import DCGANGenerator, ScoreConv, doubling, downsample, draw_dcgan_weights
from reference_models.non_saturating import NonSaturatingGAN


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Settings of the report."""

    channels: int = 64  # feature maps at 32x32; doubles at each halving


class Discriminator(nn.Module):
    """(N, 3, S, S) images to (N,) logits; high means real. There is no condition to look at."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [3, *doubling(config.channels, config.image_size)]
        body = downsample(widths, slope=0.2, normalise_from=1)
        self.layers = nn.Sequential(*body, ScoreConv(widths[-1], 1, 4))

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.layers(images).flatten()


class DCGAN(NonSaturatingGAN):
    """R2's DCGAN, without conditions."""

    Config = Config
    name = "dcgan"
    source = "R2; Radford et al. 2016, https://arxiv.org/abs/1511.06434"
    condition_kinds = ("none",)
    budget = Cycles(20_000)

    def __init__(self, config: Config) -> None:
        generator = DCGANGenerator(config.latent_dim, config.channels, config.image_size)
        super().__init__(config, generator, Discriminator(config))
        self.apply(draw_dcgan_weights)
