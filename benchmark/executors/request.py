"""An executor as a person requests it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.errors import UsageError
from benchmark.executors.jobs import Executor
from benchmark.executors.local import Local

NAMES = ("local", "ray")


@dataclass(frozen=True, kw_only=True)
class ExecutorRequest:
    """The requested place of computation, and what each job may use there."""

    name: str = "local"
    jobs: int | None = None  # at once, on this machine; None for one
    ray_address: str | None = None  # None starts a cluster of this machine alone
    gpus_per_run: float | None = None  # None for one where there are any
    cpus_per_run: float | None = None  # None for one


def executor_of(request: ExecutorRequest) -> Executor:
    """The executor; nothing is started yet.

    Raises:
        UsageError: no such executor, an option that it does not have, or its extra is missing.
    """
    if request.name not in NAMES:
        raise UsageError(f"--executor is {request.name!r}; give {' or '.join(NAMES)}")
    if request.jobs is not None and request.jobs < 1:
        raise UsageError(f"--jobs is {request.jobs}; give 1 or more")
    if request.name == "ray":
        return _ray(request)
    for name in ("ray_address", "gpus_per_run", "cpus_per_run"):
        if (given := getattr(request, name)) is not None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} is {given}, but the local executor has no use for it; add --executor ray")
    return Local(jobs=request.jobs or 1)


def _ray(request: ExecutorRequest) -> Executor:
    try:
        from benchmark.executors.ray_executor import Ray
    except ImportError as error:
        raise UsageError(
            f"--executor ray needs the extra 'ray' ({error}); python3 -m pip install '.[ray]' in the checkout"
        ) from error
    if request.jobs is not None:
        raise UsageError(f"--jobs is {request.jobs}, but a cluster has as many at once as fit; leave it out")
    cpus = 1 if request.cpus_per_run is None else request.cpus_per_run
    return Ray(address=request.ray_address, gpus=request.gpus_per_run, cpus=cpus)
