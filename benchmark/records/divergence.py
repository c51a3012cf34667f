"""The end of a diverged run: the update at which it diverged, and the images that it had seen by then."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import log_path
from benchmark.records.training_log import load_log

UPDATE = re.compile(r"generator update (\d+)(?=;|$)")  # as reasons end; those of several seeds are joined by semicolons


def update_of_divergence(record: Record) -> int | None:
    """The update at which a run diverged, read from the record's reason; None where it is not known."""
    found = updates_in(record.reason) if record.status == "diverged" else []
    return found[0] if found else None


def updates_in(reason: str | None) -> list[int]:
    """The updates that the reason of one run, or the joined reasons of several, names; each once, in order."""
    return sorted({int(update) for update in UPDATE.findall(reason or "")})


def with_images_of_logs(records: Iterable[Record], folder: Path) -> list[Record]:
    """The records, each diverged one with the images that its log ends with.

    A run notices that it diverged some updates later, and its record counts the images up to there.
    """
    return [_with_images_of_log(record, folder) if record.status == "diverged" else record for record in records]


def _with_images_of_log(record: Record, folder: Path) -> Record:
    try:
        lines = load_log(folder / record.file_name) if log_path(folder / record.file_name).exists() else []
    except UsageError:  # a damaged log is reported by the validation of records
        lines = []
    seen = lines[-1].get("images_seen") if lines else None
    if seen is None:
        return record
    return record.model_copy(update={"training": record.training.model_copy(update={"images_seen": int(seen)})})
