"""Scores of requested objects: top-k accuracy over all objects and per image, exact match, F1, average precision."""

from __future__ import annotations

from abc import abstractmethod

import torch
from torch import Tensor

from evaluators.base import JudgedEvaluator, Score
from evaluators.intervals import bootstrap_counts, bootstrap_values, clustered_wilson_interval, middle95, share
from evaluators.multi_label import (
    average_precisions,
    check_pair,
    class_counts,
    confusion_counts,
    f1_score,
    f1_scores,
    macro_f1_score,
    requested_objects,
    topk_hits,
)

COURSE = "R4 and the evaluator of its course lab (ResNet18 on i-CLEVR), top-k rule"


def _ratio(hits: Tensor, requested: Tensor) -> float:
    return int(hits.sum()) / int(requested.sum())


class _TopK(JudgedEvaluator):
    """Keeps hits and requested objects of each image."""

    condition_kinds = ("multi_label",)

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        return torch.stack([topk_hits(logits, condition), requested_objects(condition)], dim=1)


class TopKAccuracy(_TopK):
    """Hits / all requested objects, over all images: the course's own number.

    The interval takes images, not objects, as independent.
    """

    name = "topk_accuracy"
    unit = "fraction of requested objects"
    source = COURSE

    def compute(self) -> Score:
        hits, requested = self.seen().unbind(dim=1)
        interval = clustered_wilson_interval(hits, requested)
        return Score(
            value=_ratio(hits, requested),
            n=int(requested.sum()),
            interval=interval,
            method="wilson, clustered by image",
            outcomes=small(self.seen()),
            groups={
                f"requested {k}": _ratio(hits[requested == k], requested[requested == k])
                for k in requested.unique().tolist()
            },
        )


class TopKAccuracyPerImage(_TopK):
    """Mean over images of hits / k: what many students of the course report instead.

    Differs from ``topk_accuracy`` where images request different numbers of objects.
    """

    name = "topk_accuracy_per_image"
    unit = "mean fraction of an image's requested objects"
    source = COURSE + ", averaged per image"

    def compute(self) -> Score:
        hits, requested = self.seen().double().unbind(dim=1)
        shares, ones = hits / requested, torch.ones_like(hits)
        return Score(
            value=shares.mean().item(),
            n=len(shares),
            interval=clustered_wilson_interval(shares, ones, at_most=requested.sum().item()),
            method="wilson, clustered by image",
            outcomes=torch.stack([shares, ones], dim=1),
        )


class ExactMatch(_TopK):
    """Share of images whose k largest outputs are exactly the k requested objects."""

    name = "exact_match"
    unit = "fraction of images"
    source = "subset accuracy (Sorower 2010) under the top-k rule of R4's course"

    def compute(self) -> Score:
        hits, requested = self.seen().unbind(dim=1)
        return share(hits == requested)


class MicroF1(JudgedEvaluator):
    """2 TP / (2 TP + FP + FN) at probability 0.5; unlike top-k it counts objects that nobody requested.

    F1 is no share of trials, so its interval is a bootstrap over images.
    """

    name = "micro_f1"
    condition_kinds = ("multi_label",)
    unit = "F1 over all classes and images"
    source = "van Rijsbergen 1979; scikit-learn f1_score(average='micro')"
    resamples = 1000

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        return confusion_counts(logits, condition)

    def compute(self) -> Score:
        counts = self.seen()
        values = f1_scores(bootstrap_counts(len(counts), self.resamples, seed=0) @ counts)
        hits, false_alarms, misses = counts.unbind(dim=1)
        value, (low, high) = f1_score(counts), middle95(values)
        return Score(
            value=value,
            n=len(counts),
            interval=(min(low, value), max(high, value)),
            method=f"bootstrap over images ({self.resamples}, seed 0)",
            outcomes=small(torch.stack([2 * hits, 2 * hits + false_alarms + misses], dim=1)),
        )


class _PerClass(JudgedEvaluator):
    """A mean over classes, with a bootstrap over images.

    Resamples repeat images, which lifts average precision; so the interval is the basic one, the percentiles mirrored
    at the value (Davison & Hinkley 1997, "Bootstrap methods and their application", eq. 5.6).
    """

    version = 2  # 1 had the percentile interval
    condition_kinds = ("multi_label",)
    resamples = 200

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
            lambda times: self.over_classes(logits, condition, times), len(logits), resamples=self.resamples
        )
        low, high = middle95(resampled)
        interval = max(0.0, min(value, 2 * value - high)), min(1.0, max(value, 2 * value - low))
        method = f"basic bootstrap over images ({self.resamples}, seed 0)"
        return Score(value=value, n=len(logits), interval=interval, method=method, resampled=resampled)


class MacroF1(_PerClass):
    """Mean over the classes requested of 2 TP / (2 TP + FP + FN) at probability 0.5."""

    name = "macro_f1"
    unit = "mean F1 of the classes requested"
    source = "van Rijsbergen 1979; scikit-learn f1_score(average='macro')"

    def over_classes(self, logits: Tensor, condition: Tensor, times: Tensor | None = None) -> float:
        return macro_f1_score(class_counts(logits, condition, times))


class MeanAveragePrecision(_PerClass):
    """Mean over the classes requested of the average precision: no threshold, no k."""

    name = "mean_average_precision"
    unit = "mean average precision of the classes requested"
    source = "Zhu 2004; scikit-learn average_precision_score"

    def over_classes(self, logits: Tensor, condition: Tensor, times: Tensor | None = None) -> float:
        return average_precisions(logits, condition, times).nanmean().item()


class SpuriousObjectRate(JudgedEvaluator):
    """Share of images in which the judge sees, at probability 0.5, an object that nobody requested."""

    name = "spurious_object_rate"
    condition_kinds = ("multi_label",)
    direction = "lower"
    unit = "fraction of images"
    source = "as CHAIR per sentence (Rohrbach et al. 2018, https://arxiv.org/abs/1809.02156, eq. 2), for images"

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        check_pair(logits, condition)
        return ((logits > 0) & (condition == 0)).any(dim=1)

    def compute(self) -> Score:
        return share(self.seen())


def small(counts: Tensor) -> Tensor:
    """Whole numbers from 0 in one byte each, or in two where one does not hold them, as with hundreds of classes."""
    return counts.to(torch.uint8 if counts.max() < 256 else torch.int16)
