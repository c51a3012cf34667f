"""A training loop as the reports' authors wrote theirs, to compare speed with: nothing here is tuned.

float32 in the default layout; a DataLoader whose two workers open and decode an image file per item; both
players' losses read back with ``.item()`` at every step; the discriminator keeps its gradients switched on in
the generator's turn. The networks, losses, optimizers and turns are the model's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Dataset

from reference_models.base import ConditionalGAN, Turn

WORKERS = 2


class ImageFiles(Dataset):
    """Decodes one image per item: float32 (3, S, S) in [-1, 1], and its condition."""

    def __init__(self, paths: list[Path], conditions: Tensor) -> None:
        self.paths, self.conditions = paths, conditions

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        with Image.open(self.paths[index]) as image:
            pixels = torch.from_numpy(np.array(image.convert("RGB")))
        return pixels.permute(2, 0, 1).float() / 127.5 - 1, self.conditions[index]


def batches(files: ImageFiles, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Shuffled batches, epoch after epoch."""
    loader = DataLoader(files, batch_size, shuffle=True, drop_last=True, num_workers=WORKERS)
    while True:
        yield from loader


def train(
    model: ConditionalGAN,
    optimizers: Mapping[Turn, Optimizer],
    supply: Iterator[tuple[Tensor, Tensor]],
    cycles: int,
    device: torch.device,
) -> None:
    """Train for a number of cycles."""
    for _ in range(cycles):
        for player in model.cycle():
            real, condition = (tensor.to(device) for tensor in next(supply))
            turn = model.discriminator_turn if player == "discriminator" else model.generator_turn
            terms = turn(real, model.encode(condition))
            model.zero_grad()
            sum(terms.values()).backward()
            optimizers[player].step()
            for term in terms.values():
                term.item()
            if player == "discriminator":
                model.after_discriminator_update()
