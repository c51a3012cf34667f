"""Images rendered, packed and opened."""

import pytest

from benchmark.throughput.side import Side

KINDS = ["iclevr", "anime-faces"]
IMAGES = 2_000


@pytest.mark.benchmark(group="images")
@pytest.mark.parametrize("dataset", KINDS)
@pytest.mark.parametrize("work", ["rendering", "packing"])
def test_making(timed, work, dataset):
    timed(Side("ours", f"images.{work}", {"dataset": dataset, "images": IMAGES}))


@pytest.mark.benchmark(group="images")
@pytest.mark.parametrize("dataset", KINDS)
def test_opening(timed, dataset):
    given = {"dataset": dataset, "images": IMAGES}
    timed(Side("ours", "images.opening", given), Side("decoding files", "images.reading", given))
