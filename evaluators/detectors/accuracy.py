"""Hit rates of a detector with and without a face, and the agreement of two detectors."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from evaluators.detectors.negatives import negatives
from evaluators.judges.accuracy import Rate, rate_of

Finder = Callable[[Tensor], Tensor]  # uint8 (N, 3, S, S) to bool (N,)


def hit_rate(detector: Finder, faces: Tensor) -> Rate:
    """The share of images in which a face is found.

    Raises:
        ValueError: there are none.
    """
    _check_any(faces)
    return rate_of(detector(faces))


def false_alarms(detector: Finder, faces: Tensor, scenes: Tensor, seed: int = 0) -> dict[str, Rate]:
    """The share of images in which a face is found though there is none, by what the images are.

    Args:
        detector: see :data:`Finder`.
        faces: uint8 (N, 3, S, S), from which images without faces are made.
        scenes: uint8 (M, 3, S, S) images of something else.
        seed: of how those are made.

    Raises:
        ValueError: there are no faces, or no scenes.
    """
    for given in (faces, scenes):
        _check_any(given)
    kinds = negatives(faces, seed) | {"scenes": scenes}
    return {kind: rate_of(detector(images)) for kind, images in kinds.items()}


def agreement(first: Tensor, second: Tensor) -> Rate:
    """The share of images of which two detectors say the same: two bool (N,), N above 0."""
    return rate_of(first == second)


def _check_any(images: Tensor) -> None:
    if not len(images):
        raise ValueError("0 images to check the detector with; give at least 1")
