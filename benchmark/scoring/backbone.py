"""The bundled backbone, run by the fastest engine for the device: onnxruntime on a CPU, torch elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from benchmark.errors import complaints
from benchmark.system.terminal import say
from evaluators.features import efficientnet_lite0, efficientnet_lite0_onnx
from evaluators.features.efficientnet_lite0_onnx import TOLERANCE, greatest_difference, known_images


@cache
def backbone(device: str) -> Callable[[Tensor], Tensor]:
    """The bundled backbone, loaded at its first use in a process: uint8 (N, 3, S, S) to float32 (N, 1280).

    Both engines share one hash, since weights and preprocessing are the same. Their features differ only by rounding.

    Args:
        device: the type of the images' device.
    """
    if device != "cpu":
        return _torch_backbone()
    network, fast, difference = both_backbones()
    if difference <= TOLERANCE:
        return fast
    say(
        f"onnxruntime computes other features than torch here (they differ by {difference:.1e} of their length; "
        f"at most {TOLERANCE:.0e} is allowed), so torch computes them, more slowly; try another onnxruntime"
    )
    return network


def both_backbones() -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor], float]:
    """The backbone in torch, the backbone in onnxruntime, and the greatest difference of their features.

    The difference is that of :func:`greatest_difference` on a few known images.
    """
    network = _torch_backbone()
    fast = efficientnet_lite0_onnx.OnnxEfficientNetLite0(network)
    images = known_images()
    with torch.inference_mode():
        return network, fast, greatest_difference(network(images), fast(images))


def _torch_backbone() -> efficientnet_lite0.EfficientNetLite0:
    with complaints():
        return efficientnet_lite0.load_efficientnet_lite0()


def engine(device: str) -> str:
    """The engine that computes the backbone on a type of device, in one line."""
    if device != "cpu":
        return f"torch on {device}"
    *_, difference = both_backbones()
    name = "onnxruntime" if difference <= TOLERANCE else "torch, for onnxruntime computes other features"
    return f"{name} (they differ by {difference:.1e} of their length; at most {TOLERANCE:.0e} is allowed)"
