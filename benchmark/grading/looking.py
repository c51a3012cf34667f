"""Looking at all submissions of a batch, several at once, each at most once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from itertools import islice
from threading import Thread
from typing import TypeVar

from benchmark.grading.intake.contents import content_digest
from benchmark.grading.intake.discover import Submission
from benchmark.grading.intake.gathering import as_one_path, unread_answer
from benchmark.grading.kept.resume_cache import AnswerCache
from benchmark.grading.sandbox.answer import Answer, Rejected
from benchmark.grading.sandbox.assignment import Assignment
from benchmark.grading.sandbox.confine import Limits
from benchmark.grading.sandbox.forking import end_servers
from benchmark.grading.sandbox.launch import end_all, look_at
from benchmark.grading.sandbox.reading_test import check_reading
from benchmark.system.terminal import track

BRIEFLY = 0.05  # seconds
AHEAD = 2  # submissions for each job that are looked at before the earlier ones are judged
T, R = TypeVar("T"), TypeVar("R")


def digests_of(submissions: Sequence[Submission], jobs: int) -> dict[str, str]:
    """Digests of the submissions' contents, by id; empty for one that cannot be read."""
    with thread_pool(jobs) as pool:
        digests = pool.map(_digest_or_nothing, submissions)
        shown = track(digests, "reading submissions", total=len(submissions))
        return {submission.id: digest for submission, digest in zip(submissions, shown, strict=True)}


def _digest_or_nothing(submission: Submission) -> str:
    try:
        with as_one_path(submission) as path:
            return content_digest(path)
    except (Rejected, OSError):  # it is rejected, or has failed, where it is looked at
        return ""


def look_at_all(
    submissions: Sequence[Submission], seen: AnswerCache, assignment: Assignment, limits: Limits, jobs: int
) -> Generator[tuple[Submission, str, Answer]]:
    """Submissions with the digest of their content and their answer, in the order in which they are ready.

    Raises:
        UsageError: processes here cannot read anything.
    """
    if submissions:
        check_reading()
    with thread_pool(jobs) as pool:

        def look(submission: Submission) -> tuple[str, Answer]:
            return _look_once(submission, seen, assignment, limits)

        for submission, (digest, answer) in as_they_come(pool, look, submissions, AHEAD * jobs):
            yield submission, digest, answer


def as_they_come(
    pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T], at_most: int
) -> Iterator[tuple[T, R]]:
    """Items with their results, in the order in which they are ready.

    Args:
        pool: where they are worked on.
        work: what is done with each.
        items: in the order in which they are begun.
        at_most: how many may be in work or ready; results wait in memory until they are taken.
    """
    rest = iter(items)
    waiting = {pool.submit(work, item): item for item in islice(rest, at_most)}
    while waiting:
        future = next(as_completed(waiting))
        item = waiting.pop(future)
        for following in islice(rest, 1):
            waiting[pool.submit(work, following)] = following
        yield item, future.result()


@contextmanager
def thread_pool(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that end, with the processes that they started, when the block is left by an error."""
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            ending = Thread(target=pool.shutdown)
            ending.start()
            while ending.is_alive():  # a thread may have been about to start one more
                end_all()
                end_servers()
                ending.join(BRIEFLY)
            raise


def _look_once(submission: Submission, seen: AnswerCache, assignment: Assignment, limits: Limits) -> tuple[str, Answer]:
    try:
        with as_one_path(submission) as path:
            digest = content_digest(path)
            answer = seen.find(digest)
            if answer is None:
                answer = look_at(path, assignment, limits)
                seen.add(digest, answer)
            return digest, answer
    except Exception as error:  # one submission is no reason to grade none
        return "", unread_answer(submission, "looking at it", error)
