"""The residual networks of ``modern_cgan``.

Sources: Brock et al. 2019, https://arxiv.org/abs/1809.11096, for the generator's conditional batch norm; Miyato &
Koyama 2018, https://arxiv.org/abs/1802.05637, for the discriminator's product of features and condition; Karras et
al. 2020, https://arxiv.org/abs/1912.04958, for the generator's bilinear doubling, in both branches of a block.
Transposed convolutions left a grid of single pixels in smooth areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models.base import ModelConfig
from reference_models.layers import Collapse, Project, ScoreLinear, doubling
from reference_models.small_maps import Halving


@dataclass(frozen=True, kw_only=True)
class ResidualConfig(ModelConfig):
    """Settings of the networks."""

    channels: int = 32  # feature maps at 32x32 in both networks; doubles at each halving
    embedding_dim: int = 128  # numbers that latent and condition become for the generator's layers


class Generator(nn.Module):
    """(N, Z) latent and (N, C) condition to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, config: ResidualConfig) -> None:
        super().__init__()
        dim, widths = config.embedding_dim, doubling(config.channels, config.image_size)[::-1]
        self.embed = nn.Linear(config.latent_dim + config.conditions.one_hot_dim, dim)
        self.start = Project(dim, widths[0], 4)
        self.blocks = nn.ModuleList(UpBlock(before, after, dim) for before, after in pairwise([*widths, widths[-1]]))
        self.norm = nn.BatchNorm2d(widths[-1])
        self.paint = nn.Conv2d(widths[-1], 3, 3, 1, 1)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        style = self.embed(torch.cat([latent, condition], dim=1))
        x = self.start(style[:, :, None, None])
        for block in self.blocks:
            x = block(x, style)
        return self.paint(F.relu(self.norm(x))).tanh()


class UpBlock(nn.Module):
    """(N, I, H, W) features and (N, E) style to (N, O, 2H, 2W), around a shortcut."""

    def __init__(self, inputs: int, outputs: int, style_dim: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList([StyledNorm(inputs, style_dim), StyledNorm(outputs, style_dim)])
        self.widen = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.refine = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        y = doubled(self.widen(F.relu(self.norms[0](x, style))))
        y = self.refine(F.relu(self.norms[1](y, style)))
        return y + doubled(self.shortcut(x))


def doubled(x: Tensor) -> Tensor:
    """(N, I, H, W) to (N, I, 2H, 2W), bilinear."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")


class StyledNorm(nn.Module):
    """Batch norm whose gain and offset come from the style: (N, I, H, W) and (N, E) to (N, I, H, W)."""

    def __init__(self, width: int, style_dim: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.style = nn.Linear(style_dim, 2 * width)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        gain, offset = self.style(style)[:, :, None, None].chunk(2, dim=1)
        return self.norm(x) * (1 + gain) + offset


class Discriminator(nn.Module):
    """(N, 3, S, S) images and (N, C) condition to (N,) scores; high means real and right.

    The condition joins last, so one pass of :attr:`trunk` serves any number of conditions.
    """

    def __init__(self, config: ResidualConfig) -> None:
        super().__init__()
        widths = doubling(config.channels, config.image_size)
        features = widths[-1]
        blocks = [DownBlock(before, after) for before, after in pairwise(widths)]
        self.trunk = nn.Sequential(
            Halving(3, widths[0]), *blocks,
            nn.LeakyReLU(0.2), Collapse(features, features, 4), nn.LeakyReLU(0.2), nn.Flatten(),
        )  # fmt: skip
        self.real = ScoreLinear(features, 1)
        self.right = ScoreLinear(config.conditions.one_hot_dim, features)

    def forward(self, images: Tensor, condition: Tensor) -> Tensor:
        return self.score(self.trunk(images), condition)

    def score(self, features: Tensor, condition: Tensor) -> Tensor:
        """(N, F) features of the trunk and (N, C) condition to (N,) scores."""
        match = (features * self.right(condition)).sum(dim=1) / features.shape[1] ** 0.5
        return self.real(features).flatten() + match


class DownBlock(nn.Module):
    """(N, I, H, W) features to (N, O, H/2, W/2), around a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.refine = nn.Conv2d(inputs, inputs, 3, 1, 1)
        self.shrink = Halving(inputs, outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.refine(F.leaky_relu(x, 0.2))
        return self.shrink(F.leaky_relu(y, 0.2)) + self.shortcut(F.avg_pool2d(x, 2))
