"""The task that a person named, with evaluators of other packages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from benchmark.data.datasets import DATASETS, DataSet, dataset_of, defined_by
from benchmark.definitions.model_settings import model_config
from benchmark.definitions.task_file import ENDING, read_task
from benchmark.errors import UsageError, complaints
from benchmark.plugins.checks import COUNT, check_class, check_unused
from benchmark.plugins.evaluators import defining_class, new_evaluator
from benchmark.plugins.loading import brought_along, find_or_load, load_plugin, names_plugin
from benchmark.registry import Plugin, find
from benchmark.system.files import sha256_text
from benchmark.tasks import TASKS, Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # of tasks, as records take them
LONGEST = 60  # letters of a task's name


def find_task(name: str) -> Task:
    """A task by a bundled name, the path of a task file, or a plug-in's name.

    Raises:
        UsageError: there is none, the file is wrong, or the plug-in is no task or lacks something.
    """
    if name in TASKS:
        return TASKS[name]
    if name.endswith(ENDING):
        return _from_file(Path(name))
    return _from_plugin(name, find_or_load("task", name, TASKS))


def _from_file(path: Path) -> Task:
    task, named = read_task(path)
    check_unused("task", str(path), task.name, TASKS)
    task = replace(with_evaluators(task, named), definition_sha256=_definition(task, task.own_dataset))
    return _check_task(task, str(path))


def _from_plugin(name: str, found: object) -> Task:
    if not isinstance(found, Task):
        raise UsageError(f"task {name!r} is of type {type(found).__name__}; give a Task of benchmark.tasks")
    check_unused("task", name, found.name, TASKS)
    if not NAME.fullmatch(found.name) or len(found.name) > LONGEST:
        raise UsageError(f"task {name!r} is called {found.name!r}; use a-z, 0-9 and single hyphens, 60 letters at most")
    fits, allowed = COUNT
    if not fits(found.version):
        raise UsageError(f"task {name!r} has version = {found.version!r}; give {allowed}")
    dataset = dataset_of(found)
    if found.conditional and dataset.kind != found.condition_kind:
        raise UsageError(
            f"task {name!r} has {found.condition_kind} conditions, but its data set has {dataset.kind}; "
            f"give {dataset.kind!r} as condition_kind, or another data set"
        )
    own = [defining_class(_usable(name, evaluator)) for evaluator in found.own_evaluators.values()]
    used = [load_plugin("task", name), *(brought_along("evaluator", one) for one in own)]
    if found.own_dataset is not None:
        found = replace(found, own_dataset=defined_by(found.own_dataset, used[0]))
    elif found.dataset not in DATASETS:
        used.append(load_plugin("data set", found.dataset))
    found = replace(found, plugins=tuple(used), source=name)
    return _check_task(replace(found, definition_sha256=_definition(found, dataset)), name)


def _check_task(task: Task, name: str) -> Task:
    """The task unchanged, if it has the scores that it names, and its models can do it."""
    for score in (task.main_score, *task.headline):
        find(f"score of {name}", score, dict.fromkeys(task.scores), listed="It has")
    if task.main_score not in task.headline:
        raise UsageError(f"{name}: {task.main_score} ranks, but is not in the headline; add it there")
    if not task.models:
        raise UsageError(f"{name} names no models; give one or more, the first is drawn untrained")
    for model in task.models:
        _check_model(task, model, name)
    return task


def _check_model(task: Task, model: str, name: str) -> None:
    try:
        model_config(model, task)
    except UsageError as error:
        raise UsageError(f"{name}: models: {error}") from error


def _definition(task: Task, dataset: DataSet) -> str:
    """sha256 of what two tasks of one name must agree in."""
    facts = {
        "version": task.version, "kind": dataset.kind, "attributes": dict(dataset.attributes),
        "image_size": dataset.image_size, "translates": task.translates, "main_score": task.main_score,
    }  # fmt: skip
    return sha256_text(json.dumps(facts, sort_keys=True))


def with_evaluators(task: Task, names: Iterable[str]) -> Task:
    """The task with some evaluators requested by name, which it shows next to its own.

    Args:
        task: any.
        names: as :func:`find_evaluator` takes them.

    Raises:
        UsageError: there is no such evaluator, it is none, or the task lacks what it needs.
    """
    own, used, shown = dict(task.own_evaluators), list(task.plugins), task.shown
    for name in names:
        found, plugin = find_evaluator(name, task)
        if reason := lacking(task, found):
            raise UsageError(f"{name} {reason}; leave it out, or see 'cgan-bench list tasks'")
        if plugin is not None and own.get(found.name) is not found:
            own[found.name] = found
            used.append(plugin)
        if shown is not None:
            shown = tuple(dict.fromkeys((*shown, found.name)))
    return replace(task, own_evaluators=own, plugins=tuple(used), shown=shown)


def find_evaluator(name: str, task: Task) -> tuple[type[Evaluator], Plugin | None]:
    """An evaluator by name, and the plug-in that it comes from; None for a bundled one.

    Args:
        name: bundled, the task's own, an entry point's, ``package.module:Class``, or a metric of torchmetrics in the
            same form, which may be followed by ``:setting=value``.
        task: whose conditions a metric of torchmetrics is for.

    Raises:
        UsageError: there is none, the plug-in is no evaluator or lacks a declaration, or a metric cannot serve.
    """
    if name in task.own_evaluators:
        return task.own_evaluators[name], None
    plain, settings = _without_settings(name)
    if plain in EVALUATORS or not (":" in plain or names_plugin("evaluator", plain)):
        return find("evaluator", name, EVALUATORS), None
    from evaluators.torchmetrics_adapter import adapted, is_metric, setting

    plugin = load_plugin("evaluator", plain)
    if is_metric(plugin.found):
        with complaints():
            evaluator = adapted(plugin.found, dict(map(setting, settings)), dataset_of(task).sizes)
        return evaluator, replace(plugin, reference=":".join((plugin.reference, *settings)))
    if settings:
        raise UsageError(f"evaluator {plain!r} takes no settings; leave out {':'.join(settings)}")
    return _usable(name, plugin.found), plugin


def _usable(name: str, found: object) -> type[Evaluator]:
    """The evaluator unchanged, if it declares what it must and can be made."""
    evaluator = check_class("evaluator", name, found, EVALUATORS)
    new_evaluator(evaluator, lambda images: images.flatten(1).float())
    return evaluator


def _without_settings(name: str) -> tuple[str, list[str]]:
    """A name, and the ``setting=value`` that follow it."""
    parts = name.split(":")
    plain = [part for part in parts if "=" not in part]
    return ":".join(plain), [part for part in parts if "=" in part]


def lacking(task: Task, evaluator: type[Evaluator]) -> str | None:
    """The need of an evaluator that a task does not meet, in words; None if it meets all."""
    if task.condition_kind not in evaluator.condition_kinds:
        kinds = " or ".join(evaluator.condition_kinds)
        return f"is for conditions of kind {kinds}; {task.name} has {task.condition_kind}"
    if evaluator.network in ("judge", "judge_features") and not task.judge:
        return f"needs a judge, and {task.name} has none"
    if evaluator.network == "detector" and not task.faces:
        return f"looks for faces, and {task.name} shows none"
    if evaluator.network == "face_encoder" and not task.photographs:
        return f"looks at whose face it is, and {task.name} has no photographs of people"
    if ("images" if task.translates else "latents") not in evaluator.inputs or (
        evaluator.kind == "transfer" and not task.translates
    ):
        does = "redraws given images" if task.translates else "draws from latents"
        return f"is not for {task.name}, which {does}"
    return None if task.shows(evaluator) else f"is for attributes of other sizes than those of {task.name}"
