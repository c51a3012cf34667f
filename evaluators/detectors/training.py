"""Training the bundled detector from images of faces, and choosing its threshold."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import dlib
from torch import Tensor

from evaluators.detectors.anime_face_hog import FACE, AnimeFaceHOG, framed, scanner_of


@dataclass(frozen=True, kw_only=True)
class DetectorSettings:
    """Everything but the data and the seed that decides what a detector becomes."""

    faces: int = 2_200  # of each data set, to learn from
    spoiled: int = 520  # of each data set, other ones, to make images without faces of
    calibration: int = 400  # of each data set, again other ones, to choose the threshold with
    scenes: int = 300  # images of something else
    c: float = 10.0  # weight of mistakes against the margin
    epsilon: float = 0.05  # dlib stops when the objective is so near to its best
    found: float = 0.99  # share of the faces for the threshold that are to be found


def train_detector(
    faces: Tensor, others: Tensor, calibration: Tensor, settings: DetectorSettings
) -> tuple[bytes, AnimeFaceHOG]:
    """A detector that has learned to tell the faces from the others, as dlib serialises it, and ready for use.

    The same images and settings give the same bytes: dlib computes in one thread here.

    Args:
        faces: uint8 (N, 3, S, S) images that an upright face fills.
        others: uint8 (M, 3, S, S) images without any.
        calibration: uint8 (K, 3, S, S) further faces; the threshold is the score that ``settings.found`` of them have.
        settings: see there.

    Raises:
        ValueError: there are no images of one of the three.
    """
    for name, images in (("faces", faces), ("others", others), ("calibration", calibration)):
        if not len(images):
            raise ValueError(f"0 images for {name}; give at least 1, from larger data")
    weights = _learned(faces, others, settings)
    detector = AnimeFaceHOG(scanner_of(weights), hashlib.sha256(weights).hexdigest(), threshold=0.0)
    threshold = detector.scores(calibration).quantile(1 - settings.found).item()
    return weights, replace(detector, threshold=round(threshold, 3))


def _learned(faces: Tensor, others: Tensor, settings: DetectorSettings) -> bytes:
    options = dlib.simple_object_detector_training_options()
    options.C, options.epsilon, options.num_threads = settings.c, settings.epsilon, 1
    options.upsample_limit = 0
    left, top, side = FACE
    options.detection_window_size = side * side
    box = dlib.rectangle(left, top, left + side - 1, top + side - 1)
    framed_images = [
        image for images in (faces, others) for image in framed(images).permute(0, 2, 3, 1).contiguous().numpy()
    ]
    boxes = [[box]] * len(faces) + [[]] * len(others)
    detector = dlib.train_simple_object_detector(framed_images, boxes, options)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "detector.svm"
        detector.save(str(path))
        return path.read_bytes()
