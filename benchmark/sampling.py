"""The frozen sample set: condition and latent of sample i depend on the task and i alone.

Batch size, device, order and the number of samples change nothing: see ``random_streams``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmark.data.datasets import dataset_of
from benchmark.data.images import to_float, to_uint8
from benchmark.data.list_names import check_list_names
from benchmark.data.packed import PackedData
from benchmark.errors import UsageError
from benchmark.random_streams import generator_at, normal_rows, stream_key
from benchmark.system.machine import Machine
from benchmark.system.terminal import track
from benchmark.tasks import Sizes, Task
from reference_models.base import ConditionalGAN

HASHED_LATENT_DIM = 100  # numbers of each latent that the protocol's hash covers
BATCH_SIZE = 250
FIDELITY = "fidelity"  # the part of the sample set whose conditions follow the training images'


@dataclass(frozen=True)
class SampleSet:
    """The conditions and sources that every model of a task draws."""

    key: int  # of the task's random streams
    conditions: Tensor  # uint8 (N, C)
    parts: dict[str, range]  # part name -> sample indices; condition lists, then FIDELITY
    sources: Tensor | None = None  # uint8 (N, 3, S, S) images to redraw; None: models draw from latents
    own: Tensor | None = None  # uint8 (N, C): what the sources show

    def __len__(self) -> int:
        return len(self.conditions)

    def latents(self, indices: range, latent_dim: int) -> Tensor:
        """float32 (len(indices), Z) standard normal, on the CPU; longer latents start like shorter ones."""
        return torch.from_numpy(normal_rows(self.key, indices, latent_dim))

    def inputs(self, indices: range, model: ConditionalGAN) -> Tensor:
        """The generator's input next to the condition: images, float32 in [-1, 1], or latents."""
        if self.sources is None:
            return self.latents(indices, model.config.latent_dim)
        return to_float(self.sources[indices.start : indices.stop])

    def condition_digest(self) -> str:
        """sha256 of the conditions and of how they fall into parts."""
        parts = repr([(name, part.start, part.stop) for name, part in self.parts.items()])
        return hashlib.sha256(parts.encode() + self.conditions.numpy().tobytes()).hexdigest()

    def latent_digest(self) -> str:
        """sha256 of the first numbers of all latents, or of the images to redraw."""
        if self.sources is not None:
            return hashlib.sha256(self.sources.numpy().tobytes()).hexdigest()
        return hashlib.sha256(self.latents(range(len(self)), HASHED_LATENT_DIM).numpy().tobytes()).hexdigest()


def sample_set(task: Task, sizes: Sizes, data: PackedData) -> SampleSet:
    """The frozen sample set of a task: see :func:`latent_samples` and :func:`translation_samples`."""
    key = stream_key(f"{task.name} v{task.version}")
    return translation_samples(key, task, sizes, data) if task.translates else latent_samples(key, sizes, data)


def latent_samples(key: int, sizes: Sizes, data: PackedData) -> SampleSet:
    """The rows of each condition list ``sizes.draws`` times, then conditions of training images."""
    check_list_names(data.condition_lists, data.label)
    conditions, parts, start = [], {}, 0
    for name, rows in data.condition_lists.items():
        conditions.append(rows.repeat(sizes.draws, 1))
        parts[name] = range(start, start := start + len(conditions[-1]))
    train = data.chosen("train")
    chosen = [int(generator_at(key, i, stream=1).integers(len(train))) for i in range(start, start + sizes.fidelity)]
    conditions.append(data.conditions[train[chosen]])
    parts[FIDELITY] = range(start, start + sizes.fidelity)
    return SampleSet(key, torch.cat(conditions), parts)


