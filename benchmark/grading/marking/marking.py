"""Scores of one condition list's images, and what the judge saw in each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from benchmark.data.datasets import DataSet
from benchmark.grading.marking.condition_intervals import interval_over_conditions
from benchmark.grading.marking.image_views import KeptImages
from benchmark.records.entries import score_entry
from benchmark.records.record import ScoreEntry
from benchmark.scoring.from_logits import score_of
from evaluators import EVALUATORS
from evaluators.attribute_accuracy import attribute_hits
from evaluators.base import Score
from evaluators.multi_label import requested_objects, topk_found

BY_CONDITION = "wilson, clustered by condition"  # the method of an interval over conditions


@dataclass(frozen=True)
class Marks:
    """One list of one submission, judged."""

    images: np.ndarray | KeptImages  # uint8 (N, 3, S, S)
    conditions: Tensor  # uint8 (N, C)
    logits: Tensor  # float32 (N, K)
    scores: dict[str, ScoreEntry]
    draws: int = 1  # images of each condition, side by side


def mark(
    images: np.ndarray, rows: Sequence[Sequence[int]], judge: Callable[[Tensor], Tensor], scores: Sequence[str]
) -> Marks:
    """Judge images.

    Args:
        images: uint8 (N, 3, S, S); N a multiple of the rows' number, draws of a row side by side.
        rows: the conditions.
        judge: uint8 images to logits.
        scores: names of evaluators that use a judge.
    """
    draws = len(images) // len(rows)
    conditions = repeat_conditions(rows, draws)
    logits = judge(torch.from_numpy(images.copy())).float().cpu()
    return Marks(images, conditions, logits, score_logits(logits, conditions, scores), draws)


def repeat_conditions(rows: Sequence[Sequence[int]], draws: int) -> Tensor:
    """Conditions of all images: uint8 (N, C), draws of a row side by side."""
    return torch.tensor([list(row) for row in rows], dtype=torch.uint8).repeat_interleave(draws, dim=0)


def score_logits(logits: Tensor, conditions: Tensor, scores: Sequence[str]) -> dict[str, ScoreEntry]:
    """Scores computed from logits that a judge has already given.

    Args:
        logits: float32 (N, K).
        conditions: uint8 (N, C).
        scores: names of evaluators that use a judge; their intervals take conditions as independent, not the images of
            one condition, which may be alike.
    """
    found = {name: by_condition(score_of(logits, conditions, name), conditions) for name in scores}
    return {name: score_entry(EVALUATORS[name], score) for name, score in found.items()}


def by_condition(score: Score, conditions: Tensor) -> Score:
    """The score with outcomes and interval over conditions; unchanged without outcomes, or if no condition repeats."""
    found, condition_of = torch.unique(conditions, dim=0, return_inverse=True)
    if score.outcomes is None or len(found) == len(conditions):
        return score
    outcomes = torch.zeros(len(found), 2, dtype=torch.float64).index_add_(0, condition_of, score.outcomes.double())
    interval = interval_over_conditions(*outcomes.unbind(dim=1))
    return replace(score, outcomes=outcomes, interval=interval, method=BY_CONDITION)


def image_names(marks: Marks, names: Sequence[str] = ()) -> Sequence[str]:
    """Names of a list's images on all pages.

    Args:
        marks: of the images.
        names: by which one image for each condition is handed in; a generator draws more, which are numbered from 0.
    """
    return names if len(names) == len(marks.images) else [str(index) for index in range(len(marks.images))]


def hits(marks: Marks, dataset: DataSet) -> Tensor:
    """Requested objects or attributes that the judge finds: bool (N, things); False where nothing is requested."""
    if dataset.kind == "multi_label":
        return topk_found(marks.logits, marks.conditions)
    return attribute_hits(marks.logits, marks.conditions, dataset.sizes)


def all_found(marks: Marks, dataset: DataSet) -> Tensor:
    """Images on which the judge finds everything that was requested: bool (N,)."""
    found = hits(marks, dataset)
    requested = requested_objects(marks.conditions) if dataset.kind == "multi_label" else found.shape[1]
    return found.sum(dim=1) == requested


def judged_in_words(marks: Marks, index: int, dataset: DataSet) -> list[str]:
    """The judge's answer for one image, in words: as many objects as requested, or each attribute's value."""
    if dataset.kind == "multi_label":
        (classes,) = dataset.attributes.values()
        requested = int(marks.conditions[index].sum())
        return [classes[i] for i in marks.logits[index].topk(requested).indices.tolist()]
    groups = marks.logits[index].split(list(dataset.sizes))
    named = zip(groups, dataset.attributes.items(), strict=True)
    return [f"{values[int(group.argmax())]} {attribute}" for group, (attribute, values) in named]


def by_class(marks: Marks, dataset: DataSet) -> list[tuple[str, int, int]]:
    """Each thing that was requested, with how often it was found and requested."""
    found = hits(marks, dataset)
    if dataset.kind == "multi_label":
        (classes,) = dataset.attributes.values()
        counts = zip(classes, found.sum(dim=0).tolist(), marks.conditions.sum(dim=0).tolist(), strict=True)
        return [(name, hit, requested) for name, hit, requested in counts if requested]
    rows = []
    for column, (attribute, values) in enumerate(dataset.attributes.items()):
        for index, value in enumerate(values):
            requested = marks.conditions[:, column] == index
            if requested.any():
                rows.append((f"{value} {attribute}", int(found[requested, column].sum()), int(requested.sum())))
    return rows


def with_interval(entry: ScoreEntry) -> str:
    """A score in words."""
    return f"{entry.value:.3f} [{entry.interval[0]:.3f}, {entry.interval[1]:.3f}]"
