"""Images that are the same up to compression: found by a perceptual hash, decided by their pixels.

All scenes on the same grey ground are alike as a whole. So two images count as the same only if no block of 8x8 pixels
differs much, since a different object in one place makes a different image.

Source: the hash of pHash (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", 3.2.1):
signs of the lowest 8x8 cosine coefficients against their median.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

MAX_BITS = 10  # of 64 that may differ for two images to be looked at
MAX_BLOCK = 10.0  # mean absolute difference of any colour in any block of 8x8 pixels, of 255
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
ROUNDING = 1e-2  # of float32 means of bytes, at most
CHUNK = 512  # images that are turned into float32 at once


def perceptual_hashes(images: np.ndarray) -> np.ndarray:
    """uint64 (N,) of uint8 (N, 3, S, S), S a multiple of 32."""
    from scipy.fft import dctn  # a fifth of a second that a check of the form does not need

    if not len(images):
        return np.zeros(0, dtype=np.uint64)
    side = images.shape[-1] // 32
    gray = np.einsum("nchw,c->nhw", images.astype(np.float32), LUMA)
    gray = gray.reshape(len(images), 32, side, 32, side).mean(axis=(2, 4))
    low = dctn(gray, axes=(1, 2))[:, :8, :8].reshape(len(images), 64)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8").astype(np.uint64)[:, 0]


def same_images(first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    """Pairs (i, j) of images of two sets, uint8 (N, 3, S, S) and (M, 3, S, S), that are the same image."""
    ours, theirs = Fingerprints(first), Fingerprints(second)
    return [(i, j) for i in range(len(first)) for j in ours.same(i, theirs).tolist()]


def groups_of_same(images: Sequence[np.ndarray]) -> np.ndarray:
    """The index of the first image that is the same as each image: int (N,) for N images, uint8 (3, S, S).

    Each image is compared with only one image of every group.
    """
    prints = Fingerprints(images)
    found = np.arange(len(images))
    firsts, hashes, count = np.zeros_like(found), np.zeros_like(prints.hashes), 0
    for index in range(len(images)):
        near = near_hashes(hashes[:count], prints.hashes[index])
        same = prints.same_among(index, prints, firsts[:count][near])
        if len(same):
            found[index] = same[0]
        else:
            firsts[count], hashes[count] = index, prints.hashes[index]
            count += 1
    return found


def near_hashes(hashes: np.ndarray, one: np.uint64) -> np.ndarray:
    """Entries of uint64 (N,) so near that the images have to be compared: bool (N,)."""
    return np.bitwise_count(hashes ^ one) <= MAX_BITS


class Fingerprints:
    """Images with hashes and mean colours, by which different images are quickly distinguished.

    Args:
        images: N of uint8 (3, S, S), as an array or one by one; S a multiple of 32.
    """

    def __init__(self, images: Sequence[np.ndarray]) -> None:
        self.images = images
        self.hashes = in_chunks(perceptual_hashes, images)
        self.means = in_chunks(_flat_means, images)
        self.colours = self.means.reshape(len(images), 3, self.means.shape[1] // 3).mean(axis=2)

    def same(self, index: int, others: Fingerprints) -> np.ndarray:
        """Indices of the others that are the same image as one of ours."""
        return self.same_among(index, others, np.flatnonzero(near_hashes(others.hashes, self.hashes[index])))

    def same_among(self, index: int, others: Fingerprints, candidates: np.ndarray) -> np.ndarray:
        """Those of the candidates, indices of the others with hashes near ours, that are the same image."""
        for ours, theirs in ((self.colours, others.colours), (self.means, others.means)):
            furthest = np.abs(theirs[candidates] - ours[index]).max(axis=1, initial=0.0)
            candidates = candidates[furthest <= MAX_BLOCK + ROUNDING]  # means differ at most as much as the pixels do
        chunks = [candidates[start : start + CHUNK] for start in range(0, len(candidates), CHUNK)]
        return np.concatenate([candidates[:0], *(chunk[self._are_same(index, others, chunk)] for chunk in chunks)])

    def _are_same(self, index: int, others: Fingerprints, candidates: np.ndarray) -> np.ndarray:
        theirs = np.stack([others.images[candidate] for candidate in candidates]).astype(np.float32)
        differences = np.abs(theirs - self.images[index].astype(np.float32))
        return block_means(differences).max(axis=(1, 2, 3)) <= MAX_BLOCK


def in_chunks(measure: Callable[[np.ndarray], np.ndarray], images: Sequence[np.ndarray]) -> np.ndarray:
    """A measure of uint8 (n, 3, S, S), taken of all images, some at a time."""
    if not len(images):
        return measure(np.zeros((0, 3, 64, 64), dtype=np.uint8))
    starts = range(0, len(images), CHUNK)
    return np.concatenate([measure(np.asarray(images[start : start + CHUNK])) for start in starts])


def _flat_means(images: np.ndarray) -> np.ndarray:
    return block_means(images.astype(np.float32)).reshape(len(images), -1)


def block_means(values: np.ndarray) -> np.ndarray:
    """Means over blocks of 8x8: float32 (N, 3, S / 8, S / 8) of float32 (N, 3, S, S)."""
    blocks = values.shape[-1] // 8
    return (
        values.reshape(len(values), 3, blocks, 8, blocks * 8)
        .mean(axis=3)
        .reshape(len(values), 3, blocks, blocks, 8)
        .mean(axis=4)
    )
