"""F1 of a multi-label judge's yes or no for every class, summed over classes and images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Score
from evaluators.judged import JudgedEvaluator
from evaluators.multi_label import confusion_counts, f1_score
from evaluators.statistics import bootstrap_values, middle95


class MicroF1(JudgedEvaluator):
    """2 TP / (2 TP + FP + FN) at probability 0.5; unlike top-k it counts objects that nobody asked for.

    F1 is no share of trials, so its interval is a bootstrap over images.

    Args:
        judge: as every judged evaluator's.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """

    name = "micro_f1"
    unit = "F1 over all classes and images"
    source = "van Rijsbergen 1979; scikit-learn f1_score(average='micro')"

    def __init__(self, judge: Callable[[Tensor], Tensor], *, resamples: int = 1000, seed: int = 0) -> None:
        super().__init__(judge)
        self.resamples = resamples
        self.seed = seed

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        return confusion_counts(logits, condition)

    def compute(self) -> Score:
        counts = self.seen()
        values = bootstrap_values(
            lambda times: f1_score(times @ counts), len(counts), resamples=self.resamples, seed=self.seed
        )
        hits, false_alarms, misses = counts.unbind(dim=1)
        return Score(
            value=f1_score(counts),
            n=len(counts),
            interval=middle95(values),
            method=f"bootstrap over images ({self.resamples}, seed {self.seed})",
            outcomes=torch.stack([2 * hits, 2 * hits + false_alarms + misses], dim=1).to(torch.uint8),
        )
