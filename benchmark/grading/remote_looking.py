"""Looking at submissions on the workers of an executor, which confine submissions as this machine does."""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.executors.environment import Environment, check_same, environment
from benchmark.executors.jobs import Executor
from benchmark.grading.intake.contents import content_digest
from benchmark.grading.intake.discover import Submission
from benchmark.grading.intake.gathering import as_one_path, unread_answer
from benchmark.grading.kept.resume_cache import AnswerCache
from benchmark.grading.sandbox.answer import Answer, Rejected
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import EVERY_WALL, Limits
from benchmark.grading.sandbox.launch import RawAnswer, bits, raw_answer, walls_around
from benchmark.grading.sandbox.places import without_local_paths
from benchmark.grading.sandbox.reading_test import check_reading


@dataclass(frozen=True, kw_only=True)
class LookJob:
    """A submission to look at, on a machine that sees its files under the same path."""

    submission: Submission
    digest: str  # of its content
    assignment: Assignment
    limits: Limits

    @property
    def title(self) -> str:
        return self.submission.id

    def absolute(self) -> LookJob:
        """The same with paths that do not depend on the current folder."""
        files = {name: path.absolute() for name, path in self.submission.files.items()}
        return replace(self, submission=replace(self.submission, path=self.submission.path.absolute(), files=files))


def look_from_worker(job: LookJob) -> RawAnswer:
    """The raw answer of a process that is confined on this machine.

    Raises:
        UsageError: this machine has other files there.
        Rejected: as :func:`benchmark.grading.intake.gathering.as_one_path`.
        OSError: there is no room.
    """
    with as_one_path(job.submission) as path:
        if content_digest(path) != job.digest:
            raise UsageError(f"{job.submission.path} holds other files on {socket.gethostname()}; give a shared folder")
        raw = raw_answer(path, job.assignment, job.limits)
    if raw.walls != EVERY_WALL:
        raise UsageError(f"{socket.gethostname()} cannot shut submissions in ('cgan-bench doctor' there says why)")
    return raw


def walls_here(assignment: Assignment, limits: Limits) -> Environment:
    """The environment of this machine; with the reason to refuse the work if it cannot confine submissions."""
    with tempfile.TemporaryDirectory() as folder:
        found = walls_around(Path(folder), assignment, limits)
    missing = [f"{name}: {why}" for name, why in found.items() if why is not None]
    missing = missing or ([] if bits(found) == EVERY_WALL else ["no process could be started"])
    if missing:
        return environment(refusal=f"it cannot shut submissions in ({missing[0]})")
    try:
        check_reading()
    except UsageError as error:
        return environment(refusal=str(error))
    return environment(refusal="")


def check_grading_workers(executor: Executor, assignment: Assignment, limits: Limits) -> None:
    """Raise UsageError if a worker has other code or libraries, or cannot shut submissions in."""
    if others := executor.everywhere(walls_here, assignment, limits):
        check_same(environment(), others)


def answers_of_workers(
    submissions: Sequence[Submission], seen: AnswerCache, assignment: Assignment, limits: Limits, executor: Executor
) -> Generator[tuple[Submission, str, Answer]]:
    """As :func:`benchmark.grading.looking.look_at_all`, by workers of an executor; answers of a wrong size failed.

    Raises:
        UsageError: a worker could not look at a submission; when the others have come.
    """
    jobs, by_id, faults = [], {submission.id: submission for submission in submissions}, []
    for submission in submissions:
        digest, answer = _known_answer(submission, seen)
        if answer is not None:
            yield submission, digest, answer
        else:
            job = LookJob(submission=submission, digest=digest, assignment=assignment, limits=limits)
            jobs.append(job.absolute())
    for outcome in executor.run(look_from_worker, jobs, "submissions"):
        if outcome.details:
            print(outcome.details, file=sys.stderr)
        submission, digest = by_id[outcome.job.submission.id], outcome.job.digest
        if outcome.value is None:
            faults.append(f"{submission.id!r}: {outcome.reason}")
            continue
        answer = outcome.value.read(assignment.layout())
        answer = replace(answer, reason=without_local_paths(answer.reason, submission.path))
        seen.add(digest, answer)
        yield submission, digest, answer
    if faults:
        raise UsageError(
            f"{len(faults)} submissions could not be looked at by a worker; they are not at fault; the first: "
            f"{faults[0]}; fix that, then run this again: what was done is kept"
        )


def _known_answer(submission: Submission, seen: AnswerCache) -> tuple[str, Answer | None]:
    """Digest and answer of a submission that was read before or cannot be read; None as answer for any other."""
    try:
        with as_one_path(submission) as path:
            digest = content_digest(path)
            return digest, seen.find(digest)
    except (Rejected, OSError) as error:
        return "", unread_answer(submission, "looking at it", error)
