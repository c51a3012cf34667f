"""A linear GAN."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from reference_models.base import ModelConfig
from reference_models.budgets import Cycles
from reference_models.non_saturating import NonSaturatingGAN


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """One setting of its own."""

    scale: float = 1.0


class Generator(nn.Module):
    """(N, Z) latents and (N, C) conditions to (N, 3, S, S) images."""

    def __init__(self, config):
        super().__init__()
        self.size, self.scale = config.image_size, config.scale
        self.layer = nn.Linear(config.latent_dim + config.conditions.one_hot_dim, 3 * self.size**2)

    def forward(self, latent, condition):
        images = self.layer(torch.cat([latent, condition], dim=1)) * self.scale
        return images.tanh().unflatten(1, (3, self.size, self.size))


class Discriminator(nn.Module):
    """(N, 3, S, S) images and (N, C) conditions to (N,) logits."""

    def __init__(self, config):
        super().__init__()
        self.layer = nn.Linear(3 * config.image_size**2 + config.conditions.one_hot_dim, 1)

    def forward(self, images, condition):
        return self.layer(torch.cat([images.flatten(1), condition], dim=1)).flatten()


class ToyGAN(NonSaturatingGAN):
    """Linear layers."""

    Config = Config
    name = "toy_gan"
    source = "https://arxiv.org/abs/1406.2661"
    condition_kinds = ("attributes", "multi_label", "none")
    variants: ClassVar = {"small": {"scale": 0.5}}
    budget = Cycles(7, stated=False)

    def __init__(self, config):
        super().__init__(config, Generator(config), Discriminator(config))
