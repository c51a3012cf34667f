"""A confined process for one submission, as the grader starts, times and reads it."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmark.grading.sandbox.answer import (
    Answer,
    AnswerFile,
    Layout,
    Rejected,
    answer_bytes,
    failed_answer,
    parsed_answer,
)
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import EVERY_WALL, WALLS, Limits
from benchmark.grading.sandbox.forking import can_fork, start_copy
from benchmark.grading.sandbox.handing_over import readable
from benchmark.grading.sandbox.libraries import library_folders
from benchmark.grading.sandbox.machine_faults import end_if_machines
from benchmark.grading.sandbox.places import without_local_paths
from benchmark.grading.sandbox.readers import Job, Program, Reader
from benchmark.grading.sandbox.users import own_user

PACKAGES = ("benchmark", "evaluators", "reference_models")
ROOT = Path(__file__).resolve().parents[3]  # holds the packages
MAIN = "benchmark.grading.submission.child:main"
EXTRA: tuple[str, ...] = ()  # more folders that Python may import from
READING_TEST = "benchmark.grading.sandbox.reading_test:main"
FORKED = (MAIN, READING_TEST)  # what copies of the fork server run; all others are programs of their own
RUNNING: set[Reader] = set()  # processes that look at a submission now


def look_at(path: Path, assignment: Assignment, limits: Limits, main: str = MAIN) -> Answer:
    """Have a confined process turn a submission into pixels; whatever it does, this returns in time.

    Args:
        path: folder or file of the submission; all that the process can read next to Python.
        assignment: what was requested.
        limits: what the process may use.
        main: ``module:function`` that the process runs.

    Raises:
        UsageError: this machine has no room, or no more processes.
    """
    try:
        answer = raw_answer(path, assignment, limits, main).read(assignment.layout())
    except Rejected as verdict:
        return Answer("rejected", str(verdict), EVERY_WALL, {})  # nothing of it was read
    except Exception as error:
        end_if_machines(error, path.name)
        answer = failed_answer("looking at it", error, walls=0)  # of this submission alone; its walls are unknown
    return replace(answer, reason=without_local_paths(answer.reason, path))


@dataclass(frozen=True)
class RawAnswer:
    """An answer as a confined process left it: bytes that may come from another machine."""

    content: bytes
    walls: int  # those that stood around the process
    reason: str | None = None  # why the process was ended, or None if it ended by itself and well

    def read(self, layout: Layout) -> Answer:
        """The answer as the grader understands it; bytes of another size are damaged."""
        if self.reason is not None:
            return Answer("failed", self.reason, self.walls, {})
        return parsed_answer(self.content, layout, self.walls)


def raw_answer(path: Path, assignment: Assignment, limits: Limits, main: str = MAIN) -> RawAnswer:
    """As :func:`look_at`, for a grader on another machine.

    Raises:
        Rejected: it is too large to be handed over.
        OSError: this machine has no room, or no more processes.
    """
    layout = assignment.layout()
    with (
        own_user() as user, readable(path) as place, tempfile.NamedTemporaryFile() as file,
        open(file.name, "rb") as reader,
    ):  # fmt: skip
        _make_room(file.fileno(), layout.size)
        AnswerFile(file.fileno(), layout).say("failed", "the process that read it gave no answer")  # room for a verdict
        job = _job(place, assignment, limits, user)
        ended = _run(job, file.fileno(), limits.wall_seconds, main)
        return RawAnswer(answer_bytes(reader.fileno(), layout), bits(ended.walls), ended.reason)


def _make_room(handle: int, size: int) -> None:
    """Reserve disk space for an answer, so that the process that writes it meets no full disk."""
    try:
        os.posix_fallocate(handle, 0, size)
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", errno.EINVAL) not in (errno.EINVAL, errno.EOPNOTSUPP):
            raise
        os.ftruncate(handle, size)  # this system sets nothing aside


def walls_around(path: Path, assignment: Assignment, limits: Limits, main: str = MAIN) -> Mapping[str, str | None]:
    """For each wall None if it stands around a process that looks at a submission, or why it does not.

    Args: as of :func:`look_at`.
    """
    with own_user() as user, tempfile.NamedTemporaryFile() as file:
        job = _job(path, assignment, limits, user)
        return _run(job, file.fileno(), limits.wall_seconds, main).walls


def bits(walls: Mapping[str, str | None]) -> int:
    """The walls that stand as one number: bit i for wall i."""
    return sum(1 << bit for bit, name in enumerate(WALLS) if walls.get(name, "") is None)


def _job(path: Path, assignment: Assignment, limits: Limits, user: int) -> Job:
    """The job of a confined process; its parent and the answer's handle come on top."""
    return {
        "path": str(path.parent.resolve() / path.name),
        "user": user,
        "assignment": assignment.to_json(),
        "limits": asdict(limits),
        "readable": [sys.prefix, sys.base_prefix, *(str(ROOT / name) for name in PACKAGES), *library_folders(), *EXTRA],
        "listable": [str(ROOT)],
    }


@dataclass(frozen=True)
class _Ended:
    """End of a process."""

    walls: Mapping[str, str | None]  # as it reported before it looked at anything
    reason: str | None = None  # None if it ended by itself and well


def _run(job: Job, handle: int, seconds: float, main: str) -> _Ended:
    """Run a process to its end; a copy of the fork server if possible, which starts ten times as fast."""
    start = start_copy if main in FORKED and can_fork() else Program
    process = start(main, [str(ROOT), *EXTRA], job, handle)
    RUNNING.add(process)
    try:
        reported, status = process.wait(seconds)
    finally:
        RUNNING.discard(process)
    reason = f"it was stopped after {seconds:g} s" if status is None else _reason(status)
    try:
        return _Ended(json.loads(reported), reason)
    except ValueError:
        return _Ended({}, reason or "the process that read it did not tell which walls stood")


def _reason(status: int) -> str | None:
    """The reason in words why a process failed by itself; None if it ended well."""
    if status == -signal.SIGXCPU:
        return "it used more processor time than it may"
    if status < 0:
        return f"the process that read it was ended by {_signal_name(-status)}"
    return None if status == 0 else f"the process that read it ended with {status}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have none
        return f"signal {number}"


def end_all() -> None:
    """End all processes that look at submissions, for example after an interrupt."""
    for process in list(RUNNING):
        process.end()
