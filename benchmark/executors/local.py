"""Jobs on this machine: in this process, or in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from benchmark.executors.jobs import Job, Outcome, attempt
from benchmark.executors.progress_screen import Screen
from benchmark.system.terminal import say

Value = TypeVar("Value")
ATTEMPTS = 4  # of a job whose worker dies
WAIT = 2.0  # seconds between two updates of the screen


@dataclass
class Local(AbstractContextManager):
    """Computes jobs one by one in this process, or several at once in processes of their own."""

    jobs: int = 1  # at once
    name: str = "local"

    def everywhere(self, _probe: Callable[..., Value], *_arguments: Any) -> list[Value]:  # noqa: ANN401
        return []

    def __exit__(self, *_: object) -> None:
        """Leave nothing behind: each run ends what it has started."""

    def run(self, work: Callable[[Any], Value], jobs: Sequence[Job], title: str) -> Iterator[Outcome[Value]]:
        if self.jobs == 1:
            return one_by_one(work, jobs)
        return self._at_once(work, list(jobs), title)

    def _at_once(self, work: Callable[[Any], Value], jobs: list[Job], title: str) -> Iterator[Outcome[Value]]:
        """Outcomes of jobs computed ``self.jobs`` at a time; one whose process dies is computed again later."""
        waiting, tries = deque(range(len(jobs))), Counter()
        with Screen(title, len(jobs)) as screen, Workers(self.jobs) as workers:
            while waiting or workers.busy:
                while waiting and workers.idle:
                    number = waiting.popleft()
                    tries[number] += 1
                    workers.begin(number, work, jobs[number])
                    screen.running[jobs[number].title] = "this machine"
                for number, outcome in workers.ended():
                    if outcome is None and tries[number] < ATTEMPTS:
                        say(f"{jobs[number].title}: its process died; it goes on from what it has saved")
                        screen.running.pop(jobs[number].title, None)
                        waiting.append(number)
                        continue
                    outcome = outcome or Outcome(job=jobs[number], status="failed", reason=death_reason(ATTEMPTS))
                    screen.finished(outcome)
                    yield replace(outcome, attempts=tries[number])
                screen.show()


class Workers(AbstractContextManager):
    """Processes that compute one job at a time each, every one in a pool of its own.

    If a process of a common pool dies, all jobs of the pool fail.
    """

    def __init__(self, count: int) -> None:
        self.threads = max(1, (os.cpu_count() or 1) // count)
        self.idle = [self._pool() for _ in range(count)]  # a pool starts its process with its first job
        self.busy: dict[Future, tuple[int, ProcessPoolExecutor]] = {}

    def begin(self, number: int, work: Callable[[Any], Value], job: Job) -> None:
        """Give a job to an idle process, or to a new one if the idle one has died."""
        try:
            future = self.idle[-1].submit(attempt, work, job)
        except BrokenProcessPool:
            end(self.idle[-1])
            self.idle[-1] = self._pool()
            future = self.idle[-1].submit(attempt, work, job)
        self.busy[future] = number, self.idle.pop()

    def ended(self) -> Iterator[tuple[int, Outcome | None]]:
        """Number and outcome of each job that ends within ``WAIT`` seconds; the outcome is None if its process died."""
        ended, _ = wait(self.busy, timeout=WAIT, return_when=FIRST_COMPLETED)
        for future in ended:
            number, pool = self.busy.pop(future)
            died = isinstance(future.exception(), BrokenProcessPool)
            if died:
                end(pool)
            self.idle.append(self._pool() if died else pool)
            yield number, None if died else future.result()

    def __exit__(self, *_: object) -> None:
        for pool in (*self.idle, *(pool for _, pool in self.busy.values())):
            end(pool)

    def _pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=_limit_threads, initargs=(self.threads,))


def end(pool: ProcessPoolExecutor) -> None:
    """End a pool with its process, even one that is still at work, as after an interrupt."""
    processes = list((getattr(pool, "_processes", None) or {}).values())  # the pool forgets them when it is shut down
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()


def one_by_one(work: Callable[[Any], Value], jobs: Sequence[Job]) -> Iterator[Outcome[Value]]:
    """Outcomes of jobs computed in this process."""
    for number, job in enumerate(jobs, 1):
        if len(jobs) > 1:
            say(f"{number} of {len(jobs)}: {job.title}")
        yield attempt(work, job)


def death_reason(attempts: int) -> str:
    """The reason of a job whose worker died at each attempt."""
    return f"its process died {attempts} times, as where memory does not suffice; give each run more of it"


def _limit_threads(threads: int) -> None:
    """Limit the threads of a worker process, so that all workers share the processors."""
    import torch

    torch.set_num_threads(threads)
