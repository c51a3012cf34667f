"""``nox -s benchmark``: every model of every task on the embedded data, then the tables."""

from __future__ import annotations

import shutil
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from benchmark.commands import train
from benchmark.commands.curve import draw_curve
from benchmark.commands.estimate import announced
from benchmark.commands.leaderboard import render
from benchmark.commands.plan import check_data, plan, with_fitting
from benchmark.data.datasets import dataset_of
from benchmark.data.loading import open_data
from benchmark.errors import JudgeError, UsageError
from benchmark.leaderboard import files
from benchmark.leaderboard.screen import to_terminal
from benchmark.model_data import expressible
from benchmark.model_settings import report_updates
from benchmark.records.store import copy_record, load_record
from benchmark.scoring.recording import record_run
from benchmark.scoring.scorer import Scorer, scorer_of
from benchmark.system.files import replacing
from benchmark.system.machine import this_machine
from benchmark.system.terminal import say
from benchmark.tasks import Task, generator_updates
from benchmark.training.run_folder import CURVE, SAMPLES, numbered
from benchmark.training.sample_grids import real_grid
from benchmark.training.trained_run import load_run

RESULTS = Path("results")
ON_A_CURVE = 6  # snapshots of each run, for the curve of one that is undertrained
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
    data: str = "synthetic",
    evaluators: Sequence[str] = (),
    minutes: float = 60,
    screen: TextIO | None = None,
) -> dict[str, Any]:
    """Train, sample, score and rank; print the tables, where the grids are, and which runs failed.

    Args:
        out: folder of runs, records and tables.
        profile: a budget, or ``auto``.
        tasks: names, comma-separated; those with embedded data by default.
        models: names, comma-separated; ``all`` stands for the bundled ones with their variants.
        seeds: of each model.
        device: to train on.
        publish: copy the records into ``results``.
        data: of all tasks.
        minutes: of the profile ``hour``.
        evaluators: of other packages, which every task that has what they need shows.
        screen: for the tables.

    A run that is finished already is not trained again, and a record that is written stays. A run that diverges or
    fails does not stop the others.

    Returns:
        Paths of the records, tables and sample grids; ``failed`` has the folder of each such run, and the reason.

    Raises:
        UsageError: a name is unknown, ``seeds`` is below 1, or smoke or data of one's own is to be published. Nothing
            is begun then.
    """
    check_data(data, tasks, publish=publish)
    chosen = with_fitting(plan(tasks, models), evaluators)
    if seeds < 1:
        raise UsageError(f"--seeds is {seeds}; give 1 or more")
    machine = this_machine(device)
    budget = announced(chosen, profile, seeds, machine, minutes=minutes, data=data)
    if publish and budget == "smoke":
        raise UsageError("--publish with smoke: so few updates are no result; give --profile short or report")
    records, grids, failed = out / "records", [], {}
    for task, names in chosen:
        grids += run_task(task, names, out, records, budget, seeds, device, failed, data)
    curves = sorted(out.glob(f"*/*/{budget}-seed*/{CURVE}"))
    there = any(records.glob("*.json"))  # none where every run failed
    collect(out, grids, curves)
    written = render.write(records, out / "leaderboards", page=out / render.PAGE) if there else []
    print_tables(records if there else None, grids, failed, screen or sys.stdout, written[-1:])
    if publish and there:
        publish_records(records, grids, curves)
    return {
        "profile": budget,
        "records": sorted(map(str, records.glob("*.json"))),
        "tables": list(map(str, written)),
        "grids": list(map(str, grids)),
        "curves": list(map(str, curves)),
        "failed": {str(folder): reason for folder, reason in failed.items()},
    }


def run_task(
    task: Task, models: list[str], out: Path, records: Path, budget: str, seeds: int, device: str,
    failed: dict[Path, str], data: str = "synthetic",
) -> list[Path]:  # fmt: skip
    """Train and score the models of one task; return their last sample grids, and note in ``failed`` which failed."""
    scorer = ready_scorer(task, budget, device, data)
    grids = []
    for model in models:
        for seed in range(seeds):
            folder = out / task.name / model.replace(":", "-") / f"{budget}-seed{seed}"
            if reason := run_or_reason(scorer, model, folder, records, budget, seed, data):
                failed[folder] = reason
            grids += numbered(folder / SAMPLES, ".png")[-1:]  # one that diverged early has none
    grids.append(real_grid(scorer.data, out / task.name / "real.png"))
    return grids


