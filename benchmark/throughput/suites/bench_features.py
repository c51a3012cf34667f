"""Features of images, next to torch and to the package that the network is from."""

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
