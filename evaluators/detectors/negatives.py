"""Images without a face, made from images with one: what a face detector must not find anything in."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

SHUFFLED = "shuffled patches"
FEW = 10  # one in so many of the kinds that look all alike


def negatives(faces: Tensor, seed: int) -> dict[str, Tensor]:
    """Images with no face in them, by what they are.

    Args:
        faces: uint8 (N, 3, S, S), N above 0, S a multiple of 4.
        seed: of what is put where.

    Returns:
        uint8 (N, 3, S, S) each: ``shuffled patches`` (all 16), ``half-shuffled patches`` (8 of the 16 in each other's
        places), ``shuffled quadrants``, ``upside down``; and of every tenth image ``flat`` (its mean colour) and
        ``noise``.
    """
    rng, side = Generator().manual_seed(seed), faces.shape[-1]
    few = faces[::FEW]
    return {
        SHUFFLED: shuffled(faces, side // 4, 16, rng),
        "half-shuffled patches": shuffled(faces, side // 4, 8, rng),
        "shuffled quadrants": shuffled(faces, side // 2, 4, rng),
        "upside down": faces.flip(2),
        "flat": few.float().mean(dim=(2, 3), keepdim=True).round().to(torch.uint8).expand_as(few),
        "noise": torch.randint(256, few.shape, generator=rng, dtype=torch.uint8),
    }


def shuffled(images: Tensor, patch: int, moved: int, rng: Generator) -> Tensor:
    """The images with some of their patches in each other's places; at least two change places.

    Args:
        images: (N, 3, S, S).
        patch: side of a patch, a divisor of S, pixels.
        moved: how many patches are in the draw.
        rng: chooses the patches and their new places.
    """
    n, channels, side, _ = images.shape
    per_line = side // patch
    tiles = images.reshape(n, channels, per_line, patch, per_line, patch).permute(0, 2, 4, 1, 3, 5).flatten(1, 2)
    chosen = torch.rand(n, per_line**2, generator=rng).argsort(dim=1)[:, :moved]
    order = _other_orders(n, moved, rng)
    mixed, rows = tiles.clone(), torch.arange(n)[:, None]
    mixed[rows, chosen] = tiles[rows, chosen.gather(1, order)]
    grid = mixed.unflatten(1, (per_line, per_line))
    return grid.permute(0, 3, 1, 4, 2, 5).reshape(images.shape)


def _other_orders(n: int, count: int, rng: Generator) -> Tensor:
    """Random orders of ``count`` things, int64 (n, count), none of which leaves all in place."""
    order = torch.rand(n, count, generator=rng).argsort(dim=1)
    unmoved = (order == torch.arange(count)).all(dim=1)
    order[unmoved] = order[unmoved].roll(1, dims=1)
    return order
