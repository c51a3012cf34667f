"""Older versions: of a score, refused next to newer ones with the reason; of a task, what has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record
from benchmark.records.store import load_records
from benchmark.tasks import TASKS
from evaluators import EVALUATORS


def known_records(folder: Path) -> list[Record]:
    """All records of a folder.

    Raises:
        UsageError: there is none, one is broken, or a score is of a version that is not known here.
    """
    records = load_records(folder)
    check_versions(records)
    return records


def check_versions(records: Sequence[Record]) -> None:
    """Refuse a record with a score of a newer evaluator version than this program has.

    With such a record in the table, the scores of all other rows would count as outdated.

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
    """The records, with each score of an older version replaced by a refusal that gives the reason.

    The main score is kept in any version, since a run cannot be ranked without it.

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


def changes_since(protocol: Protocol) -> str:
    """The version of a bundled task that scores are of, and what each later one changed; empty for the present one."""
    task = TASKS.get(protocol.task) if protocol.definition_sha256 is None else None
    if task is None or protocol.version >= task.version:
        return ""
    later = (f"Version {version}: {change}" for version, change in task.changes.items() if version > protocol.version)
    return " ".join([f"scored by version {protocol.version} of the task.", *later])
