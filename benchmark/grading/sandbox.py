"""Looking at one submission from outside: a process of its own, its time, and what it left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from benchmark.grading.answer import Answer, read_answer
from benchmark.grading.assignment import Assignment
from benchmark.grading.confinement import Limits

PACKAGES = ("benchmark", "evaluators", "reference_models")
ROOT = Path(__file__).resolve().parents[2]  # holds the packages
MAIN = "benchmark.grading.inside:main"
EXTRA: tuple[str, ...] = ()  # more folders that Python may import from
RUNNING: set[subprocess.Popen[bytes]] = set()  # processes that look at a submission now


def look_at(path: Path, assignment: Assignment, limits: Limits, main: str = MAIN) -> Answer:
    """Have a confined process turn a submission into pixels; whatever it does, this returns in time.

    Args:
        path: folder or file of the submission; all that the process can read beside Python.
        assignment: what was asked for.
        limits: what the process may use.
        main: ``module:function`` that the process runs.
    """
    with tempfile.TemporaryFile() as file:
        handle = file.fileno()
        os.ftruncate(handle, assignment.layout().size)
        job = {
            "path": str(path.parent.resolve() / path.name),
            "parent": os.getpid(),
            "assignment": assignment.to_json(),
            "answer": handle,
            "limits": asdict(limits),
            "readable": [sys.prefix, sys.base_prefix, *(str(ROOT / name) for name in PACKAGES), *EXTRA],
            "listable": [str(ROOT)],
        }
        ending = _run(job, handle, limits.wall_seconds, main)
        answer = read_answer(handle, assignment.layout())
    if ending is not None:
        return Answer("failed", ending, answer.walls, {})
    return answer


def _run(job: dict[str, object], handle: int, seconds: float, main: str) -> str | None:
    """Run the process to its end; None if it ended by itself and well, or why not."""
    module, _, function = main.partition(":")
    code = f"import sys; sys.path[:0] = {[str(ROOT), *EXTRA]!r}; from {module} import {function} as main; main()"
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={}, cwd="/", pass_fds=[handle], start_new_session=True,
    )  # fmt: skip
    RUNNING.add(process)
    try:
        process.communicate(json.dumps(job).encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"it was stopped after {seconds:g} s"
    finally:
        _kill_all(process)
        RUNNING.discard(process)
    if process.returncode == -signal.SIGXCPU:
        return "it used more processor time than it may"
    if process.returncode < 0:
        return f"the process that read it was ended by {signal.Signals(-process.returncode).name}"
    return None if process.returncode == 0 else f"the process that read it ended with {process.returncode}"


def end_all() -> None:
    """End all processes that look at submissions, as when a person has had enough of waiting."""
    for process in list(RUNNING):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _kill_all(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it may have started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
