"""Sample grids: the same conditions from the same latents or images, so that a person sees a generator learn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from benchmark.data.datasets import dataset_of
from benchmark.data.images import below, caption_width, captioned_sheet, grid, save_sheet, to_float, to_image, to_uint8
from benchmark.data.packed import PackedData
from benchmark.sampling import other_conditions
from benchmark.system.machine import Machine
from benchmark.tasks import Task
from reference_models.base import ConditionalGAN

LATENT_SEED = 0
COLUMNS = 8
IMAGES = 32  # of each condition list, or in all


@dataclass(frozen=True)
class GridPlan:
    """Contents of a sample grid."""

    conditions: Tensor  # uint8 (M, C)
    captions: tuple[str, ...] = ()  # M; with sources 2 M: by turns what a source shows and what is requested of it
    lists: tuple[tuple[str, int], ...] = ()  # name and length of each condition list, in order; (): no lists
    sources: Tensor | None = None  # uint8 (M, 3, S, S) images to redraw; None: latents


def grid_plan(task: Task, data: PackedData) -> GridPlan:
    """All condition lists, or the conditions of some held-out images, or those images to be redrawn."""
    if task.translates:
        chosen = spread(data.chosen("held_out"), IMAGES // 2)
        targets = other_conditions(task, data, chosen)
        shown = torch.stack([data.conditions[chosen], targets], dim=1).flatten(0, 1)
        return GridPlan(targets, captions_of(task, shown), sources=data.images[chosen])
    if data.condition_lists:
        lists = {name: rows[:IMAGES] for name, rows in data.condition_lists.items()}
        conditions = torch.cat(list(lists.values()))
        lengths = tuple((name, len(rows)) for name, rows in lists.items())
        return GridPlan(conditions, captions_of(task, conditions), lengths)
    return real_plan(task, data)


def real_plan(task: Task, data: PackedData) -> GridPlan:
    """The conditions of some held-out images."""
    conditions = data.conditions[spread(data.chosen("held_out"), IMAGES)]
    return GridPlan(conditions, captions_of(task, conditions))


def spread(indices: Tensor, count: int) -> Tensor:
    """At most so many of the indices, evenly spaced: a course's images lie in the order of their labels."""
    count = min(count, len(indices))
    return indices[torch.arange(count) * len(indices) // max(1, count)]


def captions_of(task: Task, conditions: Tensor) -> tuple[str, ...]:
    """uint8 (M, C) conditions in words; () where a task has none."""
    dataset = dataset_of(task)
    return () if dataset.kind == "none" else tuple(map(dataset.describe, conditions))


@torch.no_grad()
def save_grid(model: ConditionalGAN, generator: nn.Module, plan: GridPlan, machine: Machine, path: Path) -> Path:
    """Draw the plan from fixed latents into one PNG, see :func:`sheet`.

    The random state stays as it is, also where a generator draws noise of its own: a run with more grids is the same.
    """
    devices = [machine.device] if machine.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        inputs, conditions = _inputs(model, plan, machine), model.encode(plan.conditions.to(machine.device))
        images = to_uint8(generator(inputs, conditions)).cpu()
    return save_sheet(sheet(plan, images), path)


def _inputs(model: ConditionalGAN, plan: GridPlan, machine: Machine) -> Tensor:
    if plan.sources is not None:
        return to_float(plan.sources.to(machine.device))
    random = torch.Generator().manual_seed(LATENT_SEED)
    return torch.randn(len(plan.conditions), model.config.latent_dim, generator=random).to(machine.device)


def sheet(plan: GridPlan, images: Tensor) -> Image.Image:
    """A model's images for a plan, uint8 (M, 3, S, S), each image above what was requested.

    Each condition list stands below its name. Redrawn images stand right of what they were.
    """
    if plan.sources is not None:
        images = torch.stack([plan.sources, images], dim=1).flatten(0, 1)
    if not plan.captions:
        return to_image(grid(images, COLUMNS))
    lists, start, sheets = plan.lists or (("", len(images)),), 0, []
    for name, length in lists:
        rows = slice(start, start := start + length)
        captions, width = plan.captions[rows], caption_width(plan.captions)
        sheets.append(captioned_sheet(images[rows], captions, COLUMNS, scale=1, heading=name, width=width))
    return below(sheets)


def first_row_height(plan: GridPlan, size: int) -> int:
    """Pixels from the top of a plan's sheet to the end of its first row of images of ``size`` pixels."""
    blank = torch.zeros((1, 3, size, size), dtype=torch.uint8)
    if not plan.captions:
        return to_image(grid(blank, COLUMNS)).height
    name, length = plan.lists[0] if plan.lists else ("", len(plan.captions))
    lines = max(plan.captions[:length], key=lambda caption: caption.count("\n"))
    return captioned_sheet(blank, [lines], 1, scale=1, heading=name).height


def real_grid(task: Task, data: PackedData, path: Path) -> Path:
    """Held-out images laid out like a sample grid, to compare with."""
    return save_sheet(sheet(real_plan(task, data), data.images[spread(data.chosen("held_out"), IMAGES)]), path)
