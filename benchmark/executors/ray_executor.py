"""Jobs on a Ray cluster: each requests processors and a part of a GPU; a job whose worker dies is computed again."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from benchmark.errors import UsageError
from benchmark.executors.jobs import Job, Outcome, attempt
from benchmark.executors.local import ATTEMPTS, death_reason
from benchmark.executors.progress_screen import Screen
from benchmark.executors.ray_cluster import cancel_task, check_cpus, cluster, gpus_for, nodes, on_node
from benchmark.system.terminal import say

Value = TypeVar("Value")
POLL_SECONDS = 1.0  # seconds between two looks at what has ended
PROBE_SECONDS = 600.0  # seconds that machines have to show what they have; data may have to be rendered first


class Board:
    """An actor that knows where each job runs; workers report to it when they begin one."""

    def __init__(self) -> None:
        self.places: dict[int, str] = {}

    def begins(self, number: int, place: str) -> None:
        self.places[number] = place

    def all(self) -> dict[int, str]:
        return self.places


def on_worker(work: Callable[[Any], Value], job: Any, number: int, board: Any) -> Outcome[Value]:  # noqa: ANN401
    """The outcome of the work in a Ray worker, which first reports its machine and process to the board."""
    with suppress(RayError):
        board.begins.remote(number, f"{socket.gethostname()}, process {os.getpid()}")
    return attempt(work, job)


@dataclass
class Ray:
    """Computes jobs on a Ray cluster."""

    address: str | None = None
    gpus: float | None = None
    cpus: float = 1
    name: str = "ray"
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Ray:
        with ExitStack() as opening:
            opening.enter_context(cluster(self.address))
            self.gpus = gpus_for(self.gpus)
            check_cpus(self.cpus)
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def everywhere(self, probe: Callable[..., Value], *arguments: Any) -> list[Value]:  # noqa: ANN401
        task = ray.remote(probe)
        references = [task.options(**on_node(node)).remote(*arguments) for node in nodes()]
        say(f"checking {len(references)} machine{'s' * (len(references) > 1)} of the cluster")
        try:
            return ray.get(references, timeout=PROBE_SECONDS)
        except RayTaskError as error:
            raise UsageError(f"a machine of the cluster cannot do it: {error.cause}") from error
        except (RayError, GetTimeoutError) as error:
            raise UsageError(
                f"a machine of the cluster did not answer ({type(error).__name__}); see 'ray status'"
            ) from error

    def run(self, work: Callable[[Any], Value], jobs: Sequence[Job], title: str) -> Iterator[Outcome[Value]]:
        board = ray.remote(num_cpus=0, max_restarts=-1)(Board).remote()
        task = ray.remote(on_worker).options(num_cpus=self.cpus, num_gpus=self.gpus, max_retries=0)

        def start(number: int) -> ray.ObjectRef:
            return task.remote(work, jobs[number], number, board)

        running = {start(number): number for number in range(len(jobs))}
        tries = [1] * len(jobs)
        try:
            with Screen(title, len(jobs)) as screen:
                while running:
                    _show(screen, board, jobs, set(running.values()))
                    ended, _ = ray.wait(list(running), num_returns=len(running), timeout=POLL_SECONDS)
                    for reference in ended:
                        number = running.pop(reference)
                        outcome = _outcome(reference, jobs[number], tries[number])
                        if outcome is None:
                            tries[number] += 1
                            running[start(number)] = number
                            continue
                        screen.finished(outcome)
                        yield replace(outcome, attempts=tries[number])
        finally:
            for reference in running:
                cancel_task(reference)
            ray.kill(board)


def _outcome(reference: ray.ObjectRef, job: Job, tries: int) -> Outcome | None:
    """The outcome of a task that has ended; None if its worker died and it is to be computed again."""
    try:
        return ray.get(reference)
    except RayTaskError as error:  # around the work: it cannot be found or read there
        reason = f"the worker could not begin: {type(error.cause).__name__}: {error.cause}"
        return Outcome(job=job, status="failed", reason=reason, details=str(error))
    except RayError as error:
        if tries == ATTEMPTS:
            return Outcome(job=job, status="failed", reason=death_reason(ATTEMPTS))
        say(f"{job.title}: its worker died ({type(error).__name__}); it goes on from what it has saved")
        return None


def _show(screen: Screen, board: Any, jobs: Sequence[Job], running: set[int]) -> None:  # noqa: ANN401
    """Update the screen with the running jobs and their machines."""
    with suppress(RayError):
        places = ray.get(board.all.remote(), timeout=POLL_SECONDS)
        screen.running = {jobs[number].title: place for number, place in places.items() if number in running}
    screen.show()
