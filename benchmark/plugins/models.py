"""A trial of a plug-in's model for a task: it is made, draws images and gives its losses, before any work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.plugins.faults import faults_of, is_ours
from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig

HEAVY = 1_000_000_000  # bytes of weights of a model that is not made for a trial
_tried: set[tuple[type[ConditionalGAN], str]] = set()


def try_model(name: str, model_class: type[ConditionalGAN], config: ModelConfig) -> None:
    """Make a model of another package, draw images and take its losses, once in a process; not of a bundled one.

    The random state stays as it is. A model with more than a gigabyte of weights gets no memory, so it is only made.

    Args:
        name: of the model, as a person gave it.
        model_class: its class.
        config: its settings for the task.

    Raises:
        UsageError: one of its methods raises, the images are not float (N, 3, S, S) of the task, or a turn's losses
            are no scalars by name.
    """
    key = (model_class, repr(config))
    if is_ours(model_class) or key in _tried:
        return
    what = f"model {name}, tried for images of {config.image_size} pixels,"
    with faults_of(what, model_class), torch.random.fork_rng(devices=()), torch.no_grad():
        _try(name, model_class, config)
    _tried.add(key)


def _try(name: str, model_class: type[ConditionalGAN], config: ModelConfig) -> None:
    with torch.device("meta"):
        weights = sum(weight.nbytes for weight in model_class(config).parameters())
    conditions = _conditions(config.conditions)
    conditions = conditions[model_class.accepts(config, conditions)]
    if weights > HEAVY or not len(conditions):
        return
    model, count = model_class(config), max(2, model_class.least_batch_size)
    condition = model.encode(conditions.repeat(count, 1)[:count])
    real = torch.zeros(count, 3, config.image_size, config.image_size)
    _draws(name, model.eval(), condition, real)
    model.optimizers()
    model.train()
    for turn in (model.discriminator_turn, model.generator_turn):
        with torch.enable_grad():
            _are_losses(f"{turn.__name__} of model {name}", turn(real, condition))


def _draws(name: str, model: ConditionalGAN, condition: Tensor, real: Tensor) -> None:
    inputs = real if model.translates else torch.randn(len(real), model.config.latent_dim)
    shape = tuple(model.generator(inputs, condition).shape)
    if shape != tuple(real.shape):
        raise UsageError(f"model {name} draws shape {shape}; give {tuple(real.shape)}, of config.image_size pixels")


def _are_losses(turn: str, losses: Any) -> None:  # noqa: ANN401
    if not isinstance(losses, Mapping) or not losses:
        raise UsageError(f"{turn} gives {type(losses).__name__}; give a dict of losses by name, at least one")
    for term, loss in losses.items():
        if not isinstance(loss, Tensor) or loss.numel() != 1 or not loss.requires_grad:
            given = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else type(loss).__name__
            raise UsageError(f"{turn} gives {given} as {term!r}; give a scalar tensor that depends on the weights")


def _conditions(space: ConditionSpace) -> Tensor:
    """Conditions in which every value or class stands once: uint8 (N, C)."""
    if space.kind == "multi_label":
        return torch.eye(*space.sizes, dtype=torch.uint8)
    rows = [[row % size for size in space.sizes] for row in range(max(space.sizes, default=2))]
    return torch.tensor(rows, dtype=torch.uint8)
