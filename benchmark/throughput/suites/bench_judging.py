"""Images through judges and the face detector."""

import pytest

from benchmark.throughput.side import Side


@pytest.mark.benchmark(group="judging")
@pytest.mark.parametrize("task", ["iclevr", "anime-faces"])
def test_judging(timed, task):
    timed(Side("ours", "networks.judging", {"task": task, "images": 500}))


@pytest.mark.benchmark(group="judging")
def test_looking_for_faces(timed):
    timed(Side("ours", "networks.looking", {"images": 128}))
