"""The networks that a task's scores need, by role: the bundled ones, or those named on the command line."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmark.errors import UsageError, complaints
from benchmark.scoring import detectors, judges
from benchmark.scoring.backbone import backbone
from benchmark.scoring.downloads import fetched_file
from benchmark.scoring.scoring_network import ScoringNetwork
from benchmark.system.files import sha256_text
from benchmark.system.machine import Machine
from benchmark.system.terminal import say
from benchmark.tasks import Task
from evaluators import photographed_faces
from evaluators.features import efficientnet_lite0, inception_v3
from evaluators.features.inception_v3 import load_inception_v3


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Files and names of the networks to score with; the defaults are the bundled ones."""

    judge: Path | None = None
    detector: str = detectors.BUNDLED
    inception: str | None = None  # weights of fid's network: "fetched", or their path


def networks_of(task: Task, tools: Tools, machine: Machine) -> dict[str, ScoringNetwork]:
    """The networks of a task by role. The roles are the values of ``Evaluator.network``, and ``second_judge``.

    Raises:
        UsageError: a file is missing, damaged or of another kind, or a detector was chosen for a task without faces.
    """
    found = {"backbone": _backbone_network()}
    if task.judge:
        judge, second = judges.judge_network(task, tools.judge), judges.bundled_second_judge(task)
        found |= {"judge": judge, "judge_features": _features_of(judge)}
        found |= {"second_judge": judges.judge_network(task, second)} if second else {}
    if tools.inception:
        found["inception"] = _inception_network(tools.inception)
    for name in () if tools.inception else _named(task, _scores_by(task, "inception")):
        say(f"{name} is left out: it {absent('inception', tools)}")
    found = {role: _on_device(machine.device, network) for role, network in found.items()}
    if task.face_scores or _scores_by(task, "detector"):
        found["detector"] = _detector_network(tools.detector, task)  # it runs on the CPU
    elif tools.detector != detectors.BUNDLED:
        raise UsageError(f"{task.name} looks for no faces; leave out --detector {tools.detector}")
    if task.photographs:
        found |= _face_encoder()
    return found


def absent(role: str, tools: Tools) -> str | None:
    """The reason why a network cannot be used, with the remedy: not given, or not installed; None if it is there."""
    if role == "inception" and not tools.inception:
        how = "--inception fetched (see 'cgan-bench judge fetch'), or with their file"
        return f"needs Inception's weights; score with {how}"
    if role == "face_encoder" and (package := photographed_faces.missing()):
        return f"needs {package}, which is not installed; {photographed_faces.INSTALL}"
    return None


def _scores_by(task: Task, role: str) -> list[str]:
    """The scores of a task that need a network."""
    return [name for name in task.scores if task.evaluator(name).network == role]


def _named(task: Task, scores: Iterable[str]) -> list[str]:
    """Those of the scores that the task's definition names, instead of showing whatever fits."""
    return [name for name in scores if name in (*task.headline, *(task.shown or ()), *task.own_evaluators)]


def _backbone_network() -> ScoringNetwork:
    digest = sha256_text(efficientnet_lite0.FINGERPRINT)
    engines = f"torch {torch.__version__}, onnxruntime {importlib.metadata.version('onnxruntime')}"
    return ScoringNetwork(
        "efficientnet_lite0", digest, lambda images: backbone(images.device.type)(images), computed_by=engines
    )


def _features_of(judge: ScoringNetwork) -> ScoringNetwork:
    """The features from which a judge computes its logits."""
    digest = sha256_text(f"features of {judge.sha256}")
    return ScoringNetwork(f"features of {judge.name}", digest, judge.compute.features)


def _detector_network(spec: str, task: Task) -> ScoringNetwork:
    finder = detectors.find_detector(detectors.default_detector(task) if spec == detectors.BUNDLED else spec)
    return ScoringNetwork(
        finder.name, finder.digest, finder,
        test=lambda: detectors.fault_in(finder, photographs=task.photographs), computed_by=finder.computed_by,
    )  # fmt: skip


def _face_encoder() -> dict[str, ScoringNetwork]:
    """The network that tells faces of different people apart; empty if its package is not installed."""
    if name := photographed_faces.missing():
        say(f"{name} is not installed, so scores of whose face it is are left out; {photographed_faces.INSTALL}")
        return {}
    digest = sha256_text(photographed_faces.fingerprint())
    network = ScoringNetwork("face_recognition", digest, photographed_faces.encode_faces, test=_fault_in_encoder)
    return {"face_encoder": network}


def _fault_in_encoder() -> str | None:
    """Fault in the encodings of a known face; None if there is none."""
    face = detectors.known_face()
    here, mirrored, upside_down = photographed_faces.encode_faces(torch.cat([face, face.flip(3), face.flip(2)]))
    distance = (here - mirrored).norm().item()
    if not distance < photographed_faces.SAME:
        return f"a known face and its mirror image are {distance:.2f} apart; {photographed_faces.SAME} is the most"
    return None if upside_down.isnan().all() else "it encodes a face that is upside down"


def _inception_network(spec: str) -> ScoringNetwork:
    """The network of fid."""
    with complaints():
        network = load_inception_v3(inception_weights(spec))
    return ScoringNetwork("inception_v3", sha256_text(inception_v3.FINGERPRINT), network)


def inception_weights(spec: str) -> Path:
    """Path of the weights of fid's network: of those that were fetched, or of a file.

    Raises:
        UsageError: they were not fetched.
    """
    return fetched_file(inception_v3.WEIGHTS_NAME) if spec == "fetched" else Path(spec)


def _on_device(device: torch.device, network: ScoringNetwork) -> ScoringNetwork:
    """The network, with images moved to the device first; its weights follow the images."""
    return replace(network, compute=lambda images: network.compute(images.to(device)))
