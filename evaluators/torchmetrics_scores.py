"""Evaluators around a metric of torchmetrics: of the judge's answers, of pairs of images, of sets of images.

``torchmetrics_adapter.adapted`` makes the classes that are used; they know their metric.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor, nn

from evaluators.base import Evaluator, FeaturedEvaluator, JudgedEvaluator, Score, TooFewImagesError
from evaluators.image_translation import TransferEvaluator
from evaluators.intervals import bootstrap_values, middle95
from evaluators.torchmetrics_classes import ClassMean
from evaluators.torchmetrics_numbers import GROUPS, computed, jackknifed, number, updated

if TYPE_CHECKING:
    from torchmetrics import Metric

RESAMPLES = 200


class Declared(Evaluator):
    """Base of the classes that ``adapted`` makes of a metric."""

    metric: ClassVar[type[Metric]]
    make: ClassVar[Callable[..., Metric]]  # a new one

    def score(self, value: float, n: int, interval: tuple[float, float] | None, method: str, **more: Any) -> Score:  # noqa: ANN401
        """The score, its interval within the metric's range.

        Raises:
            TooFewImagesError: the value is no number, as of classes that were never requested.
        """
        if not math.isfinite(value):
            raise TooFewImagesError(
                f"{self.name} of {n} images is {value}; it may need more images, or images of each class"
            )
        low, high = self.value_range
        within = interval and (max(low, min(interval[0], value)), min(high, max(interval[1], value)))
        return Score(value=value, n=n, interval=within, method=method, **more)


class AnswerMetric(Declared, JudgedEvaluator):
    """A metric of the judge's answers and the requested labels, with the basic bootstrap over images.

    A multi-label metric gets probabilities (sigmoid) and the multi-hot; a multi-class one gets the probabilities
    (softmax) and the requested value of each attribute, and the score is the mean over the attributes. Classes of
    which the metric has no number are left out of a mean over classes. Some resamples have no number, as if all images
    are of one class; those are left out, too.

    Source of the interval: Davison & Hinkley 1997, "Bootstrap methods and their application", eq. 5.6.
    """

    sizes: ClassVar[tuple[int, ...]]  # values of each attribute; () for a multi-hot
    class_mean: ClassVar[ClassMean | None]  # of the numbers that ``make``'s metric gives of classes; None: it gives one

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        """Logits, then the condition: float (N, K + C)."""
        return torch.cat([logits.float(), condition.float()], dim=1)

    def compute(self) -> Score:
        seen = self.seen()
        classes = self.classes(seen)
        value = self.of(seen)
        resampled = bootstrap_values(
            lambda times: self.of(seen.repeat_interleave(times, dim=0)), len(seen), resamples=RESAMPLES
        )
        known = resampled[resampled.isfinite()]
        if 2 * len(known) < RESAMPLES:
            return self.score(value, len(seen), None, f"none: {len(known)} of {RESAMPLES} resamples have a number")
        low, high = middle95(known)
        interval = 2 * value - high, 2 * value - low
        if len(known) == RESAMPLES:
            method = f"basic bootstrap over images ({RESAMPLES}, seed 0){classes}"
            return self.score(value, len(seen), interval, method, resampled=resampled)
        method = f"basic bootstrap over images ({len(known)} of {RESAMPLES} resamples, seed 0){classes}"
        return self.score(value, len(seen), interval, method)

    def of(self, seen: Tensor) -> float:
        """The score of some images, (M, K + C)."""
        found = [self.of_part(*part) for part in self.parts(seen)]
        return sum(found) / len(found)

    def parts(self, seen: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Probabilities (M, size) and targets of the multi-hot, or of each attribute."""
        if not self.sizes:
            logits, condition = seen.chunk(2, dim=1)
            return [(logits.sigmoid(), condition.long())]
        logits, condition = seen[:, : sum(self.sizes)].split(self.sizes, dim=1), seen[:, sum(self.sizes) :].long()
        return [(part.softmax(dim=1), column) for part, column in zip(logits, condition.unbind(dim=1), strict=True)]

    @classmethod
    def of_part(cls, chances: Tensor, target: Tensor) -> float:
        """The metric's number of probabilities (M, size) and targets."""
        metric = updated(cls.make(chances.shape[1]), chances, target)
        return number(metric) if cls.class_mean is None else cls.class_mean.mean(computed(metric), target)

    def classes(self, seen: Tensor) -> str:
        """A note on the classes that a mean leaves out; empty if it leaves out none.

        Raises:
            TooFewImagesError: it leaves out all of a part.
        """
        if self.class_mean is None:
            return ""
        kept = [self.class_mean.requests(target, chances.shape[1]) > 0 for chances, target in self.parts(seen)]
        if not all(part.any() for part in kept):
            reason = f"every class is {self.class_mean.missing}"
            raise TooFewImagesError(f"{self.name} of {len(seen)} images has no class to take the mean over: {reason}")
        every = torch.cat(kept)
        return "" if every.all() else f"; {int(every.sum())} of {len(every)} classes, others {self.class_mean.missing}"


class PairMetric(Declared, TransferEvaluator):
    """A metric of pairs of a translation and its source, float32 (N, 3, S, S) in [0, 1]."""

    network = "none"
    made = "redrawn"

    def compute(self) -> Score:
        sources, made = (images.float() / 255 for images in self.pairs())
        groups = [
            updated(self.make(), *pair) for pair in zip(_groups(made), _groups(sources), strict=True) if len(pair[0])
        ]
        return self.score(*jackknifed(self.make(), groups, len(made)))


class SetMetric(Declared, FeaturedEvaluator):
    """A metric of generated images next to real ones, in the features of EfficientNet-Lite0."""

    def compute(self) -> Score:
        return self._compute(self.real().float(), self.generated().float())

    def _compute(self, real: Tensor, generated: Tensor) -> Score:
        if min(len(real), len(generated)) < 2:
            raise TooFewImagesError(
                f"{self.name} saw {len(real)} real and {len(generated)} generated images; it needs at least 2 of each"
            )
        start = self.metric_of(real, real=True, width=real.shape[1])
        groups = [self.metric_of(rows, real=False, width=real.shape[1]) for rows in _groups(generated) if len(rows)]
        return self.score(*jackknifed(start, groups, len(generated)))

    def metric_of(self, rows: Tensor, *, real: bool, width: int) -> Metric:
        """A new metric, updated with some images as features of them."""
        known = KnownFeatures(rows, width)
        return updated(self.make(known), torch.zeros(len(rows), 3, 1, 1, dtype=torch.uint8), real=real)


class ImageSetMetric(SetMetric):
    """A metric of generated images next to real ones, uint8 (N, 3, S, S), with features of its own."""

    network = "none"

    def __init__(self) -> None:
        super().__init__(lambda images: images)

    def compute(self) -> Score:
        return self._compute(*(torch.cat(self._features[real]) for real in (True, False)))

    def metric_of(self, rows: Tensor, *, real: bool, width: int) -> Metric:
        return updated(self.make(), rows, real=real)


class KnownFeatures(nn.Module):
    """A feature extractor that returns features computed before, for any images."""

    def __init__(self, rows: Tensor, width: int) -> None:
        super().__init__()
        self.rows, self.num_features = rows, width

    def forward(self, images: Tensor) -> Tensor:
        return self.rows


def _groups(rows: Tensor) -> list[Tensor]:
    """The rows in 20 groups of about one size: row i is in group i modulo 20."""
    return [rows[first::GROUPS] for first in range(GROUPS)]
