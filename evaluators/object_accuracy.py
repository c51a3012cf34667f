"""Accuracy over asked objects by the course's top-k rule: over all objects, per image, and all or nothing."""

from __future__ import annotations

import torch
from torch import Tensor

from evaluators.base import Score
from evaluators.judged import JudgedEvaluator
from evaluators.multi_label import asked_objects, topk_hits
from evaluators.rates import share
from evaluators.statistics import clustered_wilson_interval

COURSE = "R4 and the evaluator of its course lab (ResNet18 on i-CLEVR), top-k rule"


def _ratio(hits: Tensor, asked: Tensor) -> float:
    return int(hits.sum()) / int(asked.sum())


class _TopK(JudgedEvaluator):
    """Keeps hits and asked objects of each image."""

    def outcomes(self, logits: Tensor, condition: Tensor) -> Tensor:
        return torch.stack([topk_hits(logits, condition), asked_objects(condition)], dim=1)


class TopKAccuracy(_TopK):
    """Hits / all asked objects, over all images: the course's own number.

    The interval takes images, not objects, as independent.
    """

    name = "topk_accuracy"
    unit = "fraction of asked objects"
    source = COURSE

    def compute(self) -> Score:
        hits, asked = self.seen().unbind(dim=1)
        interval = clustered_wilson_interval(hits, asked)
        return Score(
            value=_ratio(hits, asked),
            n=int(asked.sum()),
            interval=interval,
            method="wilson, clustered by image",
            outcomes=self.seen().to(torch.uint8),
            groups={f"asked for {k}": _ratio(hits[asked == k], asked[asked == k]) for k in asked.unique().tolist()},
        )


class TopKAccuracyPerImage(_TopK):
    """Mean over images of hits / k: what many students of the course report instead.

    Differs from ``topk_accuracy`` where images ask for different numbers of objects.
    """

    name = "topk_accuracy_per_image"
    unit = "mean fraction of an image's asked objects"
    source = COURSE + ", averaged per image"

    def compute(self) -> Score:
        hits, asked = self.seen().double().unbind(dim=1)
        shares, ones = hits / asked, torch.ones_like(hits)
        return Score(
            value=shares.mean().item(),
            n=len(shares),
            interval=clustered_wilson_interval(shares, ones, at_most=asked.sum().item()),
            method="wilson, clustered by image",
            outcomes=torch.stack([shares, ones], dim=1),
        )


class ExactMatch(_TopK):
    """Share of images whose k largest outputs are exactly the k asked objects."""

    name = "exact_match"
    unit = "fraction of images"
    source = "subset accuracy (Sorower 2010) under the top-k rule of R4's course"

    def compute(self) -> Score:
        hits, asked = self.seen().unbind(dim=1)
        return share(hits == asked)
