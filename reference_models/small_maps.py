"""Convolutions between 8x8 and 4x4 maps as matrix products, for CPUs.

A CPU's convolution goes image by image. Of such small maps, each image has as few as 16 positions, and the layer's
weights, the largest of a network, are read again for each. One product over the positions of the whole batch reads
them once. ``nox -s bench -- training -k cdcgan_iclevr --compare 0f51c7f`` measures what a training gains.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

LARGEST = 8  # height and width of the larger map; above it, the general algorithm is as fast


class Halving(nn.Conv2d):
    """A 4x4 convolution with stride 2 and padding 1: (N, I, H, W) to (N, O, H/2, W/2)."""

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        super().__init__(inputs, outputs, 4, 2, 1, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        if not suits(x, LARGEST):
            return super().forward(x)
        patches = Patches.apply(x.permute(0, 2, 3, 1))
        y = F.linear(patches.flatten(3), self.weight.permute(0, 2, 3, 1).flatten(1), self.bias)
        return y.permute(0, 3, 1, 2)


class Doubling(nn.ConvTranspose2d):
    """A 4x4 transposed convolution with stride 2 and padding 1, without bias: (N, I, H, W) to (N, O, 2H, 2W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 4, 2, 1, bias=False)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        if not suits(x, LARGEST // 2):
            return super().forward(x, output_size)
        patches = x.permute(0, 2, 3, 1) @ self.weight.permute(0, 2, 3, 1).flatten(1)
        return Joined.apply(patches.unflatten(3, (4, 4, -1))).permute(0, 3, 1, 2)


def suits(x: Tensor, largest: int) -> bool:
    """True where products are faster: small maps on a CPU. A graph that is being written keeps the convolution."""
    return x.device.type == "cpu" and x.shape[-1] <= largest and not torch.jit.is_tracing()


class Patches(torch.autograd.Function):
    """(N, H, W, C) maps to the 4x4 patch below each output: (N, H/2, W/2, 4, 4, C). Its gradient is :class:`Joined`."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor) -> Tensor:  # noqa: ANN401
        padded = F.pad(maps, (0, 0, 1, 1, 1, 1))
        return padded.unfold(1, 4, 2).unfold(2, 4, 2).permute(0, 1, 2, 4, 5, 3).contiguous()

    @staticmethod
    def backward(ctx: Any, patches: Tensor) -> Tensor:  # noqa: ANN401
        return Joined.apply(patches)


class Joined(torch.autograd.Function):
    """(N, H, W, 4, 4, C) patches added up where they overlap: (N, 2H, 2W, C). Its gradient is :class:`Patches`."""

    @staticmethod
    def forward(ctx: Any, patches: Tensor) -> Tensor:  # noqa: ANN401
        n, height, width, _, _, channels = patches.shape
        padded = patches.new_zeros(n, 2 * height + 2, 2 * width + 2, channels)
        for i in range(4):
            for j in range(4):
                padded[:, i : i + 2 * height : 2, j : j + 2 * width : 2] += patches[:, :, :, i, j]
        return padded[:, 1:-1, 1:-1].contiguous()

    @staticmethod
    def backward(ctx: Any, maps: Tensor) -> Tensor:  # noqa: ANN401
        return Patches.apply(maps)
