"""``nox -s benchmark``: every model of every task on the embedded data, then the tables."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any, TextIO

from benchmark import pipeline
from benchmark.configs import serves, split_names
from benchmark.data.datasets import DATASETS, dataset_of
from benchmark.data.packing import open_data
from benchmark.errors import JudgeError, UsageError
from benchmark.leaderboard import files, tables
from benchmark.leaderboard.terminal import to_terminal
from benchmark.records.files import load_records
from benchmark.records.places import copy_record
from benchmark.registry import find
from benchmark.scoring.recording import record_run
from benchmark.system.console import say
from benchmark.system.machine import this_machine
from benchmark.tasks import TASKS, Task
from benchmark.training import runs
from benchmark.training.grids import real_grid
from benchmark.training.run_folder import SAMPLES, numbered

RESULTS = Path("results")
PLAIN_WIDTH = 200  # characters of a table that goes to a file or a pipe


def benchmark(
    out: Path,
    *,
    profile: str = "auto",
    tasks: str | None = None,
    models: str | None = None,
    seeds: int = 1,
    device: str = "auto",
    publish: bool = False,
    screen: TextIO | None = None,
) -> dict[str, Any]:
    """Train, sample, score and rank; print the tables and where the grids are.

    A run that is finished already is not trained again, and a record that is written stays.

    Returns:
        Paths of the records, tables and sample grids.

    Raises:
        UsageError: a name is unknown, ``seeds`` is below 1, or smoke is to be published. Nothing is begun then.
    """
    chosen = [(find("task", name, TASKS), names) for name, names in plan(tasks, models)]
    if seeds < 1:
        raise UsageError(f"--seeds is {seeds}; give 1 or more")
    machine = this_machine(device)
    budget = profile if profile != "auto" else ("report" if machine.device.type == "cuda" else "smoke")
    if publish and budget == "smoke":
        raise UsageError("--publish with smoke: so few updates are no result; give --profile short or report")
    records, grids = out / "records", []
    for task, names in chosen:
        grids += run_task(task, names, out, records, budget, seeds, device)
    written = files.write(records, out / "leaderboards")
    print_tables(records, grids, screen or sys.stdout)
    if publish:
        publish_records(records, grids)
    return {
        "profile": budget,
        "records": sorted(map(str, records.glob("*.json"))),
        "tables": list(map(str, written)),
        "grids": list(map(str, grids)),
    }


def plan(tasks: str | None, models: str | None) -> list[tuple[str, list[str]]]:
    """Which models of which tasks, from two comma-separated lists."""
    wanted = tasks.split(",") if tasks else [name for name, task in TASKS.items() if DATASETS[task.dataset].render]
    listed = {name: list(find("task", name, TASKS).models) for name in wanted}
    if models is None:
        return list(listed.items())
    asked = split_names(models)
    for model in asked:
        runs.find_model(model)
    of_tasks = {name: [model for model in asked if serves(model, find("task", name, TASKS))] for name in wanted}
    if not any(of_tasks.values()):
        raise UsageError(f"none of {models} can do {', '.join(wanted)}; see 'cgan-bench list models'")
    return [(name, names) for name, names in of_tasks.items() if names]


def run_task(
    task: Task, models: list[str], out: Path, records: Path, budget: str, seeds: int, device: str
) -> list[Path]:
    """Train and score the models of one task; return their last sample grids."""
    data = open_data(dataset_of(task))
    machine = this_machine(device)
    scorer = pipeline.scorer_of(task, data, budget, machine)
    if scorer.fault:
        raise JudgeError(f"{task.name}: {scorer.fault}; nothing was trained")
    grids = []
    for model in models:
        for seed in range(seeds):
            folder = out / task.name / model.replace(":", "-") / f"{budget}-seed{seed}"
            asked = pipeline.Asked(task=task.name, model=model, budget=budget, seed=seed, device=device)
            pipeline.train(asked, folder)
            say(f"{task.name} {model} seed {seed}: scoring")
            record_run(scorer, folder, records)
            grids.append(numbered(folder / SAMPLES, ".png")[-1])
    grids.append(real_grid(data, out / task.name / "real.png"))
    return grids


def print_tables(records: Path, grids: list[Path], screen: TextIO) -> None:
    """All tables, then the paths of the grids."""
    from rich.console import Console

    console = Console(file=screen, width=None if screen.isatty() else PLAIN_WIDTH)
    for table in tables.build(load_records(records)):
        console.print(*to_terminal(table), sep="\n")
    for grid in grids:
        print(f"grid: {grid}", file=screen)


def publish_records(records: Path, grids: list[Path]) -> None:
    """Copy the records and grids into ``results/`` and render its tables; a record there is never overwritten."""
    target = RESULTS / "records"
    new = [path for path in sorted(records.glob("*.json")) if not (target / path.name).exists()]
    for path in new:
        copy_record(path, target)
    samples = RESULTS / "samples"
    samples.mkdir(exist_ok=True)
    for path in grids:
        shutil.copy(path, samples / grid_name(path))
    files.write(target, RESULTS / "leaderboards")
    say(f"published {len(new)} records into {target} and rendered {RESULTS}")


def grid_name(path: Path) -> str:
    """``runs/iclevr/model/short-seed0/samples/step_0001500.png`` as ``iclevr-model-short-seed0.png``."""
    if path.name == "real.png":
        return f"{path.parent.name}-real.png"
    task, model, run = path.parts[-5:-2]
    return f"{task}-{model}-{run}.png"
