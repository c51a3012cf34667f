"""Model settings from a name: ``cdcgan_iclevr``, ``cdcgan_iclevr:four_generator_steps``, ``cdcgan_iclevr:c_dim=50``.

The first part is a bundled model's name, a plug-in's entry point, or ``package.module:Class``.
"""

from __future__ import annotations

import json
import re
from dataclasses import Field, asdict, fields
from functools import lru_cache
from textwrap import shorten
from typing import Any

from pydantic import TypeAdapter, ValidationError

from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError, first_complaint
from benchmark.plugins.checks import check_class
from benchmark.plugins.faults import faults_of, is_ours
from benchmark.plugins.loading import find_or_load, names_object
from benchmark.plugins.models import try_model
from benchmark.registry import find
from benchmark.tasks import Task
from reference_models import MODELS
from reference_models.base import LEAST, MOST, ConditionalGAN, ConditionSpace, ModelConfig
from reference_models.budgets import Budget

VALIDATOR = lru_cache(TypeAdapter)  # building one takes as long as a hundred uses, and a page has as many


def find_model(name: str, *, plugins: bool = True) -> tuple[type[ConditionalGAN], dict[str, Any]]:
    """The class and the settings that a name stands for.

    Args:
        name: ``model``, followed by any number of ``:variant`` and ``:setting=value``; the latter overrides variants.
        plugins: import a model of another package that the name stands for; False for a name that a stranger gave.

    Raises:
        UsageError: no such model or variant (the message offers the nearest and lists all), two variants that
            contradict each other, or one thing given twice.
    """
    model_name, parts = parts_of(name)
    model_class = class_of(model_name) if plugins else find("model", model_name, MODELS)
    settings: dict[str, Any] = {}
    variants = [part for part in parts if "=" not in part]
    pairs = [part.partition("=")[::2] for part in parts if "=" in part]
    for given in (variants, [setting for setting, _ in pairs]):
        if twice := [part for part in given if given.count(part) > 1]:
            raise UsageError(f"{shorten(name, 200)} gives {twice[0]} twice; give it once")
    for part in variants:
        named = find(f"variant of {model_name}", part, model_class.variants, listed="It has")
        if twice := sorted(name for name in named.keys() & settings.keys() if named[name] != settings[name]):
            raise UsageError(f"{name} sets {twice[0]} twice, by variants that do not go together; give one of them")
        settings |= named
    settings |= {setting: _value(value) for setting, value in pairs}
    return model_class, settings


def parts_of(name: str) -> tuple[str, list[str]]:
    """A model's own name, and what follows it: variants and ``setting=value``."""
    first, *rest = name.split(":")
    if first not in MODELS and rest and "=" not in rest[0] and names_object(first, rest[0]):
        return f"{first}:{rest[0]}", rest[1:]
    return first, rest


def class_of(model_name: str) -> type[ConditionalGAN]:
    """The class of a bundled model or a plug-in, by its own name.

    Raises:
        UsageError: there is none, or the plug-in is no model or lacks a declaration.
    """
    found = find_or_load("model", model_name, MODELS)
    return found if model_name in MODELS else check_class("model", model_name, found, MODELS)


def split_names(names: str) -> list[str]:
    """Comma-separated names; a comma within brackets belongs to a setting's list."""
    return re.split(r",(?![^\[]*\])", names)


def report_updates(name: str) -> int:
    """Generator updates of the budget ``report``: those of the named model's source, with the name's settings.

    Raises:
        UsageError: there is no such model, variant or setting, or a setting is out of range.
    """
    model_class, settings = find_model(name)
    given = check_setting_names(model_class, settings)
    anywhere = ConditionSpace(kind="none", sizes=())
    return model_budget(name).updates(from_json(model_class, asdict(model_class.Config(conditions=anywhere)) | given))


def model_budget(name: str) -> Budget:
    """The last named variant's own budget, or the model's."""
    model_class, _ = find_model(name)
    own = [model_class.variant_budgets[part] for part in parts_of(name)[1] if part in model_class.variant_budgets]
    return own[-1] if own else model_class.budget


def is_stated(name: str) -> bool:
    """True if a report says how long it trained the named model: as it stands there, without settings of one's own."""
    beyond, parts = find_model(name)[0].beyond_reports, parts_of(name)[1]
    return model_budget(name).stated and not any("=" in part or part in beyond for part in parts)


def _value(text: str) -> Any:  # noqa: ANN401
    """A number, list or true and false as in JSON; anything else is text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def model_config(name: str, task: Task, **changes: Any) -> ModelConfig:  # noqa: ANN401
    """Settings of a named model for a task, with some of them replaced.

    Raises:
        UsageError: the model cannot do this task, a setting is unknown or out of range, or a plug-in fails its trial.
    """
    model_class, settings = find_model(name)
    with faults_of(f"model {name}, its settings for {task.name},", model_class):
        if reason := _unfit(name, model_class, task):
            raise UsageError(reason)
        config = _settled(name, model_class, settings, task, changes)
    if not is_ours(model_class):
        _check_variants(name, model_class, config.conditions)
        try_model(name, model_class, config)
    return config


def _settled(
    name: str, model_class: type[ConditionalGAN], settings: dict[str, Any], task: Task, changes: dict[str, Any]
) -> ModelConfig:
    """The settings, if they go together."""
    given, dataset = check_setting_names(model_class, settings | changes), dataset_of(task)
    space = ConditionSpace(kind=dataset.kind, sizes=dataset.sizes)
    config = from_json(model_class, asdict(model_class.Config(conditions=space, image_size=dataset.image_size)) | given)
    if config.batch_size < (least := model_class.least_batch_size):
        raise UsageError(f"batch_size is {config.batch_size}; {name} needs {least} or more, to exchange conditions")
    if reason := model_class.contradiction(config):
        raise UsageError(f"{name}: {reason}")
    if idle := sorted(given.keys() & model_class.idle(config)):
        if idle[0] in changes or f":{idle[0]}=" in name:
            raise UsageError(f"{idle[0]} does nothing in {name}; leave it out")
        raise UsageError(f"{name} has variants that do not go together ({idle[0]} does nothing); give one of them")
    return config


def _check_variants(name: str, model_class: type[ConditionalGAN], space: ConditionSpace) -> None:
    """Raise UsageError if a variant's value has another type than its setting, or is out of range."""
    for variant, settings in model_class.variants.items():
        try:
            from_json(model_class, asdict(model_class.Config(conditions=space)) | dict(settings))
        except UsageError as error:
            raise UsageError(f"variant {variant!r} of model {name}: {error}") from error


