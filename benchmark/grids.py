"""Sample grids: the same conditions from the same latents, so that a person sees a generator learn."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from benchmark.data.packed import PackedData
from benchmark.images import grid, save_png, to_uint8
from reference_models.base import ConditionalGAN

LATENT_SEED = 0
COLUMNS = 8
IMAGES = 32


def grid_conditions(data: PackedData) -> Tensor:
    """Conditions of the sample grid: the first condition list, or the first held-out pictures'; uint8 (32, C)."""
    for rows in data.condition_lists.values():
        return rows[:IMAGES]
    return data.conditions[data.indices("held_out")[:IMAGES]]


@torch.no_grad()
def save_grid(model: ConditionalGAN, generator: nn.Module, conditions: Tensor, path: Path) -> Path:
    """Draw the conditions from fixed latents, on the model's device, into one PNG."""
    random = torch.Generator().manual_seed(LATENT_SEED)
    latent = torch.randn(len(conditions), model.config.latent_dim, generator=random).to(conditions.device)
    images = to_uint8(generator(latent, model.encode(conditions))).cpu()
    return save_png(grid(images, COLUMNS), path)


def real_grid(data: PackedData, path: Path) -> Path:
    """Held-out pictures laid out like a sample grid, to compare with."""
    chosen = data.indices("held_out")[:IMAGES]
    return save_png(grid(data.images[chosen], COLUMNS), path)
