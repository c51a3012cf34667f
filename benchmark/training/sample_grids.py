"""Sample grids: the same conditions from the same latents or images, so that a person sees a generator learn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmark.data.datasets import dataset_of
from benchmark.data.images import grid, save_captioned, save_png, stacked, to_float, to_uint8
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
    lengths: tuple[int, ...] = ()  # of the condition lists among them, in order; (): no lists
    sources: Tensor | None = None  # uint8 (M, 3, S, S) images to redraw; None: latents
    captions: tuple[str, ...] = ()  # 2 M: what a source shows and what is requested instead, in turn


def grid_plan(task: Task, data: PackedData) -> GridPlan:
    """All condition lists, or the first held-out images' conditions, or those images to be redrawn."""
    held_out = data.chosen("held_out")
    if task.translates:
        chosen = held_out[: IMAGES // 2]
        targets = other_conditions(task, data, chosen)
        shown = torch.stack([data.conditions[chosen], targets], dim=1).flatten(0, 1)
        captions = tuple(map(dataset_of(task).describe, shown))
        return GridPlan(targets, sources=data.images[chosen], captions=captions)
    if data.condition_lists:
        lists = [rows[:IMAGES] for rows in data.condition_lists.values()]
        return GridPlan(torch.cat(lists), lengths=tuple(map(len, lists)))
    return GridPlan(data.conditions[held_out[:IMAGES]])


@torch.no_grad()
def save_grid(model: ConditionalGAN, generator: nn.Module, plan: GridPlan, machine: Machine, path: Path) -> Path:
    """Draw the plan from fixed latents into one PNG.

    Each condition list begins a row of its own, below a white gap. Redrawn images stand right of what they were, in
    words.
    """
    images = to_uint8(generator(_inputs(model, plan, machine), model.encode(plan.conditions.to(machine.device)))).cpu()
    if plan.sources is None:
        return save_png(stacked(images.split(plan.lengths or len(images)), COLUMNS), path)
    pairs = torch.stack([plan.sources, images], dim=1).flatten(0, 1)
    return save_captioned(pairs, plan.captions, COLUMNS, path)


def _inputs(model: ConditionalGAN, plan: GridPlan, machine: Machine) -> Tensor:
    if plan.sources is not None:
        return to_float(plan.sources.to(machine.device))
    random = torch.Generator().manual_seed(LATENT_SEED)
    return torch.randn(len(plan.conditions), model.config.latent_dim, generator=random).to(machine.device)


def real_grid(data: PackedData, path: Path) -> Path:
    """Held-out images laid out like a sample grid, to compare with."""
    chosen = data.chosen("held_out")[:IMAGES]
    return save_png(grid(data.images[chosen], COLUMNS), path)
