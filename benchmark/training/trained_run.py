"""A run that was trained: its data, its generator, and what a record says of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.data.packed import PackedData
from benchmark.data.rendering import embedded_count
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import find_model, model_config, parts_of
from benchmark.errors import UsageError
from benchmark.plugins.loading import loaded
from benchmark.records.entries import TrainedRun
from benchmark.records.subject import ModelEntry, Parameters, Subject, TrainingEntry
from benchmark.system.machine import Machine
from benchmark.system.tensors import load_tensors
from benchmark.tasks import Task
from benchmark.training.ended_run import at_end, at_update
from benchmark.training.loop import TrainConfig
from benchmark.training.memory import check_memory
from benchmark.training.run_config import OTHER_FOLDER, Outcome, RunConfig, read_config, read_outcome, task_of
from benchmark.training.run_folder import CONFIG, WEIGHTS
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


def configure(
    task: Task,
    model: str,
    data: PackedData,
    budget: str,
    settings: TrainConfig,
    machine: Machine,
) -> RunConfig:
    """Put together what a run will compute on data whose conditions the model can express.

    Raises:
        UsageError: the model cannot do the task.
    """
    return RunConfig(
        task=task.name,
        task_source=task.source,
        task_definition=task.definition_sha256,
        budget=budget,
        model=model,
        model_sha256=file_of_model(model),
        model_config=model_config(model, task),
        train_config=settings,
        data_label=data.label,
        data_digest=data.digest,
        images_left_out=data.images_left_out,
        precision=machine.precision,
        memory_format="channels_last" if machine.channels_last else "contiguous",
    )


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
    run = at_end(folder) if update is None else at_update(folder, update)
    outcome, config = run.outcome, run.config
    model = model_of(config, folder, machine)
    weights, digest = _averaged(run.weights, outcome)
    model = _with_generator(model, run.weights, weights, config, machine)
    subject = Subject(kind="model", model=model_entry(config, model, digest), training=training_entry(config, outcome))
    return TrainedRun(
        model=model, subject=subject, divergence=outcome.reason if outcome.status == "diverged" else None,
        images_per_second=outcome.images_per_second, other_cores=outcome.other_cores, log=run.log,
    )  # fmt: skip


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


def file_of_model(name: str) -> str | None:
    """sha256 of the file that defines a model of another package; None for a bundled one."""
    find_model(name)  # imports it, if it is a plug-in
    plugin = loaded("model", parts_of(name)[0])
    return plugin and plugin.sha256


def model_of(config: RunConfig, folder: Path, machine: Machine) -> ConditionalGAN:
    """The untrained model of a saved configuration.

    Raises:
        UsageError: its file is another one than that which trained it, or it is for other conditions than the task's,
            or too large.
    """
    before, now = config.model_sha256, file_of_model(config.model)
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
