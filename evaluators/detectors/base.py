"""The contract of a face detector."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor


class Detector(ABC):
    """uint8 (N, 3, S, S) images, 0 to 255, to bool (N,): whether there is a face. Works on the CPU.

    Each image's answer depends on nothing but the image.
    """

    name: str

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Everything that decides the answers: weights, settings, preparation."""

    @property
    @abstractmethod
    def computed_by(self) -> str:
        """Libraries with their versions, which may change an answer at a threshold; no part of the fingerprint."""

    @abstractmethod
    def finds_face(self, image: np.ndarray) -> bool:
        """True if there is a face in one prepared image, uint8 (H, W, 3), RGB."""

    @property
    def digest(self) -> str:
        """sha256 of the fingerprint, for the protocol of a record."""
        return hashlib.sha256(self.fingerprint.encode()).hexdigest()

    def prepared(self, images: Tensor) -> Tensor:
        """Prepared images, uint8 (N, 3, H, W); here the images as they are."""
        return images

    def __call__(self, images: Tensor) -> Tensor:
        return torch.tensor([self.finds_face(image) for image in self.arrays(images)], dtype=torch.bool)

    def arrays(self, images: Tensor) -> np.ndarray:
        """The prepared images as libraries want them: uint8 (N, H, W, 3), contiguous.

        Raises:
            ValueError: the images are of another type or shape; the message gives both.
        """
        if images.dtype != torch.uint8 or images.dim() != 4 or images.shape[1] != 3 or 0 in images.shape[2:]:
            given = f"{images.dtype} {tuple(images.shape)}"
            raise ValueError(f"images are {given}; a face detector looks at torch.uint8 (N, 3, S, S)")
        if not len(images):
            return np.empty((0, 1, 1, 3), dtype=np.uint8)
        return np.ascontiguousarray(self.prepared(images.cpu()).permute(0, 2, 3, 1).numpy())
