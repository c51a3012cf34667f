"""The scores that are measured of a subject, and those of them that its record lacks.

A protocol and code do not say it all: a task file can name more evaluators, a second judge or another first model, and
its earlier records stay comparable with the later ones.
"""

from __future__ import annotations

import json

from benchmark.records.record import Record
from benchmark.records.subject import Subject
from benchmark.scoring.scorer import Scorer
from benchmark.system.files import sha256_text

SECOND = "second_judge"


def lack_of(record: Record, subject: Subject, scorer: Scorer) -> str | None:
    """The words for what the record of a subject lacks of what is measured now; None if it has everything."""
    if record.reference is not None and record.reference != subject.reference:
        return f"is of {record.reference.description}, now it is {subject.reference.description}"
    if record.status == "diverged":
        return None
    names = measured(subject, scorer)
    if missing := [name for name in names if name not in record.scores and name not in record.refused]:
        return f"lacks {', '.join(missing)}"
    judged = [record.scores[name].second for name in _judged(names, scorer) if name in record.scores]
    known = {second.judge_sha256 for second in judged if second is not None}  # not each score needs to have one
    if judged and scorer.is_usable(SECOND) and scorer.networks[SECOND].sha256 not in known:
        return f"lacks the second judge {scorer.networks[SECOND].name}"
    return None


def measured(subject: Subject, scorer: Scorer) -> list[str]:
    """The scores of a subject that can be measured, refused ones included."""
    task = scorer.task
    name = subject.reference and subject.reference.name
    names = task.condition_scores
    if name != "shuffled":  # whose images are the real ones
        names += (*task.face_scores, *task.fidelity_scores)
    if subject.model is not None or name == "untrained":
        names += task.transfer_scores
    return [name for name in names if scorer.is_usable(task.evaluator(name).network)]


def _judged(names: list[str], scorer: Scorer) -> list[str]:
    """Those of the scores that a second judge gives, too."""
    shared = [name for name in names if name in scorer.task.condition_scores]
    return [name for name in shared if scorer.task.evaluator(name).network == "judge"]


def measured_digest(scorer: Scorer) -> str:
    """sha256 of everything that records of a scorer's task depend on, next to code, data and the model."""
    second = scorer.networks.get(SECOND)
    facts = [scorer.protocol.digest, scorer.task.scores, second and second.sha256, scorer.task.models[0]]
    return sha256_text(json.dumps(facts))
