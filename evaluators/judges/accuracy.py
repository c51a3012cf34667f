"""Accuracy of a judge on images whose conditions are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from evaluators.attribute_accuracy import attribute_hits
from evaluators.intervals import clustered_wilson_interval, wilson_interval
from evaluators.judges.judge import Judge
from evaluators.multi_label import requested_objects, topk_found, topk_hits


@dataclass(frozen=True)
class Rate:
    """A share with how many trials it is a share of."""

    value: float  # 0 to 1
    n: int
    interval: tuple[float, float]  # 95 %, Wilson


def check_judge(judge: Judge, images: Tensor, conditions: Tensor) -> dict[str, Rate]:
    """Accuracies on images whose conditions are true.

    Args:
        judge: of either kind.
        images: uint8 (N, 3, S, S), 0 to 255; N above 0.
        conditions: as ``train_judge``.

    Returns:
        ``objects`` (requested objects among the k largest outputs) and ``exact_match`` of a multi-label judge;
        each attribute's, such as ``hair`` and ``eyes``, and ``joint`` of an attribute judge.

    Raises:
        ValueError: no images, or shapes that the judge does not fit.
    """
    logits = answers(judge, images)
    if judge.kind == "multi_label":
        hits, requested = topk_hits(logits, conditions), requested_objects(conditions)
        total, interval = int(requested.sum()), clustered_wilson_interval(hits, requested)
        objects = Rate(int(hits.sum()) / total, total, interval)
        return {"objects": objects, "exact_match": rate_of(hits == requested)}
    right = attribute_hits(logits, conditions, judge.sizes)
    rates = {name: rate_of(column) for name, column in zip(judge.attributes, right.unbind(dim=1), strict=True)}
    return rates | {"joint": rate_of(right.all(dim=1))}


def check_judge_by_class(
    judge: Judge, images: Tensor, conditions: Tensor, class_names: Sequence[Sequence[str]]
) -> dict[str, dict[str, Rate]]:
    """The same accuracies among the images of each class; classes without images are left out.

    Args:
        judge: of either kind.
        images: uint8 (N, 3, S, S), 0 to 255; N above 0.
        conditions: as ``train_judge``.
        class_names: the names of each attribute's values, or the one list of objects.

    Returns:
        By ``objects``, or by each attribute, then by class name.
    """
    logits = answers(judge, images)
    if judge.kind == "multi_label":
        requested, found = (conditions > 0).T, topk_found(logits, conditions).T
        return {"objects": _by_class(class_names[0], list(requested), list(found))}
    right = attribute_hits(logits, conditions, judge.sizes)
    result = {}
    for column, (attribute, names) in enumerate(zip(judge.attributes, class_names, strict=True)):
        members = [conditions[:, column] == index for index in range(len(names))]
        result[attribute] = _by_class(names, members, [right[:, column]] * len(names))
    return result


def answers(judge: Judge, images: Tensor) -> Tensor:
    """The judge's logits on the CPU, a few hundred images at a time.

    Raises:
        ValueError: there are no images.
    """
    if not len(images):
        raise ValueError("0 images to check the judge with; give at least 1")
    return torch.cat([judge(batch).cpu() for batch in images.split(512)])


def rate_of(right: Tensor) -> Rate:
    """The share of True in bool (N,), N above 0."""
    value = right.double().mean().item()
    return Rate(value, len(right), wilson_interval(value, len(right)))


def _by_class(names: Sequence[str], members: list[Tensor], right: list[Tensor]) -> dict[str, Rate]:
    triples = zip(names, members, right, strict=True)
    return {name: rate_of(hit[member]) for name, member, hit in triples if member.any()}
