"""The detector of the package face_recognition, for photographs: dlib's frontal face detector, enlarging twice.

``face_recognition.face_locations(image)`` is the same detector of dlib, so dlib alone is needed. It finds faces of
80 pixels; one doubling, the package's default, makes that 40, and the second one, for 64x64 images, 20.

Source: Geitgey 2017, https://github.com/ageitgey/face_recognition, face_locations with model="hog"; King 2015,
"Max-margin object detection", https://arxiv.org/abs/1502.00046.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import dlib
import numpy as np

from evaluators.detectors.base import Detector

DOUBLINGS = 2  # number_of_times_to_upsample


@dataclass(frozen=True)
class FrontalFace(Detector):
    """Finds photographed faces seen from the front; drawn ones hardly ever."""

    detector: dlib.fhog_object_detector = field(default_factory=dlib.get_frontal_face_detector)
    name: ClassVar[str] = "face_recognition"

    @property
    def fingerprint(self) -> str:
        return f"{self.name}:dlib frontal face detector:{dlib.__version__}:doubled {DOUBLINGS} times"

    @property
    def computed_by(self) -> str:
        return f"dlib {dlib.__version__}"

    def finds_face(self, image: np.ndarray) -> bool:
        return len(self.detector(image, DOUBLINGS)) > 0
