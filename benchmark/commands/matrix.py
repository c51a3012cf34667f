"""The runs of a matrix of tasks, models and seeds: listed and computed by an executor."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.commands.model_run import ScorerRequest, ready_scorer, scorer_for
from benchmark.commands.plan import Plan
from benchmark.commands.run_job import (
    RunJob,
    RunResult,
    job_digest,
    run_job,
    stored_result,
    worker_environment,
)  # fmt: skip
from benchmark.data.source import located
from benchmark.errors import UsageError
from benchmark.executors.environment import check_same, environment
from benchmark.executors.jobs import Executor, Outcome
from benchmark.executors.request import ExecutorRequest, executor_of
from benchmark.executors.storage import storage_of
from benchmark.scoring.completeness import measured_digest
from benchmark.system.terminal import say, track

BUSY_PAUSE = 5.0  # seconds until runs of another program are looked at again


def executor_for(request: ExecutorRequest, place: str, device: str) -> Executor:
    """The executor for runs that write to a storage place.

    Raises:
        UsageError: there is no such executor, or its workers cannot share that place.
    """
    if device == "cpu" and request.name == "ray" and request.gpus_per_run is None:
        request = replace(request, gpus_per_run=0)
    if place.startswith("memory:") and (request.name != "local" or (request.jobs or 1) > 1):
        raise UsageError(f"--out {place} lies in this process alone; give a folder or another URL to several workers")
    executor = executor_of(request)
    storage_of(place).check()
    return executor


@dataclass(frozen=True, kw_only=True)
class Runs:
    """The settings that all runs of a matrix share."""

    budget: str
    seeds: int
    device: str
    data: str
    evaluators: tuple[str, ...]


def matrix_jobs(chosen: Plan, place: str, runs: Runs) -> list[RunJob]:
    """All runs, tasks one after the other.

    Raises:
        JudgeError: a judge or the face detector fails its self-test.
    """
    place = place if "://" in place else str(Path(place).absolute())
    scorer_for.cache_clear()  # a program that runs several matrices may have changed what they are made of
    jobs = []
    for task, models in track(chosen, "reading the data and testing the judges"):
        made_of = ScorerRequest(
            task=task.source or task.name, data=located(runs.data), evaluators=runs.evaluators, budget=runs.budget,
            device=runs.device,
        )  # fmt: skip
        scorer = ready_scorer(made_of)
        jobs += [
            RunJob(
                task=task.name, model=model, seed=seed, made_of=made_of, data_digest=scorer.data.digest,
                code_sha256=job_digest(task, model), measured=measured_digest(scorer), place=place,
            )
            for model in models for seed in range(runs.seeds)
        ]  # fmt: skip
    return jobs


def check_run_workers(pool: Executor, place: str, jobs: list[RunJob]) -> None:
    """Raise UsageError if a worker has other code, libraries or data, or does not see the storage."""
    storage, note = storage_of(place), f"probe-{secrets.token_hex(8)}"
    storage.write_note(note, {})
    try:
        made_of = {job.task: job.made_of for job in jobs}
        others = pool.everywhere(worker_environment, made_of, jobs[0].place, note)
    finally:
        storage.remove_note(note)
    if others:
        check_same(environment(data={job.task: job.data_digest for job in jobs}), others)


def compute(pool: Executor, place: str, jobs: list[RunJob]) -> Iterator[Outcome[RunResult]]:
    """Outcomes of all jobs, stored ones first; a job that another program computes is waited for."""
    storage = storage_of(place)
    results = {job: stored_result(storage, job) for job in jobs}
    yield from (Outcome(job=job, status="done", value=value, attempts=0) for job, value in results.items() if value)
    left = [job for job, value in results.items() if not value]
    while left:
        busy = []
        for outcome in pool.run(run_job, left, "runs"):
            if outcome.details:  # an error of ours is shown whole
                print(outcome.details, file=sys.stderr)
            if outcome.status == "busy":
                busy.append(outcome.job)
            else:
                yield outcome
        if left := busy:
            say(f"waiting for {len(left)} runs of another program, such as {left[0].title}")
            time.sleep(BUSY_PAUSE)
