"""Weights of a registered model, as handed in: numbers are loaded into layers that are ours, never code."""

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

from benchmark.configs import find_model, from_json
from benchmark.errors import UsageError
from benchmark.grading.assignment import Assignment
from benchmark.grading.bundle import Bundle
from benchmark.grading.latents import Draw
from benchmark.grading.manifest import Weights
from benchmark.grading.rejection import Rejected, one_line
from reference_models.base import ConditionalGAN, ConditionSpace

MAX_CONFIG = 1 << 20  # bytes
MAX_SETTING = 4_096  # of any whole number in the settings
WRAPPERS = ("generator", "ema", "state_dict", "model", "model_state_dict", "G")  # keys under which people save weights


def open_weights(bundle: Bundle, form: Weights, assignment: Assignment) -> tuple[int, Draw]:
    """The latent length of a handed-in generator, and the function that draws with it.

    Raises:
        Rejected: the settings or the weights are not those of a registered model for this task.
    """
    model = _model(_settings(bundle, form.config), assignment)
    state = _unwrapped(_tensors(bundle, form.file), form.file)
    _check(state, model.generator.state_dict(), form.file)
    model.generator.load_state_dict({name: tensor.float() for name, tensor in state.items()})
    model.eval()

    @torch.inference_mode()
    def draw(latents: np.ndarray, conditions: np.ndarray) -> np.ndarray:
        encoded = model.encode(torch.from_numpy(conditions))
        return model.generator(torch.from_numpy(latents), encoded).numpy()

    return model.config.latent_dim, draw


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
        model_class, _ = find_model(settings["model"])
        config = from_json(model_class, settings["model_config"])
    except UsageError as error:
        raise Rejected(f"config: {one_line(str(error))}") from error
    space = ConditionSpace(kind=assignment.kind, sizes=tuple(assignment.sizes))
    if model_class.translates or config.conditions != space or config.image_size != assignment.image_size:
        raise Rejected(
            f"config: the model draws pictures of {config.image_size} for {config.conditions}; "
            f"{assignment.task} asks for {assignment.image_size} and {space}"
        )
    try:
        return model_class(config)
    except (RuntimeError, MemoryError) as error:  # torch's allocator raises the former
        raise Rejected(f"config: a model of these settings does not fit ({one_line(str(error), 120)})") from error


def _tensors(bundle: Bundle, name: str) -> Any:  # noqa: ANN401
    """What a weights file holds: tensors by name, possibly within other dictionaries."""
    if name not in bundle.names:
        raise Rejected(f"{one_line(name, 100)!r} is missing; hand in the weights")
    content = bundle.read(name)
    try:
        if name.lower().endswith(".safetensors"):
            return load(content)
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise Rejected(f"{name!r} is no whole safetensors file ({one_line(str(error), 120)})") from error
    except pickle.UnpicklingError as error:
        raise Rejected(f"{name!r} holds more than tensors, and that is not loaded; save a state_dict") from error
    except (RuntimeError, ValueError, EOFError, OSError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Rejected(f"{name!r} is no readable weights file ({one_line(str(error), 120)})") from error


def _unwrapped(document: Any, where: str) -> dict[str, Tensor]:  # noqa: ANN401
    """The generator's tensors by name, out of what people save around them."""
    for _ in range(3):
        if isinstance(document, dict) and document and all(isinstance(value, Tensor) for value in document.values()):
            return {_bare(name): tensor for name, tensor in document.items()}
        inner = [key for key in WRAPPERS if isinstance(document, dict) and isinstance(document.get(key), dict)]
        if not inner:
            break
        document = document[inner[0]]
    raise Rejected(f"{where!r} holds no tensors by name; save generator.state_dict()")


def _bare(name: object) -> str:
    return str(name).removeprefix("module.").removeprefix("generator.")


def _check(state: dict[str, Tensor], wanted: dict[str, Tensor], where: str) -> None:
    """Raise Rejected unless names, shapes and numbers are those of the generator."""
    different = sorted(set(state) ^ set(wanted))
    if different:
        what = "is unknown" if different[0] in state else "is missing"
        raise Rejected(f"{where!r}: {one_line(different[0], 80)!r} {what}; the settings ask for {len(wanted)} tensors")
    for name, tensor in state.items():
        if tensor.shape != wanted[name].shape:
            raise Rejected(f"{where!r}: {name} is {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}")
        if tensor.is_complex() or tensor.is_quantized or tensor.layout != torch.strided or tensor.is_meta:
            raise Rejected(f"{where!r}: {name} is {tensor.dtype} on {tensor.device}; save plain real numbers")
        if not torch.isfinite(tensor.float()).all():
            raise Rejected(f"{where!r}: {name} has numbers that are not finite")
