"""The backbone on onnxruntime: features as torch computes them, bytes that repeat, and distances that stay."""

from __future__ import annotations

import onnx
import pytest
import torch
from builders.features import distance

from evaluators.features import efficientnet_lite0_onnx as module
from evaluators.features.efficientnet_lite0 import load_efficientnet_lite0
from evaluators.features.efficientnet_lite0_onnx import (
    TOLERANCE,
    OnnxEfficientNetLite0,
    graph_of,
    greatest_difference,
    known_images,
)


@pytest.fixture(scope="module")
def network():
    return load_efficientnet_lite0()


@pytest.fixture(scope="module")
def fast(network):
    return OnnxEfficientNetLite0(network)


@pytest.mark.parametrize("size", [64, 96])
def test_features_are_those_of_torch(network, fast, size):
    images = torch.randint(256, (9, 3, size, size), generator=torch.Generator().manual_seed(1)).to(torch.uint8)
    found, expected = fast(images), network(images)
    assert found.dtype == torch.float32
    assert greatest_difference(expected, found) < TOLERANCE / 10
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=2e-5)


def test_the_same_images_have_the_same_bytes_in_any_batch_and_session(network, fast):
    images = torch.randint(256, (11, 3, 64, 64), generator=torch.Generator().manual_seed(2)).to(torch.uint8)
    found = fast(images)
    assert torch.equal(found, fast(images))
    assert torch.equal(found[9:], fast(images[9:]))
    assert torch.equal(found, OnnxEfficientNetLite0(network)(images))


def test_the_graph_is_valid_and_the_same_each_time(network):
    graph = graph_of(network.network)
    onnx.checker.check_model(graph, full_check=True)
    assert graph.SerializeToString(deterministic=True) == graph_of(network.network).SerializeToString(
        deterministic=True
    )


def test_the_number_of_threads_is_torchs_and_changes_no_byte(fast, monkeypatch):
    images = torch.randint(256, (20, 3, 64, 64), generator=torch.Generator().manual_seed(4)).to(torch.uint8)
    seen, pool = [], module.ThreadPoolExecutor
    monkeypatch.setattr(module, "ThreadPoolExecutor", lambda threads: seen.append(threads) or pool(threads))
    found = []
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        found.append(fast(images))
    assert seen == [1, 3]
    assert torch.equal(*found)


def test_one_changed_weight_is_a_difference_above_the_tolerance(network, fast):
    images = known_images()
    expected = fast(images)
    other = load_efficientnet_lite0()
    with torch.no_grad():
        other.network._blocks[3]._project_conv.weight[0] *= 1.5
    assert greatest_difference(expected, OnnxEfficientNetLite0(other)(images)) > TOLERANCE


def test_features_that_are_not_finite_are_no_small_difference():
    features = torch.ones(2, 5)
    broken = features.clone()
    broken[1, 2] = torch.nan
    assert not greatest_difference(features, broken) <= TOLERANCE


@pytest.mark.slow
def test_a_distance_moves_by_less_than_a_ten_thousandth(network, fast):
    """``pytest -s -k ten_thousandth`` prints the figure of docs/performance.md; dimensions fewer than images."""
    rng = torch.Generator().manual_seed(3)
    real, generated = (
        torch.randint(256, (48, 3, low, low), generator=rng).to(torch.uint8).repeat_interleave(64 // low, 2)
        .repeat_interleave(64 // low, 3) for low in (8, 16)
    )  # fmt: skip
    ours, torchs = (distance(net(real)[:, ::40], net(generated)[:, ::40]) for net in (fast, network))
    print(
        f"distance {torchs:.6f} by torch, {ours:.6f} by onnxruntime, relative difference {abs(ours / torchs - 1):.1e}"
    )
    assert ours == pytest.approx(torchs, rel=1e-4)