def ready_scorer(task: Task, budget: str, device: str, data: str = "synthetic") -> Scorer:
    """The scorer of a task on its embedded data, or on other data.

    Raises:
        JudgeError: a judge or the face detector fails its self-test.
    """
    scorer = scorer_of(task, open_data(dataset_of(task), data), budget, this_machine(device))
    if scorer.fault:
        raise JudgeError(f"{task.name}: {scorer.fault}; nothing was trained")
    return scorer


def run_or_reason(
    scorer: Scorer, model: str, folder: Path, records: Path, budget: str, seed: int, data: str = "synthetic"
) -> str | None:
    """Train and score one model; the reason in one line if it diverged or failed. An error of ours is shown whole."""
    try:
        return run_model(scorer, model, folder, records, budget, seed, data)
    except (UsageError, OSError) as error:
        return f"failed: {error}"
    except Exception as error:  # the other runs of a long matrix are not to be lost to it
        traceback.print_exception(error, file=sys.stderr)
        return f"failed: {type(error).__name__}: {error}"


def run_model(
    scorer: Scorer, model: str, folder: Path, records: Path, budget: str, seed: int, data: str = "synthetic"
) -> str | None:
    """Train and score one model; of one that is undertrained, also draw the curve, as ``curve.png`` in its folder.

    Returns:
        When it diverged, or None.
    """
    task = scorer.task
    requested = train.TrainingRequest(
        task=task.source or task.name, model=model, data=data, budget=budget, seed=seed,
        device=str(scorer.machine.device),
        snapshot_every=snapshot_every(task, model, budget),
    )  # fmt: skip
    train.train(requested, folder)
    say(f"{task.name} {model} seed {seed}: scoring")
    run = load_run(folder, scorer.machine)
    expressed = expressible(scorer.data, dataset_of(task), model, run.model.config)
    scorer = scorer if expressed is scorer.data else replace(scorer, data=expressed)
    record = load_record(record_run(scorer, run, records)[0])
    if record.status == "undertrained" and not (folder / CURVE).exists():
        draw_curve(scorer, folder, folder / CURVE)
    return f"diverged: {record.reason}" if record.status == "diverged" else None


def snapshot_every(task: Task, model: str, budget: str) -> int:
    """Generator updates between two snapshots; 0 where there is no curve to draw."""
    _, updates = generator_updates(budget, report_updates(model))
    return 0 if budget == "smoke" or task.main_score not in task.condition_scores else max(1, updates // ON_A_CURVE)


def print_tables(
    records: Path | None, grids: list[Path], failed: dict[Path, str], screen: TextIO, pages: Sequence[Path] = ()
) -> None:
    """All tables, then the paths of the grids, the runs that failed, and last the page's path."""
    from rich.console import Console

    console = Console(file=screen, width=None if screen.isatty() else PLAIN_WIDTH)
    tables = files.load_tables(records) if records else []
    for _, of_task in groupby(tables, key=lambda table: table.protocol.task):
        console.print(*to_terminal(list(of_task)), sep="\n")
    for grid in grids:
        print(f"grid: {grid}", file=screen)
    for folder, reason in failed.items():
        print(f"{folder} {reason}", file=screen)
    for page in pages:
        print(f"page: {page}", file=screen)


def publish_records(records: Path, grids: list[Path], curves: list[Path]) -> None:
    """Copy records, grids and curves into ``results/`` and render its tables; a record there is never overwritten."""
    target = RESULTS / "records"
    new = [path for path in sorted(records.glob("*.json")) if not (target / path.name).exists()]
    for path in sorted(records.glob("*.json")):
        copy_record(path, target)
    collect(RESULTS, grids, curves)
    render.write(target, RESULTS / "leaderboards", page=RESULTS / render.PAGE)
    say(f"published {len(new)} records into {target} and rendered {RESULTS}")


def collect(folder: Path, grids: list[Path], curves: list[Path]) -> None:
    """Copy grids and curves to where the page looks for them, next to the records."""
    for name, paths in (("samples", grids), ("curves", curves + [path.with_suffix(".png") for path in curves])):
        for path in paths:
            with replacing(folder / name / published_name(path)) as temporary:
                shutil.copy(path, temporary)


def published_name(path: Path) -> str:
    """``runs/iclevr/model/short-seed0/samples/step_0001500.png`` as ``iclevr-model-short-seed0.png``."""
    if path.name == "real.png":
        return f"{path.parent.name}-real.png"
    run = path.parent.parent if path.parent.name == SAMPLES else path.parent
    return f"{'-'.join(run.parts[-3:])}{path.suffix}"
