"""Submissions are looked at several at once, and never many more than are judged."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmark.grading.looking import as_they_come


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
