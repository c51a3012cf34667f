"""Evidence of the records for one test of a claim: a number with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmark.records.record import Record
from benchmark.records.store import log_path
from benchmark.records.subject import Budget
from benchmark.records.training_log import Line, load_log
from benchmark.reports.claims import EventTest, LogTest, ScoreTest, split_row
from benchmark.reports.events import event_finding
from benchmark.reports.losses import block_statistics, sides
from benchmark.reports.score_evidence import score_difference
from benchmark.reports.verdicts import (
    Finding,
    Measured,
    Missing,
    NothingMeasuredError,
    claim_region,
    combine_seeds,
    decide,
    shift_interval,
    student_interval,
)
from benchmark.reports.words import describe, effect_of, row_words, scale_for, zero_of


@dataclass(frozen=True)
class Evidence:
    """The records of one task and protocol, as evidence for tests at one budget."""

    records: Sequence[Record]
    folder: Path  # that they lie in
    budget: Budget

    def runs(self, row: str) -> dict[int, Record]:
        """The runs of a row by seed. A row with fixed updates takes runs of any budget with that many updates."""
        name, at = split_row(row)
        found = [record for record in self.records if record.model.full_name == name]
        if at is None:
            found = [record for record in found if self.budget in (record.budget_key, record.length_key)]
        else:
            found = [record for record in found if record.training.total_updates == at]
        return {record.training.seed: record for record in sorted(found, key=lambda record: record.file_name)}

    def measure(self, test: ScoreTest | LogTest | EventTest) -> Finding | Missing:
        """The test's quantity over the seeds that all of its rows have."""
        runs = [self.runs(row) for row in test.rows]
        if absent := [row for row, found in zip(test.rows, runs, strict=True) if not found]:
            absent = tuple(dict.fromkeys(absent))
            names = ", ".join(map(row_words, absent))
            return Missing(words=describe(test), reason=f"no record of {names}", rows=absent)
        seeds = sorted(set.intersection(*map(set, runs)))
        if not seeds:
            return Missing(
                words=describe(test), reason=f"{' and '.join(map(row_words, test.rows))} have no seed in common"
            )
        each = [[found[seed] for found in runs] for seed in seeds]
        try:
            return event_finding(test, each, self.folder) if isinstance(test, EventTest) else self._compared(test, each)
        except NothingMeasuredError as error:
            return Missing(words=describe(test), reason=str(error))

    def _compared(self, test: ScoreTest | LogTest, each: list[list[Record]]) -> Finding:
        value, interval, method = combine_seeds([self._one_seed(test, records) for records in each])
        scale = scale_for(test, each[0][0])
        held = claim_region(test.direction, effect_of(test))
        zero = zero_of(test)  # a quantity compared with a value is shown as it is
        return Finding(
            words=describe(test),
            number=f"{scale.with_interval(value + zero, shift_interval(interval, zero))} ({method})",
            needed=scale.region(shift_interval(held, zero)),
            verdict=decide(interval, held),
            seeds=len(each),
        )

    def _one_seed(self, test: ScoreTest | LogTest, records: list[Record]) -> Measured:
        if isinstance(test, ScoreTest) and len({record.file_name for record in records}) < len(records):
            raise NothingMeasuredError(f"{' and '.join(map(row_words, test.rows))} are one run at this budget")
        paths = [self.folder / record.file_name for record in records]
        if isinstance(test, ScoreTest):
            return score_difference(test, paths, records)
        return loss_difference(test, paths, records)


def loss_difference(test: LogTest, paths: Sequence[Path], records: Sequence[Record]) -> Measured:
    """The first loss minus the second one, or minus the fixed value, of one seed; ratios are differences of logarithms.

    The interval treats the ten blocks of a stretch as independent. It covers this run only, not other seeds.

    Args:
        test: losses, stretches and statistic.
        paths: of the records.
        records: one, or two.

    Raises:
        NothingMeasuredError: a log is missing, too short, or not finite.
    """
    blocks = []
    for path, record, (_, loss, within) in zip(paths, records, sides(test), strict=True):
        total = record.training.total_updates
        blocks.append(block_statistics(log_of(path), loss, test.statistic, within, total))
    value = fmean(blocks[0]) - (fmean(blocks[1]) if len(blocks) > 1 else zero_of(test))
    half = math.hypot(*(fmean(block) - student_interval(block)[0] for block in blocks))
    return Measured(value, (value - half, value + half), "over ten blocks of the log")


def log_of(path: Path) -> list[Line]:
    """The log next to a record.

    Raises:
        NothingMeasuredError: there is none.
    """
    if not log_path(path).exists():
        raise NothingMeasuredError(f"no training log lies next to {path.name}; score its run again")
    return load_log(path)
