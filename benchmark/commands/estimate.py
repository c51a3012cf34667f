"""An estimate of trainings before they begin: their updates, and their time on this machine."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from benchmark.data.batches import feed
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.definitions.model_data import expressible
from benchmark.definitions.model_settings import find_model, model_config, report_updates
from benchmark.errors import UsageError
from benchmark.system.machine import Machine, deterministic, keep_freed_memory
from benchmark.system.terminal import duration, say
from benchmark.tasks import BUDGETS, MOST_UPDATES, UPDATES, Task, generator_updates
from benchmark.training.loop import TrainConfig, TrainState, train

WARM_UP, TIMED = 1, 3  # generator updates
# Generator updates that --profile hour gives all models alike, where the budget ``report`` does not fit:
LENGTHS = (*(base * 10**power for power in (1, 2, 3, 4) for base in (1, 2, 3, 5)), 1_500, 15_000)
HOUR = 60.0  # minutes of --profile hour
FOR_TRAINING = 0.75  # of the time; the rest is for scoring

Chosen = Sequence[tuple[Task, Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class Training:
    """One model of one task, all of its seeds."""

    task: str
    model: str
    report: int  # generator updates of the budget ``report``
    update_seconds: float  # of one generator update, with the other player's turns before it

    def seconds(self, budget: str, seeds: int) -> float:
        """Time that all seeds take."""
        return seeds * self.updates(budget) * self.update_seconds

    def updates(self, budget: str) -> int:
        """Generator updates of one seed."""
        return generator_updates(budget, self.report)[1]


def announce_budget(
    chosen: Chosen, profile: str, seeds: int, machine: Machine, *, minutes: float = HOUR, data: str = "synthetic"
) -> str:
    """The budget of a profile; prints the planned trainings and how long they will take.

    Args:
        chosen: tasks with their models.
        profile: ``auto`` (``hour`` with CUDA, else ``smoke``), ``hour``, or a budget's name.
        seeds: of each model.
        machine: where it is trained.
        minutes: of ``hour``.
        data: of all tasks.

    Raises:
        UsageError: there is no such budget, or ``minutes`` is not above 0.
    """
    check_minutes(minutes)
    if profile == "auto":
        profile = "hour" if machine.device.type == "cuda" else "smoke"
    check_profile(profile)
    runs = sum(len(models) for _, models in chosen) * seeds
    if profile == "smoke":  # as long as measuring takes
        say(f"smoke: {runs} runs of {UPDATES['smoke']} generator updates each on {machine.device_name}; no result")
        return profile
    say(f"timing the first updates of {runs // seeds} models on {machine.device_name}")
    trainings = [time_training(task, model, machine, data) for task, models in chosen for model in models]
    budget = longest_budget(trainings, seeds, 60 * minutes * FOR_TRAINING) if profile == "hour" else profile
    for training in trainings:
        say(training_line(training, budget, seeds))
    total = sum(training.seconds(budget, seeds) for training in trainings)
    say(f"all {runs} trainings together: {duration(total)}; scoring comes on top")
    return budget


def check_profile(profile: str) -> None:
    """Raise UsageError unless a profile is a budget or ``hour``."""
    if profile == "hour":
        return
    try:
        generator_updates(profile, 1)
    except UsageError as error:
        allowed = (
            f"auto, first, hour, {', '.join(BUDGETS)}, or a number of generator updates from 1 to {MOST_UPDATES:,}"
        )
        raise UsageError(f"--profile (--budget) is {profile!r}; give {allowed}") from error


def check_minutes(minutes: float, profile: str = "hour") -> None:
    """Raise UsageError for a time that is none, or that a profile does not use."""
    if not 0 < minutes < float("inf"):
        raise UsageError(f"--minutes is {minutes:g}; give a number above 0")
    if profile not in ("hour", "auto"):
        raise UsageError(f"--minutes is {minutes:g}, but --profile {profile} has its own length; give --profile hour")


def time_training(task: Task, model: str, machine: Machine, source: str = "synthetic") -> Training:
    """One model with the time of its first generator updates; the trained weights are thrown away."""
    config, dataset = model_config(model, task), dataset_of(task)
    data = expressible(open_data(dataset, source), dataset, model, config)
    keep_freed_memory()
    torch.manual_seed(0)
    state = TrainState.start(machine.place(find_model(model)[0](config)))
    supply = feed(data, "train", config.batch_size, 0, machine)
    times = []
    with deterministic(machine.device):
        for updates in (WARM_UP, WARM_UP + TIMED):
            train(state, supply, TrainConfig(total_updates=updates), machine, lambda _: None)
            machine.wait()
            times.append(time.perf_counter())
    return Training(
        task=task.name, model=model, report=report_updates(model), update_seconds=(times[1] - times[0]) / TIMED
    )


def longest_budget(trainings: Sequence[Training], seeds: int, seconds: float) -> str:
    """``report`` if that fits into a time, else the largest length for all models alike that does, or the smallest."""
    if sum(training.seconds("report", seeds) for training in trainings) <= seconds:
        return "report"
    per_update = seeds * sum(training.update_seconds for training in trainings)
    fitting = [length for length in LENGTHS if length * per_update <= seconds] or [min(LENGTHS)]
    return "short" if max(fitting) == UPDATES["short"] else str(max(fitting))


def training_line(training: Training, budget: str, seeds: int) -> str:
    """A training with its updates and its time."""
    each = f"{training.updates(budget):,} updates of {1_000 * training.update_seconds:,.0f} ms"
    times = f" times {seeds} seeds" if seeds > 1 else ""
    return f"  {training.task} {training.model}: {each}{times}: {duration(training.seconds(budget, seeds))}"
