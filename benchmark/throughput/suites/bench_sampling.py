"""Drawing the frozen sample set, next to a plain loop over noise."""

import pytest

from benchmark.throughput.side import Side

MODELS = {"cdcgan_iclevr": "iclevr", "modern_cgan": "anime-faces", "mlp_gan": "anime-faces-unconditional"}
IMAGES = 500


@pytest.mark.benchmark(group="sampling")
@pytest.mark.parametrize("model", MODELS)
def test_sampling(timed, model):
    given = {"task": MODELS[model], "model": model, "images": IMAGES}
    timed(Side("ours", "networks.sampling", given), Side("plain loop", "networks.plain_sampling", given))
