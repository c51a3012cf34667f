"""The second judge's network: plain convolutions without shortcuts, which sees the pixels as they are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from evaluators.judges.network import WIDTHS, Convolution


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
        """What the answers are read from: (N, D, 4, 4)."""
        return self.stages(images.div(127.5).sub(1.0).contiguous(memory_format=torch.channels_last))