def translation_samples(key: int, task: Task, sizes: Sizes, data: PackedData) -> SampleSet:
    """Held-out images in a fixed order, each at most once, with another first attribute than its own.

    Two translations of one image depend on each other, so intervals over images would be too narrow.
    """
    held_out = data.chosen("held_out")
    chosen = held_out[permutation(key, len(held_out))[: sizes.fidelity]]
    conditions = other_conditions(task, data, chosen)
    return SampleSet(key, conditions, {FIDELITY: range(len(chosen))}, data.images[chosen], data.conditions[chosen])


def other_conditions(task: Task, data: PackedData, chosen: Tensor) -> Tensor:
    """Target conditions of the sources, uint8 (M, C): their own but for one attribute or class, chosen by position.

    Of attributes the first gets another value; of classes a group that excludes each other, or a single one, changes.
    """
    key = stream_key(f"{task.name} targets")
    dataset, rows = dataset_of(task), data.conditions[chosen].clone()
    groups = dataset.exclusive or tuple((index,) for index in range(rows.shape[1]))
    for position, row in enumerate(rows):
        random = generator_at(key, position, stream=3)
        if dataset.kind == "attributes":
            row[0] = (int(row[0]) + int(random.integers(1, dataset.sizes[0]))) % dataset.sizes[0]
        else:
            _exchange(row, list(groups[int(random.integers(len(groups)))]), random)
    return rows


def _exchange(row: Tensor, group: list[int], random: np.random.Generator) -> None:
    """Turn one class of the group on that was off, and the others off; a group of one is turned over.

    Of a group that was on as a whole, one class stays on.
    """
    if len(group) == 1:
        row[group] = 1 - row[group]
        return
    absent = [index for index in group if not row[index]] or group
    row[group] = 0
    row[absent[int(random.integers(len(absent)))]] = 1


def permutation(key: int, count: int) -> Tensor:
    """int64 (count,): the task's fixed order of so many things."""
    return torch.from_numpy(generator_at(key, count, stream=2).permutation(count))


def generate_batches(
    model: ConditionalGAN, samples: SampleSet, part: range, machine: Machine
) -> Iterator[tuple[Tensor, Tensor]]:
    """Generate one part, in float32: batches of uint8 (B, 3, S, S) images and uint8 (B, C) conditions, on the CPU."""
    for start in track(range(part.start, part.stop, BATCH_SIZE), "generating images", unit=BATCH_SIZE, total=len(part)):
        indices = range(start, min(start + BATCH_SIZE, part.stop))
        yield generate(model, samples, indices, machine), samples.conditions[indices.start : indices.stop]


@torch.inference_mode()
def generate(model: ConditionalGAN, samples: SampleSet, indices: range, machine: Machine) -> Tensor:
    """One batch of images as a model generates them, in float32: uint8 (B, 3, S, S) on the CPU."""
    inputs = samples.inputs(indices, model).to(machine.device)
    return pixels(model, inputs, samples.conditions[indices.start : indices.stop].to(machine.device))


@torch.inference_mode()
def translate(model: ConditionalGAN, images: Tensor, conditions: Tensor, machine: Machine) -> Tensor:
    """uint8 (N, 3, S, S) images as a translating model draws them for uint8 (N, C) conditions, on the CPU."""
    batches = list(zip(images.split(BATCH_SIZE), conditions.split(BATCH_SIZE), strict=True))
    translated = []
    for sources, targets in track(batches, "translating images", unit=BATCH_SIZE, total=len(images)):
        inputs = to_float(sources.to(machine.device))
        translated.append(pixels(model, inputs, targets.to(machine.device)))
    return torch.cat(translated)


def pixels(model: ConditionalGAN, inputs: Tensor, conditions: Tensor) -> Tensor:
    """Images of the generator, as uint8 on the CPU.

    Raises:
        UsageError: it draws numbers that are not finite.
    """
    images = model.generator(inputs, model.encode(conditions))
    if not images.isfinite().all():
        raise UsageError(
            f"the generator of {model.name} draws numbers that are not finite, so its weights are spoiled; "
            "train it again, with another seed if it diverged"
        )
    return to_uint8(images).cpu().contiguous()
