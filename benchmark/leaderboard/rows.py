"""Rows of one table from its records: the seeds of a model become one row, failed runs stay visible."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from benchmark.errors import UsageError
from benchmark.leaderboard.averages import Cell, average
from benchmark.leaderboard.doubts import scores_in_doubt
from benchmark.records.record import Record
from benchmark.records.store import field_difference
from benchmark.tasks import ALARMS

ALARM_SHARE = 0.05  # there is an alarm if the whole interval of the share of images lies above this


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table, unrounded."""

    kind: str  # "model", "reference" or "images"
    name: str  # model, model:variant, or the reference's or the images' name
    description: str = ""  # of what is no model
    rank: int | None = None  # None: not ranked
    status: str = "valid"
    reason: str | None = None
    budget: str | None = None
    total_updates: int | None = None  # generator updates
    seeds: tuple[int, ...] = ()  # of the runs in this row
    runs: int = 0  # of this model and budget, of any status
    records: tuple[str, ...] = ()  # file names, in the order of the seeds
    scores: dict[str, Cell]  # by evaluator; empty if the status is "invalid"
    second: dict[str, float] = field(default_factory=dict)  # the second judge's number, where it is in doubt
    refused: dict[str, str] = field(default_factory=dict)  # scores that would mean nothing, with the reason
    parameters: dict[str, int] | None = None
    images_seen: float | None = None  # mean over the seeds
    train_images_per_second: float | None = None
    sample_images_per_second: float | None = None
    other_cores: float | None = None  # most that other programs kept busy during a training; None: not all records say

    @property
    def alarms(self) -> tuple[str, ...]:
        """The rates that raise an alarm about this row: keys of :data:`benchmark.tasks.ALARMS`."""
        cells = {name: self.scores.get(name) for name in ALARMS if self.kind != "reference"}
        return tuple(name for name, cell in cells.items() if cell and cell.interval and cell.interval[0] > ALARM_SHARE)


def is_of_budget(row: Row) -> bool:
    """True for rows that belong to one budget: models, and images whose training is declared.

    References and other images stand in the table of every budget.
    """
    return row.kind == "model" or (row.kind == "images" and row.total_updates is not None)


def without_intervals(row: Row) -> Row:
    """The row without intervals, doubts, alarms and refusals: a smoke run is no result, so they would mean nothing."""
    scores = {name: replace(cell, interval=None) for name, cell in row.scores.items()}
    return replace(row, scores=scores, second={}, refused={})


def model_rows(records: Iterable[Record], references: Sequence[Record] = ()) -> list[Row]:
    """One row per model, variant and status, by name; all records are of one protocol and budget.

    Args:
        records: of trained models; others are ignored.
        references: the reference rows' records; they show how far the two judges usually differ.

    Raises:
        UsageError: two runs of one model and budget differ in more than the seed, or have the same seed.
    """
    runs: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.model is not None:
            runs[record.model.full_name].append(record)
    rows = []
    for _, found in sorted(runs.items()):
        check_repetitions(found)
        rows += [_model_row(same, len(found), references) for same in _by_status(found)]
    return rows


DRAWN_ELSEWHERE = "drawn elsewhere, for the same conditions; how is not known, so there is no rank"


def declared_row(record: Record, references: Sequence[Record]) -> Row:
    """The row of images that were drawn elsewhere, whose training was declared; see :func:`model_rows`."""
    declared = record.images.declared
    return replace(
        unranked_row(record, references),
        description=f"drawn elsewhere; its training is as declared, not checked: {declared.source}",
        budget=declared.budget,
        total_updates=declared.updates,
        seeds=declared.seeds,
        images_seen=float(declared.images_seen),
    )


def unranked_row(record: Record, references: Sequence[Record]) -> Row:
    """The row of a reference, or of images that were drawn elsewhere; see :func:`model_rows`."""
    reference = record.reference
    return Row(
        kind=record.kind,
        name=reference.name if reference else record.images.name,
        description=reference.description if reference else DRAWN_ELSEWHERE,
        status=record.status,
        reason=record.reason,
        records=(record.file_name,),
        scores=_scores([record]),
        second=_in_doubt([record], references),
        refused=record.refused,
        sample_images_per_second=record.throughput.sample_images_per_second,
    )


def check_repetitions(records: Sequence[Record]) -> None:
    """Refuse runs that are not repetitions of each other, that is, the same settings with different seeds.

    Raises:
        UsageError: the message names the setting, both values and both files.
    """
    name = records[0].model.full_name
    if difference := field_difference(records, _settings):
        raise UsageError(f"two runs of {name} cannot share a row: {difference}; make it a variant, or remove one")
    by_seed: dict[int, Record] = {}
    for record in records:
        before = by_seed.setdefault(record.training.seed, record)
        if before is not record:
            both = f"{before.file_name} and {record.file_name}"
            raise UsageError(f"two runs of {name} have seed {record.training.seed}, {both}; remove one of the records")


def _settings(record: Record) -> dict[str, Any]:
    """Settings in which repetitions must agree; those that say how often to log or save do not count."""
    training = record.training
    found = {"total_updates": training.total_updates, "batch_size": training.batch_size}
    found |= {f"model.config.{name}": value for name, value in record.model.config.items()}
    harmless = {name for name in training.config if name == "seed" or name.endswith("_every")}
    kept = training.config.keys() - harmless
    found |= {f"plugin {name}": entry.sha256 for name, entry in record.plugins.items() if entry.kind == "model"}
    return found | {f"training.config.{name}": training.config[name] for name in sorted(kept)}


def _by_status(records: Sequence[Record]) -> list[list[Record]]:
    """The records of each status, in the order of their seeds; the valid ones first."""
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.training.seed):
        groups[record.status].append(record)
    return [groups[status] for status in sorted(groups, key=lambda status: (status != "valid", status))]


def _model_row(records: Sequence[Record], runs: int, references: Sequence[Record]) -> Row:
    first = records[0]
    reasons = dict.fromkeys(record.reason for record in records if record.reason)
    return Row(
        kind="model",
        name=first.model.full_name,
        status=first.status,
        reason="; ".join(reasons) or None,
        budget=first.training.budget,
        total_updates=first.training.total_updates,
        seeds=tuple(record.training.seed for record in records),
        runs=runs,
        records=tuple(record.file_name for record in records),
        scores=_scores(records),
        second=_in_doubt(records, references),
        refused={name: reason for record in records for name, reason in record.refused.items()},
        parameters=first.model.parameters.model_dump(),
        images_seen=fmean(record.training.images_seen for record in records),
        train_images_per_second=_mean(record.throughput.train_images_per_second for record in records),
        sample_images_per_second=_mean(record.throughput.sample_images_per_second for record in records),
        other_cores=_most_cores([record.throughput.other_cores for record in records]),
    )


def _most_cores(cores: Sequence[float | None]) -> float | None:
    return None if None in cores else max(cores)


def _scores(records: Sequence[Record]) -> dict[str, Cell]:
    """The mean of each score that all records have; none if the judge failed its self-test."""
    if records[0].status == "invalid":
        return {}
    shared = set.intersection(*(set(record.scores) for record in records))
    return {name: average([record.scores[name] for record in records]) for name in sorted(shared)}


def _in_doubt(records: Sequence[Record], references: Sequence[Record]) -> dict[str, float]:
    """The second judge's mean of the scores that are in doubt in any record."""
    shared = _scores(records)
    names = {name for record in records for name in scores_in_doubt(record, references) if name in shared}
    seconds = {name: [record.scores[name].second for record in records] for name in sorted(names)}
    return {name: fmean(second.value for second in found if second) for name, found in seconds.items()}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
