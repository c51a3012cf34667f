"""Training of every model: the project's loop, next to a plain one."""

import pytest

from benchmark.system.machine import this_machine
from benchmark.throughput.side import Side
from reference_models import MODELS


@pytest.mark.benchmark(group="training")
@pytest.mark.parametrize("model", MODELS)
def test_training(timed, model):
    """Both in float32."""
    ours = Side("ours", "training.ours", {"model": model, "precision": "float32"})
    timed(ours, Side("plain loop", "training.plain", {"model": model}))


@pytest.mark.benchmark(group="training")
@pytest.mark.skipif(this_machine().precision != "bfloat16", reason="this machine gains nothing from bfloat16")
@pytest.mark.parametrize("model", MODELS)
def test_training_in_bfloat16(timed, model):
    """Layers in bfloat16, as trainings are by default on such a machine, next to a plain loop in float32."""
    ours = Side("ours", "training.ours", {"model": model, "precision": "bfloat16"})
    timed(ours, Side("plain loop, float32", "training.plain", {"model": model}))
