"""A run folder read back: its configuration and outcome with every type checked, its data and its generator."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NotRequired

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.data.rendering import embedded_count
from benchmark.errors import UsageError
from benchmark.model_settings import find_model, from_json, model_config
from benchmark.records.entries import TrainedRun
from benchmark.registry import find
from benchmark.system.files import Amount, Count, read_checked
from benchmark.system.machine import Machine
from benchmark.system.tensors import load_tensors
from benchmark.tasks import TASKS, Task
from benchmark.training.loop import TrainConfig
from benchmark.training.memory import check_memory
from benchmark.training.run_folder import CONFIG, LOG, OUTCOME, WEIGHTS, has_ended, is_run
from reference_models.base import ConditionalGAN, ModelConfig

LOG_LINE = TypeAdapter(dict[str, int | float | None])


class SavedConfig(TypedDict):
    """The settings that decide the result of a run."""

    task: str
    budget: str
    model: str
    model_config: dict[str, Any]  # configs.from_json looks closer
    train_config: TrainConfig
    data_label: str
    data_digest: str
    precision: Literal["float32", "bfloat16"]
    memory_format: Literal["channels_last", "contiguous"]


class SavedOutcome(TypedDict):
    """Outcome of a run."""

    status: Literal["finished", "diverged"]
    reason: NotRequired[str]
    step: NotRequired[Count]
    turns: NotRequired[Count]
    images_seen: Count
    seconds: Amount
    images_per_second: Amount


def read_config(folder: Path) -> dict[str, Any]:
    """A run's configuration as JSON.

    Raises:
        UsageError: the folder holds no run, or the file is damaged.
    """
    if not is_run(folder):
        raise UsageError(f"{folder} holds no run (no {CONFIG}); give the folder that 'cgan-bench train' wrote")
    return read_checked(folder / CONFIG, SavedConfig, "train into another folder")


def read_outcome(folder: Path) -> dict[str, Any]:
    """Outcome of a run.

    Raises:
        UsageError: it has not ended, or the file is damaged.
    """
    if not has_ended(folder):
        raise UsageError(f"{folder} holds a run that has not ended; go on with the 'cgan-bench train' that began it")
    remedy = "delete it and train again: that goes on from the checkpoint"
    return read_checked(folder / OUTCOME, SavedOutcome, remedy)


def task_and_data(run: Path, config: dict[str, Any], source: str | None) -> tuple[Task, PackedData]:
    """The task of a run and the data it was trained on.

    Raises:
        UsageError: the data given is not what the run was trained on, or none is given and it is needed.
    """
    task = find("task", config["task"], TASKS)
    if source is None:
        source = config["data_label"]
        if embedded_count(dataset_of(task), source) is None:
            raise UsageError(f"{run} was trained on {source}; give its path with --data")
    packed = open_data(dataset_of(task), source)
    if packed.digest != config["data_digest"]:
        raise UsageError(
            f"{run} was trained on {config['data_label']} with digest {config['data_digest'][:16]}, "
            f"but {source} has digest {packed.digest[:16]}; give the same data with --data"
        )
    return task, packed


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that decides what a run computes."""

    task: str
    budget: str  # "smoke", "short", "report" or "custom"
    model: str  # name or name:variant
    model_config: ModelConfig
    train_config: TrainConfig
    data_label: str
    data_digest: str
    precision: str
    memory_format: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types only."""
        return json.loads(json.dumps(asdict(self)))


def configure(
    task: Task,
    model: str,
    data: PackedData,
    budget: str,
    settings: TrainConfig,
    machine: Machine,
) -> RunConfig:
    """Put together what a run will compute.

    Raises:
        UsageError: the model cannot do the task.
    """
    return RunConfig(
        task=task.name,
        budget=budget,
        model=model,
        model_config=model_config(model, task),
        train_config=settings,
        data_label=data.label,
        data_digest=data.digest,
        precision=machine.precision,
        memory_format="channels_last" if machine.channels_last else "contiguous",
    )


def check_same_config(folder: Path, theirs: dict[str, Any], ours: dict[str, Any]) -> None:
    """Raise UsageError with every setting in which two configurations differ, if they do."""
    before, now = flat(theirs), flat(ours)
    different = [key for key in sorted(before | now) if before.get(key) != now.get(key)]
    if different:
        listed = "; ".join(f"{key} was {before.get(key)!r}, now {now.get(key)!r}" for key in different)
        raise UsageError(
            f"{folder} holds a run of another configuration: {listed}. Give another folder with --out, "
            "or --no-resume to delete that run and start anew"
        )


def flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as one level of dotted names."""
    found: dict[str, Any] = {}
    for key, value in settings.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return found


def load_generator(
    folder: Path, machine: Machine, weights: Path | None = None
) -> tuple[ConditionalGAN, dict[str, Any]]:
    """The model of a run with its averaged generator in eval mode, and the run's configuration as JSON.

    Args:
        folder: a run folder.
        machine: where to put it.
        weights: another generator file of the same run, such as a snapshot.

    Raises:
        UsageError: the folder holds no finished run, or the weights do not fit the configuration.
    """
    config = read_config(folder)
    if weights is None:
        read_outcome(folder)
    model = model_of(config, folder, machine)
    weights = weights or folder / WEIGHTS
    remedy = f"delete {OUTCOME} next to it and train again: that goes on from the checkpoint"
    try:
        model.generator.load_state_dict(load_tensors(weights, remedy))
    except RuntimeError as error:
        raise UsageError(f"{weights} does not fit {config['model']}: {str(error).splitlines()[1].strip()}") from error
    machine.place(model).eval()
    return model, config


def load_run(folder: Path, machine: Machine) -> TrainedRun:
    """A run that has ended, with its averaged generator in eval mode.

    Raises:
        UsageError: the folder holds no finished run, or the weights do not fit the configuration.
    """
    outcome = read_outcome(folder)
    model, config = load_generator(folder, machine)
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    return TrainedRun(model=model, config=config, outcome=outcome, weights_sha256=digest, log=read_log(folder))


def read_log(folder: Path) -> tuple[dict[str, float | None], ...]:
    """A run's log; empty if it has none.

    Raises:
        UsageError: a line is damaged; the message has its number.
    """
    path = folder / LOG
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    try:
        return tuple(map(LOG_LINE.validate_json, lines))
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        raise UsageError(f"{path} has a damaged line ({reason}); train that run again with --no-resume") from error


def model_of(config: dict[str, Any], folder: Path, machine: Machine) -> ConditionalGAN:
    """The untrained model of a saved configuration.

    Raises:
        UsageError: there is no such model or setting, it is for other conditions than the task's, or too large.
    """
    model_class, _ = find_model(config["model"])
    settings = from_json(model_class, config["model_config"])
    wanted = model_config(config["model"], find("task", config["task"], TASKS))
    for name in ("conditions", "image_size"):
        ours, theirs = getattr(wanted, name), getattr(settings, name)
        if ours != theirs:
            raise UsageError(f"{folder / CONFIG}: {name} is {theirs}, but {config['task']} has {ours}; train again")
    check_memory(config["model"], settings, machine)
    return model_class(settings)
