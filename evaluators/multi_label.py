"""The maths of multi-label scores: which of the requested objects a judge finds. Pure functions."""

from __future__ import annotations

import torch
from torch import Tensor


def topk_found(logits: Tensor, condition: Tensor) -> Tensor:
    """Requested objects among the judge's k largest outputs, k being the number of requested objects.

    Args:
        logits: float (N, C); of equal ones, the first class counts as larger.
        condition: multi-hot (N, C), any dtype; at least one 1 in a row.

    Returns:
        bool (N, C), True only where the condition is 1.

    Raises:
        ValueError: shapes differ, or a row requests nothing; the message gives them.

    Source: the evaluator of the i-CLEVR course lab (R4): per image the k largest outputs.
    """
    check_pair(logits, condition)
    ranks = logits.argsort(dim=1, descending=True, stable=True).argsort(dim=1)
    return (condition > 0) & (ranks < requested_objects(condition)[:, None])


def topk_hits(logits: Tensor, condition: Tensor) -> Tensor:
    """Number of objects of each image that ``topk_found`` finds: int64 (N,), 0 to k."""
    return topk_found(logits, condition).sum(dim=1)


def requested_objects(condition: Tensor) -> Tensor:
    """int64 (N,): the number k of objects that each row of a multi-hot requests."""
    return (condition > 0).sum(dim=1)


def confusion_counts(logits: Tensor, condition: Tensor) -> Tensor:
    """True positives, false positives and false negatives of each image at probability 0.5: int64 (N, 3).

    Args:
        logits: float (N, C); an object counts as found when its logit is above 0.
        condition: multi-hot (N, C).

    Raises:
        ValueError: as ``topk_found``.
    """
    check_pair(logits, condition)
    found, requested = logits > 0, condition > 0
    return torch.stack([found & requested, found & ~requested, ~found & requested]).sum(dim=2).T


def f1_score(counts: Tensor) -> float:
    """Micro F1 of summed counts: 2 TP / (2 TP + FP + FN); ``counts`` is (3,) or, summed over rows, (N, 3)."""
    return f1_scores(counts.reshape(-1, 3).sum(dim=0, keepdim=True)).item()


def f1_scores(counts: Tensor) -> Tensor:
    """F1 of each row of (R, 3) counts, TP, FP and FN: float64 (R,)."""
    hits, false_alarms, misses = counts.double().unbind(dim=1)
    return 2 * hits / (2 * hits + false_alarms + misses)


def class_counts(logits: Tensor, condition: Tensor, times: Tensor | None = None) -> Tensor:
    """True positives, false positives and false negatives of each class at probability 0.5: float64 (3, C).

    Args:
        logits: float (N, C).
        condition: multi-hot (N, C).
        times: how often each image counts, (N,); once by default.
    """
    check_pair(logits, condition)
    times = torch.ones(len(logits)) if times is None else times
    found, requested = logits > 0, condition > 0
    return torch.stack(
        [times.double() @ part.double() for part in (found & requested, found & ~requested, ~found & requested)]
    )


def macro_f1_score(counts: Tensor) -> float:
    """Mean F1 over the classes that were requested, from (3, C) counts; classes never requested are left out."""
    requested = counts[0] + counts[2] > 0
    return f1_scores(counts[:, requested].T).mean().item()


def average_precisions(logits: Tensor, condition: Tensor, times: Tensor | None = None) -> Tensor:
    """Average precision of each class: the precision at each requested image, down the ranking by logit, averaged.

    Args:
        logits: float (N, C); images of equal logits share one place in the ranking.
        condition: multi-hot (N, C).
        times: how often each image counts, (N,); once by default.

    Returns:
        float64 (C,), 0 to 1; NaN for a class that was not requested.

    Source: Zhu 2004, "Recall, precision and average precision"; scikit-learn ``average_precision_score``.
    """
    check_pair(logits, condition)
    times = torch.ones(len(logits)) if times is None else times
    order = logits.argsort(dim=0, descending=True)
    ranked, weights = logits.gather(0, order), times.double()[order]
    hits = weights * (condition > 0).gather(0, order)
    last = torch.ones_like(ranked, dtype=torch.bool)
    last[:-1] = ranked[:-1] != ranked[1:]  # of the images that share a place
    precision = hits.cumsum(dim=0) / weights.cumsum(dim=0).clamp(min=1e-300)
    found = torch.where(last, hits.cumsum(dim=0), 0.0).cummax(dim=0).values
    gained = found.diff(dim=0, prepend=torch.zeros_like(found[:1]))
    return (gained * precision).sum(dim=0) / hits.sum(dim=0)


def check_pair(logits: Tensor, condition: Tensor) -> None:
    """Raise ValueError if the logits cannot be answers to the condition; the message says why."""
    if logits.shape != condition.shape or logits.ndim != 2:
        given = f"logits are {tuple(logits.shape)} and the condition is {tuple(condition.shape)}"
        raise ValueError(f"{given}; both must be (N, classes): is this the judge of another task?")
    empty = (requested_objects(condition) == 0).nonzero().flatten()
    if len(empty):
        raise ValueError(f"condition {int(empty[0])} requests no object; every row needs at least one 1")
