"""Parts of a record made from what they describe: a score, a second judge's score; a run that is to have a record."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmark.plugins.evaluators import defining_class
from benchmark.records.record import DECLARED, ScoreEntry, SecondEntry
from benchmark.records.subject import Subject
from evaluators.base import Evaluator, Score
from evaluators.intervals import SecondOpinion

if TYPE_CHECKING:
    from benchmark.tasks import Task
    from reference_models.base import ConditionalGAN


@dataclass(frozen=True, kw_only=True)
class TrainedRun:
    """A training that has ended, with the averaged generator that it left."""

    model: ConditionalGAN
    subject: Subject  # what was trained, and how
    divergence: str | None  # why training ended before its budget; None: it did not
    images_per_second: float  # real images shown to the discriminator per second of training
    other_cores: float | None = None  # that other programs kept busy meanwhile
    log: tuple[dict[str, float | None], ...] = ()  # a line of each generator update; None is not finite


def score_entry(evaluator: type[Evaluator], score: Score, second: SecondEntry | None = None) -> ScoreEntry:
    """A score with what its evaluator says that it means, and what a second judge says."""
    return ScoreEntry(
        value=score.value,
        interval=score.interval,
        method=score.method,
        n=score.n,
        groups=score.groups,
        second=second,
        value_range=tuple(bound if math.isfinite(bound) else None for bound in evaluator.value_range),
        **{name: getattr(evaluator, name) for name in DECLARED},
    )


def entry_of(task: Task, name: str, score: Score, second: SecondEntry | None = None) -> ScoreEntry:
    """As :func:`score_entry`, of a task's score by name, with the digest of the plug-in that computed it."""
    evaluator = task.evaluator(name)
    digest = next((one.sha256 for one in task.plugins if one.found is defining_class(evaluator)), None)
    return score_entry(evaluator, score, second).model_copy(update={"evaluator_sha256": digest})


def second_entry(digest: str, opinion: SecondOpinion) -> SecondEntry:
    """A second judge's answer, by the judge's sha256."""
    return SecondEntry(judge_sha256=digest, disagrees=opinion.disagrees, **asdict(opinion))
