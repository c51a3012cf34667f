"""The first run on a CPU: a few models are trained until their images show something, the others run for smoke."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmark.commands.estimate import longest_budget, time_training, training_line
from benchmark.commands.matrix import Runs, matrix_jobs
from benchmark.commands.plan import Plan
from benchmark.commands.run_job import RunJob
from benchmark.data.datasets import dataset_of
from benchmark.errors import UsageError
from benchmark.executors.storage import storage_of
from benchmark.system.machine import Machine
from benchmark.system.terminal import duration, say, track
from benchmark.tasks import SMOKE, UPDATES, Task

FIRST = "first"
TRAINING = 180.0  # seconds of all trainings together
NOTE = "first-run"  # updates by task, so that the same command goes on with the same plan
# Rough seconds of one processor, which only announce how long it takes:
RENDERING = {"iclevr": 0.008, "anime-faces": 0.012}  # of one image
SCORING = 15.0  # of one model, drawn and scored
PAGE = 30.0
REFERENCES = 3  # rows of each task that are scored next to its models


def check_first(models: str | None, data: str, *, publish: bool) -> None:
    """Raise UsageError for options that a first run does not take."""
    if publish:
        raise UsageError("--publish with first: so few images are no result; give --profile short or report")
    if models is not None or data != "synthetic":
        option = "--models" if models is not None else "--data"
        raise UsageError(f"--profile first chooses models and data itself; leave out {option}, or give --profile short")


def first_jobs(chosen: Plan, place: str, runs: Runs, machine: Machine) -> list[RunJob]:
    """The runs of a first run, those of a task that are trained first; says before it begins what will be done.

    Args:
        chosen: tasks with their models.
        place: folder or URL of the runs.
        runs: what they have in common; ``smoke`` is their budget of models that it does not train.
        machine: where it is trained.

    Raises:
        JudgeError: a judge or the face detector fails its self-test.
    """
    plan = [(task, [*task.first, *models_for_smoke(task, models)]) for task, models in chosen]
    for line in announcement(plan, runs.seeds, machine):
        say(line)
    jobs = matrix_jobs(plan, place, runs)
    updates = planned_updates(plan, place, runs.seeds, machine)
    trained = {(task.name, name): str(updates[task.name]) for task, _ in plan for name in task.first}
    return [replace(job, length=trained.get((job.task, job.model))) for job in jobs]


def models_for_smoke(task: Task, models: Sequence[str]) -> list[str]:
    """The models that only run for smoke; without models of which a variant is trained."""
    trained = {*task.first, *(name.partition(":")[0] for name in task.first)}
    return [name for name in models if name not in trained]


def announcement(plan: Plan, seeds: int, machine: Machine) -> list[str]:
    """The parts of a first run, each with about how long it takes on that many processors."""
    cores = os.cpu_count() or 1
    datasets = {dataset_of(task).name: dataset_of(task) for task, _ in plan}
    rendering = {name: RENDERING.get(name, 0.01) * found.embedded_images / cores for name, found in datasets.items()}
    images = ", ".join(f"{datasets[name].embedded_images:,} of {name}" for name in datasets)
    trained = [f"{task.name} {name}" for task, _ in plan for name in task.first]
    runs = seeds * sum(len(models) for _, models in plan)
    others, training = runs - seeds * len(trained), TRAINING * seeds * sum(task.first_share for task, _ in plan)
    scoring = (runs + REFERENCES * len(plan)) * SCORING / cores
    total = sum(rendering.values()) + training + scoring + PAGE / cores
    return [
        f"a first run on {machine.device_name}, {cores} processors: about {duration(total)}",
        f"  1. render the images, unless they are in the cache: {images}; {duration(sum(rendering.values()))}",
        f"  2. train until something shows: {', '.join(trained)}; {duration(training)}",
        f"  3. run {others} other models for {UPDATES['smoke']} updates each, which is no result; "
        f"score all by {SMOKE.fidelity} images; {duration(scoring)}",
        f"  4. tables, a page and a sheet of samples; {duration(PAGE / cores)}",
    ]


def planned_updates(plan: Plan, place: str, seeds: int, machine: Machine) -> Mapping[str, int]:
    """Generator updates of the trained models by task: as noted by an earlier call, or as many as fit into the time."""
    storage = storage_of(place)
    noted = storage.read_note(NOTE) or {}
    missing = [task for task, _ in plan if task.first and task.name not in noted]
    found = noted | fitting_updates(missing, seeds, machine)
    storage.write_note(NOTE, found)
    return found


def fitting_updates(tasks: Sequence[Task], seeds: int, machine: Machine) -> dict[str, int]:
    """Generator updates by task: the most that all its trained models can get within the task's share of the time."""
    models = [(task, name) for task in tasks for name in task.first]
    timed = [
        time_training(task, name, machine, "synthetic") for task, name in track(models, "timing the first updates")
    ]
    found = {}
    for task in tasks:
        own = [training for training in timed if training.task == task.name]
        budget = longest_budget(own, 1, TRAINING * task.first_share)
        for training in own:
            say(training_line(training, budget, seeds))
        found[task.name] = own[0].updates(budget)
    return found
