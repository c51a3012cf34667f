"""The bundled detector: a histogram of oriented gradients of a drawn face, slid over the image by dlib.

Images of faces are cut so closely that the face fills the frame. So the image is enlarged until the detector's
window fits into it, and its border is repeated outwards to leave the window room. Before that it is made small, so
that pixel noise, which a barely trained generator's images have, does not decide.

Source: Dalal & Triggs 2005, "Histograms of oriented gradients for human detection", with the 31 features of
Felzenszwalb et al. 2010, and King 2015, "Max-margin object detection", https://arxiv.org/abs/1502.00046; as in dlib.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import ClassVar

import dlib
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from evaluators.detectors.base import Detector

SMALL = 48  # pixels a side: finer detail is averaged away
LARGE = 96  # pixels a side that the small image is enlarged to
MARGIN = 8  # pixels of repeated border around it
FACE = (14, 15, 84)  # left, top and side of the face in the prepared image, pixels
PREPARATION = f"bilinear-antialiased-{SMALL}-{LARGE},replicate-{MARGIN}"
FLOOR = -1.2  # a score that no face comes near


@dataclass(frozen=True)
class AnimeFaceHOG(Detector):
    """Finds one drawn face that nearly fills the image, upright and seen more or less from the front."""

    scanner: dlib.fhog_object_detector
    weights_sha256: str
    threshold: float  # a window that scores so much is a face
    name: ClassVar[str] = "anime_face_hog"

    @property
    def fingerprint(self) -> str:
        return f"{self.name}:{self.weights_sha256}:{self.threshold}:{PREPARATION}"

    @property
    def computed_by(self) -> str:
        return f"dlib {dlib.__version__}, torch {torch.__version__}"

    def prepared(self, images: Tensor) -> Tensor:
        return framed(images)

    def finds_face(self, image: np.ndarray) -> bool:
        return bool(self.scanner.run(image, 0, self.threshold)[1])

    def scores(self, images: Tensor) -> Tensor:
        """The best window's score of each of uint8 (N, 3, S, S) images: float64 (N,), FLOOR or more."""
        found = [self.scanner.run(image, 0, FLOOR)[1] for image in self.arrays(images)]
        return torch.tensor([max(scores, default=FLOOR) for scores in found], dtype=torch.float64)


def framed(images: Tensor) -> Tensor:
    """uint8 (N, 3, S, S) images as the detector sees them: (N, 3, 112, 112), made small, large, and given room."""
    small = functional.interpolate(images.float(), size=(SMALL, SMALL), mode="bilinear", antialias=True)
    large = functional.interpolate(small, size=(LARGE, LARGE), mode="bilinear")
    return functional.pad(large, (MARGIN,) * 4, mode="replicate").round().to(torch.uint8)


def scanner_of(weights: bytes) -> dlib.fhog_object_detector:
    """A detector from dlib's bytes. Give it only bytes that are known: dlib trusts what it reads.

    Raises:
        ValueError: the bytes are no detector.
    """
    with tempfile.NamedTemporaryFile(suffix=".svm") as file:  # dlib reads files only
        file.write(weights)
        file.flush()
        try:
            return dlib.fhog_object_detector(file.name)
        except RuntimeError as error:
            raise ValueError(f"not a HOG detector of dlib ({error})") from error
