"""Training one model into a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.definitions.lookup import find_task
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import model_config, parts_of, report_updates
from benchmark.errors import UsageError, check_seed
from benchmark.system.files import check_writable
from benchmark.system.machine import this_machine
from benchmark.tasks import generator_updates
from benchmark.training import run_config, runs
from benchmark.training.event_files import check_tensorboard
from benchmark.training.loop import TrainConfig
from benchmark.training.memory import check_memory
from benchmark.training.run_config import Outcome

LONGEST_VARIANT = 100  # letters, as records take them


@dataclass(frozen=True, kw_only=True)
class TrainingRequest:
    """A training as a person requests it, by names."""

    task: str
    model: str  # name or name:variant
    data: str = "synthetic"
    budget: str = "short"  # or a number of generator updates
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    snapshot_every: int = 0  # generator updates; 0 keeps none
    grid_every: int = TrainConfig.grid_every  # generator updates
    resume: bool = True
    tensorboard: bool = False


def train(request: TrainingRequest, out: Path) -> Outcome:
    """Train one model into a run folder and return the outcome.

    Raises:
        UsageError: a name, a setting or the data is wrong, or the folder holds another run.
    """
    task, machine = find_task(request.task), this_machine(request.device, request.precision)
    check_writable(out)
    if request.tensorboard:
        check_tensorboard()
    check_seed(request.seed)
    if request.snapshot_every < 0:
        raise UsageError(f"--snapshot-every is {request.snapshot_every}; give 0 or more")
    _check_length(request.model)
    wanted = model_config(request.model, task)  # a wrong model is refused before any data is rendered
    check_memory(request.model, wanted, machine)
    budget, updates = generator_updates(request.budget, report_updates(request.model))
    if request.snapshot_every > updates:
        raise UsageError(f"--snapshot-every is {request.snapshot_every}, more than its {updates} updates; give less")
    settings = TrainConfig(
        total_updates=updates, seed=request.seed, snapshot_every=request.snapshot_every, grid_every=request.grid_every
    )
    dataset = dataset_of(task)
    data = expressible(open_data(dataset, request.data), dataset, request.model, wanted)
    config = run_config.configure(task, request.model, data, budget, settings, machine)
    return runs.train_run(out, config, machine, data, resume=request.resume, tensorboard=request.tensorboard)


def _check_length(model: str) -> None:
    """Raise UsageError if no record of the model could be written."""
    if (letters := len(":".join(parts_of(model)[1]))) > LONGEST_VARIANT:
        raise UsageError(
            f"{shorten(model, 200)} has {letters} letters of variants and settings; give {LONGEST_VARIANT} at most, or "
            "a class of your own with a variant that has them"
        )
