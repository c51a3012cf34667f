"""A trial of a plug-in's model for a task: it is made, draws images and takes a turn of each player."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from benchmark.errors import UsageError
from benchmark.plugins.faults import faults_of, is_ours
from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig, Turn

PLAYERS: tuple[Turn, ...] = ("discriminator", "generator")
HEAVY = 1_000_000_000  # bytes of weights of a model that is not made for a trial
_tried: set[tuple[type[ConditionalGAN], str]] = set()


def try_model(name: str, model_class: type[ConditionalGAN], config: ModelConfig) -> None:
    """Make a model of another package, draw images and take its turns, once in a process; not of a bundled one.

    The random state stays as it is. A model with more than a gigabyte of weights gets no memory, so it is only made.

    Args:
        name: of the model, as a person gave it.
        model_class: its class.
        config: its settings for the task.

    Raises:
        UsageError: one of its methods raises, the images are not float (N, 3, S, S) of the task, a turn's losses are no
            scalars by name, the generator never takes a turn, or a player lacks its optimizer.
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
    _takes_turns(name, model.train(), condition, real)


def _takes_turns(name: str, model: ConditionalGAN, condition: Tensor, real: Tensor) -> None:
    """One turn of each player, as training takes them: losses, gradients, step."""
    cycle, optimizers = model.cycle(), model.optimizers()
    if not cycle or set(cycle) - set(PLAYERS) or "generator" not in cycle:
        raise UsageError(
            f"model {name} has the cycle {cycle!r}; give turns of {' and '.join(PLAYERS)}, the generator's at least"
        )
    if not isinstance(optimizers, Mapping) or any(not isinstance(optimizers.get(one), Optimizer) for one in PLAYERS):
        raise UsageError(
            f"model {name} has the optimizers {optimizers!r:.60}; give a dict with one for each of {PLAYERS}"
        )
    for player in PLAYERS:
        with torch.enable_grad():
            losses = model.losses_of_turn(player, real, condition)
            _are_losses(f"{player}_turn of model {name}", losses)
            torch.stack([loss.float().squeeze() for loss in losses.values()]).sum().backward()
        optimizers[player].step()
        if player == "discriminator":
            model.after_discriminator_update()


def _draws(name: str, model: ConditionalGAN, condition: Tensor, real: Tensor) -> None:
    inputs = real if model.translates else torch.randn(len(real), model.config.latent_dim)
    images, shape = model.generator(inputs, condition), tuple(real.shape)
    if tuple(images.shape) != shape:
        raise UsageError(f"model {name} draws shape {tuple(images.shape)}; give {shape}, of config.image_size pixels")
    if not images.dtype.is_floating_point:
        raise UsageError(f"model {name} draws {images.dtype}; give floating point numbers in [-1, 1]")
    if odd := [key for key, value in model.generator.state_dict().items() if not isinstance(value, Tensor)]:
        raise UsageError(
            f"model {name}: {odd[0]!r} of the generator's state is no tensor; it is averaged, so leave it out"
        )


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
