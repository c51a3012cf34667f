"""Face detectors by name, and their self-test."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmark.errors import UsageError, complaints
from benchmark.scoring import judges as task_judges
from benchmark.scoring.downloads import fetched_file
from benchmark.tasks import TASKS, Task
from evaluators import detectors
from evaluators.detectors import accuracy
from evaluators.detectors.base import Detector
from evaluators.detectors.frontal_face import FrontalFace
from evaluators.detectors.lbp_cascade import LBPCascade
from evaluators.detectors.store import load_detector
from evaluators.judges.store import load_card, load_known_images

BUNDLED = "bundled"
NAMES = "bundled, lbp (as fetched), lbp:FILE.xml, face_recognition, or a detector's FILE.svm"
DRAWN = "anime-faces"  # the data set that the known images are of
NO_FACES = ("shuffled patches", "upside down", "flat", "noise")  # kinds of images in which a detector must find no face
FACE = (115, 74, 431, 390)  # in the photograph: left, top, right, bottom
SIDE = 64
LEAST_FOUND, MOST_FALSE = 0.8, 0.1  # shares of known images, by a detector that works


def find_detector(spec: str = BUNDLED) -> Detector:
    """A detector by name.

    Raises:
        UsageError: there is no such detector, or its file is missing, damaged or of another kind.
    """
    kind, _, path = spec.partition(":")
    with complaints():
        if spec == BUNDLED or Path(spec).suffix == ".svm":
            return load_detector(bundled_detector() if spec == BUNDLED else Path(spec))[0]
        if kind == "lbp" and (path or spec == kind):
            return LBPCascade.load(Path(path) if path else fetched_file("lbpcascade_animeface.xml"))
        if spec == FrontalFace.name:
            return FrontalFace()
    raise UsageError(f"no face detector is called {spec!r}; give {NAMES}")


def bundled_detector() -> Path:
    """Path of the bundled detector."""
    return Path(detectors.__file__).parent / "anime_face_hog.svm"


def default_detector(task: Task) -> str:
    """The detector of a task's faces: of drawn or of photographed ones."""
    return FrontalFace.name if task.photographs else BUNDLED


def fault_in(detector: Detector, *, photographs: bool = False) -> str | None:
    """The fault of a detector on known faces and on known images without faces; None if it has none.

    The images are those of the bundled faces judge's self-test, or a photograph.
    """
    if photographs:
        faces = known_face()
    else:
        path = task_judges.bundled_judge(TASKS[DRAWN])
        with complaints():
            faces, _ = load_known_images(path, load_card(path.with_suffix(".json")))
    rate = accuracy.hit_rate(detector, faces).value
    if rate < LEAST_FOUND:
        return f"it finds a face in {rate:.3f} of the known faces, fewer than {LEAST_FOUND}"
    spoiled = detectors.negatives(faces, seed=0)
    for kind in NO_FACES:
        rate = accuracy.hit_rate(detector, spoiled[kind]).value
        if rate > MOST_FALSE:
            return f"it finds a face in {rate:.3f} of the known faces' {kind}, more than {MOST_FALSE}"
    return None


def photograph_path() -> Path:
    """The photograph: Grace Hopper by James S. Davis, in the public domain; matplotlib brings it."""
    return Path(str(importlib.resources.files("matplotlib") / "mpl-data/sample_data/grace_hopper.jpg"))


def known_face() -> Tensor:
    """The face in the photograph: uint8 (1, 3, 64, 64)."""
    with Image.open(photograph_path()) as photograph:
        face = photograph.convert("RGB").crop(FACE).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return torch.from_numpy(np.array(face)).permute(2, 0, 1)[None]
