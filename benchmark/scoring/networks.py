"""What networks say of whole picture sets, computed in chunks with progress, and once per content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmark.errors import UsageError, complaints
from benchmark.scoring import detectors, judges
from benchmark.scoring.downloads import fetched
from benchmark.scoring.judges import NamedJudge
from benchmark.system.cache import cache_folder
from benchmark.system.files import replacing
from benchmark.system.machine import Machine
from benchmark.system.terminal import track
from benchmark.tasks import Task
from evaluators.detectors.base import Detector
from evaluators.features import inception_v3
from evaluators.features.efficientnet_lite0 import EfficientNetLite0, load_efficientnet_lite0

CHUNK = 100  # pictures


@dataclass(frozen=True)
class CachedFeatures:
    """A backbone or a detector whose answers are kept on disk by the content of the pictures.

    Args:
        network: uint8 (N, 3, S, S) to float32 (N, D), or to bool (N,).
        digest: sha256 that changes whenever the network or its preprocessing does.
        what: it computes, for a person who waits.
    """

    network: Callable[[Tensor], Tensor]
    digest: str
    what: str = "features"

    def __call__(self, images: Tensor) -> Tensor:
        """The network's answers to uint8 (N, 3, S, S) images."""
        key = hashlib.sha256(f"{self.digest} {tuple(images.shape)}".encode())
        key.update(memoryview(images.contiguous().numpy()).cast("B"))
        path = cache_folder() / "features" / f"{key.hexdigest()}.safetensors"
        if path.exists():
            return load_file(path)["features"]
        features = in_chunks(self.network, images, self.what)
        with replacing(path) as temporary:
            save_file({"features": features}, temporary)
        return features


@torch.inference_mode()
def in_chunks(network: Callable[[Tensor], Tensor], images: Tensor, what: str) -> Tensor:
    """``network`` over all images, a chunk at a time; the result is on the CPU."""
    chunks = images.split(CHUNK)
    return torch.cat([network(chunk).cpu() for chunk in track(chunks, what, unit=CHUNK, total=len(images))])


class Once:
    """Calls ``network``, unless it is given a very tensor that it was given lately.

    A batch must not be changed in place between two calls.

    Args:
        network: a function of one tensor.
        keep: how many batches are remembered.
    """

    def __init__(self, network: Callable[[Tensor], Tensor], keep: int = 1) -> None:
        self.network = network
        self.keep = keep
        self._known: list[tuple[Tensor, Tensor]] = []

    def __call__(self, images: Tensor) -> Tensor:
        for known, outputs in self._known:
            if known is images:
                return outputs
        self._known = [(images, self.network(images)), *self._known[: self.keep - 1]]
        return self._known[0][1]


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a person can score with instead of what is bundled, or besides."""

    judge: Path | None = None
    detector: str = detectors.BUNDLED
    inception: str | None = None  # weights of fid's network: "fetched", or their path


def backbone(images: Tensor) -> Tensor:
    """The bundled backbone's features; it is loaded when it is first asked."""
    return _loaded_backbone()(images)


@cache
def _loaded_backbone() -> EfficientNetLite0:
    with complaints():
        return load_efficientnet_lite0()


def judges_of(task: Task, path: Path | None, machine: Machine) -> dict[str, Any]:
    """The scorer's two judges of a task."""
    first = judges.load(task, path)
    second = judges.load(task, judges.bundled_second(task))
    features_digest = sha256_of(f"features of {first.weights_sha256}")
    return {
        "judge": judge_network(first, machine),
        "judge_digest": first.weights_sha256,
        "judge_test": lambda: first.fault,
        "judge_features": CachedFeatures(on(machine.device, first.judge.features), features_digest, "judging"),
        "second_judge": judge_network(second, machine),
        "second_digest": second.weights_sha256,
        "second_test": lambda: second.fault,
    }


def inception_weights(spec: str) -> Path:
    """Where the weights of fid's network lie."""
    return fetched(inception_v3.WEIGHTS_NAME) if spec == "fetched" else Path(spec)


def sha256_of(text: str) -> str:
    """Its digest."""
    return hashlib.sha256(text.encode()).hexdigest()


def face_detector(task: Task, name: str) -> Detector | None:
    """The face detector of that name, if a task asks for faces.

    Raises:
        UsageError: the task does not, but another detector than the bundled one was named.
    """
    if task.face_scores:
        return detectors.load(name)
    if name != detectors.BUNDLED:
        raise UsageError(f"{task.name} looks for no faces; leave out --detector {name}")
    return None


def judge_network(judge: NamedJudge, machine: Machine) -> Callable[[Tensor], Tensor]:
    """The judge's network, for any number of pictures."""
    return CachedFeatures(on(machine.device, judge.judge), judge.weights_sha256, "judging")


def on(device: torch.device, network: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The network, with the pictures moved to the device first; judges and backbones follow their pictures."""
    return lambda images: network(images.to(device))
