"""A run that was trained: its data, its generator, and what a record says of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.data.rendering import embedded_count
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import find_model, model_config, parts_of, report_updates
from benchmark.errors import UsageError
from benchmark.records.entries import TrainedRun
from benchmark.records.subject import ModelEntry, Parameters, Subject, TrainingEntry
from benchmark.system.files import file_sha256
from benchmark.system.machine import Machine
from benchmark.system.tensors import load_tensors
from benchmark.tasks import Task, budget_name
from benchmark.training.memory import check_memory
from benchmark.training.run_config import (
    OTHER_FOLDER,
    Outcome,
    RunConfig,
    plugin_sha256,
    read_config,
    read_outcome,
    task_of,
)
from benchmark.training.run_folder import CONFIG, LOG, WEIGHTS, has_ended, snapshots_of
from benchmark.training.run_log import read_log, remedy
from benchmark.training.saved_weights import REMEDY, check_numbers, check_weights
from reference_models.base import ConditionalGAN


def task_and_data(run: Path, config: RunConfig, source: str | None) -> tuple[Task, PackedData]:
    """The task of a run and the data it was trained on: images whose conditions its model can express.

    Raises:
        UsageError: the data given is not what the run was trained on, or none is given and it is needed; or there is
            no such model or setting.
    """
    task = task_of(config, run)
    if source is None:
        source = config.data_label
        if embedded_count(dataset_of(task), source) is None:
            raise UsageError(f"{run} was trained on {source}; give its path with --data")
    dataset = dataset_of(task)
    packed = expressible(open_data(dataset, source), dataset, config.model, config.model_config)
    if packed.digest != config.data_digest:
        raise UsageError(
            f"{run} was trained on {config.data_label} with digest {config.data_digest[:16]}, "
            f"but {source} has digest {packed.digest[:16]}; give the data that it was trained on with --data"
        )
    return task, packed


def load_generator(folder: Path, machine: Machine, weights: Path | None = None) -> tuple[ConditionalGAN, RunConfig]:
    """The model of a run with its averaged generator in eval mode, and the run's configuration.

    Args:
        folder: a run folder.
        machine: where to put it.
        weights: another generator file of the same run, such as a snapshot.

    Raises:
        UsageError: the folder holds no finished run, or the weights do not fit the configuration.
    """
    config = read_config(folder)
    model = model_of(config, folder, machine)
    if weights is None:
        averaged, _ = _averaged(folder / WEIGHTS, read_outcome(folder))
        return _with_generator(model, folder / WEIGHTS, averaged, config, machine), config
    return _with_generator(model, weights, load_tensors(weights, REMEDY), config, machine), config


def untrained_generator(folder: Path, machine: Machine) -> ConditionalGAN:
    """The model of a run before its first update, with the weights that its training began with.

    Raises:
        UsageError: the folder holds no run, or its configuration does not fit the task.
    """
    config = read_config(folder)
    torch.manual_seed(config.train_config.seed)
    return machine.place(model_of(config, folder, machine)).eval()


def _with_generator(
    model: ConditionalGAN, path: Path, weights: dict[str, Tensor], config: RunConfig, machine: Machine
) -> ConditionalGAN:
    """The model with a generator's weights, those of the file at ``path``, in eval mode."""
    try:
        model.generator.load_state_dict(weights)
    except RuntimeError as error:
        raise UsageError(f"{path} does not fit {config.model}: {str(error).splitlines()[1].strip()}") from error
    return machine.place(model).eval()


def _averaged(path: Path, outcome: Outcome) -> tuple[dict[str, Tensor], str]:
    """The averaged generator of a run, checked against its outcome, and its file's sha256."""
    digest = check_weights(path, outcome)
    weights = load_tensors(path, REMEDY)
    check_numbers(path, weights, outcome)
    return weights, digest


