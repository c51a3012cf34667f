"""The judge's network: a small residual CNN that scores thousands of 64x64 pictures a second on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

IMAGE_SIZE = 64
WIDTHS = (32, 64, 128, 192)  # feature maps at 32x32, 16x16, 8x8 and 4x4


class Network(nn.Module):
    """float32 (N, 3, 64, 64), 0 to 255, to (N, K) logits.

    Args:
        num_outputs: K.
        widths: feature maps at each resolution, from 32x32 down.
        normalised: batch norm after each convolution, for training; without it, the form that is stored.
    """

    architecture: ClassVar[str] = "residual-cnn-2"  # changes with every change to the layers below

    def __init__(self, num_outputs: int, widths: Sequence[int] = WIDTHS, *, normalised: bool = True) -> None:
        super().__init__()
        stages = [Convolution(12, widths[0], normalised=normalised), nn.ReLU()]
        stages += [ResidualBlock(widths[0], normalised=normalised)]
        for before, width in pairwise(widths):
            stages += [Convolution(before, width, stride=2, normalised=normalised), nn.ReLU()]
            stages += [ResidualBlock(width, normalised=normalised)]
        self.stages = nn.Sequential(nn.PixelUnshuffle(2), *stages)  # 3x64x64 to 12x32x32, then down to 4x4
        self.head = nn.Linear(2 * widths[-1], num_outputs)
        self.widths = tuple(widths)
        self.num_outputs = num_outputs

    def forward(self, images: Tensor) -> Tensor:
        x = self.maps(images)
        return self.head(torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1))

    def maps(self, images: Tensor) -> Tensor:
        """What the answers are read from: (N, D, 4, 4)."""
        return self.stages(images.div(127.5).sub(1.0).contiguous(memory_format=torch.channels_last))


class Convolution(nn.Module):
    """A 3x3 convolution with its batch norm, which ``folded`` later merges into it."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, *, normalised: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1)
        self.norm = nn.BatchNorm2d(outputs) if normalised else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class ResidualBlock(nn.Module):
    """Two convolutions around a shortcut (He et al. 2016, https://arxiv.org/abs/1512.03385)."""

    def __init__(self, width: int, *, normalised: bool) -> None:
        super().__init__()
        self.first = Convolution(width, width, normalised=normalised)
        self.second = Convolution(width, width, normalised=normalised)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(functional.relu(self.first(x))))
