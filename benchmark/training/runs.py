"""One training from its configuration to its last checkpoint, resumable at any moment; files as in run_folder."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

import torch

from benchmark.data.batches import Feed, feed
from benchmark.data.packed import PackedData
from benchmark.definitions.model_settings import find_model
from benchmark.errors import UsageError
from benchmark.system.files import append_text, locked, write_json
from benchmark.system.machine import Machine, deterministic, keep_freed_memory
from benchmark.system.other_work import OtherWork
from benchmark.system.tensors import save_tensors
from benchmark.system.terminal import Progress, say
from benchmark.training import checkpoint
from benchmark.training.event_files import EventFiles, event_files
from benchmark.training.existing_folder import check_run_folder, clean, cut_short, delete_run, reopen
from benchmark.training.loop import DivergedError, TrainState, check_finite, check_losses, log_lines, train
from benchmark.training.memory import enough_memory
from benchmark.training.run_config import (
    Outcome,
    RunConfig,
    check_is_run,
    check_same_config,
    differ_in_budget_alone,
    read_config,
    read_outcome,
    task_of,
    without_unknown_digest,
)  # fmt: skip
from benchmark.training.run_folder import (
    CHECKPOINTS,
    CONFIG,
    LOG,
    OUTCOME,
    SAMPLES,
    SNAPSHOTS,
    WEIGHTS,
    has_ended,
    is_run,
    numbered,
    step_file,
)
from benchmark.training.run_log import logged_counters, trim_log
from benchmark.training.sample_grids import GridPlan, grid_plan, save_grid
from benchmark.training.saved_weights import check_weights, save_weights


@dataclass
class Run:
    """One run folder, opened."""

    folder: Path
    config: RunConfig
    state: TrainState
    machine: Machine
    events: EventFiles | None = None  # for TensorBoard

    def log(self, lines: list[dict[str, float]]) -> None:
        """Add lines to the log; null stands for what is not finite."""
        written = [{k: v if math.isfinite(v) else None for k, v in line.items()} for line in lines]
        append_text(self.folder / LOG, "".join(json.dumps(line) + "\n" for line in written))
        if self.events is not None:
            self.events.write(lines)

    def save_checkpoint(self) -> None:
        checkpoint.save(self.folder / CHECKPOINTS, self.state.step, self.state.tensors(), self.state.counters())


def open_run(folder: Path, config: RunConfig, machine: Machine, *, resume: bool = True) -> Run:
    """Start a run, or go on with the one in the folder, also to another number of updates.

    The state of a run that has ended is not read.

    Raises:
        UsageError: the folder holds a run of another configuration (the message lists the differences), one that
            has come farther already, or something that is no run.
    """
    check_run_folder(folder)
    if is_run(folder):
        if not resume:
            check_is_run(folder)
            delete_run(folder)
        else:
            config = _config_to_resume(folder, read_config(folder), config)
    torch.manual_seed(config.train_config.seed)  # before the weights are drawn; nothing else seeds torch
    model_class, _ = find_model(config.model)
    run = Run(folder, config, TrainState.start(machine.place(model_class(config.model_config))), machine)
    write_json(folder / CONFIG, config.to_json())
    if not has_ended(folder):
        clean(folder)
        restore_last(run)
        trim_log(folder / LOG, run.state.step)
    return run


def _config_to_resume(folder: Path, before: RunConfig, config: RunConfig) -> RunConfig:
    """The configuration with which the run of a folder goes on.

    Raises:
        UsageError: it differs from the run's own in more than the budget, or the run is past its budget.
    """
    config = without_unknown_digest(before, config)
    if differ_in_budget_alone(before, config):
        change_budget(folder, before, config)
    else:
        check_same_config(folder, before, config)
    return config


def change_budget(folder: Path, before: RunConfig, config: RunConfig) -> None:
    """Prepare the files of a run for a larger or a smaller number of updates; for the same number they stay."""
    was, now = (one.train_config.total_updates for one in (before, config))
    if now > was:
        reopen(folder)
    elif now < was:
        cut_short(folder, now)


def restore_last(run: Run) -> None:
    """Go on from the last checkpoint that is not damaged, with a remark on each damaged one after it.

    Without checkpoints the run stays at its start.

    Raises:
        UsageError: all are damaged, or of another run; the message is about the earliest.
    """
    saved = numbered(run.folder / CHECKPOINTS, ".json")  # one whose tensors are gone counts as damaged
    for path in reversed(saved):
        try:
            return restore(run, path)
        except UsageError as error:
            if path == saved[0]:
                raise
            say(f"{str(error).removesuffix('; ' + checkpoint.remedy(path))}; going on from the checkpoint before it")
    return None


def restore(run: Run, path: Path) -> None:
    """Go on from a checkpoint, given its JSON.

    Raises:
        UsageError: it is damaged, or of another run.
    """
    tensors, counters = checkpoint.load(path)
    try:
        run.state.restore(tensors, counters)
    except (RuntimeError, KeyError, ValueError) as error:
        reason = shorten(str(error), 160)
        raise UsageError(f"{path} holds no state of this run ({reason}); {checkpoint.remedy(path)}") from error
    if run.state.step > run.config.train_config.total_updates:
        raise UsageError(
            f"{path} is of update {run.state.step}, but this run has {run.config.train_config.total_updates}; "
            f"{checkpoint.remedy(path)}"
        )


def train_run(
    folder: Path, config: RunConfig, machine: Machine, data: PackedData, *, resume: bool = True,
    tensorboard: bool = False,
) -> Outcome:  # fmt: skip
    """Train to the end of the budget, or to divergence, and return the outcome (also in ``outcome.json``).

    A run that has ended already is not trained again.

    Raises:
        UsageError: as :func:`open_run`; another process is training in the same folder; too few images.
    """
    supply = feed(data, "train", config.model_config.batch_size, config.train_config.seed, machine)
    check_run_folder(folder)
    with locked(folder / "lock"):
        run = open_run(folder, config, machine, resume=resume)
        if has_ended(folder):
            say(f"{folder} holds a run that has ended already")
            outcome = read_outcome(folder)
            check_weights(folder / WEIGHTS, outcome)
            return outcome
        with enough_memory(config.model_config), event_files(folder, run.state.step, wanted=tensorboard) as events:
            run.events = events
            return _train_to_the_end(run, supply, grid_plan(task_of(config, folder), data))


def _train_to_the_end(run: Run, supply: Feed, plan: GridPlan) -> Outcome:
    config, settings = run.config, run.config.train_config
    keep_freed_memory()
    title = f"{config.task} {config.model} seed {settings.seed}"
    reason, others, resumed = None, OtherWork(), run.state.step > 0
    try:
        with deterministic(run.machine.device), Progress(title, settings.total_updates, run.state.step) as progress:
            train(run.state, supply, settings, run.machine, Housekeeping(run, plan, progress))
    except DivergedError as error:
        reason = str(error)
    end = logged_counters(run.folder) if reason else run.state.counters()  # divergence is noticed some updates later
    digest = save_weights(run.folder, run.state.ema.state_dict())
    outcome = Outcome(
        status="diverged" if reason else "finished", reason=reason, **end,
        images_per_second=end["images_seen"] / end["seconds"], weights_sha256=digest,
        other_cores=None if resumed else others.cores(),  # the load before the resumption is not known
    )  # fmt: skip
    write_json(run.folder / OUTCOME, outcome.to_json())
    return outcome


@dataclass
class Housekeeping:
    """Work between updates: log lines, grids, snapshots, checkpoints."""

    run: Run
    plan: GridPlan  # what the sample grids show
    progress: Progress
    losses: str = ""  # the latest, for people

    def __call__(self, state: TrainState) -> None:
        settings = self.run.config.train_config
        last = state.step == settings.total_updates
        rate = state.images_seen / state.seconds
        if settings.logs(state.step):
            lines = log_lines(state)
            self.run.log(lines)
            check_losses(lines)
            check_finite(state)
            self.losses = " ".join(f"{name} {value:.3g}" for name, value in lines[-1].items() if "/" in name)
        if state.step % settings.grid_every == 0 or last:
            save_grid(state.model, state.ema, self.plan, self.run.machine, self._path(SAMPLES, ".png"))
        if settings.snapshots(state.step):
            save_tensors(self._path(SNAPSHOTS, ".safetensors"), state.ema.state_dict())
        if settings.saves(state.step):
            self.run.save_checkpoint()
        self.progress.update(state.step, f"{rate:.0f} images/s {self.losses}")

    def _path(self, folder: str, suffix: str) -> Path:
        return step_file(self.run.folder / folder, self.run.state.step, suffix)
