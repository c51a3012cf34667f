"""Rows to ranked tables: one per protocol and budget, so that all numbers of a table compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.errors import UsageError
from benchmark.leaderboard.columns import Column, column_of
from benchmark.leaderboard.ranks import no_outcomes, rank_rows
from benchmark.leaderboard.rows import Row, declared_row, model_rows, unranked_row, without_intervals
from benchmark.leaderboard.versions import newest_only
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record
from benchmark.records.store import check_comparable
from benchmark.records.subject import Budget
from benchmark.tasks import TASKS
from evaluators import EVALUATORS

if TYPE_CHECKING:
    import numpy as np

EMBEDDED = "synthetic"
SMOKE_LABEL = "smoke: shows that everything runs, not a result"
CEILING = ("real",)
FLOOR = ("shuffled", "untrained")
BUDGET_ORDER = ("report", "short", "custom", "smoke", "")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Ceiling, models, images from elsewhere and floor under one protocol; models of one budget."""

    protocol: Protocol
    budget: str  # "" where only references were scored
    total_updates: int | None  # of a custom budget
    main_score: str
    columns: tuple[Column, ...]  # the main score first, then the task's headline, then the others
    headline: int  # how many of them stand in the table itself
    rows: tuple[Row, ...]
    data_names: tuple[str, ...]  # what the data was called
    devices: tuple[str, ...]  # that the models were trained on

    @property
    def main_column(self) -> Column | None:
        """The column of the score that ranks; None where no row has that score."""
        return next((column for column in self.columns[:1] if column.name == self.main_score), None)

    @property
    def headline_columns(self) -> tuple[Column, ...]:
        """The columns of the table itself."""
        return self.columns[: self.headline]

    @property
    def data(self) -> str:
        """The names of the data; empty for the embedded data, which most tables are of."""
        return "" if self.data_names == (EMBEDDED,) else ", ".join(self.data_names)

    @property
    def label(self) -> str:
        """The budget in words, and the data unless it is the embedded."""
        words = {"smoke": SMOKE_LABEL, "": "references only"}.get(self.budget, self.budget)
        if self.budget == "custom":
            words = f"custom: {self.total_updates:,} generator updates"
        return f"{words}, on {self.data}" if self.data else words


RecordOutcomes = Callable[[Record, str], "np.ndarray | None"]  # of a record's score, by image or resample


def build(records: Iterable[Record], outcomes: RecordOutcomes = no_outcomes) -> list[Table]:
    """All tables, by task, protocol and budget; the order of the records does not matter.

    Args:
        records: any mixture of tasks, protocols and budgets.
        outcomes: what is known of the single images behind a record's score, see
            :func:`benchmark.records.outcomes.load_outcomes`.

    Raises:
        UsageError: a task has no main score, or records of one protocol have main scores of several versions.
    """
    by_protocol: dict[Protocol, list[Record]] = defaultdict(list)
    for record in records:
        by_protocol[record.protocol].append(record)
    tables = []
    for protocol in sorted(by_protocol, key=lambda protocol: (protocol.task, protocol.version, protocol.digest)):
        main_score = _main_score(by_protocol[protocol][0])
        comparable = newest_only(by_protocol[protocol], main_score)
        check_comparable(comparable)
        tables += _of_protocol(comparable, main_score, outcomes)
    return tables


def _main_score(record: Record) -> str:
    """The score that ranks: as the record of a task that is not bundled says, or as that task's."""
    task = record.protocol.task
    if record.ranking is not None:
        return record.ranking.main_score
    if task not in TASKS:
        known = ", ".join(sorted(TASKS))
        raise UsageError(f"no score ranks task {task!r}; known: {known}; install its package, or take its records out")
    return TASKS[task].main_score


def _of_protocol(records: Sequence[Record], main_score: str, outcomes: RecordOutcomes) -> list[Table]:
    references = [record for record in records if record.training is None and not _is_declared(record)]
    budgets = _by_budget([record for record in records if record.training is not None or _is_declared(record)])
    order = sorted(budgets, key=lambda key: (BUDGET_ORDER.index(key[0]), -(key[1] or 0)))
    tables = [_table(budgets[key], references, key, main_score, outcomes) for key in order]
    return tables or [_table([], references, ("", None), main_score, outcomes)]


def _by_budget(records: Sequence[Record]) -> dict[Budget, list[Record]]:
    """The records of each budget.

    Trainings of equally many updates compare: one of the budget ``report`` stands with those of its length that were
    requested by number, and only where there are none, with the others of that budget.
    """
    by_name = {record.budget_key for record in records}
    found: dict[Budget, list[Record]] = defaultdict(list)
    for record in records:
        found[record.length_key if record.length_key in by_name else record.budget_key].append(record)
    return found


def _is_declared(record: Record) -> bool:
    """True for images drawn elsewhere with a declaration of how their generator was trained."""
    return record.images is not None and record.images.declared is not None


def _table(
    models: Sequence[Record], references: Sequence[Record], budget: Budget, main_score: str,
    outcomes: RecordOutcomes,
) -> Table:  # fmt: skip
    records = [*references, *models]
    columns = _columns(records, main_score)
    rows = model_rows(models, references)
    rows += [declared_row(record, references) for record in models if _is_declared(record)]
    if budget[0] != "smoke" and columns and columns[0].name == main_score:
        by_name = {record.file_name: record for record in models}

        def outcomes_of_row(row: Row) -> np.ndarray | None:
            return outcomes(by_name[row.records[0]], main_score)

        rows = rank_rows(rows, columns[0], outcomes_of_row)
    shown = (*_references(references, CEILING), *rows, *_images(references), *_references(references, FLOOR))
    return Table(
        protocol=records[0].protocol,
        budget=budget[0],
        total_updates=budget[1],
        main_score=main_score,
        columns=columns,
        headline=sum(column.name in headline_of(records[0]) for column in columns) or len(columns),
        rows=tuple(map(without_intervals, shown)) if budget[0] == "smoke" else shown,
        data_names=tuple(sorted({record.data_name for record in records})),
        devices=tuple(sorted({record.system.device for record in models if record.training is not None})),
    )


def _references(records: Sequence[Record], names: Sequence[str]) -> list[Row]:
    named = [(record.reference.name, record) for record in records if record.reference]
    return [unranked_row(record, records) for name in names for found, record in named if found == name]


def _images(records: Sequence[Record]) -> list[Row]:
    return sorted((unranked_row(record, records) for record in records if record.images), key=lambda row: row.name)


def _columns(records: Sequence[Record], main_score: str) -> tuple[Column, ...]:
    names = sorted({name for record in records for name in record.scores})  # a score that no record has gets no column
    order = [main_score, *headline_of(records[0]), *EVALUATORS]
    known = [name for name in dict.fromkeys(order) if name in names]
    return tuple(column_of(name, records) for name in (*known, *(name for name in names if name not in known)))


def headline_of(record: Record) -> tuple[str, ...]:
    """The scores that a record's task shows in the table itself; empty for an unknown task."""
    if record.ranking is not None:
        return record.ranking.headline
    return TASKS[record.protocol.task].headline if record.protocol.task in TASKS else ()
