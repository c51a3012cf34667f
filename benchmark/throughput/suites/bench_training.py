"""Training of every model: the project's loop, next to a plain one."""

import pytest

from benchmark.throughput.side import Side
from reference_models import MODELS


@pytest.mark.benchmark(group="training")
@pytest.mark.parametrize("model", MODELS)
def test_training(timed, model):
    ours = Side("ours", "training.ours", {"model": model})
    timed(ours, Side("plain loop", "training.plain", {"model": model}))
