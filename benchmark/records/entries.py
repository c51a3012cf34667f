"""The parts of a record that tell of a run, its training and its scores."""

from __future__ import annotations

from dataclasses import asdict

from benchmark.records.record import ScoreEntry, SecondEntry
from evaluators.base import Evaluator, Score
from evaluators.intervals import SecondOpinion


def score_entry(evaluator: type[Evaluator], score: Score, second: SecondEntry | None = None) -> ScoreEntry:
    """A score with what its evaluator says that it means, and what a second judge says."""
    return ScoreEntry(
        value=score.value,
        interval=score.interval,
        method=score.method,
        n=score.n,
        direction=evaluator.direction,
        unit=evaluator.unit,
        version=evaluator.version,
        groups=score.groups,
        second=second,
    )


def second_entry(digest: str, opinion: SecondOpinion) -> SecondEntry:
    """A second judge's answer, by the judge's sha256."""
    return SecondEntry(judge_sha256=digest, disagrees=opinion.disagrees, **asdict(opinion))
