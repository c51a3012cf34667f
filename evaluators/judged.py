"""What all evaluators that ask a judge have in common: they score generated images only."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Evaluator


class JudgedEvaluator(Evaluator):
    """Keeps one row of outcomes per generated image.

    Args:
        judge: maps uint8 (N, 3, S, S) images to float (N, K) logits. Wrap it in ``Once`` to share it.
    """

    direction = "higher"
    network = "judge"
    value_range = (0.0, 1.0)

    def __init__(self, judge: Callable[[Tensor], Tensor]) -> None:
        self.judge = judge
        self._outcomes: list[Tensor] = []

    def update(self, images: Tensor, condition: Tensor, *, real: bool) -> None:
        if not real:
            logits = self.judge(images)
            self._outcomes.append(self.outcomes(logits, condition.to(logits.device)).cpu())

    @abstractmethod
    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        """What is counted for each image: (N, ...) whole numbers."""

    def seen(self) -> Tensor:
        """The outcomes of all generated images so far, in order.

        Raises:
            ValueError: there were none.
        """
        n = sum(map(len, self._outcomes))
        if n == 0:
            raise ValueError(f"{self.name} saw {n} generated images; it needs at least 1")
        return torch.cat(self._outcomes)
