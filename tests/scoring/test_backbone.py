"""The choice of what computes the backbone: onnxruntime where it agrees with torch, else torch with a remark."""

import pytest
import torch

from benchmark.scoring.backbone import backbone
from evaluators.features.efficientnet_lite0 import EfficientNetLite0
from evaluators.features.efficientnet_lite0_onnx import OnnxEfficientNetLite0


@pytest.fixture(autouse=True)
def _forgotten():
    backbone.cache_clear()
    yield
    backbone.cache_clear()


def test_a_cpu_has_onnxruntime_and_says_nothing(capsys):
    assert isinstance(backbone("cpu"), OnnxEfficientNetLite0)
    assert backbone("cpu") is backbone("cpu")
    assert capsys.readouterr().err == ""


def test_another_device_has_torch():
    assert isinstance(backbone("cuda"), EfficientNetLite0)


@pytest.mark.parametrize("factor", [1.001, float("nan")])
def test_other_features_leave_the_work_to_torch_with_one_remark(factor, monkeypatch, capsys):
    whole = OnnxEfficientNetLite0.__call__
    monkeypatch.setattr(OnnxEfficientNetLite0, "__call__", lambda self, images: factor * whole(self, images))
    chosen = backbone("cpu")
    assert isinstance(chosen, EfficientNetLite0)
    assert backbone("cpu") is chosen
    (line,) = capsys.readouterr().err.splitlines()
    assert f"they differ by {'nan' if factor != factor else '1.0e-03'} of their length; at most 1e-04" in line
    assert "torch computes them" in line


def test_the_network_of_a_task_runs_on_onnxruntime_under_the_hash_of_its_weights():
    from benchmark.scoring.networks import Tools, networks_of
    from benchmark.system.files import sha256_text
    from benchmark.system.machine import this_machine
    from benchmark.tasks import TASKS
    from evaluators.features.efficientnet_lite0 import FINGERPRINT

    network = networks_of(TASKS["celeba-transfer"], Tools(), this_machine("cpu"))["backbone"]
    assert network.sha256 == sha256_text(FINGERPRINT)
    images = torch.zeros(1, 3, 64, 64, dtype=torch.uint8)
    assert torch.equal(network.compute(images), backbone("cpu")(images))
