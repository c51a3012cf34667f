"""A whole first score of a run, from an empty cache and where the reference rows are there already."""

import pytest

from benchmark.throughput.side import Side


@pytest.mark.benchmark(group="score")
@pytest.mark.parametrize("references", ["with_references", "references_there"])
def test_first_score(timed, images, references):
    data = "synthetic" if images >= 5_000 else f"synthetic:{3 * images}"
    given = {"images": images, "references_there": references == "references_there", "data": data}
    timed(Side("ours", "commands.score", given, warm=False))
