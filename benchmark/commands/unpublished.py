"""The runs of a benchmark whose rows can be published: known before anything is trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.commands.model_run import narrow_scorer, scorer_for
from benchmark.commands.run_job import RunJob, stored_result
from benchmark.definitions.model_settings import report_updates
from benchmark.errors import UsageError
from benchmark.executors.storage import storage_of
from benchmark.leaderboard.tables import build
from benchmark.leaderboard.versions import check_versions
from benchmark.records.protocol import Protocol
from benchmark.records.record import Record
from benchmark.records.store import records_in
from benchmark.records.subject import record_name, run_parts
from benchmark.system.files import check_writable, file_sha256
from benchmark.system.terminal import say
from benchmark.tasks import generator_updates
from benchmark.training.loop import TrainConfig
from benchmark.training.run_config import configure

OTHER = "give another --profile or --models, or more --seeds"


@dataclass(frozen=True)
class PlannedRow:
    """The row that a run will have, as far as it is known before."""

    job: RunJob
    protocol: Protocol
    budget: str
    updates: int
    settings: dict[str, Any]  # of the model

    def file_name(self, seed: int) -> str:
        """The file name of its record, with a seed."""
        return record_name(self.protocol, run_parts(self.job.model, self.budget, self.updates, seed))


def unpublished(jobs: Sequence[RunJob], published: Path) -> list[RunJob]:
    """The runs without a published row, or whose kept record is that very row.

    Args:
        jobs: the runs.
        published: folder of the published records.

    Raises:
        UsageError: none is left, one cannot share a row with published seeds, or the published records are damaged.
    """
    check_writable(published)
    records = records_in(published)
    check_table(records)
    rows = [planned_row(job) for job in jobs]
    there = [row.job for row in rows if is_of_another_run(row, published)]
    if len(there) == len(jobs):
        first = published / rows[0].file_name(jobs[0].seed)
        raise UsageError(f"--publish: every row is published already, the first as {first}; {OTHER}")
    if there:
        titles = ", ".join(job.title for job in there)
        say(f"published already, so that these runs are left out: {titles}")
    left = [row for row in rows if row.job not in there]
    for row in left:
        check_settings(row, records)
    return [row.job for row in left]


def check_table(records: Sequence[Record]) -> None:
    """Raise UsageError if records cannot stand in the tables together."""
    check_versions(records)
    build(records)


def planned_row(job: RunJob) -> PlannedRow:
    """The row of a run."""
    scorer = narrow_scorer(scorer_for(job.made_of), job.model)
    budget, updates = generator_updates(job.budget, report_updates(job.model))
    config = configure(scorer.task, job.model, scorer.data, budget, TrainConfig(), scorer.machine)
    settings = json.loads(json.dumps(asdict(config.model_config)))  # as a record has them
    return PlannedRow(job, scorer.protocol, budget, updates, settings)


def is_of_another_run(row: PlannedRow, published: Path) -> bool:
    """True if there is a published row of that name which is not the run's record as its storage keeps it."""
    path = published / row.file_name(row.job.seed)
    if not path.exists():
        return False
    kept = stored_result(storage_of(row.job.place), row.job)
    return kept is None or kept.record_sha256 != file_sha256(path)


def check_settings(row: PlannedRow, records: Sequence[Record]) -> None:
    """Raise UsageError if published runs with other seeds have other settings, for they would share the row."""
    for record in records:
        if record.training is None or record.file_name != row.file_name(record.training.seed):
            continue
        for name in sorted(record.model.config.keys() | row.settings.keys()):
            before, now = record.model.config.get(name), row.settings.get(name)
            if before != now:
                raise UsageError(
                    f"--publish: {row.job.title} cannot share a row with {record.file_name}: {name} is {before!r} "
                    f"there and {now!r} now; make it a variant, or give another --profile"
                )
