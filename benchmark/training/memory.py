"""A check, before weights are made, that a model can be trained in this machine's memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from benchmark.definitions.model_settings import find_model
from benchmark.errors import UsageError, lacks_memory
from benchmark.plugins.faults import faults_of
from benchmark.system.machine import Machine
from reference_models.base import ConditionalGAN, ModelConfig

PER_WEIGHT = 4  # itself, its gradient and Adam's two moments
GIGABYTE = 1e9


def check_memory(name: str, config: ModelConfig, machine: Machine) -> None:
    """Raise UsageError if a model's weights, and what training keeps of each, do not fit.

    Args:
        name: of the model, as the person gave it.
        config: its settings.
        machine: where it is to be trained.
    """
    needed, available = training_bytes(without_weights(name, config)), machine.memory()
    if needed > available:
        raise UsageError(
            f"{name} takes up to {needed / GIGABYTE:,.0f} GB to train, without its activations, "
            f"but there are {available / GIGABYTE:,.0f} GB ({machine.device_name}); give smaller settings"
        )


@contextmanager
def enough_memory(config: ModelConfig) -> Iterator[None]:
    """A context that turns an allocator's failure into advice about the batch size.

    Raises:
        UsageError: the memory did not suffice.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        raise UsageError(
            f"the memory does not suffice for batches of {config.batch_size}; "
            "give a smaller batch_size, and another --out, for a run keeps its batch_size"
        ) from error


def without_weights(name: str, config: ModelConfig) -> ConditionalGAN:
    """The model with shapes and no memory behind them."""
    model_class, _ = find_model(name)
    with torch.device("meta"), faults_of(f"model {name}, made with its settings,", model_class):
        return model_class(config)


def training_bytes(model: ConditionalGAN) -> int:
    """Bytes of the weights in training: those of both players, and the generator's running average."""
    generator, discriminator = (
        sum(weights.nbytes for weights in player.parameters()) for player in (model.generator, model.discriminator)
    )
    return PER_WEIGHT * (generator + discriminator) + generator
