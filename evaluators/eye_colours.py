"""The share of generated faces whose two eyes differ in colour."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.attribute_accuracy import SIZES
from evaluators.base import Evaluator, Score, check_generated
from evaluators.intervals import share


def mirrored_halves(images: Tensor) -> tuple[Tensor, Tensor]:
    """Images (N, 3, S, S), S even, of each left half with its mirror image, and of each right half with its own."""
    left, right = images.chunk(2, dim=3)
    return torch.cat([left, left.flip(3)], dim=3), torch.cat([right.flip(3), right], dim=3)


class TwoColouredEyesRate(Evaluator):
    """Share of generated images in which the judge finds one eye colour in the left half and another in the right.

    Each half is completed with its mirror image, so that the judge sees a face. Eyes that have no clear colour differ
    by chance: read it only where ``eye_accuracy`` is high. The row of real images gives the judge's own errors.

    Args:
        judge: maps uint8 (N, 3, S, S) images to float (N, 23) logits: hair colours, then eye colours.
    """

    name = "two_coloured_eyes_rate"
    direction = "lower"
    network = "judge"
    kind = "face"
    condition_kinds = ("attributes",)
    condition_sizes = SIZES
    unit = "fraction of generated images"
    value_range = (0.0, 1.0)
    source = "R2, claim 2.7: now and then two eyes of different colours"

    def __init__(self, judge: Callable[[Tensor], Tensor]) -> None:
        self.judge = judge
        self._differ: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        if real:
            return
        left, right = (self.judge(half)[:, SIZES[0] :].argmax(dim=1) for half in mirrored_halves(images))
        self._differ.append((left != right).cpu())

    def compute(self) -> Score:
        check_generated(self.name, sum(map(len, self._differ)))
        return share(torch.cat(self._differ))
