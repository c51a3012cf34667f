"""Scores of older versions next to newer ones: refused, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.errors import UsageError
from benchmark.records.record import Record
from evaluators import EVALUATORS


def check_known(records: Sequence[Record]) -> None:
    """Refuse a record that has a score of a version above its evaluator's here.

    Beside it, every other row's would count as outdated.

    Raises:
        UsageError: the message names the record, the score and both versions.
    """
    for record in records:
        for name, score in record.scores.items():
            if name in EVALUATORS and score.version > (known := EVALUATORS[name].version):
                raise UsageError(
                    f"{record.file_name}: {name} is of version {score.version}, but this cgan-bench has version "
                    f"{known}; use the cgan-bench that scored it, or remove that record"
                )


def newest_only(records: Sequence[Record], main_score: str) -> list[Record]:
    """The records, where a score of an older version became a refusal that says so.

    The main score is left alone: without it a run could not be ranked, so that one has to be scored again.

    Args:
        records: of one protocol.
        main_score: the score that ranks.
    """
    newest: dict[str, int] = {}
    for record in records:
        for name, score in record.scores.items():
            newest[name] = max(score.version, newest.get(name, 0))
    return [_without_older(record, {name: newest[name] for name in newest if name != main_score}) for record in records]


def _without_older(record: Record, newest: dict[str, int]) -> Record:
    older = {name for name, score in record.scores.items() if score.version < newest.get(name, 0)}
    reasons = {
        name: f"{name} is of version {record.scores[name].version}, others are of version {newest[name]}; "
        "score it again to compare"
        for name in sorted(older)
    }
    scores = {name: score for name, score in record.scores.items() if name not in older}
    return record.model_copy(update={"scores": scores, "refused": record.refused | reasons})
