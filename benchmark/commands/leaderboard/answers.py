"""The judge's answers about single images of a record, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.commands.breakdown import confusions, seen_beside
from benchmark.data.datasets import DataSet, dataset_of
from benchmark.grading.marking.marking import Marks, all_found, by_class, seen
from benchmark.leaderboard.page.contents import Answers
from benchmark.records.per_sample import Answers as Logits
from benchmark.records.per_sample import load_per_sample, pool_answers
from benchmark.reports.verdicts import UNKNOWN
from benchmark.reports.words import Scale, scale_of
from benchmark.scoring.from_logits import draws_of, score_of
from benchmark.tasks import TASKS, Task
from evaluators.base import Score

MOST = 12  # mistakes, and confused pairs


def answers_of(record: Path, task: str) -> Answers | None:
    """The judge's answers on a record's single images; None where no judge answered."""
    if task not in TASKS or not TASKS[task].condition_scores:
        return None
    found = load_per_sample(record).answers
    return replace(in_words(found, dataset_of(TASKS[task])), lists=by_list(found, TASKS[task])) if found else None


def in_words(answers: Mapping[str, Logits], dataset: DataSet) -> Answers:
    """By class, what is confused with what, and the surest mistakes."""
    logits, conditions = pool_answers(answers)
    marks = Marks(np.empty(0), conditions, logits, {})
    classes = [(name, requested, found) for name, found, requested in by_class(marks, dataset)]
    return Answers(classes=classes, confused=confused(marks, dataset), wrong=wrong(marks, answers, dataset))


def by_list(answers: Mapping[str, Logits], task: Task) -> list[tuple[str, str, list[str]]]:
    """The main condition score of each condition list and of each of its latent draws, with 95 % intervals."""
    name = task.main_condition_score
    scale = scale_of(task.evaluator(name).unit, difference=False)
    found = []
    for part, one in answers.items():
        if len(one.logits) > 1:
            whole = score_of(*pool_answers({part: one}), name)
            found.append((part, shown(whole, scale), [shown(draw, scale) for draw in draws_of(one, name)]))
    return found


def shown(score: Score, scale: Scale) -> str:
    return scale.with_interval(score.value, score.interval or UNKNOWN)


def confused(marks: Marks, dataset: DataSet) -> list[tuple[str, str, int]]:
    """The pairs of requested and detected values that most images have, other than the requested one."""
    if dataset.kind == "multi_label":
        (classes,) = dataset.attributes.values()
        return most(mistaken(marks), classes, "")
    pairs = []
    for attribute, counts in confusions(dataset, marks.logits, marks.conditions).items():
        pairs += most(counts.fill_diagonal_(0), dataset.attributes[attribute], f" {attribute}")
    return sorted(pairs, key=lambda pair: -pair[2])[:MOST]


def mistaken(marks: Marks) -> Tensor:
    """In how many images that request one object and miss it another one is seen instead: int64 (C, C)."""
    requested = marks.conditions > 0
    missed = requested & (marks.logits <= 0)
    return seen_beside(torch.where(requested, -1.0, marks.logits), missed.long())


def most(counts: Tensor, names: Sequence[str], ending: str) -> list[tuple[str, str, int]]:
    order = counts.flatten().argsort(descending=True, stable=True)[:MOST].tolist()
    places = [(divmod(place, len(names)), int(counts.flatten()[place])) for place in order]
    return [(names[row] + ending, names[column] + ending, count) for (row, column), count in places if count]


def wrong(marks: Marks, answers: Mapping[str, Logits], dataset: DataSet) -> list[tuple[str, str, str]]:
    """Images that do not show what was requested, those first of which the judge is surest."""
    missed = (~all_found(marks, dataset)).nonzero().flatten()
    sure = sureness(marks, dataset)[missed]
    order = missed[sure.argsort(descending=True, stable=True)][:MOST].tolist()
    files = [f"{part}/{number}.png" for part, one in answers.items() for number in range(one.logits[..., 0].numel())]
    return [(files[at], describe(marks.conditions[at], dataset), ", ".join(seen(marks, at, dataset))) for at in order]


def sureness(marks: Marks, dataset: DataSet) -> Tensor:
    """By how much what was detected is ahead of what was requested, in logits: (N,)."""
    if dataset.kind == "multi_label":
        requested = marks.conditions > 0
        low = torch.where(requested, marks.logits, torch.inf).amin(dim=1)
        return torch.where(requested, -torch.inf, marks.logits).amax(dim=1) - low
    groups = marks.logits.split(list(dataset.sizes), dim=1)
    gaps = [
        group.amax(dim=1) - group.gather(1, marks.conditions[:, [column]].long())[:, 0]
        for column, group in enumerate(groups)
    ]
    return torch.stack(gaps).amax(dim=0)


def describe(condition: Tensor, dataset: DataSet) -> str:
    return dataset.describe(condition).replace("\n", ", ")
