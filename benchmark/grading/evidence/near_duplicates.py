"""Finding images that were changed so that they look different to a program: shifted, mirrored, recoloured, blurred.

An image's sketch is 8x8 smooth cells of three colours, without what changes slowly, at unit length. Over real
homework (124 lists of 72 submissions to one i-CLEVR course) no two people's submissions had more than .22 of their
images so alike, people with a common origin .58 and more; of copies shifted by up to 3 pixels, mirrored, brightened,
gamma-corrected, with noise of 20 grey levels or JPEG at quality 20, .69 and more are found. Copies without their
colours are not.

Held against 100 to 17,000 rendered scenes, at most .7 % of the same homework's images pass for copies of training
images, two of a list at most, and 11 % of new rendered scenes with a single object. Of copies shifted by 2 pixels all
do, by 1 or 3 pixels .46 and more, as JPEG at quality 75 all, with noise of 8 grey levels .86 and more, at quality 30
.62 and more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

import numpy as np

from benchmark.grading.evidence.fingerprints import in_chunks
from benchmark.system.terminal import track

CELLS = 8  # a side
CHUNK = 512
BLOCK, ROWS = 128, 2_048  # images whose changed sketches are held against so many others at once
AXES = 16  # of 192, along which sketches are compared first
MANY = 0.02  # share of pairs above which all are compared
ROUNDING = 1e-4  # of products in float32, at most
SMOOTH, SLOW = 2.0, 2.0  # standard deviations: in pixels of 64, and in cells
ALIKE = 0.97  # cosine of two sketches
SHIFTS = tuple(product((-2, 0, 2), repeat=2))  # pixels of 64; one more either way makes no difference
SHARE = 1 / 3  # of a submission's images that may be like another's
NEIGHBOURS = 10  # training images that say how near is usual
NEARER = 0.5  # share of the usual distance below which a training image was copied


def sketches(images: np.ndarray, down: int = 0, right: int = 0) -> np.ndarray:
    """Sketches of images that were moved: float32 (N, 192) at unit length.

    Args:
        images: uint8 (N, 3, S, S), S a multiple of 8.
        down: pixels of 64; the edge is repeated.
        right: the same.
    """
    from scipy.ndimage import gaussian_filter  # a fifth of a second that one submission does not need

    rows, columns = _cells(images.shape[-1], down), _cells(images.shape[-1], right)
    cells = rows @ (images.astype(np.float32) @ columns.T)
    cells -= gaussian_filter(cells, (0, 0, SLOW, SLOW))
    flat = (cells - cells.mean(axis=(2, 3), keepdims=True)).reshape(len(images), -1)
    return flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def mirrored(sketch: np.ndarray) -> np.ndarray:
    """Sketches of the mirrored images: (N, 192)."""
    return sketch.reshape(-1, 3, CELLS, CELLS)[..., ::-1].reshape(len(sketch), -1)


def alike_owners(images: Sequence[np.ndarray], owner: np.ndarray) -> np.ndarray:
    """For each image the owners of images that it is like, whichever of the two was changed: bool (N, owners).

    An image is like itself, so its own owner is always among them.

    Args:
        images: N of uint8 (3, S, S).
        owner: number of each image's owner, from 0, int (N,).
    """
    plain = in_chunks(sketches, images)
    axes = _principal_axes(plain)
    short = _shortened(plain, axes)
    found = np.zeros((len(images), owner.max() + 1), dtype=bool)
    for start in track(range(0, len(images), BLOCK), "comparing submissions", unit=BLOCK, total=len(images)):
        changed = _variants(np.stack(images[start : start + BLOCK]))
        for one, other in _alike_blocks(changed, _shortened(changed, axes), plain, short):
            found[start + one, owner[other]] = True
            found[other, owner[start + one]] = True
    return found


def alike_pairs(first: np.ndarray, second: np.ndarray) -> list[tuple[int, int]]:
    """Images of two submissions that are alike, whichever of the two was changed, by number.

    Args:
        first: uint8 (N, 3, S, S).
        second: uint8 (M, 3, S, S).
    """
    forth = (_variants(first) @ sketches(second).T > ALIKE).any(axis=0)
    back = (_variants(second) @ sketches(first).T > ALIKE).any(axis=0)
    return [(int(i), int(j)) for i, j in np.argwhere(forth | back.T)]


def _variants(images: np.ndarray) -> np.ndarray:
    """Sketches of images at every shift, plain and mirrored: float32 (variants, n, 192)."""
    moved = np.concatenate([sketches(images, *shift) for shift in SHIFTS])
    return np.concatenate([moved, mirrored(moved)]).reshape(-1, len(images), moved.shape[1])


def _alike_blocks(
    changed: np.ndarray, changed_short: np.ndarray, plain: np.ndarray, plain_short: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of images whose sketches are alike, block by block, as two arrays of indices; pairs may repeat.

    Args:
        changed: sketches, float32 (variants, n, 192).
        changed_short: the same, shortened.
        plain: sketches, float32 (N, 192).
        plain_short: the same, shortened.
    """
    flat, count = changed.reshape(-1, changed.shape[-1]), changed.shape[1]
    flat_short = changed_short.reshape(len(flat), -1)
    for start in range(0, len(plain), ROWS):
        rows = plain[start : start + ROWS]
        possible = np.flatnonzero(flat_short @ plain_short[start : start + ROWS].T > ALIKE - ROUNDING)
        if len(possible) > MANY * len(flat) * len(rows):
            like = (flat @ rows.T > ALIKE).reshape(len(changed), count, -1).any(axis=0)
            one, other = np.nonzero(like)
        else:
            first, second = np.divmod(possible, len(rows))
            like = np.einsum("nd,nd->n", flat[first], rows[second]) > ALIKE
            one, other = first[like] % count, second[like]
        yield one, start + other


