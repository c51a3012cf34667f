"""Jobs and their outcomes: plain data that is sent between machines."""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, Protocol, TypeVar

from benchmark.errors import BusyError, UsageError

Status = Literal["done", "failed", "busy"]
Value = TypeVar("Value")


class Job(Protocol):
    """Something to compute: a picklable dataclass; equal jobs have the same result."""

    @property
    def title(self) -> str:
        """Words for people, such as ``iclevr cdcgan_iclevr seed 0``."""


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[Value]):
    """The end of a job: its value, or the reason why there is none."""

    job: Any
    status: Status
    value: Value | None = None  # what the work returned, when done
    reason: str = ""  # one line, when failed or busy
    details: str = ""  # the traceback of an unexpected error
    host: str = ""
    pid: int = 0
    seconds: float = 0.0
    attempts: int = 1


class Executor(Protocol):
    """Computes jobs; a context manager that ends the processes it has started."""

    name: str

    def run(self, work: Callable[[Any], Value], jobs: Sequence[Job], title: str) -> Iterator[Outcome[Value]]:
        """Outcomes as they come, one a job. A job that fails does not stop the others.

        Args:
            work: a function of a module, so that other processes find it.
            jobs: what it is called with, one by one.
            title: name of all jobs together, for the screen.
        """

    def everywhere(self, probe: Callable[..., Value], *arguments: Any) -> list[Value]:  # noqa: ANN401
        """The value of a function on each other machine that may compute jobs; none where there is no other."""

    def __enter__(self) -> Executor: ...

    def __exit__(self, *_: object) -> None: ...


def attempt(work: Callable[[Any], Value], job: Any) -> Outcome[Value]:  # noqa: ANN401
    """The outcome of doing the work in this process; errors become reasons, and only an interrupt is raised."""
    begun = time.monotonic()
    try:
        outcome = Outcome(job=job, status="done", value=work(job))
    except BusyError as error:
        outcome = Outcome(job=job, status="busy", reason=str(error))
    except (UsageError, OSError) as error:
        outcome = Outcome(job=job, status="failed", reason=str(error))
    except Exception as error:  # one job is no reason to lose the others
        reason = f"{type(error).__name__}: {error}"
        outcome = Outcome(job=job, status="failed", reason=reason, details=traceback.format_exc())
    return replace(outcome, host=socket.gethostname(), pid=os.getpid(), seconds=time.monotonic() - begun)
