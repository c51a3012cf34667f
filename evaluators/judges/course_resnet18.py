"""The i-CLEVR course's own evaluator, from the checkpoint that the course hands out.

A ResNet18 in torchvision's layout whose ``fc`` is Linear(512, 24) and a sigmoid, on images in [-1, 1]; the file holds
its state under ``model``. The layers stand here because torchvision is no dependency.

Source: He et al. 2016, https://arxiv.org/abs/1512.03385, table 1; names as in torchvision.models.resnet18.
"""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from evaluators.judges.judge import Judge

CLASSES = 24
SUFFIXES = (".pth", ".pt")
NAME = "course_resnet18"


class CourseResNet18(nn.Module):
    """float32 (N, 3, S, S), 0 to 255, to (N, 24) logits: the course's answers before their sigmoid."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        self.layer1 = nn.Sequential(BasicBlock(64, 64), BasicBlock(64, 64))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512))
        self.fc = nn.Sequential(nn.Linear(512, CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        return self.fc(self.maps(images).mean(dim=(2, 3)))

    def maps(self, images: Tensor) -> Tensor:
        """Features before the answers: (N, 512, S / 32, S / 32)."""
        x = images.div(127.5).sub(1.0)
        x = self.maxpool(functional.relu(self.bn1(self.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x))))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        if stride != 1:
            shrink = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(shrink, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = self.downsample(x) if hasattr(self, "downsample") else x
        return functional.relu(shortcut + self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))


def load_course_judge(path: Path) -> tuple[Judge, str]:
    """The course's evaluator and the sha256 of its file.

    Raises:
        ValueError: the file cannot be read, holds more than tensors, or is another network's; the message names it.
    """
    try:
        content = path.read_bytes()
        document = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); give the course's checkpoint") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise ValueError(f"{path}: not a checkpoint of plain tensors ({_first_line(error)})") from error
    with torch.device("meta"):
        network = CourseResNet18()
    state = _state(path, document, network.state_dict())
    network.load_state_dict(state, assign=True)
    judge = Judge(network.eval().requires_grad_(False), "multi_label", (CLASSES,))
    return judge, hashlib.sha256(content).hexdigest()


def _state(path: Path, document: Any, wanted: dict[str, Tensor]) -> dict[str, Tensor]:  # noqa: ANN401
    """The network's tensors, if names and shapes are right."""
    if not isinstance(document, dict) or not isinstance(document.get("model"), dict):
        raise ValueError(f"{path}: no state under the key 'model'; give the course's checkpoint as it is")
    state = document["model"]
    for name, tensor in wanted.items():
        if name not in state:
            raise ValueError(f"{path}: {name} is missing; {NAME} has {len(wanted)} tensors")
        if not isinstance(state[name], Tensor) or state[name].is_floating_point() != tensor.is_floating_point():
            raise ValueError(f"{path}: {name} holds numbers of another kind; give the course's checkpoint as it is")
        if state[name].shape != tensor.shape:
            raise ValueError(f"{path}: {name} has shape {tuple(state[name].shape)}, not {tuple(tensor.shape)}")
    unknown = sorted(state.keys() - wanted.keys())
    if unknown:
        raise ValueError(f"{path}: {unknown[0]} is unknown; {NAME} has {len(wanted)} tensors")
    spoiled = next((name for name in wanted if not state[name].isfinite().all()), None)
    if spoiled:
        raise ValueError(f"{path}: {spoiled} holds numbers that are not finite; copy the checkpoint again")
    return {name: state[name].to(tensor.dtype) for name, tensor in wanted.items()}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
