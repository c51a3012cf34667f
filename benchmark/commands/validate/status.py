"""Faults of a status, or of its reason, that the scores do not give."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.commands.validate.neighbours import Neighbours
from benchmark.records.per_sample import PerSample
from benchmark.records.record import Record
from benchmark.scoring.from_logits import answered_scores, permuted_score
from benchmark.scoring.scorer import ROLES
from benchmark.scoring.status import status_of_run
from benchmark.tasks import Task

DIVERGED = (" was not finite at generator update ", "the generator's weights were not finite after generator update ")


def faults_of_status(record: Record, task: Task, kept: PerSample, neighbours: Neighbours) -> Iterator[str]:
    """Faults of a status that does not follow from the scores and from the untrained row in the same folder."""
    if record.status == "invalid":
        if not any(f"the {role} fails its self-test: " in record.reason for role in ROLES.values()):
            yield f"its status is invalid, but its reason is no failed self-test: {record.reason[:100]!r}"
    elif record.status == "diverged":
        if not any(words in record.reason for words in DIVERGED):
            yield f"its status is diverged, but its reason names no loss or weight: {record.reason[:100]!r}"
    elif record.model is not None:
        yield from _score_faults(record, task, kept, neighbours)
    elif record.status != "valid":
        yield f"its status is {record.status}, but only a trained model can be that"


def _score_faults(record: Record, task: Task, kept: PerSample, neighbours: Neighbours) -> Iterator[str]:
    untrained, judged = neighbours.reference(record, "untrained"), task.main_condition_score
    if judged is not None and judged not in answered_scores(task):
        return  # what it gives for permuted conditions is not in the record
    if untrained is None or (judged and not (judged in record.scores and judged in untrained.scores and kept.answers)):
        return
    status, reason = status_of_run(
        task, record.model.full_name, record.training, record.scores, untrained.scores,
        permuted_score(task, kept.answers) if judged else None,
    )  # fmt: skip
    if status != record.status:
        yield f"its status is {record.status}, but its scores give {status}" + (f": {reason}" if reason else "")
    elif reason != record.reason:
        yield f"its reason is {record.reason!r}, but its scores give {reason!r}"
