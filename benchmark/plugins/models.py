"""A trial of a plug-in's model for a task: it is made and draws two images, before any work."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.errors import UsageError
from benchmark.plugins.faults import faults_of, is_ours
from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig

HEAVY = 1_000_000_000  # bytes of weights of a model that is not made for a trial
_tried: set[tuple[type[ConditionalGAN], str]] = set()


def try_model(name: str, model_class: type[ConditionalGAN], config: ModelConfig) -> None:
    """Make a model of another package and draw two images, once in a process; a bundled one is left alone.

    The random state stays as it is. A model with more than a gigabyte of weights gets no memory, so it draws nothing.

    Args:
        name: of the model, as a person gave it.
        model_class: its class.
        config: its settings for the task.

    Raises:
        UsageError: its constructor or its generator raises, or the images are not float (N, 3, S, S) of the task.
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
    conditions = conditions[model_class.accepts(config, conditions)][:2]
    if weights > HEAVY or not len(conditions):
        return
    model, size = model_class(config).eval(), config.image_size
    shape = (len(conditions), 3, size, size)
    inputs = torch.zeros(shape) if model.translates else torch.randn(len(conditions), config.latent_dim)
    images = model.generator(inputs, model.encode(conditions))
    if tuple(images.shape) != shape:
        raise UsageError(f"model {name} draws shape {tuple(images.shape)}; give {shape}, of config.image_size pixels")


def _conditions(space: ConditionSpace) -> Tensor:
    """Conditions in which every value or class stands once: uint8 (N, C)."""
    if space.kind == "multi_label":
        return torch.eye(*space.sizes, dtype=torch.uint8)
    rows = [[row % size for size in space.sizes] for row in range(max(space.sizes, default=2))]
    return torch.tensor(rows, dtype=torch.uint8)
