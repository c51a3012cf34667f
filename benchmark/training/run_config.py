"""The two JSON files of a run folder: what the run computes and how it ended, written and read by one type each."""

from __future__ import annotations

from dataclasses import MISSING, asdict, fields, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, ValidationInfo, field_validator
from pydantic.dataclasses import dataclass

from benchmark.data.packed import PackedData
from benchmark.definitions.lookup import find_task
from benchmark.definitions.model_settings import find_model, from_json, model_config, parts_of
from benchmark.errors import UsageError
from benchmark.plugins.loading import loaded
from benchmark.records.subject import BudgetName
from benchmark.registry import find
from benchmark.system.files import Amount, Count, read_checked, read_json
from benchmark.system.machine import Machine
from benchmark.tasks import TASKS, Task
from benchmark.training.loop import TrainConfig
from benchmark.training.run_folder import CONFIG, OUTCOME, has_ended, is_run
from reference_models.base import ModelConfig

EXACT = ConfigDict(extra="forbid", strict=True)
OTHER_FOLDER = "train into another folder"
FILES = "the sha256 of the model's files"
IN_WORDS = {  # what a person knows a setting by
    "task": "--task", "budget": "--budget", "model": "--model", "model_sha256": FILES,
    "precision": "--precision", "data_label": "--data",
    "data_digest": "the data's digest", "images_left_out": "the number of images left out",
    "memory_format": "the memory format", "train_config.total_updates": "the number of generator updates (--budget)",
    "train_config.seed": "--seed", "train_config.snapshot_every": "--snapshot-every",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, config=EXACT)
class RunConfig:
    """Everything that decides what a run computes: written to its ``config.json`` and read from there, key by key."""

    task: str
    task_source: str | None = None  # where a task that is not bundled is found again: a file, or a plug-in's name
    task_definition: str | None = None  # sha256 of what such a task is
    budget: BudgetName
    model: str  # name or name:variant
    model_sha256: str | None = None  # of the plug-in's files; None: a bundled model, or a run by an earlier version
    model_config: ModelConfig  # the named model's own settings
    train_config: TrainConfig
    data_label: str
    data_digest: str
    images_left_out: Count = 0  # of the data, whose conditions the model cannot express
    precision: Literal["float32", "bfloat16"]
    memory_format: Literal["channels_last", "contiguous"]

    def to_json(self) -> dict[str, Any]:
        """The document in the file, without the fields that have their default."""
        defaults = {field.name: field.default for field in fields(self) if field.default is not MISSING}
        return {k: v for k, v in asdict(self).items() if k not in defaults or v != defaults[k]}

    @field_validator("model_config", mode="plain")
    @classmethod
    def _of_the_model(cls, settings: object, others: ValidationInfo) -> ModelConfig:
        """Settings from a file, of the class that the named model has."""
        if isinstance(settings, ModelConfig):
            return settings
        if not isinstance(settings, dict):
            raise ValueError(f"settings are an object, got {settings!r:.60}")
        if "model" not in others.data:
            raise ValueError("settings belong to a model, and there is none")
        return from_json(find_model(others.data["model"])[0], settings)


