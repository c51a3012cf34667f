"""Conditional DCGAN on i-CLEVR: the multi-hot condition becomes 200 numbers for the generator, a plane for D.

Source: report R4. The method is DCGAN (Radford et al. 2016, https://arxiv.org/abs/1511.06434) conditioned
as in Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784.

Differs from the source: the report does not state Adam's betas; these are its published code's, which also updates the
generator four times per discriminator update: variant ``four_generator_steps``, which the report does not have. No
report tried ``c_dim_100``. An epoch has the report's 282 updates, but its last batch is full. The report's N(0, 0.02)
is taken for the convolutions, as in DCGAN's code; the two linear layers begin as PyTorch draws them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from reference_models.base import ModelConfig
from reference_models.budgets import Epochs
from reference_models.layers import ScoreConv, doubling, downsample, draw_dcgan_weights, upsample
from reference_models.non_saturating import NonSaturatingGAN


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Settings of the report."""

    c_dim: int = 200  # numbers that the condition becomes on its way into the generator
    channels: int = 64  # feature maps at 32x32; doubles at each halving
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.5, 0.99)


class Generator(nn.Module):
    """(N, Z) latent and (N, C) condition to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.condition = nn.Linear(config.conditions.one_hot_dim, config.c_dim)
        inputs = config.latent_dim + config.c_dim
        self.layers = upsample(inputs, config.channels, config.image_size, last_bias=False)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        x = torch.cat([latent, self.condition(condition)], dim=1)
        return self.layers(x[:, :, None, None])


class Discriminator(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) logits; high means real."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.size = config.image_size
        self.condition = nn.Linear(config.conditions.one_hot_dim, self.size**2)  # one more colour channel
        widths = [4, *doubling(config.channels, self.size)]
        body = downsample(widths, slope=0.01, normalise_from=0)
        self.layers = nn.Sequential(*body, ScoreConv(widths[-1], 1, 4))

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        plane = self.condition(condition).view(-1, self.size, self.size, 1).permute(0, 3, 1, 2)
        return self.layers(torch.cat([images, plane], dim=1)).flatten()


class CDCGANIclevr(NonSaturatingGAN):
    """R4's conditional DCGAN on i-CLEVR."""

    Config = Config
    name = "cdcgan_iclevr"
    source = "R4; Radford et al. 2016, https://arxiv.org/abs/1511.06434"
    condition_kinds = ("multi_label",)
    variants: ClassVar = {
        "four_generator_steps": {"n_generator": 4},  # the published code
        "c_dim_100": {"c_dim": 100},
        "c_dim_400": {"c_dim": 400},
    }
    beyond_reports: ClassVar = {"four_generator_steps": "published code", "c_dim_100": "no report tried it"}
    budget = Epochs(200, images=18_009)

    def __init__(self, config: Config) -> None:
        super().__init__(config, Generator(config), Discriminator(config))
        self.apply(draw_dcgan_weights)
