"""One network that scores are read from, with its hash and its self-test."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.system.cache import cache_folder
from benchmark.system.files import sha256_text
from benchmark.system.tensors import load_tensors, save_tensors
from benchmark.system.terminal import say, track

CHUNK = 100  # images
KEPT = 3  # batches whose outputs stay at hand: a batch, and those that evaluators derive from it, such as mirrored ones


def no_fault() -> None:
    """A self-test that finds nothing wrong."""
    return


@dataclass(frozen=True, eq=False)
class ScoringNetwork:
    """A judge, a backbone or a detector: its hash, its outputs for whole image sets, and its self-test.

    Args:
        name: what it is called in messages.
        sha256: changes whenever the network or its preprocessing does.
        compute: uint8 (N, 3, S, S) images to float32 (N, K), or to bool (N,).
        test: a line that says what is wrong with it; None if nothing is.
        computed_by: libraries with their versions; outputs that other versions computed are not taken from the cache.
    """

    name: str
    sha256: str
    compute: Callable[[Tensor], Tensor]
    test: Callable[[], str | None] = no_fault
    computed_by: str = f"torch {torch.__version__}"
    _last: list[tuple[Tensor, Tensor]] = field(default_factory=list, init=False, repr=False)

    @cached_property
    def fault(self) -> str | None:
        """The fault that the self-test finds, or None. It runs once; scores by a faulty network mean nothing."""
        return self.test()

    def outputs(self, images: Tensor) -> Tensor:
        """Outputs for a batch of uint8 (N, 3, S, S) images, on the CPU, computed once for the same content.

        All outputs are cached on disk, and the returned tensor is mapped from there. The last few batches are
        recognised by identity, so a tensor must not be changed between two calls.
        """
        for position, (known, outputs) in enumerate(self._last):
            if known is images:
                self._last.insert(0, self._last.pop(position))
                return outputs
        outputs = self._kept_on_disk(images)
        self._last[:] = [(images, outputs), *self._last[: KEPT - 1]]
        return outputs

    def _kept_on_disk(self, images: Tensor) -> Tensor:
        of = f"{self.sha256} {self.computed_by} {tuple(images.shape)} {content_of(images)}"
        key = sha256_text(of)
        path = cache_folder() / "features" / f"{key}.safetensors"
        if path.exists():
            try:
                return load_tensors(path, "it is computed again")["features"]
            except (UsageError, KeyError) as error:  # a cache: what is damaged is made anew
                say(str(error))
        save_tensors(path, {"features": in_chunks(self.compute, images)})
        return load_tensors(path)["features"]


@lru_cache(maxsize=KEPT)  # keyed by the tensor's identity, not by its content: see outputs
def content_of(images: Tensor) -> str:
    """sha256 of the pixels of a batch, computed once for all networks."""
    return hashlib.sha256(memoryview(images.contiguous().numpy()).cast("B")).hexdigest()


@torch.inference_mode()
def in_chunks(network: Callable[[Tensor], Tensor], images: Tensor, what: str | None = None) -> Tensor:
    """``network`` over all images, a chunk at a time; the result is on the CPU.

    Args:
        network: any.
        images: uint8 (N, 3, S, S).
        what: shown while it runs; None shows nothing.
    """
    chunks = images.split(CHUNK)
    shown = chunks if what is None else track(chunks, what, unit=CHUNK, total=len(images))
    return torch.cat([network(chunk).cpu() for chunk in shown])
