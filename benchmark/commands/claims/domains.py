"""Held-out images in every domain of a translating run: each value of what its task changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from benchmark.data.datasets import DataSet, dataset_of
from benchmark.sampling import translate
from benchmark.system.machine import Machine
from benchmark.training import trained_run
from benchmark.training.sample_grids import spread


@torch.inference_mode()
def domain_tiles(run: Path, count: int, data: str | None, machine: Machine) -> Iterator[tuple[str, Tensor]]:
    """Caption and uint8 (count, 3, S, S) images: held-out images as they are, then the same in each domain.

    Raises:
        UsageError: the run was trained on other data than the embedded, and ``data`` is not that.
    """
    model, config = trained_run.load_generator(run, machine)
    task, packed = trained_run.task_and_data(run, config, data)
    chosen = spread(packed.chosen("held_out"), count)
    yield "as it is", packed.images[chosen]
    for caption, conditions in domain_conditions(dataset_of(task), packed.conditions[chosen]):
        yield caption, translate(model, packed.images[chosen], conditions, machine)


def domain_conditions(dataset: DataSet, own: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Each domain in words, and the conditions of images moved into it; all else stays as it is.

    The domains are the values of the first attribute, or the classes. Of classes that exclude each other one is on; a
    class that stands alone is turned over.

    Args:
        dataset: of the images.
        own: conditions of the images, uint8 (M, C).
    """
    if dataset.kind == "attributes":
        attribute, values = next(iter(dataset.attributes.items()))
        for index, value in enumerate(values):
            yield f"{value} {attribute}", own.index_fill(1, torch.tensor([0]), index)
        return
    (classes,) = dataset.attributes.values()
    for group in dataset.exclusive or tuple((index,) for index in range(len(classes))):
        for index in group:
            moved = own.clone()
            moved[:, list(group)] = 0
            moved[:, index] = 1 if len(group) > 1 else 1 - own[:, index]
            yield classes[index] if len(group) > 1 else f"{classes[index]}\nturned over", moved
