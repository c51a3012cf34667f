"""Images through the networks that scores are read from."""

import pytest

from benchmark.throughput.side import Side

IMAGES = 128


@pytest.mark.benchmark(group="features")
def test_efficientnet_lite0(timed):
    given = {"images": IMAGES}
    timed(
        Side("ours", "networks.features", given),
        Side("torch, folded", "networks.torch_features", given),
        Side("the package's network", "networks.package_features", given),
    )


@pytest.mark.benchmark(group="judging")
@pytest.mark.parametrize("task", ["iclevr", "anime-faces"])
def test_judging(timed, task):
    timed(Side("ours", "networks.judging", {"task": task, "images": 500}))


@pytest.mark.benchmark(group="judging")
def test_looking_for_faces(timed):
    timed(Side("ours", "networks.looking", {"images": IMAGES}))
