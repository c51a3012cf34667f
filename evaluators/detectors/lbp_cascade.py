"""OpenCV's cascade of local binary patterns, from a file that the user has, as the courses ran it.

The image is searched as it is, 64x64 and without a border, with the settings of the cascade's own example: grey,
histogram equalised, scale factor 1.1, 5 neighbours, faces of 24 pixels or more.

Source: nagadomi 2011, https://github.com/nagadomi/lbpcascade_animeface (MIT licence).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np

from evaluators.detectors.base import Detector

SCALE_FACTOR = 1.1
NEIGHBOURS = 5
LEAST_SIZE = (24, 24)  # pixels


@dataclass(frozen=True)
class LBPCascade(Detector):
    """Finds anime faces; some that touch the border of the image escape it."""

    cascade: cv2.CascadeClassifier
    file_sha256: str
    name: ClassVar[str] = "lbp_cascade"

    @classmethod
    def load(cls, path: Path) -> LBPCascade:
        """The cascade in an XML file.

        Raises:
            ValueError: the file is missing, or OpenCV finds no cascade in it; the message names it.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(f"{path}: cannot be read ({error.strerror}); give an OpenCV cascade's .xml") from error
        return cls(_cascade_of(content, path), hashlib.sha256(content).hexdigest())

    @property
    def fingerprint(self) -> str:
        return f"{self.name}:{self.file_sha256}:grey,equalised,{SCALE_FACTOR},{NEIGHBOURS},{LEAST_SIZE[0]}"

    @property
    def computed_by(self) -> str:
        return f"OpenCV {cv2.__version__}"

    def finds_face(self, image: np.ndarray) -> bool:
        grey = cv2.equalizeHist(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
        faces = self.cascade.detectMultiScale(
            grey, scaleFactor=SCALE_FACTOR, minNeighbors=NEIGHBOURS, minSize=LEAST_SIZE
        )
        return len(faces) > 0


def _cascade_of(content: bytes, path: Path) -> cv2.CascadeClassifier:
    cascade, storage = cv2.CascadeClassifier(), cv2.FileStorage()
    try:
        storage.open(content.decode(), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
        known = cascade.read(storage.getFirstTopLevelNode())
    except (UnicodeDecodeError, cv2.error):
        known = False
    if not known:
        raise ValueError(f"{path}: OpenCV finds no cascade in it; give a cascade's .xml")
    return cascade
