"""What a teacher should look at: flags with evidence, which change no points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from benchmark.grading.fingerprints import same_pictures
from benchmark.grading.marking import Marks, score_logits, score_of, with_interval
from benchmark.grading.scheme import ScoreRule
from evaluators.second_opinion import second_opinion

SHUFFLES = 99  # orders of the conditions that pictures are compared with
FEW = 4  # pictures that may be the same by chance: of one object in the middle there are not many


@dataclass(frozen=True)
class Flag:
    """Something to look at."""

    name: str
    evidence: str  # one line


def ignores_condition(name: str, marks: Marks, rule: ScoreRule) -> Flag | None:
    """Whether pictures fit other conditions of the list as well as their own (a permutation test, p above .05)."""
    own = marks.scores[rule.name].value
    generator = torch.Generator().manual_seed(0)
    others = []
    for _ in range(SHUFFLES):
        order = torch.randperm(len(marks.conditions), generator=generator)
        others.append(score_logits(marks.logits, marks.conditions[order], [rule.name])[rule.name].value)
    p = (1 + sum(other >= own for other in others)) / (1 + SHUFFLES)
    if p <= 0.05:
        return None
    mean = sum(others) / SHUFFLES
    evidence = (
        f"{rule.name} is {own:.3f} with its own conditions and {mean:.3f} on average with each other's (p = {p:.2f})"
    )
    return Flag("ignores_condition", f"{name}: {evidence}")


def repeats_itself(name: str, marks: Marks) -> Flag | None:
    """Whether one picture is handed in for different conditions."""
    pairs = [
        (i, j)
        for i, j in same_pictures(marks.images, marks.images)
        if i < j and not torch.equal(marks.conditions[i], marks.conditions[j])
    ]
    alike = len({index for pair in pairs for index in pair})
    if alike <= FEW:
        return None
    i, j = pairs[0]
    return Flag(
        "repeats_itself",
        f"{name}: {alike} of {len(marks.images)} pictures are the same as another, such as {i} and {j}",
    )


def best_of_many(name: str, handed_in: Marks, fresh: Marks, rule: ScoreRule) -> Flag | None:
    """Whether the pictures handed in are better than what the same weights draw from fresh latents."""
    best, usual = handed_in.scores[rule.name], fresh.scores[rule.name]
    if best.interval[0] <= usual.interval[1]:
        return None
    evidence = f"{rule.name} is {with_interval(best)} as handed in, {with_interval(usual)} on fresh latents"
    return Flag("better_than_its_weights", f"{name}: {evidence}")


def copies_training(name: str, marks: Marks, training: np.ndarray) -> Flag | None:
    """Whether pictures are near-copies of training pictures."""
    copied = sorted({i for i, _ in same_pictures(marks.images, training)})
    if not copied:
        return None
    return Flag(
        "copies_training",
        f"{name}: {len(copied)} of {len(marks.images)} pictures are in the training data: {_some(copied)}",
    )


def judges_disagree(name: str, marks: Marks, second: Marks, rule: ScoreRule) -> Flag | None:
    """Whether a second judge sees less, by more than the spread of that gap over the pictures."""
    first, other = (score_of(seen.logits, seen.conditions, rule.name) for seen in (marks, second))
    opinion = second_opinion(first, other)
    if opinion.gap < 0 or not opinion.disagrees:
        return None
    return Flag(
        "judges_disagree",
        f"{name}: {rule.name} is {first.value:.3f} by the first judge, {other.value:.3f} by the second; "
        f"the gap has a spread of {opinion.spread:.3f}",
    )


def shared_pictures(submissions: Mapping[str, Mapping[str, Marks]]) -> dict[str, list[Flag]]:
    """Flags of submissions that have more than :data:`FEW` pictures in common, by id; lists are compared by name."""
    flags: dict[str, list[Flag]] = {name: [] for name in submissions}
    names = sorted(submissions)
    for list_name in sorted({key for marks in submissions.values() for key in marks}):
        having = [name for name in names if list_name in submissions[name]]
        stack = np.concatenate([submissions[name][list_name].images for name in having])
        owner = np.repeat(np.arange(len(having)), [len(submissions[name][list_name].images) for name in having])
        common: dict[tuple[int, int], set[int]] = {}
        for i, j in same_pictures(stack, stack):
            if owner[i] != owner[j]:
                common.setdefault((int(owner[i]), int(owner[j])), set()).add(i)
        for (ours, theirs), pictures in sorted(common.items()):
            if len(pictures) > FEW:
                total = int((owner == ours).sum())
                evidence = f"{list_name}: {len(pictures)} of {total} pictures are also in {having[theirs]}"
                flags[having[ours]].append(Flag("shared_pictures", evidence))
    return flags


def _some(indices: Sequence[int]) -> str:
    return ", ".join(map(str, indices[:8])) + (" ..." if len(indices) > 8 else "")
