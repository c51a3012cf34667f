"""An endless supply of training batches from packed data: no workers, no decoding, no state but a count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmark.data.images import to_float
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError
from benchmark.system.machine import Machine

ON_DEVICE_SHARE = 0.5  # of the device's free memory that the images may take


@dataclass
class Feed:
    """Batch k is a pure function of (data, split, seed, k), so a resumed run sees what it would have seen.

    Each epoch is a fresh permutation; the last, incomplete batch of an epoch is dropped.
    """

    images: Tensor  # uint8 (N, 3, S, S), on the device if they fit
    conditions: Tensor  # uint8 (N, C)
    machine: Machine
    batch_size: int
    seed: int
    _epoch: int = -1
    _order: Tensor | None = None

    def batch(self, k: int) -> tuple[Tensor, Tensor]:
        """Images float32 (B, 3, S, S) in [-1, 1], and conditions as the data set gives them, on the device."""
        epoch, position = divmod(k, len(self.images) // self.batch_size)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, self._permutation(epoch)
        chosen = self._order[position * self.batch_size : (position + 1) * self.batch_size]
        images = self.images[chosen].to(self.machine.device, memory_format=self.machine.memory_format)
        return to_float(images), self.conditions[chosen].to(self.machine.device)

    def _permutation(self, epoch: int) -> Tensor:
        random = np.random.Generator(np.random.Philox(key=[self.seed, epoch]))
        return torch.from_numpy(random.permutation(len(self.images))).to(self.images.device)


def feed(data: PackedData, split: str, batch_size: int, seed: int, machine: Machine) -> Feed:
    """Supply batches of one split of the data.

    Raises:
        UsageError: the split has fewer images than one batch.
    """
    chosen = data.indices(split)
    if len(chosen) < batch_size:
        smaller = f" or a smaller batch, as in --model NAME:batch_size={max(len(chosen) // 2, 2)}"
        raise UsageError(
            f"{data.label} has {len(chosen)} images to train on, fewer than one batch of {batch_size}; "
            f"give more images{smaller if len(chosen) > 1 else ''}"
        )
    images, conditions = data.images[chosen], data.conditions[chosen]
    if machine.device.type == "cuda" and images.nbytes < ON_DEVICE_SHARE * torch.cuda.mem_get_info()[0]:
        images, conditions = images.to(machine.device), conditions.to(machine.device)
    return Feed(images, conditions, machine, batch_size, seed)
