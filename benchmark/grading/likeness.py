"""Finding pictures that were changed so that they look different to a program: shifted, mirrored, recoloured, blurred.

A picture's sketch is 8x8 smooth cells of three colours, without what changes slowly, at unit length. Over real
homework (124 lists of 72 submissions to one i-CLEVR course) no two people's submissions had more than .22 of their
pictures so alike, people with a common origin .58 and more; of copies shifted by up to 3 pixels, mirrored, brightened,
gamma-corrected, with noise of 20 grey levels or JPEG at quality 20, .69 and more are found. Copies without their
colours are not.

Held against 100 to 17,000 rendered scenes, at most .5 % of the same homework's pictures pass for copies of training
pictures, and 11 % of new rendered scenes with a single object; of copies as JPEG at quality 75 all do, with noise of 8
grey levels .86 and more, at quality 30 or moved by a pixel .62 and more.
"""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from benchmark.system.progress import track

CELLS = 8  # a side
CHUNK = 512
SMOOTH, SLOW = 2.0, 2.0  # standard deviations: in pixels of 64, and in cells
ALIKE = 0.97  # cosine of two sketches
SHIFTS = tuple(product((-2, 0, 2), repeat=2))  # pixels of 64; one more either way makes no difference
SHARE = 1 / 3  # of a submission's pictures that may be like another's
NEIGHBOURS = 10  # training pictures that say how near is usual
NEARER = 0.5  # share of the usual distance below which a training picture was copied


def sketches(images: np.ndarray, down: int = 0, right: int = 0) -> np.ndarray:
    """Sketches of pictures that were moved: float32 (N, 192) at unit length.

    Args:
        images: uint8 (N, 3, S, S), S a multiple of 8.
        down: pixels of 64; the edge is repeated.
        right: the same.
    """
    rows, columns = _cells(images.shape[-1], down), _cells(images.shape[-1], right)
    cells = rows @ (images.astype(np.float32) @ columns.T)
    cells -= gaussian_filter(cells, (0, 0, SLOW, SLOW))
    flat = (cells - cells.mean(axis=(2, 3), keepdims=True)).reshape(len(images), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def mirrored(sketch: np.ndarray) -> np.ndarray:
    """Sketches of the mirrored pictures: (N, 192)."""
    return sketch.reshape(-1, 3, CELLS, CELLS)[..., ::-1].reshape(len(sketch), -1)


def alike(images: np.ndarray) -> np.ndarray:
    """Which pictures are alike, whichever of the two was changed: bool (N, N) of uint8 (N, 3, S, S)."""
    plain = sketches(images)
    moved = [sketches(images, *shift) for shift in SHIFTS]
    changed = moved + [mirrored(sketch) for sketch in moved]
    found = np.zeros((len(images), len(images)), dtype=bool)
    for start in track(range(0, len(images), CHUNK), "comparing submissions", unit=CHUNK, total=len(images)):
        rows = slice(start, start + CHUNK)
        for variant in changed:
            found[rows] |= plain[rows] @ variant.T > ALIKE
    return found | found.T


def copied(images: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Which pictures, or their mirror images, are copies of training pictures: bool (N,).

    A copy lies much nearer to one training picture than to the next :data:`NEIGHBOURS`, however many there are and
    however alike they are. Source: Carlini et al. 2023, "Extracting Training Data from Diffusion Models",
    https://arxiv.org/abs/2301.13188, section 5.1, there with distances between pixels and 50 neighbours.

    Args:
        images: uint8 (N, 3, S, S).
        training: :func:`sketches` of the training pictures, float32 (M, 192), M above :data:`NEIGHBOURS`.
    """
    ours = sketches(images)
    return (_nearness(ours, training) < NEARER) | (_nearness(mirrored(ours), training) < NEARER)


def _nearness(ours: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Distance to the nearest training picture by the mean of those to the next ones: float32 (N,)."""
    cosines = np.partition(ours @ training.T, -NEIGHBOURS - 1, axis=1)[:, -NEIGHBOURS - 1 :]
    distances = np.sort(np.sqrt(np.maximum(2 - 2 * cosines, 0)), axis=1)
    return distances[:, 0] / np.maximum(distances[:, 1:].mean(axis=1), 1e-6)


@cache
def _cells(side: int, shift: int) -> np.ndarray:
    """What smoothing, moving and averaging over cells make of a line of pixels, as a matrix: float32 (8, side)."""
    smooth = gaussian_filter1d(np.eye(side, dtype=np.float32), SMOOTH * side / 64, axis=1, truncate=3.0)
    source = np.clip(np.arange(side) + shift * side // 64, 0, side - 1)
    return smooth[source].reshape(CELLS, side // CELLS, side).mean(axis=1)
