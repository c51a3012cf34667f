"""Faults of the judge's answers: conditions other than the protocol's, and scores that do not follow from logits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import torch
from torch import Tensor

from benchmark.commands.validate.neighbours import Neighbours
from benchmark.commands.validate.numbers import in_brackets, is_close, same_groups, same_interval, same_rows
from benchmark.data.datasets import dataset_of
from benchmark.random_streams import stream_key
from benchmark.records.per_sample import Answers, PerSample, pool_answers
from benchmark.records.record import Record, ScoreEntry
from benchmark.sampling import FIDELITY, SampleSet, permutation
from benchmark.scoring.from_logits import answered_scores, score_by
from benchmark.tasks import Task
from evaluators import EVALUATORS
from evaluators.base import Evaluator, Score, TooFewImagesError
from evaluators.intervals import middle95

HELD_OUT = "held_out"  # the part that reference rows of real images have
FIRST = 20  # resamples that are computed again, where their values are kept; each takes as long as the score


def faults_of_answers(record: Record, task: Task, kept: PerSample, neighbours: Neighbours) -> Iterator[str]:
    """Faults of the judge's answers, and of the scores that are computed from them alone."""
    if not kept.answers:
        if task.condition_scores and task.judge and record.status not in ("diverged", "invalid"):
            yield "the judge's answers do not lie next to it; score the run again into an empty folder"
        return
    if not task.condition_scores or not task.judge:
        yield "a judge's answers lie next to it, but its task has no judge"
        return
    try:
        conditions = list(_condition_faults(record, task, kept.answers, neighbours))
        yield from conditions
        if not conditions:
            yield from _score_faults(record, task, kept)
    except (ValueError, IndexError, RuntimeError) as error:
        yield f"the judge's answers cannot be those of this task: {' '.join(str(error).split())[:200]}"


def in_order(task: Task, kept: PerSample) -> PerSample:
    """The same with the condition lists in the order that they are drawn in; a file has its keys by name."""
    lists = dataset_of(task).rendered_lists
    order = [] if lists is None else list(lists())
    parts = sorted(kept.answers, key=lambda part: order.index(part) if part in order else len(order))
    return PerSample({part: kept.answers[part] for part in parts}, kept.scores)


def _condition_faults(
    record: Record, task: Task, answers: Mapping[str, Answers], neighbours: Neighbours
) -> Iterator[str]:
    """Faults of conditions that are not the protocol's, or not those of the protocol's other rows."""
    conditions = {part: one.conditions for part, one in answers.items()}
    of_photos = record.reference is not None and record.reference.name != "untrained"
    if (HELD_OUT in conditions) != of_photos or (of_photos and len(conditions) > 1):
        yield f"it has answers to {', '.join(conditions)}, which are not the parts that such a row is scored on"
        return
    for part, rows in conditions.items():
        if rows.dtype != torch.uint8 or not torch.equal(rows, rows[:1].expand_as(rows)):
            yield f"the conditions of {part} are not the same in every draw"
            return
    if of_photos:
        yield from _shuffled_faults(record, conditions[HELD_OUT][0], neighbours)
        return
    if FIDELITY in conditions:
        rows = conditions[FIDELITY].flatten(0, 1).contiguous()
        if SampleSet(0, rows, {FIDELITY: range(len(rows))}).condition_digest() != record.protocol.condition_sha256:
            yield f"the conditions of {FIDELITY} are not those of its protocol (condition_sha256)"
        return
    yield from _list_faults(record, task, conditions, neighbours)


def _shuffled_faults(record: Record, rows: Tensor, neighbours: Neighbours) -> Iterator[str]:
    """A fault if the shuffled row's conditions are not the real row's in the fixed order."""
    real = neighbours.kept(neighbours.reference(record, "real"))
    if record.reference.name != "shuffled" or real is None or HELD_OUT not in real.answers:
        return
    own = real.answers[HELD_OUT].conditions[0]
    order = permutation(stream_key(f"{record.protocol.task} v{record.protocol.version}"), len(own))
    if not torch.equal(rows, own[order]):
        yield "its conditions are not those of the real row next to it in their fixed random order"


