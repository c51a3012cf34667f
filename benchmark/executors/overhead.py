"""The overhead of a job on each executor, measured with 8 to 512 jobs that compute nothing.

``python -m benchmark.executors.overhead`` prints the table of docs/scaling.md.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.errors import UsageError
from benchmark.executors.jobs import Executor
from benchmark.executors.local import Local
from benchmark.executors.request import ExecutorRequest, executor_of
from benchmark.executors.storage import storage_of
from benchmark.system.terminal import say

COUNTS = (8, 64, 512)


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """A job with the storage of a real one, which computes nothing."""

    number: int
    place: str

    @property
    def title(self) -> str:
        return f"stand-in {self.number}"


def claim_and_note(job: StandIn) -> int:
    """The steps around the work of every job: claim it, look whether it was done before, note the result."""
    storage = storage_of(job.place)
    with storage.claim(str(job.number)):
        if storage.read_note(str(job.number)) is None:
            storage.write_note(str(job.number), {"number": job.number})
    return job.number


def executors() -> Iterator[dict[str, Any]]:
    """Seconds to start each executor, and milliseconds for each of 8, 64 and 512 jobs that compute nothing."""
    chosen: list[tuple[str, Executor]] = [("local", Local()), ("local, 2 processes", Local(jobs=2))]
    try:
        chosen.append(("ray, this machine", executor_of(ExecutorRequest(name="ray", gpus_per_run=0))))
    except UsageError as error:
        say(str(error))
    for name, executor in chosen:
        yield from time_executor(name, executor)


def time_executor(name: str, executor: Executor) -> Iterator[dict[str, Any]]:
    """One row for each number of jobs, the first of which also starts the workers."""
    begun = time.perf_counter()
    with executor:
        started = time.perf_counter() - begun
        for count in COUNTS:
            with tempfile.TemporaryDirectory() as folder:
                seconds = seconds_of(executor, count, Path(folder))
            per_job = 1_000 * seconds / count
            yield {"executor": name, "jobs": count, "start s": round(started, 2), "ms per job": round(per_job, 2)}


def seconds_of(executor: Executor, count: int, folder: Path) -> float:
    """Seconds until so many jobs are done."""
    begun = time.perf_counter()
    jobs = [StandIn(number=number, place=str(folder)) for number in range(count)]
    failed = [outcome.reason for outcome in executor.run(claim_and_note, jobs, "stand-ins") if outcome.value is None]
    if failed:
        raise UsageError(f"{len(failed)} of {count} stand-ins failed: {failed[0]}")
    return time.perf_counter() - begun


def main() -> None:
    """Print the rows as a Markdown table, each as soon as it is measured."""
    print("| executor | jobs | seconds to start | ms per job |\n| --- | ---: | ---: | ---: |")
    for row in executors():
        print(f"| {row['executor']} | {row['jobs']} | {row['start s']} | {row['ms per job']} |", flush=True)


if __name__ == "__main__":
    main()
