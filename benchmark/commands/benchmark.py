"""``nox -s benchmark``: every model of every task on the embedded data, then the tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO

from benchmark.commands.estimate import HOUR, announce_budget, check_minutes
from benchmark.commands.first_results import first_lines, write_first
from benchmark.commands.first_run import FIRST, check_first, first_jobs
from benchmark.commands.leaderboard import render
from benchmark.commands.matrix import Runs, check_run_workers, compute, executor_for, matrix_jobs
from benchmark.commands.model_run import scorer_for
from benchmark.commands.plan import Plan, checked_plan
from benchmark.commands.publishing import RESULTS, collect, publish_records
from benchmark.commands.run_job import REAL, RECORDS, RunJob, RunResult
from benchmark.commands.unpublished import unpublished
from benchmark.errors import UsageError
from benchmark.executors.jobs import Outcome
from benchmark.executors.request import ExecutorRequest
from benchmark.executors.storage import storage_of
from benchmark.leaderboard import output_files
from benchmark.leaderboard.screen import to_terminal
from benchmark.system.machine import this_machine
from benchmark.training.sample_grids import real_grid

PLAIN_WIDTH = 200  # characters of a table that goes to a file or a pipe
LOCAL = ExecutorRequest()


def benchmark(
    out: Path | str, *, profile: str = "auto", tasks: str | None = None, models: str | None = None, seeds: int = 1,
    device: str = "auto", publish: bool = False, data: str = "synthetic", evaluators: Sequence[str] = (),
    minutes: float | None = None, executor: ExecutorRequest = LOCAL, screen: TextIO | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Train, sample, score and rank; print the tables, which runs failed, and where the grids and the page are.

    A run that is finished already is not trained again, and a record that is written stays. A run that diverges or
    fails does not stop the others.

    Args:
        out: folder or URL of runs, records and tables, which all workers of the executor share.
        profile: a budget, ``hour``, ``first``, or ``auto``: ``hour`` with CUDA, else ``first``; ``smoke`` for choices.
        tasks: names, comma-separated; those with embedded data by default.
        models: names, comma-separated; ``all`` stands for the bundled ones with their variants.
        seeds: of each model.
        device: to train on.
        publish: copy the records into ``results``; a run whose row is published already is left out.
        data: of all tasks.
        minutes: of the profile ``hour``, which has 60 by default.
        evaluators: of other packages, which every task that has what they need shows.
        executor: where the runs are computed.
        screen: for the tables.

    Returns:
        Paths of the records, tables and sample grids; ``failed`` has the folder of each such run, and the reason.

    Raises:
        UsageError: a name, ``seeds`` or ``minutes`` is wrong, smoke, data of one's own or nothing new is to be
            published, or there is no such executor or storage. Nothing is begun then.
        JudgeError: a judge or the face detector fails its self-test; nothing is trained then.
    """
    chosen = checked_plan(tasks, models, evaluators, data, publish=publish)
    if seeds < 1:
        raise UsageError(f"--seeds is {seeds}; give 1 or more")
    requested = tasks or models or evaluators or publish or seeds > 1 or data != "synthetic" or executor != LOCAL
    profile = profile_of(profile, device, plain=not requested)
    if minutes is not None:
        check_minutes(minutes, profile)
    place, runs = str(out), Runs(budget="", seeds=seeds, device=device, data=data, evaluators=tuple(evaluators))
    if profile == FIRST:
        check_first(models, data, publish=publish)
    with executor_for(executor, place, device) as pool:  # refused before the first updates are timed
        jobs = plan_jobs(chosen, place, profile, runs, minutes=minutes or HOUR, publish=publish)
        check_run_workers(pool, place, jobs)
        outcomes = list(compute(pool, place, jobs))
    return finish(place, jobs, outcomes, publish=publish, screen=screen or sys.stdout)


def profile_of(profile: str, device: str, *, plain: bool) -> str:
    """A profile; on a CPU ``auto`` is the first run, or ``smoke`` where anything else was chosen."""
    if profile != "auto" or this_machine(device).device.type != "cpu":
        return profile
    return FIRST if plain else "smoke"


def plan_jobs(chosen: Plan, place: str, profile: str, runs: Runs, *, minutes: float, publish: bool) -> list[RunJob]:
    """The runs of a profile, which is announced."""
    machine = this_machine(runs.device)
    if profile == FIRST:
        return first_jobs(chosen, place, replace(runs, budget="smoke"), machine)
    budget = announce_budget(chosen, profile, runs.seeds, machine, minutes=minutes, data=runs.data)
    if publish and budget == "smoke":
        raise UsageError("--publish with smoke: so few updates are no result; give --profile short or report")
    jobs = matrix_jobs(chosen, place, replace(runs, budget=budget))
    return unpublished(jobs, RESULTS / RECORDS) if publish else jobs