def _principal_axes(sketch: np.ndarray) -> np.ndarray:
    """The directions in which sketches vary most: float32 (192, AXES)."""
    _, vectors = np.linalg.eigh(sketch.T @ sketch)
    return vectors[:, ::-1][:, :AXES]


def _shortened(sketch: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """Sketches projected onto some axes, with the length of the rest: float32 (..., AXES + 1) of (..., 192).

    The scalar product of two shortened sketches is an upper bound of the product of the sketches (Cauchy-Schwarz).
    """
    along = sketch @ axes
    rest = np.linalg.norm(sketch - along @ axes.T, axis=-1, keepdims=True)
    return np.concatenate([along, rest], axis=-1)


def copied_from(images: np.ndarray, training: np.ndarray) -> np.ndarray:
    """The training image that each image is a copy of, also if mirrored or shifted by a few pixels: int (N,).

    It is -1 for an image that is no copy.

    A copy is much nearer to one training image than to the next :data:`NEIGHBOURS` ones. Source: Carlini et al. 2023,
    "Extracting Training Data from Diffusion Models", https://arxiv.org/abs/2301.13188, section 5.1, there with
    distances between pixels and 50 neighbours.

    Args:
        images: uint8 (N, 3, S, S).
        training: :func:`sketches` of the training images, float32 (M, 192), M above :data:`NEIGHBOURS`.
    """
    variants = _variants(images)
    nearness = np.stack([_nearness(ours, training) for ours in variants])
    found = np.full(len(images), -1)
    for index in np.flatnonzero(nearness.min(axis=0) < NEARER):
        found[index] = (training @ variants[nearness[:, index].argmin(), index]).argmax()
    return found


def _nearness(ours: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Distance to the nearest training image, divided by the mean distance to the next ones: float32 (N,)."""
    cosines = np.partition(ours @ training.T, -NEIGHBOURS - 1, axis=1)[:, -NEIGHBOURS - 1 :]
    distances = np.sort(np.sqrt(np.maximum(2 - 2 * cosines, 0)), axis=1)
    return distances[:, 0] / np.maximum(distances[:, 1:].mean(axis=1), 1e-6)


@cache
def _cells(side: int, shift: int) -> np.ndarray:
    """Matrix that smooths, moves and averages a line of pixels over cells: float32 (8, side)."""
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(np.eye(side, dtype=np.float32), SMOOTH * side / 64, axis=1, truncate=3.0)
    source = np.clip(np.arange(side) + shift * side // 64, 0, side - 1)
    return smooth[source].reshape(CELLS, side // CELLS, side).mean(axis=1)