def _list_faults(record: Record, task: Task, conditions: Mapping[str, Tensor], neighbours: Neighbours) -> Iterator[str]:
    """Faults of condition lists that are not the embedded data's or the untrained row's; no digest covers one list."""
    known: dict[str, Tensor] = {}
    untrained = neighbours.kept(neighbours.reference(record, "untrained"))
    if untrained is not None:
        known = {part: one.conditions[0] for part, one in untrained.answers.items()}
    lists = dataset_of(task).rendered_lists
    if record.data_name == "synthetic" and lists is not None:
        known = {part: torch.from_numpy(rows) for part, rows in lists().items()}
    if known and conditions.keys() != known.keys():
        yield f"it has answers to {', '.join(sorted(conditions))}; its protocol has {', '.join(sorted(known))}"
        return
    for part, rows in known.items():
        if not torch.equal(conditions[part][0], rows):
            yield f"the conditions of {part} are not those of its protocol's other rows"


def _score_faults(record: Record, task: Task, kept: PerSample) -> Iterator[str]:
    """Faults of scores of current versions that do not follow from the judge's answers."""
    for name in answered_scores(task):
        entry, rows, evaluator = record.scores.get(name), kept.scores.get(name), task.evaluator(name)
        if entry is None or entry.version != evaluator.version:
            continue
        found = _score_again(evaluator, kept.answers, rows, is_bundled=name in EVALUATORS)
        made_of = found.outcomes if found.outcomes is not None else found.resampled
        if rows is None and made_of is not None:
            yield f"what {name} is made of does not lie next to it; score the run again into an empty folder"
        else:
            yield from _faults_of_score(name, entry, found, rows)


def _score_again(
    evaluator: type[Evaluator], answers: Mapping[str, Answers], rows: Tensor | None, *, is_bundled: bool
) -> Score:
    """A score of all parts, with the value of each part where there are several."""
    if is_bundled and rows is not None and rows.ndim == 1:
        score = _from_resamples(score_by(evaluator, *pool_answers(answers), FIRST), rows)
    else:
        score = score_by(evaluator, *pool_answers(answers))
    if len(answers) == 1:
        return score
    each = {}
    for part, one in answers.items():
        with suppress(TooFewImagesError):
            each[part] = score_by(evaluator, *pool_answers({part: one}), 2).value
    return replace(score, groups=score.groups | each)


def _from_resamples(score: Score, values: Tensor) -> Score:
    """A score with its interval (basic bootstrap, within 0 to 1) from the kept values of all resamples.

    Only the first few of these resamples were computed again.
    """
    low, high = (2 * score.value - end for end in reversed(middle95(values.double())))
    return replace(
        score,
        interval=(max(0.0, min(score.value, low)), min(1.0, max(score.value, high))),
        method=score.method.replace(f"({FIRST}, ", f"({len(values)}, "),
        resampled=torch.cat([score.resampled, values[FIRST:].double()]),
    )


def _faults_of_score(name: str, entry: ScoreEntry, found: Score, rows: Tensor | None) -> Iterator[str]:
    if not is_close(entry.value, found.value):
        yield f"{name} is {entry.value:.6g}, but the judge's answers give {found.value:.6g}"
        return
    if (entry.n, entry.method) != (found.n, found.method):
        yield f"{name} is of {entry.n:,} by {entry.method}; the judge's answers are {found.n:,} by {found.method}"
    elif not same_interval(entry.interval, found.interval, found.value):
        ours, theirs = in_brackets(entry.interval), in_brackets(found.interval)
        yield f"{name} has the interval {ours}, but the judge's answers give {theirs}"
    if not same_groups(entry.groups, found.groups):
        yield f"{name} has other values of {', '.join(entry.groups) or 'no group'} than the judge's answers give"
    made_of = found.outcomes if found.outcomes is not None else found.resampled
    if not same_rows(rows, made_of):
        yield f"what lies next to it of {name} is not, row by row, what the judge's answers give"
