"""Whose face a photograph shows, as the package face_recognition encodes it."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.resources
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np
import torch
from PIL import ImageFile
from torch import Tensor

SAME = 0.6  # the package's own tolerance: encodings nearer than this show one person
DIMENSIONS = 128
DOUBLINGS = 2  # of 64x64 images, for a detector of faces of 80 pixels
PACKAGES = ("face_recognition", "face_recognition_models")
INSTALL = "pip install --no-deps face-recognition face-recognition-models (dlib-bin is their dlib)"


def missing() -> str | None:
    """The package that has to be installed before faces can be encoded; None if all are there."""
    return next((name for name in PACKAGES if importlib.util.find_spec(name) is None), None)


def library() -> ModuleType:
    """The package face_recognition, imported so that nothing else changes.

    The package of its models gets their paths from ``pkg_resources``, which setuptools no longer has. And
    face_recognition makes Pillow read damaged files without an error, in the whole process.

    Raises:
        ValueError: a package is missing; the message says what to do.
    """
    if name := missing():
        raise ValueError(f"{name} is not installed; {INSTALL}")
    truncated = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        with _paths_of_resources():
            return importlib.import_module("face_recognition")
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = truncated


@contextmanager
def _paths_of_resources() -> Iterator[None]:
    """A stand-in for ``pkg_resources`` with paths of resources alone, while the block runs."""
    before, stand_in = sys.modules.get("pkg_resources"), ModuleType("pkg_resources")
    stand_in.resource_filename = lambda package, name: str(importlib.resources.files(package) / name)
    sys.modules["pkg_resources"] = stand_in
    try:
        yield
    finally:
        del sys.modules["pkg_resources"]
        if before is not None:
            sys.modules["pkg_resources"] = before


def fingerprint() -> str:
    """Everything that decides an encoding: versions and settings."""
    import dlib

    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return f"{', '.join(versions)}, dlib {dlib.__version__}, hog, doubled {DOUBLINGS} times"


def encode_faces(images: Tensor) -> Tensor:
    """Encodings of uint8 (N, 3, S, S) photographs: float32 (N, 128); NaN where the HOG detector finds no face.

    Of several faces the largest counts.

    Source: Geitgey 2017, https://github.com/ageitgey/face_recognition, ``face_encodings`` with the small landmark
    model; King 2017, http://blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html.
    """
    faces = library()
    return torch.stack([_encoding(faces, image) for image in images.cpu().permute(0, 2, 3, 1).contiguous().numpy()])


def _encoding(faces: ModuleType, image: np.ndarray) -> Tensor:
    places = faces.face_locations(image, number_of_times_to_upsample=DOUBLINGS)
    if not places:
        return torch.full((DIMENSIONS,), torch.nan)
    largest = max(places, key=lambda place: (place[2] - place[0]) * (place[1] - place[3]))
    return torch.from_numpy(faces.face_encodings(image, [largest], model="small")[0]).float()
