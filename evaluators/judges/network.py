"""The judge's network: a small residual CNN that scores thousands of 64x64 images a second on a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

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
        """Features before the answers: (N, D, 4, 4)."""
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


class PlainNetwork(nn.Module):
    """float32 (N, 3, 64, 64), 0 to 255, to (N, K) logits; after VGG (https://arxiv.org/abs/1409.1556), table 1.

    Args:
        num_outputs: K.
        widths: feature maps at each resolution, from 32x32 down; two convolutions at each.
        normalised: batch norm after each convolution, for training; without it, the form that is stored.
    """

    architecture: ClassVar[str] = "plain-cnn-1"  # changes with every change to the layers below

    def __init__(self, num_outputs: int, widths: Sequence[int] = WIDTHS, *, normalised: bool = True) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        for before, width in pairwise((3, *widths)):
            stages += [Convolution(before, width, stride=2, normalised=normalised), nn.ReLU()]
            stages += [Convolution(width, width, normalised=normalised), nn.ReLU()]
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(widths[-1], num_outputs)
        self.widths = tuple(widths)
        self.num_outputs = num_outputs

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.maps(images).mean(dim=(2, 3)))

    def maps(self, images: Tensor) -> Tensor:
        """Features before the answers: (N, D, 4, 4)."""
        return self.stages(images.div(127.5).sub(1.0).contiguous(memory_format=torch.channels_last))


AnyNetwork = Network | PlainNetwork
ARCHITECTURES: dict[str, type[AnyNetwork]] = {network.architecture: network for network in (Network, PlainNetwork)}


def folded(network: AnyNetwork) -> AnyNetwork:
    """The same function without batch norm, on the CPU, with weights that a float16 file can hold."""
    plain = empty_network(network.architecture, network.num_outputs, network.widths)
    sources = [module for module in network.cpu().eval().modules() if isinstance(module, Convolution)]
    targets = [module for module in plain.modules() if isinstance(module, Convolution)]
    for source, target in zip(sources, targets, strict=True):
        merged = fuse_conv_bn_eval(source.conv, source.norm)
        target.conv.load_state_dict(merged.state_dict(), assign=True)
    plain.head.load_state_dict(network.head.state_dict(), assign=True)
    return plain.half().float().eval()


def empty_network(architecture: str, num_outputs: int, widths: Sequence[int]) -> AnyNetwork:
    """The stored form without numbers, to be filled by ``load_state_dict(..., assign=True)``.

    Drawing initial weights only to replace them would move the global random state.

    Raises:
        ValueError: no such architecture; the message names those that there are.
    """
    if architecture not in ARCHITECTURES:
        raise ValueError(f"architecture is {architecture!r}, this version reads {', '.join(ARCHITECTURES)}")
    with torch.device("meta"):
        return ARCHITECTURES[architecture](num_outputs, widths, normalised=False)
