"""Surroundings of a worker: what differs is said in one line."""

from dataclasses import replace

import pytest

from benchmark.errors import UsageError
from benchmark.executors.environment import check_same, environment

HERE = environment(data={"iclevr": "a" * 64})


def test_the_same_surroundings_pass():
    check_same(HERE, [replace(HERE, host="node7"), HERE])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"python": "3.9.1"}, "has Python 3.9.1, this machine 3."),
        ({"code": "b" * 64}, "has other code of cgan-bench (digest bbbbbbbbbbbbbbbb)"),
        ({"libraries": HERE.libraries | {"numpy": "1.0"}}, "has numpy 1.0, this machine 2"),
        ({"libraries": {}}, " none, this machine "),
        (
            {"data": {"iclevr": "c" * 64}},
            "has other data for iclevr (digest cccccccccccccccc)",
        ),
        ({"refusal": "it does not see /runs"}, "worker node7 refuses: it does not see /runs"),
    ],
)
def test_each_difference_names_the_worker_and_both_sides(changes, words):
    with pytest.raises(UsageError) as found:
        check_same(HERE, [HERE, replace(HERE, host="node7", **changes)])
    assert str(found.value).startswith("worker node7 ")
    assert words in str(found.value)
