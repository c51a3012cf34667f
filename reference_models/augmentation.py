"""Differentiable augmentation: random flips and shifts of images.

Source: Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training",
https://arxiv.org/abs/2006.10738.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def flipped(images: Tensor) -> Tensor:
    """Each image flipped left to right with probability 1/2."""
    flip = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
    return torch.where(flip, images.flip(3), images)


def shifted(images: Tensor, most: int) -> Tensor:
    """Each image shifted at random by up to ``most`` pixels along each axis, padded with black."""
    if not most:
        return images
    n, size = len(images), images.shape[-1]
    padded = F.pad(images, (most, most, most, most), value=-1.0).permute(0, 2, 3, 1)
    start = torch.randint(0, 2 * most + 1, (2, n, 1), device=images.device)
    rows, columns = start + torch.arange(size, device=images.device)
    number = torch.arange(n, device=images.device)[:, None, None]
    return padded[number, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)
