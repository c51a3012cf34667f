"""A judge: a trained classifier that says what an image shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

from evaluators.judges.network import IMAGE_SIZE

Kind = Literal["multi_label", "attributes"]
FACES = ("hair", "eyes")  # the attributes of judges whose card names none
BATCH = {"cpu": 64}  # larger batches leave the CPU's cache and are slower
OTHER_BATCH = 1024


@dataclass(frozen=True)
class Judge:
    """uint8 (N, 3, S, S) images, 0 to 255, to float32 (N, K) logits, on the device of the images.

    Images of another size than 64 are resized (bilinear, antialiased).
    """

    network: nn.Module  # of float32 (N, 3, 64, 64), 0 to 255, to logits; a bundled one in its folded form
    kind: Kind
    sizes: tuple[int, ...]  # classes of each attribute, (12, 11); of a multi-label judge the one number (24,)
    attributes: tuple[str, ...] = FACES  # names of the attributes, where that is the kind

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        network = self.network.to(images.device)
        if not len(images):
            return images.new_zeros(0, sum(self.sizes), dtype=torch.float32)
        return torch.cat([network(batch) for batch in _batches(images)])

    @torch.inference_mode()
    def features(self, images: Tensor) -> Tensor:
        """The maps that the answers are read from, averaged over positions: float32 (N, D)."""
        network = self.network.to(images.device)
        return torch.cat([network.maps(batch).mean(dim=(2, 3)) for batch in _batches(images)])


def fitted(images: Tensor) -> Tensor:
    """uint8 (N, 3, S, S) images resized as a judge sees them, for its training: uint8 (N, 3, 64, 64)."""
    if images.shape[2:] == (IMAGE_SIZE, IMAGE_SIZE):
        return images
    return torch.cat([_fit(batch).round().clamp(0, 255).to(torch.uint8) for batch in images.split(OTHER_BATCH)])


def judge_bytes(judge: Judge) -> bytes:
    """The content of its weights file, safetensors in float16; the same judge gives the same bytes."""
    state = judge.network.state_dict()
    return safetensors.torch.save({name: value.half().cpu().contiguous() for name, value in state.items()})


def _batches(images: Tensor) -> Iterator[Tensor]:
    return map(_fit, images.split(BATCH.get(images.device.type, OTHER_BATCH)))


def _fit(images: Tensor) -> Tensor:
    images = images.float()
    if images.shape[2:] == (IMAGE_SIZE, IMAGE_SIZE):
        return images
    return functional.interpolate(images, size=(IMAGE_SIZE, IMAGE_SIZE), mode="bilinear", antialias=True)
