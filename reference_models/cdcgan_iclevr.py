"""Conditional DCGAN on i-CLEVR: the multi-hot condition becomes 200 numbers for the generator, a plane for D.

Source: report R4. The method is DCGAN (Radford et al. 2016, https://arxiv.org/abs/1511.06434) conditioned
as in Mirza & Osindero 2014, https://arxiv.org/abs/1411.1784.

Differs from the source: the sigmoid and the binary cross-entropy are one function of the logit, which is
the same number in safer arithmetic. Adam's betas are unsaid in the report; these are its published code's,
which also updates the generator four times per discriminator update: variant ``four_generator_steps``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models.base import ConditionalGAN, ModelConfig
from reference_models.layers import Project


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
        width = config.channels * config.image_size // 8  # feature maps at 4x4
        layers = [Project(config.latent_dim + config.c_dim, width, 4, 1, 0, bias=False)]
        size = 4
        while size < config.image_size // 2:
            layers += [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            layers += [nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False)]
            width, size = width // 2, size * 2
        layers += [nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        layers += [nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        x = torch.cat([latent, self.condition(condition)], dim=1)
        return self.layers(x[:, :, None, None])


class Discriminator(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) logits; high means real."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.size = config.image_size
        self.condition = nn.Linear(config.conditions.one_hot_dim, self.size**2)  # one more colour channel
        widths = [4] + [config.channels * 2**i for i in range((self.size // 8).bit_length())]
        layers = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.LeakyReLU(0.01, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False))

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        plane = self.condition(condition).view(-1, self.size, self.size, 1).permute(0, 3, 1, 2)
        return self.layers(torch.cat([images, plane], dim=1)).flatten()


class CDCGANIclevr(ConditionalGAN):
    """The non-saturating GAN losses; see the top of the file."""

    Config = Config
    name = "cdcgan_iclevr"
    source = "R4; Radford et al. 2016, https://arxiv.org/abs/1511.06434"
    condition_kinds = ("multi_label",)
    variants: ClassVar = {
        "four_generator_steps": {"n_generator": 4},  # the published code
    }
    report_updates = 56_400  # 200 epochs of 18,009 images in batches of 64

    def __init__(self, config: Config) -> None:
        super().__init__(config, Generator(config), Discriminator(config))
        self.apply(draw_weights)

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {
            "real": bce(self.discriminator(real, condition), 1.0),
            "fake": bce(self.discriminator(fake, condition), 0.0),
        }

    def generator_loss(self, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        return {"fake": bce(self.discriminator(fake, condition), 1.0)}


def bce(logits: Tensor, target: float) -> Tensor:
    """Binary cross-entropy of sigmoid(logits) with one target for all."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def draw_weights(layer: nn.Module) -> None:
    """Convolutions from N(0, 0.02), batch norm weights from N(1, 0.02) with bias 0."""
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)
