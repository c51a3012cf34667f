"""``cgan-bench bench features``: images per second of the backbone as scores compute it, against torch."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmark.scoring.backbone import backbone, difference_to
from benchmark.system.machine import this_machine
from benchmark.system.terminal import track
from evaluators.features.efficientnet_lite0 import load_efficientnet_lite0

IMAGES = 64
ROUNDS = 5


def features() -> list[dict[str, Any]]:
    """One row: images per second here and by torch, medians of alternating rounds, and the ratio's range."""
    device = this_machine().device
    ours, torchs = backbone(device.type), load_efficientnet_lite0()
    images = torch.randint(256, (IMAGES, 3, 64, 64), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
    images = images.to(device)
    difference = difference_to(torchs, ours)  # both are warm then
    pairs = [(seconds(ours, images), seconds(torchs, images)) for _ in track(range(ROUNDS), "timing features")]
    ratios = [theirs / own for own, theirs in pairs]
    own, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [{
        "backbone": "efficientnet_lite0",
        "images/s": round(IMAGES / own, 1),
        "images/s by torch": round(IMAGES / theirs, 1),
        "ratio": round(statistics.median(ratios), 2),
        "least": round(min(ratios), 2),
        "greatest": round(max(ratios), 2),
        "relative difference": difference,
    }]  # fmt: skip


def seconds(network: Callable[[Tensor], Tensor], images: Tensor) -> float:
    """Time that a network takes for the images."""
    started = time.perf_counter()
    network(images).cpu()
    return time.perf_counter() - started
