"""The i-CLEVR course's own evaluator, from the checkpoint that the course hands out.

It is torchvision's ResNet18 with an ``fc`` of Linear(512, 24) and a sigmoid, on images in [-1, 1]; the file holds its
state under ``model``.

Source: He et al. 2016, https://arxiv.org/abs/1512.03385, table 1.
"""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any
from warnings import catch_warnings

import torch
from torch import Tensor, nn

from evaluators.judges.judge import Judge

CLASSES = 24
SUFFIXES = (".pth", ".pt")
NAME = "course_resnet18"
REMEDY = "give the course's checkpoint as it is, or torch.save({'model': model.state_dict()}, FILE)"


class CourseResNet18(nn.Module):
    """float32 (N, 3, S, S), 0 to 255, to (N, 24) logits: the course's answers before their sigmoid.

    Args:
        layers: of ``course_layers``.
    """

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images.div(127.5).sub(1.0))

    def maps(self, images: Tensor) -> Tensor:
        """Features before the answers: (N, 512, S / 32, S / 32)."""
        *layers, _, _ = self.layers.children()  # without the pooling and the answers
        return nn.Sequential(*layers)(images.div(127.5).sub(1.0))


def course_layers() -> nn.Module:
    """ResNet18 of torchvision with the course's ``fc``: float32 (N, 3, S, S) in [-1, 1] to (N, 24) logits."""
    from torchvision.models import resnet18  # takes as long to import as torch; no other judge needs it

    network = resnet18()
    network.fc = nn.Sequential(nn.Linear(network.fc.in_features, CLASSES))
    return network


def load_course_judge(path: Path) -> tuple[Judge, str]:
    """The course's evaluator and the sha256 of its file.

    Raises:
        ValueError: the file cannot be read, holds more than tensors, or is another network's; the message names it.
    """
    try:
        content = path.read_bytes()
        with catch_warnings(category=UserWarning, action="ignore"):  # of pickles that are refused anyway
            document = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror}); give the course's checkpoint") from error
    except pickle.UnpicklingError as error:  # torch's own words advise to load it nevertheless
        raise ValueError(f"{path}: not a checkpoint of plain tensors but, say, a whole model; {REMEDY}") from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise ValueError(f"{path}: not a checkpoint of plain tensors ({_first_line(error)}); {REMEDY}") from error
    with torch.device("meta"):
        layers = course_layers()
    layers.load_state_dict(_state(path, document, layers.state_dict()), assign=True)
    judge = Judge(CourseResNet18(layers.eval().requires_grad_(False)), "multi_label", (CLASSES,))
    return judge, hashlib.sha256(content).hexdigest()


def _state(path: Path, document: Any, wanted: dict[str, Tensor]) -> dict[str, Tensor]:  # noqa: ANN401
    """The network's tensors, if names and shapes are right."""
    if not isinstance(document, dict) or not isinstance(document.get("model"), dict):
        raise ValueError(f"{path}: no state under the key 'model'; {REMEDY}")
    state = document["model"]
    for name, tensor in wanted.items():
        if name not in state:
            wrapped = "; save model.module.state_dict() of a model in DataParallel" if f"module.{name}" in state else ""
            raise ValueError(f"{path}: {name} is missing; give the course's checkpoint, {NAME}, as it is{wrapped}")
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