def finish(
    place: str, jobs: list[RunJob], runs: list[Outcome[RunResult]], *, publish: bool, screen: TextIO
) -> dict[str, Any]:
    """Write the tables, print them with what failed last, and publish."""
    by_job = {outcome.job: outcome for outcome in runs}
    ordered = [by_job[job] for job in jobs]
    found = [outcome.value for outcome in ordered if outcome.value]
    failed = {path_in_storage(place, outcome.job.folder): reason for outcome in ordered if (reason := failure(outcome))}
    curves, grids = [result.curve for result in found if result.curve], grids_of(ordered)
    images = [name.removesuffix(".csv") + ".png" for name in curves]
    trained = [job for job in jobs if job.length]  # of a first run, whose others only walk the path
    with storage_of(place).workspace([RECORDS, *curves, *images, *grids, *(job.folder for job in trained)]) as folder:
        real_grids(jobs, folder)
        tasks = dict.fromkeys(job.task for job in jobs)
        collect(folder, folder, found, tasks)
        records = folder / RECORDS
        there = sorted(path.name for path in records.glob("*.json"))  # none where every run failed
        pages = write_pages(records, folder, trained) if there else []
        written = [path_in_storage(place, path.relative_to(folder).as_posix()) for path in pages]
        printed = [path_in_storage(place, grid) for grid in grids]
        if trained and there:
            print(*first_lines(records, trained, failed, path_in_storage(place, "")), sep="\n", file=screen)
        else:
            print_tables(records if there else None, screen)
            print(*last_lines(place, failed, written[-1:]), sep="\n", file=screen)
        if publish and there:
            publish_records(folder, found, tasks)
    return {
        "profile": FIRST if trained else jobs[0].budget,
        "records": [path_in_storage(place, f"{RECORDS}/{name}") for name in there],
        "tables": written,
        "grids": printed,
        "curves": [path_in_storage(place, curve) for curve in sorted(curves)],
        "failed": failed,
        "runs": [row(place, outcome) for outcome in ordered],
    }


def write_pages(records: Path, folder: Path, trained: Sequence[RunJob]) -> list[Path]:
    """Tables and page of the records, of a first run with its trained models; return their paths, the page's last."""
    if trained:
        return write_first(records, folder, trained)
    return render.write(records, folder / "leaderboards", page=folder / render.PAGE)


def path_in_storage(place: str, name: str) -> str:
    """A file of the storage, for people."""
    return f"{place.rstrip('/')}/{name}"


def failure(outcome: Outcome[RunResult]) -> str | None:
    """The reason why a run failed or diverged, or None."""
    if outcome.value is None:
        return f"failed: {outcome.reason}"
    return f"diverged: {outcome.value.divergence}" if outcome.value.divergence else None


def row(place: str, outcome: Outcome[RunResult]) -> dict[str, Any]:
    """One run, for machines."""
    return {
        "run": path_in_storage(place, outcome.job.folder), "status": outcome.status if outcome.attempts else "kept",
        "host": outcome.host, "process": outcome.pid, "seconds": round(outcome.seconds, 3),
        "attempts": outcome.attempts,
    }  # fmt: skip


def grids_of(outcomes: list[Outcome[RunResult]]) -> list[str]:
    """The last sample grid of each run, and after those of a task the real images."""
    found = []
    for task in dict.fromkeys(outcome.job.task for outcome in outcomes):
        results = [outcome.value for outcome in outcomes if outcome.value and outcome.job.task == task]
        found += [result.grid for result in results if result.grid]  # one that diverged early has none
        found.append(f"{task}/{REAL}")
    return found


def real_grids(jobs: list[RunJob], folder: Path) -> None:
    """Draw real images of each task."""
    for job in {job.task: job for job in jobs}.values():
        scorer = scorer_for(job.made_of)
        real_grid(scorer.task, scorer.data, folder / job.task / REAL)


def print_tables(records: Path | None, screen: TextIO) -> None:
    """The tables of all tasks; none without records."""
    from rich.console import Console

    console = Console(file=screen, width=None if screen.isatty() else PLAIN_WIDTH)
    tables = output_files.load_tables(records) if records else []
    for _, of_task in groupby(tables, key=lambda table: table.protocol.task):
        console.print(*to_terminal(list(of_task)), sep="\n")


def last_lines(place: str, failed: Mapping[str, str], pages: Sequence[str]) -> list[str]:
    """Lines on the sample grids, the runs that failed, and the page's path."""
    failures = [f"{folder} {reason}" for folder, reason in failed.items()]
    return [f"sample grids: {path_in_storage(place, 'samples')}", *failures, *(f"page: {page}" for page in pages)]
