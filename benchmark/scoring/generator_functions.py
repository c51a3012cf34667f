"""Generators of any kind: functions of other packages that draw the frozen sample set."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from benchmark.data.images import to_float, to_uint8
from benchmark.errors import UsageError
from benchmark.plugins.faults import faults_of
from benchmark.plugins.loading import load_plugin
from benchmark.sampling import BATCH_SIZE, SampleSet
from benchmark.scoring.external_samples import check_latent_dim
from benchmark.system.terminal import track
from benchmark.tasks import Task
from evaluators.large_tensors import empty

PIXELS = "give finite floats from -1 to 1, or uint8 from 0 to 255"
DTYPES = (torch.uint8, torch.float16, torch.bfloat16, torch.float32, torch.float64)
Function = Callable[[Tensor, Tensor], Tensor]


def load_function(name: str, task: Task, latent_dim: int) -> Function:
    """The function that a person named.

    Args:
        name: ``package.module:make``, or an entry point. ``make`` is called as ``make(latent, condition)``; without
            any parameter, it is called once and gives such a function, with its weights loaded.
        task: whose conditions it gets.
        latent_dim: numbers of each latent.

    Raises:
        UsageError: it cannot be imported or called like that, it raises, or there are no such latents.
    """
    check_latent_dim(latent_dim)
    found = load_plugin("generator", name).found
    _check_callable(name, found)
    if not inspect.signature(found).parameters:
        with faults_of(f"generator {name}", found):
            found = found()
        _check_callable(f"{name}()", found)
    count = _argument_count(found)
    if count is not None and count < 2:
        inputs = "image" if task.translates else "latent"
        raise UsageError(f"{name} takes {count} arguments; it is called as function({inputs}, condition)")
    return _with_named_faults(name, found)


def _with_named_faults(name: str, function: Function) -> Function:
    """The function, with its exceptions turned into UsageErrors that name it."""

    def draws(inputs: Tensor, condition: Tensor) -> Tensor:
        with faults_of(f"generator {name}", function):
            return function(inputs.clone(), condition.clone())  # it may write into its own

    return draws


def _check_callable(name: str, found: object) -> None:
    if not callable(found):
        raise UsageError(f"{name} is of type {type(found).__name__}; give a function (latent, condition) -> images")


def _argument_count(found: Function) -> int | None:
    """The number of arguments that it takes by position; None for any number."""
    parameters = inspect.signature(found).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return None
    return sum(
        parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD) for parameter in parameters
    )


@torch.inference_mode()
def draw_with(function: Function, samples: SampleSet, size: int, latent_dim: int) -> dict[str, Tensor]:
    """The images that a function draws for each part of the sample set: uint8 (N, 3, ``size``, ``size``), in order.

    The function gets float32 (B, ``latent_dim``) standard normal latents, or float32 (B, 3, S, S) images in [-1, 1]
    where a task redraws images, and uint8 (B, C) conditions as the data set has them, on the CPU. It gives
    (B, 3, S, S): float in [-1, 1], or uint8, 0 to 255; a torch tensor or a numpy array.

    Raises:
        UsageError: it gives something else; the message says what.
    """
    drawn = {part: empty(len(indices), 3, size, size, dtype=torch.uint8) for part, indices in samples.parts.items()}
    batches = [
        (part, range(start, min(start + BATCH_SIZE, indices.stop)))
        for part, indices in samples.parts.items()
        for start in range(indices.start, indices.stop, BATCH_SIZE)
    ]
    for part, indices in track(batches, "generating images", unit=BATCH_SIZE, total=len(samples)):
        conditions = samples.conditions[indices.start : indices.stop]
        if samples.sources is None:
            inputs = samples.latents(indices, latent_dim)
        else:
            inputs = to_float(samples.sources[indices.start : indices.stop])
        first = indices.start - samples.parts[part].start
        drawn[part][first : first + len(indices)] = _images(function(inputs, conditions), len(indices), size)
    return drawn


def _images(given: object, count: int, size: int) -> Tensor:
    """A function's images for one batch, as uint8."""
    if isinstance(given, np.ndarray):
        given = _as_tensor(given)
    if not isinstance(given, Tensor):
        raise UsageError(f"the generator gives {type(given).__name__}; give a tensor or an array of images")
    if tuple(given.shape) != (count, 3, size, size):
        raise UsageError(f"the generator gives shape {tuple(given.shape)}; give ({count}, 3, {size}, {size})")
    known = given.dtype in DTYPES and given.layout is torch.strided and not given.is_meta
    if known and given.dtype == torch.uint8:
        return given.cpu().contiguous()
    if not known or not given.isfinite().all() or given.abs().max() > 1.001:
        raise UsageError(f"the generator gives {_in_words(given)}; {PIXELS}")
    return to_uint8(given.cpu()).contiguous()


def _as_tensor(array: np.ndarray) -> Tensor:
    try:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("=")))
    except TypeError as error:
        raise UsageError(f"the generator gives an array of {array.dtype}; {PIXELS}") from error


def _in_words(given: Tensor) -> str:
    """The type and the range of numbers; of numbers without an order, or that are not there, how they are kept."""
    try:
        return f"{given.dtype}, {given.min().item():g} to {given.max().item():g}"
    except RuntimeError:
        return f"{given.dtype} ({given.layout} on {given.device})"
