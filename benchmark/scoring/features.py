"""What networks say of whole picture sets, computed in chunks with progress, and once per content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmark.system.atomic import replacing
from benchmark.system.cache import cache_folder
from benchmark.system.progress import track

CHUNK = 100  # pictures


@dataclass(frozen=True)
class CachedFeatures:
    """A backbone or a detector whose answers are kept on disk by the content of the pictures.

    Args:
        network: uint8 (N, 3, S, S) to float32 (N, D), or to bool (N,).
        digest: sha256 that changes whenever the network or its preprocessing does.
        what: it computes, for a person who waits.
    """

    network: Callable[[Tensor], Tensor]
    digest: str
    what: str = "features"

    def __call__(self, images: Tensor) -> Tensor:
        """The network's answers to uint8 (N, 3, S, S) images."""
        key = hashlib.sha256(f"{self.digest} {tuple(images.shape)}".encode())
        key.update(memoryview(images.contiguous().numpy()).cast("B"))
        path = cache_folder() / "features" / f"{key.hexdigest()}.safetensors"
        if path.exists():
            return load_file(path)["features"]
        features = in_chunks(self.network, images, self.what)
        with replacing(path) as temporary:
            save_file({"features": features}, temporary)
        return features


@torch.inference_mode()
def in_chunks(network: Callable[[Tensor], Tensor], images: Tensor, what: str) -> Tensor:
    """``network`` over all images, a chunk at a time; the result is on the CPU."""
    chunks = images.split(CHUNK)
    return torch.cat([network(chunk).cpu() for chunk in track(chunks, what, unit=CHUNK, total=len(images))])
