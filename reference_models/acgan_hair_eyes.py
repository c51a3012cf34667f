"""ACGAN whose discriminator names hair and eyes with a head each.

Source: report R5; Odena et al. 2017, https://arxiv.org/abs/1610.09585, eqs. 2 and 3.

Differs from the source: widths, optimiser and the number of updates are in figures that the report's text lacks.
Feature maps halve from the report's 512 at 4x4 in the generator and double to 512 in the discriminator; Adam with
DCGAN's 2e-4 and beta1 0.5; leaky slope 0.2, strided 4x4 kernels and first weights as in DCGAN, except for the
embeddings, which begin as PyTorch draws them; the generator's last convolution, which changes no size, is 3x3; 20,000
updates, R2's number on such data. The lowered class weight is not stated: 0.2. ``class_loss_on_real_only`` leaves the
class loss on generated images out of the discriminator's loss alone. The generator keeps it, since no other term of its
loss depends on the colours. The last kernel of ``shrunk_from_96`` is 5x5, for its stride of 3. Its generator ends by
shrinking 96x96 to 64x64, the size of all images here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models.acgan import ACGAN
from reference_models.base import ModelConfig, bounded
from reference_models.budgets import Cycles
from reference_models.layers import Project, ScoreConv, doubling, downsample, draw_dcgan_weights
from reference_models.small_maps import Doubling


@dataclass(frozen=True, kw_only=True)
class Config(ModelConfig):
    """Settings of the report."""

    embedding_dim: int = 8  # numbers that each colour becomes
    channels: int = 64  # feature maps at 32x32 in both networks; doubles at each halving
    class_weight: float = 1.0  # of both colours' losses
    # of the last transposed convolution; 3 draws images half as large again and shrinks them
    last_stride: int = bounded(2, below_image_size=True)
    class_loss_on_fake: bool = True  # in the discriminator's loss


class Generator(nn.Module):
    """(N, Z) latent and (N, 2) colour indices to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.size = config.image_size
        self.embeddings = nn.ModuleList(nn.Embedding(n, config.embedding_dim) for n in config.conditions.sizes)
        widths = doubling(config.channels, config.image_size)[::-1]
        inputs = config.latent_dim + config.embedding_dim * len(config.conditions.sizes)
        layers: list[nn.Module] = [Project(inputs, widths[0], 4, bias=False), *_normalised(widths[0])]
        for before, after in pairwise(widths):
            layers += [Doubling(before, after), *_normalised(after)]
        layers += [nn.Conv2d(widths[-1], widths[-1], 3, padding=1, bias=False), *_normalised(widths[-1])]
        stride = config.last_stride
        layers += [nn.ConvTranspose2d(widths[-1], 3, stride + 2, stride, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        colours = [embed(index) for embed, index in zip(self.embeddings, condition.unbind(dim=1), strict=True)]
        images = self.layers(torch.cat([latent, *colours], dim=1)[:, :, None, None])
        if images.shape[-1] == self.size:
            return images
        return F.interpolate(images.float(), size=(self.size, self.size), mode="bilinear", antialias=True)


class Discriminator(nn.Module):
    """(N, 3, S, S) images to (N,) logits, high means real, and the logits of each attribute's colours."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        widths = [3, *doubling(config.channels, config.image_size)]
        self.trunk = downsample(widths, slope=0.2, normalise_from=0)
        self.source = ScoreConv(widths[-1], 1, 4)
        self.colours = nn.ModuleList(ScoreConv(widths[-1], size, 4) for size in config.conditions.sizes)

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        features = self.trunk(images)
        return self.source(features).flatten(), [head(features).flatten(1) for head in self.colours]


class ACGANHairEyes(ACGAN):
    """R5's ACGAN for hair and eye colours."""

    Config = Config
    name = "acgan_hair_eyes"
    source = "R5; Odena et al. 2017, https://arxiv.org/abs/1610.09585"
    condition_kinds = ("attributes",)
    variants: ClassVar = {
        "low_class_weight": {"class_weight": 0.2},
        "batch_128": {"batch_size": 128},
        "shrunk_from_96": {"last_stride": 3},
        "class_loss_on_real_only": {"class_loss_on_fake": False},
    }
    budget = Cycles(20_000, stated=False)

    def __init__(self, config: Config) -> None:
        super().__init__(config, Generator(config), Discriminator(config))
        self.apply(draw_dcgan_weights)

    def encode(self, condition: Tensor) -> Tensor:
        """Colour indices as the embeddings take them: int64 (N, 2)."""
        return condition.long()

    def discriminator_loss(self, real: Tensor, fake: Tensor, condition: Tensor) -> dict[str, Tensor]:
        losses = super().discriminator_loss(real, fake, condition)
        if not self.config.class_loss_on_fake:
            del losses["fake_classes"]
        return losses

    def class_loss(self, logits: list[Tensor], condition: Tensor) -> Tensor:
        """Weighted sum of the attributes' cross-entropies."""
        pairs = zip(logits, condition.unbind(dim=1), strict=True)
        return self.config.class_weight * torch.stack([F.cross_entropy(head, index) for head, index in pairs]).sum()


def _normalised(width: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(width), nn.ReLU(inplace=True)
