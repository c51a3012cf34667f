"""A Ray cluster: started on this machine or joined, and its resources checked before any work."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from benchmark.errors import UsageError
from benchmark.system.terminal import say

ANSWER = 10.0  # seconds that a cluster has to answer
STARTS = 5  # attempts at a cluster on this machine: on a busy one, Ray gives up before its processes have started
DECIMALS = 4  # of the amounts of a resource that Ray gives
QUIET = {"logging_level": logging.ERROR, "log_to_driver": False}


@contextmanager
def cluster(address: str | None, cpus: int | None = None) -> Iterator[None]:
    """A connection to a Ray cluster while the block runs: one started on this machine, or one at an address.

    Args:
        address: None to start one, ``HOST:PORT`` of a head, or ``auto`` for the one that this machine belongs to.
        cpus: processors of one that is started; all of this machine by default.

    Raises:
        UsageError: there is none at the address, or none can be started.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if ray.is_initialized():  # by a program that uses this one
        yield
        return
    with keep_sigterm_handler():
        if address is None:
            _start(cpus)
        else:
            _join(address)
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def keep_sigterm_handler() -> Iterator[None]:
    """Keep the program's SIGTERM handler: Ray's would end the program without its last line and its exit code."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _start(cpus: int | None) -> None:
    say("starting a Ray cluster on this machine")
    for attempt in range(1, STARTS + 1):
        try:
            ray.init(address="local", num_cpus=cpus, include_dashboard=False, **QUIET)
            return
        except Exception as error:  # Ray has no one class for it
            ray.shutdown()
            reason = _first_line(error)
            if isinstance(error, OSError) and error.filename:  # such as the token that Ray keeps in the home folder
                raise UsageError(
                    f"no Ray cluster can be started here ({reason}); set HOME to a folder that can be written"
                ) from error
            if attempt == STARTS:
                raise UsageError(
                    f"no Ray cluster could be started here ({reason}); end other programs, or give --ray-address"
                ) from error


def _join(address: str) -> None:
    if address != "auto":
        _check_answers(address)
    try:
        ray.init(address=address, **QUIET)
    except Exception as error:  # other versions of Ray or Python, no token, a machine that is no part of the cluster
        raise UsageError(
            f"--ray-address {address} cannot be joined ({_first_line(error)}); "
            "run this on a machine of the cluster, with its versions of Python and Ray"
        ) from error


def _check_answers(address: str) -> None:
    """Raise UsageError unless a Ray cluster answers at HOST:PORT within ten seconds."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise UsageError(f"--ray-address is {address}; give HOST:PORT of a cluster's head, or auto")
    ends = time.monotonic() + ANSWER
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
        answers = subprocess.run(
            [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address],
            timeout=max(0.1, ends - time.monotonic()), capture_output=True, check=False,
        ).returncode == 0  # fmt: skip
    except (OSError, OverflowError, subprocess.TimeoutExpired):
        answers = False
    if not answers:
        raise UsageError(
            f"no Ray cluster answers at --ray-address {address} within {ANSWER:g} s; "
            "start one there (ray start --head), or leave it out to start one here"
        )


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]


def nodes() -> list[dict[str, Any]]:
    """The machines of the cluster that are alive."""
    return [node for node in ray.nodes() if node["Alive"]]


def gpus_for(requested: float | None) -> float:
    """The GPUs of a run: as requested, or one where a machine of the cluster has any.

    Raises:
        UsageError: no machine has so many, or it is no share that Ray gives.
    """
    most = max((node["Resources"].get("GPU", 0.0) for node in nodes()), default=0.0)
    if requested is None:
        return min(most, 1.0)
    if not _is_share(requested) or (requested > 1 and requested != int(requested)):
        raise UsageError(
            f"--gpus-per-run is {requested:g}; give a fraction such as 0.25, with four decimals at most, "
            "or a whole number"
        )
    if requested > most:
        raise UsageError(
            f"--gpus-per-run is {requested:g}, but no machine of the cluster has more than {most:g}; give at most that"
        )
    return requested


def check_cpus(requested: float) -> None:
    """Raise UsageError unless a machine of the cluster has so many processors."""
    most = max((node["Resources"].get("CPU", 0.0) for node in nodes()), default=0.0)
    if not 0 < requested <= most or not _is_share(requested):
        raise UsageError(
            f"--cpus-per-run is {requested:g}; give more than 0 and at most {most:g}, as a machine has, "
            "with four decimals at most"
        )


def _is_share(requested: float) -> bool:
    """True for an amount of a resource that Ray can give."""
    return 0 <= requested < math.inf and round(requested, DECIMALS) == requested


def on_node(node: dict[str, Any]) -> dict[str, Any]:
    """Options of a task that runs on this machine, whatever else runs there."""
    return {
        "num_cpus": 0,
        "max_retries": 0,
        "scheduling_strategy": NodeAffinitySchedulingStrategy(node["NodeID"], False),
    }


def cancel_task(reference: ray.ObjectRef) -> None:
    """End a task that still runs."""
    with contextlib.suppress(Exception):  # it may have ended meanwhile
        ray.cancel(reference, force=True)
