"""Training one model into a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.errors import UsageError, refuse_bad_seed
from benchmark.model_settings import model_config, report_updates
from benchmark.registry import find
from benchmark.system.files import refuse_unwritable
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS, generator_updates
from benchmark.training import runs, trained_run
from benchmark.training.loop import TrainConfig
from benchmark.training.memory import refuse_too_large


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A training as a person asks for it, by names."""

    task: str
    model: str  # name or name:variant
    data: str = "synthetic"
    budget: str = "short"  # or a number of generator updates
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    snapshot_every: int = 0  # generator updates; 0 keeps none
    resume: bool = True


def train(asked: Asked, out: Path) -> dict[str, Any]:
    """Train one model into a run folder and return the outcome.

    Raises:
        UsageError: a name, a setting or the data is wrong, or the folder holds another run.
    """
    task, machine = find("task", asked.task, TASKS), this_machine(asked.device, asked.precision)
    refuse_unwritable(out)
    refuse_bad_seed(asked.seed)
    if asked.snapshot_every < 0:
        raise UsageError(f"--snapshot-every is {asked.snapshot_every}; give 0 or more")
    # a wrong model is refused before any data is rendered
    refuse_too_large(asked.model, model_config(asked.model, task), machine)
    budget, updates = generator_updates(asked.budget, report_updates(asked.model))
    if asked.snapshot_every > updates:
        raise UsageError(f"--snapshot-every is {asked.snapshot_every}, more than its {updates} updates; give less")
    settings = TrainConfig(total_updates=updates, seed=asked.seed, snapshot_every=asked.snapshot_every)
    data = open_data(dataset_of(task), asked.data)
    config = trained_run.configure(task, asked.model, data, budget, settings, machine)
    return runs.train_run(out, config, machine, data, resume=asked.resume)
