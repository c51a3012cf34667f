"""Sets of images for scoring, read a batch at a time: in memory, chosen from a data set, or generated on reading."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from benchmark.sampling import BATCH_SIZE, SampleSet, generate
from benchmark.system.machine import Machine
from benchmark.system.terminal import track
from evaluators.base import Evaluator
from reference_models.base import ConditionalGAN

BATCH = 2 * BATCH_SIZE  # images; whole batches of the generator, and whole chunks of the networks


class ImageSource(Protocol):
    """Images, uint8 (N, 3, S, S), of which slices can be read."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice) -> Tensor: ...


@dataclass(frozen=True)
class Images:
    """Images with the conditions that they show, or that were requested of them."""

    images: ImageSource | Tensor
    conditions: Tensor  # uint8 (N, C)

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Images and conditions, ``BATCH`` at a time; nothing is kept."""
        starts = range(0, len(self.conditions), BATCH)
        for start in track(starts, "scoring images", unit=BATCH, total=len(self.conditions)):
            rows = slice(start, start + BATCH)
            yield self.images[rows].contiguous(), self.conditions[rows]


@dataclass(frozen=True)
class ChosenImages:
    """Some images of a data set, which may lie on disk."""

    images: Tensor  # uint8 (M, 3, S, S)
    indices: Tensor  # int64 (N,)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, rows: slice) -> Tensor:
        return self.images[self.indices[rows]]


class GeneratedImages:
    """A model's images for a part of the sample set, generated each time they are read.

    Args:
        model: any.
        samples: the sample set.
        indices: of the part.
        machine: to draw on.
    """

    def __init__(self, model: ConditionalGAN, samples: SampleSet, indices: range, machine: Machine) -> None:
        self.model, self.samples, self.indices, self.machine = model, samples, indices, machine
        self.count, self.seconds = 0, 0.0  # images generated so far, and the time that it took
        self.darkest = 255  # pixel of these

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, rows: slice) -> Tensor:
        started, indices = time.perf_counter(), self.indices[rows]
        parts = [indices[start : start + BATCH_SIZE] for start in range(0, len(indices), BATCH_SIZE)]
        images = torch.cat([generate(self.model, self.samples, part, self.machine) for part in parts])
        self.count, self.seconds = self.count + len(images), self.seconds + time.perf_counter() - started
        self.darkest = min(self.darkest, int(images.min()))
        return images


def generated_per_second(parts: Iterable[GeneratedImages]) -> float | None:
    """Images per second over everything that was generated; None before anything was."""
    parts = list(parts)
    seconds = sum(part.seconds for part in parts)
    return sum(part.count for part in parts) / seconds if seconds else None


def show_images(images: Images, evaluators: Iterable[Evaluator], *, real: bool) -> None:
    """Show images to evaluators in one pass: each batch to all evaluators before the next one is read.

    A network caches its outputs of the last batches, so it computes each image once for all evaluators.
    """
    if evaluators := list(evaluators):
        for batch, conditions in images.batches():
            for evaluator in evaluators:
                evaluator.update(batch, conditions, real=real)


def hold_out(images: Images, evaluators: Iterable[Evaluator]) -> None:
    """Show held-out images to evaluators in one pass, as :func:`show_images` does."""
    if evaluators := list(evaluators):
        for batch, _ in images.batches():
            for evaluator in evaluators:
                evaluator.hold_out(batch)


def distinct_images(parts: Mapping[str, Images], fidelity: Images | None) -> list[tuple[Images, list[str]]]:
    """Each set of images once, with the names of the parts that it serves; ``fidelity`` may be one of them."""
    different = {id(images): images for images in (*parts.values(), fidelity) if images is not None}
    return [(images, [name for name in parts if parts[name] is images]) for images in different.values()]
