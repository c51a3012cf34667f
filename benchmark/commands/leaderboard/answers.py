"""The judge's answers about single images of a record, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.commands.breakdown import confusions, count_detected_with
from benchmark.data.datasets import DataSet, dataset_of
from benchmark.grading.marking.marking import Marks, all_found, by_class, judged_in_words
from benchmark.leaderboard.page.contents import JudgedImages
from benchmark.records.per_sample import Answers, load_per_sample, pool_answers
from benchmark.reports.verdicts import UNKNOWN
from benchmark.reports.words import Scale, scale_of
from benchmark.scoring.from_logits import draws_of, score_of
from benchmark.tasks import TASKS, Task
from evaluators.base import Score

MOST = 12  # mistakes, and confused pairs


def answers_of(record: Path, task: str) -> JudgedImages | None:
    """The judge's answers on a record's single images; None where no judge answered."""
    if task not in TASKS or not TASKS[task].condition_scores:
        return None
    logits = load_per_sample(record).answers
    if not logits:
        return None
    return replace(answers_in_words(logits, dataset_of(TASKS[task])), lists=by_list(logits, TASKS[task]))


def answers_in_words(answers: Mapping[str, Answers], dataset: DataSet) -> JudgedImages:
    """The counts by class, the confused pairs and the surest mistakes."""
    logits, conditions = pool_answers(answers)
    marks = Marks(np.empty(0), conditions, logits, {})
    classes = [(name, requested, found) for name, found, requested in by_class(marks, dataset)]
    return JudgedImages(
        classes=classes, confused=confused_pairs(marks, dataset), wrong=surest_mistakes(marks, answers, dataset)
    )


def by_list(answers: Mapping[str, Answers], task: Task) -> list[tuple[str, str, list[str]]]:
    """The main condition score of each condition list and of each of its latent draws, with 95 % intervals."""
    name = task.main_condition_score
    scale = scale_of(task.evaluator(name).unit, difference=False)
    found = []
    for part, one in answers.items():
        if len(one.logits) > 1:
            whole = score_in_words(score_of(*pool_answers({part: one}), name), scale)
            found.append((part, whole, [score_in_words(draw, scale) for draw in draws_of(one, name)]))
    return found


def score_in_words(score: Score, scale: Scale) -> str:
    return scale.with_interval(score.value, score.interval or UNKNOWN)


def confused_pairs(marks: Marks, dataset: DataSet) -> list[tuple[str, str, int]]:
    """The most frequent pairs of a requested value and another value that was detected instead."""
    if dataset.kind == "multi_label":
        (classes,) = dataset.attributes.values()
        return most_frequent(count_mistaken(marks), classes, "")
    pairs = []
    for attribute, counts in confusions(dataset, marks.logits, marks.conditions).items():
        pairs += most_frequent(counts.fill_diagonal_(0), dataset.attributes[attribute], f" {attribute}")
    return sorted(pairs, key=lambda pair: -pair[2])[:MOST]


def count_mistaken(marks: Marks) -> Tensor:
    """Counts of images that miss the requested object (row) and show another one (column) instead: int64 (C, C)."""
    requested = marks.conditions > 0
    missed = requested & (marks.logits <= 0)
    return count_detected_with(torch.where(requested, -1.0, marks.logits), missed.long())


def most_frequent(counts: Tensor, names: Sequence[str], ending: str) -> list[tuple[str, str, int]]:
    order = counts.flatten().argsort(descending=True, stable=True)[:MOST].tolist()
    places = [(divmod(place, len(names)), int(counts.flatten()[place])) for place in order]
    return [(names[row] + ending, names[column] + ending, count) for (row, column), count in places if count]


def surest_mistakes(marks: Marks, answers: Mapping[str, Answers], dataset: DataSet) -> list[tuple[str, str, str]]:
    """Images that do not show what was requested; those that the judge is surest about come first."""
    missed = (~all_found(marks, dataset)).nonzero().flatten()
    sure = sureness(marks, dataset)[missed]
    order = missed[sure.argsort(descending=True, stable=True)][:MOST].tolist()
    files = [f"{part}/{number}.png" for part, one in answers.items() for number in range(one.logits[..., 0].numel())]
    return [
        (files[at], describe(marks.conditions[at], dataset), ", ".join(judged_in_words(marks, at, dataset)))
        for at in order
    ]


def sureness(marks: Marks, dataset: DataSet) -> Tensor:
    """The logit of the detected value minus the logit of the requested one, the largest of each image: (N,)."""
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