def load_run(folder: Path, machine: Machine, update: int | None = None) -> TrainedRun:
    """A run with its averaged generator in eval mode: at its end, or as it was after ``update`` generator updates.

    Raises:
        UsageError: the folder holds no finished run, or no snapshot of that update; or the weights do not fit the
            configuration.
    """
    run = files_at_end(folder) if update is None else files_at_update(folder, update)
    outcome, config = run.outcome, run.config
    model = model_of(config, folder, machine)
    weights, digest = _averaged(run.weights, outcome)
    model = _with_generator(model, run.weights, weights, config, machine)
    subject = Subject(kind="model", model=model_entry(config, model, digest), training=training_entry(config, outcome))
    return TrainedRun(
        model=model, subject=subject, divergence=outcome.reason if outcome.status == "diverged" else None,
        images_per_second=outcome.images_per_second, other_cores=outcome.other_cores, log=run.log,
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RunFiles:
    """The files of a run at its end, or those that it would have if its budget had been a smaller number of updates.

    No model knows its budget: after 15,000 of 20,000 updates a run is what a run of 15,000 would have left.
    """

    config: RunConfig
    outcome: Outcome
    weights: Path  # of the averaged generator
    log: tuple[dict[str, float | None], ...]  # a line of each generator update; None is not finite


def files_at_end(folder: Path) -> RunFiles:
    """The files of a run at its end.

    Raises:
        UsageError: the folder holds no run that has ended, or a file of it is damaged.
    """
    return RunFiles(
        outcome=read_outcome(folder), config=read_config(folder), weights=folder / WEIGHTS, log=read_log(folder)
    )


def files_at_update(folder: Path, update: int) -> RunFiles:
    """The files of a run as if its budget had been ``update`` generator updates; the run itself may go on.

    Raises:
        UsageError: the folder holds no run, or no snapshot of that update; or a file of it is damaged.
    """
    config = read_config(folder)
    if update == config.train_config.total_updates and has_ended(folder):
        return files_at_end(folder)
    weights, log = _snapshot(folder, update), _log_until(folder, update)
    images_seen, seconds = log[-1]["images_seen"], log[-1]["seconds"]
    outcome = Outcome(
        status="finished", step=update, turns=log[-1]["turns"], images_seen=images_seen, seconds=seconds,
        images_per_second=images_seen / seconds, weights_sha256=file_sha256(weights),
    )  # fmt: skip
    return RunFiles(config=_with_updates(config, update), outcome=outcome, weights=weights, log=log)


def _with_updates(config: RunConfig, updates: int) -> RunConfig:
    """The configuration of the same run with another number of updates."""
    settings = replace(config.train_config, total_updates=updates)
    return replace(config, budget=budget_name(updates, report_updates(config.model)), train_config=settings)


def _snapshot(folder: Path, update: int) -> Path:
    """The averaged generator after that many updates."""
    there = snapshots_of(folder)
    if update not in there:
        found = f"of {', '.join(f'{step:,}' for step in there)}" if there else "none; train with --snapshot-every"
        raise UsageError(f"{folder} has no snapshot of update {update:,}; its snapshots: {found}")
    return there[update]


def _log_until(folder: Path, update: int) -> tuple[dict[str, float | None], ...]:
    """The log's lines up to that update."""
    lines = tuple(line for line in read_log(folder) if line["step"] <= update)
    if not lines or lines[-1]["step"] != update:
        raise UsageError(f"{folder / LOG} has no line of update {update:,}; {remedy(folder, update)}")
    return lines


def model_entry(config: RunConfig, model: ConditionalGAN, weights_sha256: str) -> ModelEntry:
    """The trained model, for a record."""
    name, parts = parts_of(config.model)
    return ModelEntry(
        name=name,
        variant=":".join(parts) or None,
        config=asdict(config.model_config),
        parameters=Parameters(
            generator=sum(p.numel() for p in model.generator.parameters()),
            discriminator=sum(p.numel() for p in model.discriminator.parameters()),
        ),
        weights_sha256=weights_sha256,
    )


def training_entry(config: RunConfig, outcome: Outcome) -> TrainingEntry:
    """The training, for a record."""
    return TrainingEntry(
        budget=config.budget,
        total_updates=config.train_config.total_updates,
        images_seen=outcome.images_seen,
        batch_size=config.model_config.batch_size,
        seed=config.train_config.seed,
        seconds=outcome.seconds,
        precision=config.precision,
        memory_format=config.memory_format,
        config=asdict(config.train_config),
        images_left_out=config.images_left_out,
    )


def model_of(config: RunConfig, folder: Path, machine: Machine) -> ConditionalGAN:
    """The untrained model of a saved configuration.

    Raises:
        UsageError: the model's files changed after the training, the model is for other conditions or another image
            size than the task's, or it does not fit into the memory.
    """
    before, now = config.model_sha256, plugin_sha256(config.model)
    if before not in (None, now):
        raise UsageError(
            f"{folder} was trained with other files of {config.model}: their sha256 was {before[:16]}, "
            f"now it is {now[:16]}; put those files back, or {OTHER_FOLDER}"
        )
    settings = config.model_config
    wanted = model_config(config.model, task_of(config, folder))
    for name in ("conditions", "image_size"):
        ours, theirs = getattr(wanted, name), getattr(settings, name)
        if ours != theirs:
            raise UsageError(f"{folder / CONFIG}: {name} is {theirs}, but {config.task} has {ours}; train again")
    check_memory(config.model, settings, machine)
    return find_model(config.model)[0](settings)
