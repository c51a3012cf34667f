"""Flags with evidence for staff, on one submission; they change no points. ``shared.py`` has the one on several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from benchmark.grading.evidence.chance import most_copies, most_repeated
from benchmark.grading.evidence.near_duplicates import copied_from
from benchmark.grading.marking.marking import Marks, by_condition, with_interval
from benchmark.grading.marking.scheme import ScoreRule
from benchmark.scoring.from_logits import score_of
from evaluators.intervals import second_opinion

SHUFFLES = 99  # orders of the conditions that images are compared with
LEAST_ORDERS = 100  # distinct orders of a list's conditions, for a permutation test at 5 %
USUAL_GAP = 0.17  # the largest between the bundled i-CLEVR judges on 124 lists of 72 real submissions


@dataclass(frozen=True)
class Flag:
    """Something to look at."""

    name: str
    evidence: str  # one line, for staff
    others: Sequence[str] = ()  # ids of other submissions that it is about

    @classmethod
    def kept(cls, found: Mapping[str, Any]) -> Flag:
        """A flag as it was kept; earlier programs also kept what participants read."""
        return cls(**{name: value for name, value in found.items() if name != "public"})


@dataclass(frozen=True)
class TrainingImages:
    """Training images that may have been copied."""

    sketches: np.ndarray  # float32 (M, 192)
    names: Sequence[str]  # of their files, without endings


def ignores_condition(name: str, marks: Marks, rule: ScoreRule) -> Flag | None:
    """Flag of images that fit other conditions of the list as well as their own (a permutation test, p above .05).

    Draws of one condition may be alike, so they are permuted together. A list with few distinct orders, such as one of
    four conditions, is not checked, since its own order would come up too often by chance.
    """
    generator, count = torch.Generator().manual_seed(0), len(marks.conditions) // marks.draws
    if different_orders(marks.conditions[:: marks.draws]) < LEAST_ORDERS:
        return None
    orders = [torch.arange(count), *(torch.randperm(count, generator=generator) for _ in range(SHUFFLES))]
    positions = torch.stack(orders)[..., None] * marks.draws + torch.arange(marks.draws)
    own, *others = values_in_orders(marks, positions.flatten(1), rule.name)
    p = (1 + sum(other >= own for other in others)) / (1 + SHUFFLES)
    if p <= 0.05:
        return None
    mean = sum(others) / SHUFFLES
    evidence = (
        f"{rule.name} is {own:.3f} with its own conditions and {mean:.3f} on average with each other's (p = {p:.2f})"
    )
    return Flag("ignores_condition", f"{name}: {evidence}")


def different_orders(conditions: torch.Tensor) -> int:
    """The number of distinct orders of conditions (N, C); exchanging equal conditions gives the same order."""
    counts = torch.unique(conditions, dim=0, return_counts=True)[1].tolist()
    return math.factorial(len(conditions)) // math.prod(map(math.factorial, counts))


def values_in_orders(marks: Marks, orders: torch.Tensor, name: str) -> list[float]:
    """A score of the images under their conditions in several orders, all at once where it is a share of outcomes.

    Args:
        marks: the images, judged.
        orders: int64 (R, N) positions of the conditions.
        name: of an evaluator that uses a judge.
    """
    repeated, conditions = marks.logits.repeat(len(orders), 1), marks.conditions[orders].flatten(0, 1)
    outcomes = score_of(repeated, conditions, name).outcomes
    if outcomes is None:
        return [score_of(marks.logits, marks.conditions[order], name).value for order in orders]
    hits, trials = outcomes.double().unflatten(0, (len(orders), -1)).sum(dim=1).unbind(dim=1)
    return (hits / trials).tolist()


def repeats_itself(
    name: str, marks: Marks, groups: np.ndarray, single: np.ndarray, called: Sequence[str]
) -> Flag | None:
    """Flag of one image that is handed in for different conditions, more often than happens by chance.

    Args:
        name: of the list.
        marks: its images.
        groups: of :func:`groups_of_same`, for the first draw of each condition.
        single: those of one object, bool.
        called: names of all images, as pages show them.
    """
    conditions = marks.conditions[:: marks.draws]
    repeated = [
        members
        for first in np.unique(groups)
        if len(torch.unique(conditions[members := np.flatnonzero(groups == first)], dim=0)) > 1
    ]
    count = sum(map(len, repeated))
    if count <= most_repeated(single):
        return None
    i, *rest = repeated[0]
    j = next(other for other in rest if not torch.equal(conditions[other], conditions[i]))
    some = f"such as {called[i * marks.draws]} and {called[j * marks.draws]}"
    evidence = f"{count} of {len(groups)} images are the same as another, {some}"
    return Flag("repeats_itself", f"{name}: {evidence}{_of_draws(marks)}")


def ignores_latent(name: str, marks: Marks, groups: np.ndarray) -> Flag | None:
    """Flag of a generator that draws one image for a condition, whatever latent it gets.

    Args:
        name: of the list.
        marks: its images, draws of a condition side by side.
        groups: of :func:`groups_of_same`.
    """
    if marks.draws == 1:
        return None
    by_condition = groups.reshape(-1, marks.draws)
    constant = int((by_condition == by_condition[:, :1]).all(axis=1).sum())
    if 2 * constant <= len(by_condition):
        return None
    evidence = f"all {marks.draws} draws are the same image for {constant} of {len(by_condition)} conditions"
    return Flag("ignores_latent", f"{name}: {evidence}")


def best_of_many(name: str, handed_in: Marks, fresh: Marks, rule: ScoreRule) -> Flag | None:
    """Flag of images that are better than those of the same weights from fresh latents."""
    best, usual = handed_in.scores[rule.name], fresh.scores[rule.name]
    if best.interval[0] <= usual.interval[1]:
        return None
    evidence = f"{rule.name} is {with_interval(best)} as handed in, {with_interval(usual)} on fresh latents"
    return Flag("better_than_its_weights", f"{name}: {evidence}")


def copies_training(
    name: str, marks: Marks, groups: np.ndarray, single: np.ndarray, called: Sequence[str], training: TrainingImages
) -> Flag | None:
    """Flag of more copies of training images than happen by chance; of images that are the same one counts.

    Args:
        name: of the list.
        marks: its images.
        groups: of :func:`groups_of_same`, for the first draw of each condition.
        single: those of one object, bool.
        called: names of all images, as pages show them.
        training: what they may be copies of.
    """
    different = np.unique(groups)
    origins = copied_from(marks.images[:: marks.draws][different], training.sketches)
    found = np.flatnonzero(origins >= 0)
    if len(found) <= most_copies(single[different]):
        return None
    pairs = zip((different[found] * marks.draws).tolist(), origins[found].tolist(), strict=True)
    some = _some([f"{called[image]} of {training.names[origin]!r}" for image, origin in pairs])
    evidence = f"{len(found)} of {len(different)} different images are copies of training data: {some}"
    return Flag("copies_training", f"{name}: {evidence}{_of_draws(marks)}")


def judges_disagree(name: str, marks: Marks, second: Marks, rule: ScoreRule) -> Flag | None:
    """Flag of a score that a second judge puts lower, by more than the gap's spread and by more than usual."""
    each = [score_of(seen.logits, seen.conditions, rule.name) for seen in (marks, second)]
    first, other = (by_condition(score, marks.conditions) for score in each)
    opinion = second_opinion(first, other)
    if opinion.gap <= USUAL_GAP or not opinion.disagrees:
        return None
    return Flag(
        "judges_disagree",
        f"{name}: {rule.name} is {first.value:.3f} by the first judge, {other.value:.3f} by the second; "
        f"the gap has a spread of {opinion.spread:.3f}",
    )


def _of_draws(marks: Marks) -> str:
    return "" if marks.draws == 1 else f"; of {marks.draws} draws of a condition, the first counts"


def _some(words: Sequence[str]) -> str:
    return ", ".join(words[:8]) + (" ..." if len(words) > 8 else "")
