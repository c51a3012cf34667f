"""Submitted weights of a registered model; only numbers are loaded, into this project's own layers, and no code."""

from __future__ import annotations

import io
import json
import pickle
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from benchmark.definitions.model_settings import find_model, from_json
from benchmark.errors import UsageError
from benchmark.grading.sandbox.answer import Rejected, one_line
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.submission.bundle import Bundle
from benchmark.grading.submission.damage import DAMAGED, plain_words
from benchmark.grading.submission.draw import Generator
from benchmark.grading.submission.parts import Weights
from benchmark.grading.submission.weight_groups import generator_tensors
from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig

MAX_CONFIG = 1 << 20  # bytes
MAX_SETTING = 4_096  # of any whole number in the settings
PLAIN = {
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
    torch.int8, torch.int16, torch.int32, torch.int64, torch.uint8, torch.bool,
}  # fmt: skip


def open_weights(bundle: Bundle, form: Weights, assignment: Assignment) -> Generator:
    """A handed-in generator.

    Raises:
        Rejected: the settings or the weights are not those of a registered model for this task.
    """
    model = _model(_settings(bundle, form.config), assignment)
    wanted = model.generator.state_dict()
    state, taken = generator_tensors(_load_file(bundle, form.file), wanted, form.file)
    _check_tensors(state, wanted, form.file)
    model.generator.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    model.eval()

    @torch.inference_mode()
    def draw(latents: np.ndarray, conditions: np.ndarray) -> np.ndarray:
        encoded = model.encode(torch.from_numpy(conditions))
        return model.generator(torch.from_numpy(latents), encoded).numpy()

    return Generator(model.config.latent_dim, draw, remark=taken)


def _settings(bundle: Bundle, name: str) -> dict[str, Any]:
    if name not in bundle.names:
        raise Rejected(f"{one_line(name, 100)!r} is missing; hand in the settings of the model with its weights")
    try:
        document = json.loads(bundle.read(name, MAX_CONFIG))
        return {"model": str(document["model"]), "model_config": dict(document["model_config"])}
    except (ValueError, RecursionError) as error:
        raise Rejected(f"{name!r} is not JSON ({one_line(str(error), 100)})") from error
    except (KeyError, TypeError) as error:
        raise Rejected(f"{name!r} must have 'model' and 'model_config', as a run folder's config.json has") from error


def _model(settings: dict[str, Any], assignment: Assignment) -> ConditionalGAN:
    """The registered model, if the settings are sensible and for this task."""
    for name, value in settings["model_config"].items():
        if isinstance(value, int) and value > MAX_SETTING:
            raise Rejected(f"config: {one_line(name, 60)} is {value}; more than {MAX_SETTING:,} is not run here")
    try:
        model_class, _ = find_model(settings["model"], plugins=False)
        config = from_json(model_class, settings["model_config"])
    except UsageError as error:
        raise Rejected(f"config: {one_line(str(error))}") from error
    space = ConditionSpace(kind=assignment.kind, sizes=tuple(assignment.sizes))
    if model_class.translates or config.conditions != space or config.image_size != assignment.image_size:
        raise Rejected(
            f"config: the model draws images of {config.image_size} for {config.conditions}; "
            f"{assignment.task} requests {assignment.image_size} and {space}"
        )
    _check_conditions(model_class, config, assignment)
    try:
        return model_class(config)
    except (RuntimeError, MemoryError) as error:  # torch's allocator raises the former
        raise Rejected(f"config: a model of these settings does not fit ({one_line(str(error), 120)})") from error


def _check_conditions(model_class: type[ConditionalGAN], config: ModelConfig, assignment: Assignment) -> None:
    """Raise Rejected unless the model can express every requested condition."""
    for rows in assignment.lists:
        accepted = model_class.accepts(config, torch.tensor(rows.rows))
        if not accepted.all():
            raise Rejected(
                f"config: with these settings {model_class.name} cannot express {int((~accepted).sum())} of the "
                f"{len(accepted)} conditions of {rows.name}; hand in a model that was trained on all of them"
            )


def _load_file(bundle: Bundle, name: str) -> Any:  # noqa: ANN401
    """The content of a weights file: tensors by name, possibly within other dictionaries."""
    if name not in bundle.names:
        raise Rejected(f"{one_line(name, 100)!r} is missing; hand in the weights")
    content = bundle.read(name)
    try:
        if name.lower().endswith(".safetensors"):
            return load(content)
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise Rejected(f"{name!r} holds more than tensors, and that is not loaded; save a state_dict") from error
    except SafetensorError as error:
        raise Rejected(f"{name!r} is no whole safetensors file ({one_line(str(error), 120)})") from error
    except DAMAGED as error:
        raise Rejected(f"{name!r} is no readable weights file ({plain_words(error)})") from error


def _check_tensors(state: dict[str, Tensor], wanted: dict[str, Tensor], where: str) -> None:
    """Raise Rejected unless kinds, shapes and numbers are those of the generator."""
    for name, tensor in state.items():
        if not _is_plain(tensor):
            raise Rejected(f"{where!r}: {name} is {_kind(tensor)}; save plain real numbers")
        if tensor.shape != wanted[name].shape:
            raise Rejected(f"{where!r}: {name} is {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}")
        if not torch.isfinite(tensor.float()).all():
            raise Rejected(f"{where!r}: {name} has numbers that are not finite")


def _kind(tensor: Tensor) -> str:
    if tensor.is_nested:
        return "a list of tensors of different sizes"
    return f"{tensor.dtype}, {str(tensor.layout).removeprefix('torch.')}, on {tensor.device}"


def _is_plain(tensor: Tensor) -> bool:
    """True for a dense array of real numbers on the CPU, whose shape and numbers can be read."""
    dense = tensor.layout == torch.strided and not tensor.is_nested and type(tensor) in (Tensor, torch.nn.Parameter)
    return dense and tensor.device.type == "cpu" and tensor.dtype in PLAIN
