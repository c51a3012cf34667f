"""Finding pictures that are the same but for compression: a perceptual hash to look up, pixels to decide.

Scenes on one grey ground are alike as a whole, so two pictures count as the same only if no block of 8x8 pixels
differs much: another object in one place is another picture.

Source: the hash of pHash (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", 3.2.1):
signs of the lowest 8x8 cosine coefficients against their median.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dctn

MAX_BITS = 10  # of 64 that may differ for two pictures to be looked at
MAX_BLOCK = 10.0  # mean absolute difference of any colour in any block of 8x8 pixels, of 255
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


def perceptual_hashes(images: np.ndarray) -> np.ndarray:
    """uint64 (N,) of uint8 (N, 3, S, S), S a multiple of 32."""
    if not len(images):
        return np.zeros(0, dtype=np.uint64)
    side = images.shape[-1] // 32
    gray = np.einsum("nchw,c->nhw", images.astype(np.float32), LUMA)
    gray = gray.reshape(len(images), 32, side, 32, side).mean(axis=(2, 4))
    low = dctn(gray, axes=(1, 2))[:, :8, :8].reshape(len(images), 64)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)[:, 0]


def same_pictures(first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (i, j) of pictures of two sets, uint8 (N, 3, S, S) and (M, 3, S, S), that are the same picture."""
    ours, theirs = Fingerprints(first), Fingerprints(second)
    return [(i, j) for i in range(len(first)) for j in ours.same(i, theirs).tolist()]


def groups_of_same(images: np.ndarray) -> np.ndarray:
    """The first picture that each is the same as, itself or one before: int (N,) of uint8 (N, 3, S, S).

    However many are the same, each is compared with one of every group only.
    """
    prints = Fingerprints(images)
    found, is_first = np.arange(len(images)), np.zeros(len(images), dtype=bool)
    for index in range(len(images)):
        same = prints.same(index, prints, among=is_first)
        is_first[index] = not len(same)
        if len(same):
            found[index] = same[0]
    return found


class Fingerprints:
    """Pictures with what tells quickly that two of them are not the same.

    Args:
        images: uint8 (N, 3, S, S), S a multiple of 32.
    """

    def __init__(self, images: np.ndarray) -> None:
        self.images = images
        self.hashes = perceptual_hashes(images)
        self.means = block_means(images.astype(np.float32)).reshape(len(images), -1)

    def same(self, index: int, others: Fingerprints, among: np.ndarray | None = None) -> np.ndarray:
        """Indices of the others, or of some, that are the same picture as one of ours."""
        near = np.bitwise_count(others.hashes ^ self.hashes[index]) <= MAX_BITS
        candidates = np.flatnonzero(near if among is None else near & among)
        furthest = np.abs(others.means[candidates] - self.means[index]).max(axis=1, initial=0.0)
        candidates = candidates[furthest <= MAX_BLOCK]  # the means differ at most as much as the pixels do
        differences = np.abs(others.images[candidates].astype(np.float32) - self.images[index].astype(np.float32))
        return candidates[block_means(differences).max(axis=(1, 2, 3), initial=0.0) <= MAX_BLOCK]


def block_means(values: np.ndarray) -> np.ndarray:
    """Means over blocks of 8x8: float32 (N, 3, S / 8, S / 8) of float32 (N, 3, S, S)."""
    blocks = values.shape[-1] // 8
    return (
        values.reshape(len(values), 3, blocks, 8, blocks * 8)
        .mean(axis=3)
        .reshape(len(values), 3, blocks, blocks, 8)
        .mean(axis=4)
    )