@dataclass(frozen=True, kw_only=True, config=EXACT)
class Outcome:
    """Outcome of a run: written to its ``outcome.json`` and read from there."""

    status: Literal["finished", "diverged"]
    reason: str | None = None  # why it diverged
    step: Count | None = None  # generator updates
    turns: Count | None = None  # updates of either player
    images_seen: Count  # real images shown to the discriminator
    seconds: Amount
    images_per_second: Amount
    weights_sha256: str | None = None  # of the generator's file; runs by earlier versions have none
    other_cores: Amount | None = None  # that other programs kept busy meanwhile; None of a resumed run

    def to_json(self) -> dict[str, Any]:
        """The document in the file; what is None is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def configure(
    task: Task, model: str, data: PackedData, budget: str, settings: TrainConfig, machine: Machine
) -> RunConfig:
    """The configuration of a new run, on data whose conditions the model can express.

    Raises:
        UsageError: the model cannot do the task.
    """
    return RunConfig(
        task=task.name,
        task_source=task.source,
        task_definition=task.definition_sha256,
        budget=budget,
        model=model,
        model_sha256=plugin_sha256(model),
        model_config=model_config(model, task),
        train_config=settings,
        data_label=data.label,
        data_digest=data.digest,
        images_left_out=data.images_left_out,
        precision=machine.precision,
        memory_format="channels_last" if machine.channels_last else "contiguous",
    )


def plugin_sha256(name: str) -> str | None:
    """sha256 of the files that define a model of another package; None for a bundled one."""
    find_model(name)  # imports it, if it is a plug-in
    plugin = loaded("model", parts_of(name)[0])
    return plugin and plugin.sha256


def task_of(config: RunConfig, folder: Path) -> Task:
    """The task of a run.

    Raises:
        UsageError: it is not found where it was, or is another one now.
    """
    if config.task_source is None:
        return find("task", config.task, TASKS)
    task = find_task(config.task_source)
    if (task.name, task.definition_sha256) != (config.task, config.task_definition):
        raise UsageError(
            f"{folder} was trained for another task {config.task!r} than {config.task_source} defines now; "
            f"put that back, or {OTHER_FOLDER}"
        )
    return task


def check_is_run(folder: Path) -> None:
    """Refuse a folder whose ``config.json`` lacks the keys of a run's, of whichever version.

    Raises:
        UsageError: the folder holds no run, or its ``config.json`` is something else or damaged.
    """
    if not is_run(folder):
        raise UsageError(f"{folder} holds no run (no {CONFIG}); give the folder that 'cgan-bench train' wrote")
    read_json(
        folder / CONFIG, tuple(field.name for field in fields(RunConfig) if field.default is MISSING), OTHER_FOLDER
    )


def read_config(folder: Path) -> RunConfig:
    """A run's configuration.

    Raises:
        UsageError: the folder holds no run, the file is damaged, or the named model has no such settings.
    """
    check_is_run(folder)
    return read_checked(folder / CONFIG, RunConfig, OTHER_FOLDER)


def read_outcome(folder: Path) -> Outcome:
    """Outcome of a run.

    Raises:
        UsageError: it has not ended, or the file is damaged.
    """
    if not has_ended(folder):
        raise UsageError(f"{folder} holds a run that has not ended; go on with the 'cgan-bench train' that began it")
    remedy = "delete it and train again: that goes on from the checkpoint"
    return read_checked(folder / OUTCOME, Outcome, remedy)


def check_same_config(folder: Path, theirs: RunConfig, ours: RunConfig) -> None:
    """Raise UsageError with every setting in which two configurations differ, if they do."""
    before, now = (flat(asdict(replace(config, task_source=None))) for config in (theirs, ours))
    different = [key for key in sorted(before | now) if before.get(key) != now.get(key)]
    if different:
        listed = "; ".join(f"{_in_words(key)} was {before.get(key)!r}, now {now.get(key)!r}" for key in different)
        give = "Put those files back, give" if "model_sha256" in different else "Give"
        raise UsageError(
            f"{folder} holds a run of another configuration: {listed}. {give} another folder with --out, "
            "or --no-resume to delete that run and start anew"
        )


def without_unknown_digest(theirs: RunConfig, ours: RunConfig) -> RunConfig:
    """Our configuration, without the digest of the model's files if theirs is by an earlier version and has none."""
    return ours if theirs.model_sha256 else replace(ours, model_sha256=None)


def differ_in_budget_alone(theirs: RunConfig, ours: RunConfig) -> bool:
    """True for one run with two numbers of updates, or two names of one number, such as ``report`` and ``20000``.

    Both runs pass through the same states: no model knows its budget.
    """
    settings = replace(theirs.train_config, total_updates=ours.train_config.total_updates)
    changed = replace(theirs, budget=ours.budget, task_source=ours.task_source, train_config=settings)
    return theirs != ours and changed == ours


def _in_words(key: str) -> str:
    """A setting by its option, or by its own name."""
    return IN_WORDS.get(key) or f"the setting {key.rpartition('.')[2]}"


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as one level of dotted names."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found
