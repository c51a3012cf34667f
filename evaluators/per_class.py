"""Scores that weigh every class alike, and what a picture shows beside what was asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from evaluators.base import Score
from evaluators.judged import JudgedEvaluator
from evaluators.multi_label import average_precisions, check_pair, class_counts, macro_f1_score
from evaluators.rates import share
from evaluators.statistics import bootstrap_values, middle95


class _PerClass(JudgedEvaluator):
    """A mean over classes, with a bootstrap over images.

    Resamples repeat images, which lifts average precision; so the interval is the basic one, the percentiles mirrored
    at the value (Davison & Hinkley 1997, "Bootstrap methods and their application", eq. 5.6).

    Args:
        judge: as every judged evaluator's.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """

    version = 2  # 1 had the percentile interval

    def __init__(self, judge: Callable[[Tensor], Tensor], *, resamples: int = 200, seed: int = 0) -> None:
        super().__init__(judge)
        self.resamples = resamples
        self.seed = seed

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        """Logits and condition side by side: (N, 2, C)."""
        check_pair(logits, condition)
        return torch.stack([logits, condition.to(logits.dtype)], dim=1)

    @abstractmethod
    def over_classes(self, logits: Tensor, condition: Tensor, times: Tensor | None = None) -> float:
        """The score if image i counts ``times[i]`` times."""

    def compute(self) -> Score:
        logits, condition = self.seen().unbind(dim=1)
        value = self.over_classes(logits, condition)
        resampled = bootstrap_values(
            lambda times: self.over_classes(logits, condition, times),
            len(logits), resamples=self.resamples, seed=self.seed,
        )  # fmt: skip
        low, high = middle95(resampled)
        interval = max(0.0, min(value, 2 * value - high)), min(1.0, max(value, 2 * value - low))
        method = f"basic bootstrap over images ({self.resamples}, seed {self.seed})"
        return Score(value=value, n=len(logits), interval=interval, method=method, resampled=resampled)


class MacroF1(_PerClass):
    """Mean over the classes asked for of 2 TP / (2 TP + FP + FN) at probability 0.5."""

    name = "macro_f1"
    unit = "mean F1 of the classes asked for"
    source = "van Rijsbergen 1979; scikit-learn f1_score(average='macro')"

    def over_classes(self, logits: Tensor, condition: Tensor, times: Tensor | None = None) -> float:
        return macro_f1_score(class_counts(logits, condition, times))


class MeanAveragePrecision(_PerClass):
    """Mean over the classes asked for of the average precision: no threshold, no k."""

    name = "mean_average_precision"
    unit = "mean average precision of the classes asked for"
    source = "Zhu 2004; scikit-learn average_precision_score"

    def over_classes(self, logits: Tensor, condition: Tensor, times: Tensor | None = None) -> float:
        return average_precisions(logits, condition, times).nanmean().item()


class SpuriousObjectRate(JudgedEvaluator):
    """Share of images in which the judge sees, at probability 0.5, an object that nobody asked for."""

    name = "spurious_object_rate"
    direction = "lower"
    unit = "fraction of images"
    source = "as CHAIR per sentence (Rohrbach et al. 2018, https://arxiv.org/abs/1809.02156, eq. 2), for images"

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        check_pair(logits, condition)
        return ((logits > 0) & (condition == 0)).any(dim=1)

    def compute(self) -> Score:
        return share(self.seen())
