"""Jobs on this machine: in this process, or in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
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
        """Outcomes of jobs computed ``self.jobs`` at a time; a job whose process dies is computed again."""
        tries = dict.fromkeys(range(len(jobs)), 0)
        with Screen(title, len(jobs)) as screen:
            while tries:
                for number, outcome in self._round(work, jobs, list(tries), screen):
                    tries[number] += 1
                    if outcome is None and tries[number] < ATTEMPTS:
                        say(f"{jobs[number].title}: its process died; it goes on from what it has saved")
                        continue
                    outcome = outcome or Outcome(job=jobs[number], status="failed", reason=death_reason(ATTEMPTS))
                    screen.finished(outcome)
                    yield replace(outcome, attempts=tries.pop(number))

    def _round(
        self, work: Callable[[Any], Value], jobs: list[Job], numbers: list[int], screen: Screen
    ) -> Iterator[tuple[int, Outcome[Value] | None]]:
        """The outcome of each job by its number, or None where its process died; ends when the pool is broken."""
        pool, waiting, futures = self._pool(), list(reversed(numbers)), {}
        try:
            while waiting or futures:
                while waiting and len(futures) < self.jobs:
                    number = waiting.pop()
                    futures[pool.submit(attempt, work, jobs[number])] = number
                    screen.running[jobs[number].title] = "this machine"
                ended, _ = wait(futures, timeout=WAIT, return_when=FIRST_COMPLETED)
                for future in sorted(ended, key=_is_broken):
                    outcome = future.result()
                    yield futures.pop(future), outcome
                screen.show()
        except BrokenProcessPool:
            yield from ((number, None) for number in futures.values())
        finally:
            children = processes_of(pool)
            pool.shutdown(wait=False, cancel_futures=True)
            for process in children:  # those that are still at work, as after an interrupt
                process.terminate()

    def _pool(self) -> ProcessPoolExecutor:
        threads = max(1, (os.cpu_count() or 1) // self.jobs)
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.jobs, mp_context=context, initializer=_limit_threads, initargs=(threads,))


def one_by_one(work: Callable[[Any], Value], jobs: Sequence[Job]) -> Iterator[Outcome[Value]]:
    """Outcomes of jobs computed in this process."""
    for number, job in enumerate(jobs, 1):
        if len(jobs) > 1:
            say(f"{number} of {len(jobs)}: {job.title}")
        yield attempt(work, job)


def death_reason(attempts: int) -> str:
    """The reason of a job whose workers died."""
    return f"its process died {attempts} times, as where memory does not suffice; give each run more of it"


def _is_broken(future: Future) -> bool:
    """True if the process that computed it has died; all others of its pool then count as broken, too."""
    return isinstance(future.exception(), BrokenProcessPool)


def processes_of(pool: ProcessPoolExecutor) -> list[BaseProcess]:
    """The processes of a pool, which forgets them when it is shut down."""
    return list((getattr(pool, "_processes", None) or {}).values())


def _limit_threads(threads: int) -> None:
    """Limit the threads of a worker process, so that all workers share the processors."""
    import torch

    torch.set_num_threads(threads)
