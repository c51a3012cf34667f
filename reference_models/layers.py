"""Layers and losses that several reports share."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from reference_models.small_maps import Doubling, Halving


class Project(nn.ConvTranspose2d):
    """A transposed convolution of a 1x1 input, done as the one matrix product that it is.

    Same weights, same result as ``nn.ConvTranspose2d`` without padding: (N, I, 1, 1) to (N, O, K, K).
    On CPUs the general algorithm takes five to ten times as long for this shape.
    """

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.permute(0, 2, 3, 1)  # I, K, K, O
        y = (x.flatten(1) @ weight.flatten(1)).view(x.shape[0], *weight.shape[1:]).permute(0, 3, 1, 2)
        return y if self.bias is None else y + self.bias[:, None, None]


class Collapse(nn.Conv2d):
    """A convolution whose kernel covers its whole input, done as the one matrix product that it is.

    Same weights, same result as ``nn.Conv2d`` without padding: (N, I, K, K) to (N, O, 1, 1).
    """

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.permute(0, 2, 3, 1).flatten(1)
        return F.linear(x.permute(0, 2, 3, 1).flatten(1), weight, self.bias)[:, :, None, None]


class _FullPrecision(nn.Module):
    """A layer that computes in its weights' own format where autocast has the layers before it in another."""

    weight: Tensor

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.to(self.weight.dtype))


class ScoreConv(_FullPrecision, nn.Conv2d):
    """A last convolution whose output is a discriminator's score: float32 under autocast, too.

    bfloat16 has steps of 0.5 at a score of 100: differences of scores would be rounded away, and scores tied.
    """


class ScoreLinear(_FullPrecision, nn.Linear):
    """A last linear layer whose output is a discriminator's score, as :class:`ScoreConv`."""


class DCGANGenerator(nn.Module):
    """(N, Z) latent, joined by (N, C) condition, to (N, 3, S, S) images in [-1, 1]."""

    def __init__(self, inputs: int, channels: int, image_size: int) -> None:
        super().__init__()
        self.layers = upsample(inputs, channels, image_size)

    def forward(self, latent: Tensor, condition: Tensor) -> Tensor:
        return self.layers(torch.cat([latent, condition], dim=1)[:, :, None, None])


def upsample(inputs: int, channels: int, image_size: int, *, last_bias: bool = True) -> nn.Sequential:
    """DCGAN's generator: 4x4 transposed convolutions with batch norm and ReLU, tanh at the end.

    Args:
        inputs: I; takes (N, I, 1, 1), gives (N, 3, S, S).
        channels: feature maps before the last layer; doubles at each halving down to 4x4.
        image_size: S, a power of two.
        last_bias: True if the last layer has a bias; batch norm makes those of the others superfluous.
    """
    widths = doubling(channels, image_size)[::-1]
    layers: list[nn.Module] = [Project(inputs, widths[0], 4, bias=False)]
    for before, after in pairwise(widths):
        layers += [nn.BatchNorm2d(before), nn.ReLU(inplace=True)]
        layers += [Doubling(before, after)]
    layers += [nn.BatchNorm2d(widths[-1]), nn.ReLU(inplace=True)]
    layers += [nn.ConvTranspose2d(widths[-1], 3, 4, 2, 1, bias=last_bias), nn.Tanh()]
    return nn.Sequential(*layers)


def downsample(widths: Sequence[int], *, slope: float, normalise_from: int | None) -> nn.Sequential:
    """DCGAN's discriminator without its last layer: 4x4 stride-2 convolutions with leaky ReLU.

    Args:
        widths: channels of the image, then feature maps of each layer.
        slope: of the leaky ReLU below zero.
        normalise_from: the first layer, from 0, with batch norm (and so without bias); None: no layer has it.
    """
    layers: list[nn.Module] = []
    for number, (before, after) in enumerate(pairwise(widths)):
        normalised = normalise_from is not None and number >= normalise_from
        layers += [Halving(before, after, bias=not normalised)]
        layers += [nn.BatchNorm2d(after)] if normalised else []
        layers += [nn.LeakyReLU(slope, inplace=normalised)]
    return nn.Sequential(*layers)


def doubling(channels: int, image_size: int) -> list[int]:
    """Feature maps from half the image's size down to 4x4, twice as many at each halving."""
    return [channels * 2**level for level in range((image_size // 8).bit_length())]


def planes(features: Tensor, condition: Tensor) -> Tensor:
    """(N, F, H, W) features with (N, C) condition repeated over all positions behind: (N, F + C, H, W)."""
    repeated = condition[:, :, None, None].expand(-1, -1, *features.shape[2:])
    return torch.cat([features, repeated], dim=1)


def bce(logits: Tensor, target: float) -> Tensor:
    """Binary cross-entropy of sigmoid(logits) with one target for all."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


def draw_dcgan_weights(layer: nn.Module) -> None:
    """Convolutions from N(0, 0.02) (DCGAN, section 4); batch norm weights from N(1, 0.02), bias 0 (DCGAN's code)."""
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0.0, 0.02)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, 0.02)
        nn.init.zeros_(layer.bias)