def _unfit(name: str, model_class: type[ConditionalGAN], task: Task) -> str | None:
    """The reason why a model cannot do a task: its conditions, or that it draws or redraws; None if it can."""
    dataset, does = dataset_of(task), {True: "redraws given images", False: "draws new images"}
    if dataset.kind not in model_class.condition_kinds:
        takes, has = f"conditions of kind {' or '.join(model_class.condition_kinds)}", dataset.kind
    elif model_class.attribute_count not in (None, len(dataset.sizes)):
        takes, has = f"{model_class.attribute_count} attributes", len(dataset.sizes)
    elif model_class.translates != task.translates:
        ours, theirs = does[model_class.translates], does[task.translates]
        return f"{name} {ours}, but a model of {task.name} {theirs}; see 'cgan-bench list tasks'"
    else:
        return None
    return f"{name} takes {takes}, but {task.name} has {has}; see 'cgan-bench list models'"


def serves(name: str, task: Task) -> bool:
    """True if a model can do a task."""
    return _unfit(name, find_model(name)[0], task) is None


def models_of(task: Task) -> list[str]:
    """The models of a task: those that it names, with variants, and any others that can do it."""
    named = {parts_of(name)[0] for name in task.models}
    return [*task.models, *(name for name in MODELS if name not in named and serves(name, task))]


def defaults(model_class: type[ConditionalGAN]) -> dict[str, Any]:
    """A model's settings with their defaults; its conditions and the images' size come with the task."""
    without = {"conditions", "image_size", *model_class.unused}
    return {field.name: field.default for field in fields(model_class.Config) if field.name not in without}


def check_setting_names(model_class: type[ConditionalGAN], settings: dict[str, Any]) -> dict[str, Any]:
    """The settings unchanged, if the model has all of them."""
    allowed = defaults(model_class)
    if unknown := [name for name in settings if name not in allowed]:
        raise UsageError(f"{model_class.name} has no setting {unknown[0]!r}; it has: {', '.join(allowed)}")
    return settings


def check_ranges(config: ModelConfig) -> ModelConfig:
    """The settings unchanged, if all have a sensible range."""
    size = config.image_size
    if size < 8 or size & (size - 1):
        raise UsageError(f"image_size is {size}; these layers double from 4, so give 8, 16, 32, 64, 128, ...")
    for setting in fields(config):
        _check_range(setting, getattr(config, setting.name), size)
    if not all(0 <= beta < 1 for beta in config.betas):
        raise UsageError(f"betas are {config.betas}; each must be from 0 up to but not including 1")
    return config


def _check_range(setting: Field, value: Any, size: int) -> None:  # noqa: ANN401
    """Raise UsageError unless a setting's value is sensible for images of ``size`` pixels."""
    name, bounds = setting.name, setting.metadata
    least = bounds.get("least", LEAST)
    most = size - 1 if bounds.get("below_image_size") else bounds.get("most", MOST)
    if type(value) is int and not least <= value <= most:
        raise UsageError(f"{name} is {value}; it must be from {least} to {most:,}")
    if setting.type == "tuple[int, ...]" and not (value and all(type(n) is int and 0 < n <= MOST for n in value)):
        raise UsageError(f"{name} are {value}; give one number or more, each from 1 to {MOST:,}")
    if type(value) is float and not 0 <= value <= MOST:
        raise UsageError(f"{name} is {value}; it must be a number from 0 to {MOST:,}")
    if (below := bounds.get("below")) and value >= below:
        raise UsageError(f"{name} is {value}; it must be from 0 up to but not including {below}")
    if name.endswith("learning_rate") and value == 0:
        raise UsageError(f"{name} is {value}; it must be above 0")


def from_json(model_class: type[ConditionalGAN], settings: dict[str, Any]) -> ModelConfig:
    """Settings as :func:`dataclasses.asdict` wrote them; unknown keys and wrong types are refused.

    Raises:
        UsageError: the message names the first setting that is wrong.
    """
    where = f"settings of {model_class.name}"
    for field in fields(model_class.Config):  # pydantic takes true for 1
        if isinstance(settings.get(field.name), bool) and not isinstance(field.default, bool):
            raise UsageError(f"{where}: {field.name} is a number, got {settings[field.name]!r}")
    try:
        return check_ranges(VALIDATOR(model_class.Config).validate_python(settings, extra="forbid"))
    except ValidationError as error:
        raise UsageError(f"{where}: {first_complaint(error)}{_example(model_class, error)}") from error


def _example(model_class: type[ConditionalGAN], error: ValidationError) -> str:
    """The default of a setting that has to be a list, as one writes it."""
    first = error.errors()[0]
    if first["type"] != "tuple_type":
        return ""
    return f", such as {json.dumps(getattr(model_class.Config, str(first['loc'][0]), None), separators=(',', ':'))}"
