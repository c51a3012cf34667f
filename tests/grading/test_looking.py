"""Submissions are looked at several at once, and never many more than are judged."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders.batches import inbox

from benchmark.commands.grade import protections
from benchmark.errors import UsageError
from benchmark.executors.jobs import Outcome
from benchmark.grading.graded import Graded
from benchmark.grading.grader import Grader
from benchmark.grading.intake.discover import find_submissions
from benchmark.grading.kept.resume_cache import AnswerCache
from benchmark.grading.looking import as_they_come
from benchmark.grading.remote_looking import answers_of_workers
from benchmark.grading.sandbox.confine import EVERY_WALL, WALLS, Limits
from benchmark.grading.sandbox.launch import RawAnswer


def test_results_that_nobody_has_taken_are_never_more_than_is_said():
    begun, most = [], 0
    with ThreadPoolExecutor(2) as pool:
        for taken, (item, result) in enumerate(as_they_come(pool, begun.append, range(40), 5), start=1):
            most = max(most, len(begun) - taken)
            assert (item in begun, result) == (True, None)
    assert sorted(begun) == list(range(40))
    assert 1 <= most <= 5


def test_one_that_takes_long_does_not_hold_up_the_others():
    released = threading.Event()

    def work(item):
        assert item or released.wait(60)
        return item * 10

    with ThreadPoolExecutor(2) as pool:
        found = []
        for item, result in as_they_come(pool, work, range(20), 4):
            found.append((item, result))
            if len(found) == 19:
                released.set()
    assert found[-1] == (0, 0)
    assert sorted(found) == [(item, item * 10) for item in range(20)]


def test_an_error_of_one_ends_all_and_nothing_gives_nothing():
    with ThreadPoolExecutor(2) as pool:
        assert list(as_they_come(pool, str, [], 4)) == []
        with pytest.raises(ZeroDivisionError):
            list(as_they_come(pool, lambda item: 1 // item, [1, 1, 0, 1], 2))


class Workers:
    """An executor whose workers fail at one submission, and say which walls stood around the others."""

    def __init__(self, walls):
        self.walls = walls

    def run(self, work, jobs, title):
        for job in jobs:
            if job.submission.id == "a":
                yield Outcome(job=job, status="failed", reason="host-7 has no room")
            else:
                yield Outcome(job=job, status="done", value=RawAnswer(bytes(8), self.walls))


def test_what_a_worker_did_not_do_is_nobodys_mark_and_its_walls_are_those_it_reported(tmp_path, exam, scenes):
    inbox(tmp_path, scenes, "a", "bb", "ccc")
    grader, walls = Grader(exam), EVERY_WALL & ~0b10
    seen = AnswerCache(tmp_path / "seen", grader.assignment, Limits(), keep=True)
    found, submissions = [], find_submissions([tmp_path / "inbox"], ["exam"]).submissions
    executor = Workers(walls)
    with pytest.raises(UsageError, match=r"1 submissions could not be looked at .*first: 'a': host-7 has no room; "):
        found.extend(answers_of_workers(submissions, seen, grader.assignment, Limits(), executor))
    assert [(one.id, answer.walls) for one, _, answer in found] == [("bb", walls), ("ccc", walls)]
    assert protections([Graded(one, answer) for one, _, answer in found])[WALLS[1]] is False
