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
CHUNK = 512
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
    ours, theirs = perceptual_hashes(first), perceptual_hashes(second)
    pairs = []
    for start in range(0, len(ours), CHUNK):
        bits = np.bitwise_count(ours[start : start + CHUNK, None] ^ theirs[None])
        rows, columns = np.nonzero(bits <= MAX_BITS)
        pairs += [(start + int(i), int(j)) for i, j in zip(rows, columns, strict=True)]
    return [(i, j) for i, j in pairs if largest_block_difference(first[i], second[j]) <= MAX_BLOCK]


def largest_block_difference(first: np.ndarray, second: np.ndarray) -> float:
    """The largest mean absolute difference of two uint8 (3, S, S) pictures over colours and blocks of 8x8, 0 to 255."""
    blocks = first.shape[-1] // 8
    difference = np.abs(first.astype(np.float32) - second.astype(np.float32))
    return float(difference.reshape(3, blocks, 8, blocks, 8).mean(axis=(2, 4)).max())
