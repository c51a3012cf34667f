"""Faults of scores that do not follow from the outcomes of single images: value, count and interval."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from benchmark.commands.validate.bounds import faults_of_bounds
from benchmark.commands.validate.neighbours import Neighbours
from benchmark.commands.validate.numbers import in_brackets, is_close, same_interval
from benchmark.definitions.record_task import evaluators_of
from benchmark.records.per_sample import PerSample
from benchmark.records.record import Record, ScoreEntry
from benchmark.sampling import FIDELITY
from benchmark.scoring.from_logits import answered_scores
from benchmark.tasks import Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator, Score
from evaluators.diversity import NearDuplicateRate
from evaluators.face_hit_rate import FaceHitRate, FaceHitsOf64
from evaluators.intervals import Z95, has_ratio, mean, mean_interval, ratio_of_sums, share

MEAN = "1.96 standard errors over "  # the beginnings of methods
INFLUENCE = "1.96 standard errors by influence"
OLD_BOOTSTRAP = "1.96 std of bootstrap"


def faults_of_images(record: Record, task: Task, kept: PerSample, neighbours: Neighbours) -> Iterator[str]:
    """Faults of all scores that have a row for each image, or for each resample, next to the record.

    An evaluator of another package keeps such rows if it likes, and has intervals of its own.
    """
    judged, images = answered_scores(task), _count_of_drawn(record, kept)
    for name, entry in record.scores.items():
        evaluator = evaluators_of(task).get(name)
        if evaluator is None or (name in judged and entry.version == evaluator.version and kept.answers):
            continue  # answers.py checks these
        if name in task.own_evaluators:
            yield from _own_row_faults(name, entry, kept.scores.get(name))
        elif evaluator is FaceHitsOf64:
            yield from _first_64_faults(name, entry, kept.scores.get(FaceHitRate.name))
        elif (rows := kept.scores.get(name)) is None:
            yield f"what {name} is made of does not lie next to it; score the run again into an empty folder"
        elif rows.ndim == 1:
            yield from _resample_faults(name, entry, rows, evaluator)
        else:
            yield from _row_faults(name, entry, rows)
            yield from _count_faults(record, name, entry, len(rows), images)
            yield from faults_of_bounds(record, name, entry, rows, neighbours)


def _own_row_faults(name: str, entry: ScoreEntry, rows: Tensor | None) -> Iterator[str]:
    """A fault if rows of images are kept, and the value is not the ratio of their sums."""
    if rows is not None and rows.ndim == 2 and not has_ratio(rows, entry.value):
        yield f"{name} is {entry.value:.6g}, but its images give {ratio_of_sums(rows):.6g}"


def _count_of_drawn(record: Record, kept: PerSample) -> int:
    """The number of images behind the scores that need no judge."""
    answers = {part: one.logits[..., 0].numel() for part, one in kept.answers.items()}
    if record.reference is None or record.reference.name == "untrained":
        return record.protocol.n_generated - sum(count for part, count in answers.items() if part != FIDELITY)
    if answers:
        return sum(answers.values())
    generated = [name for name in kept.scores if name in EVALUATORS and not EVALUATORS[name].is_over_real_images]
    return max((len(kept.scores[name]) for name in generated), default=0)


def _row_faults(name: str, entry: ScoreEntry, rows: Tensor) -> Iterator[str]:
    """Faults of a value, a count or an interval that does not follow from the rows by the score's method."""
    value = ratio_of_sums(rows)
    if not is_close(value, entry.value):
        yield f"{name} is {entry.value:.6g}, but its images give {value:.6g}"
        return
    if (found := score_again(entry, rows, EVALUATORS[name])) is None:
        return
    if entry.n != found.n:
        yield f"{name} is of {entry.n:,}, but {found.n:,} lie next to it"
    if not same_interval(entry.interval, found.interval, found.value):
        ours, theirs = in_brackets(entry.interval), in_brackets(found.interval)
        yield f"{name} has the interval {ours}; of {found.n:,} it is {theirs}"
    if entry.groups and not is_close(math.fsum(entry.groups.values()) / len(entry.groups), entry.value):
        yield f"{name} is not the mean of its groups"


def score_again(entry: ScoreEntry, rows: Tensor, evaluator: type[Evaluator]) -> Score | None:
    """The score computed from rows (N, 2) by its method; None if its interval needs more than the rows."""
    each = rows[:, 0].double()
    if entry.method == "wilson":
        return share(rows[:, 0] > 0)
    if len(each) > 1 and entry.method.startswith(MEAN):
        of = entry.method.removeprefix(MEAN)  # a condition has several images
        return mean(each, of, n=entry.n if of == "conditions" else None, at_most=evaluator.value_range[1])
    if len(each) > 1 and entry.method.startswith(INFLUENCE):
        low, high = mean_interval(each)
        return Score(value=each.mean().item(), n=len(each), interval=(max(0.0, low), high), method=entry.method)
    return None


def _count_faults(record: Record, name: str, entry: ScoreEntry, rows: int, images: int) -> Iterator[str]:
    """A fault if the number of images is not the protocol's."""
    evaluator = EVALUATORS[name]
    if evaluator.kind not in ("face", "fidelity"):
        return
    unit, one_each = evaluator.images_of_a_unit, not entry.method.endswith(" conditions")
    expected = record.protocol.n_real if evaluator.is_over_real_images else images // unit * unit
    if evaluator is NearDuplicateRate:  # of as many as there are of both kinds
        expected = min(expected, record.protocol.n_real)
    if entry.n != expected or (one_each and rows != expected):
        yield f"{name} is of {entry.n:,} in {rows:,} rows; by its protocol there are {expected:,}"


def _first_64_faults(name: str, entry: ScoreEntry, hits: Tensor | None) -> Iterator[str]:
    """Faults of the face count over the first 64 images, whose outcomes are those of the face hit rate."""
    if hits is None:
        yield f"what {name} is made of does not lie next to it; score the run again into an empty folder"
        return
    found = _first_64(hits[:, 0] > 0)
    if (entry.n, entry.method) != (found.n, found.method) or not is_close(entry.value, found.value):
        yield f"{name} is {entry.value:.6g}, but its images give {found.value:.6g}"
    elif not same_interval(entry.interval, found.interval, found.value):
        ours, theirs = in_brackets(entry.interval), in_brackets(found.interval)
        yield f"{name} has the interval {ours}; of {found.n:,} it is {theirs}"


def _first_64(hits: Tensor) -> Score:
    evaluator = FaceHitsOf64(lambda _: hits)
    evaluator.update(hits, torch.empty(0), real=False)
    return evaluator.compute()


def _resample_faults(name: str, entry: ScoreEntry, values: Tensor, evaluator: type[Evaluator]) -> Iterator[str]:
    """Faults of a score with resamples: its version keeps images instead, or the resamples give another interval."""
    if entry.version == evaluator.version:
        yield f"{name} has resamples next to it, but version {entry.version} has a row for each image"
    elif entry.method.startswith(OLD_BOOTSTRAP):
        half = Z95 * values.double().std().item()
        expected = (max(0.0, entry.value - half), entry.value + half)
        if not same_interval(entry.interval, expected, entry.value):
            ours, theirs = in_brackets(entry.interval), in_brackets(expected)
            yield f"{name} has the interval {ours}; its resamples give {theirs}"
