"""Model settings from a name: ``cdcgan_iclevr``, ``cdcgan_iclevr:four_generator_steps``."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.registry import find
from benchmark.tasks import Task
from reference_models import MODELS
from reference_models.base import ConditionalGAN, ConditionSpace, ModelConfig


def find_model(name: str) -> tuple[type[ConditionalGAN], dict[str, Any]]:
    """The class and the variant's settings for ``model`` or ``model:variant``.

    Raises:
        UsageError: no such model or variant; the message offers the nearest and lists all.
    """
    model_name, _, variant = name.partition(":")
    model_class = find("model", model_name, MODELS)
    if not variant:
        return model_class, {}
    return model_class, dict(find(f"variant of {model_name}", variant, model_class.variants))


def model_config(name: str, task: Task, **changes: Any) -> ModelConfig:  # noqa: ANN401
    """Settings of a named model for a task, with some of them replaced.

    Raises:
        UsageError: the model cannot do this task, or a setting is unknown or out of range.
    """
    model_class, settings = find_model(name)
    dataset = dataset_of(task)
    if dataset.kind not in model_class.condition_kinds:
        raise UsageError(
            f"{name} takes conditions of kind {' or '.join(model_class.condition_kinds)}, "
            f"but {task.name} has {dataset.kind}; see 'cgan-bench list models'"
        )
    if model_class.translates != task.translates:
        does = {True: "redraws given pictures", False: "draws new pictures"}
        raise UsageError(
            f"{name} {does[model_class.translates]}, but a model of {task.name} {does[task.translates]}; "
            "see 'cgan-bench list tasks'"
        )
    space = ConditionSpace(kind=dataset.kind, sizes=dataset.sizes)
    return checked(replace(model_class.Config(conditions=space), **known(model_class, settings | changes)))


def serves(name: str, task: Task) -> bool:
    """Whether a model can do a task."""
    model_class, _ = find_model(name)
    return dataset_of(task).kind in model_class.condition_kinds and model_class.translates == task.translates


def known(model_class: type[ConditionalGAN], settings: dict[str, Any]) -> dict[str, Any]:
    """The settings unchanged, if the model has all of them."""
    allowed = [field.name for field in fields(model_class.Config) if field.name != "conditions"]
    for name in settings:
        if name not in allowed:
            raise UsageError(f"{model_class.name} has no setting {name!r}; it has: {', '.join(allowed)}")
    return settings


def checked(config: ModelConfig) -> ModelConfig:
    """The settings unchanged, if all have the right type and a sensible range."""
    for name in ("image_size", "latent_dim", "n_critic", "n_generator", "batch_size"):
        if getattr(config, name) < 1:
            raise UsageError(f"{name} is {getattr(config, name)}; it must be 1 or more")
    size = config.image_size
    if size < 8 or size & (size - 1):
        raise UsageError(f"image_size is {size}; these layers double from 4, so give 8, 16, 32, 64, 128, ...")
    if config.learning_rate <= 0:
        raise UsageError(f"learning_rate is {config.learning_rate}; it must be above 0")
    return config


def from_json(model_class: type[ConditionalGAN], settings: dict[str, Any]) -> ModelConfig:
    """Settings as :func:`dataclasses.asdict` wrote them; unknown keys and wrong types are refused.

    Raises:
        UsageError: the message names the first setting that is wrong.
    """
    adapter = TypeAdapter(model_class.Config)
    try:
        return checked(adapter.validate_python(settings, extra="forbid"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"settings of {model_class.name}: {where}: {first['msg']}, got {first['input']!r}") from error
