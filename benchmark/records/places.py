"""A record's file and what lies beside it: where, and how all of it gets into another folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmark.records.files import load_record
from benchmark.system.atomic import replacing
from benchmark.system.console import say


def outcomes_path(record: Path) -> Path:
    """Where the outcomes behind a record lie."""
    return record.parent / "outcomes" / f"{record.stem}.safetensors"


def answers_path(record: Path) -> Path:
    """Where the answers behind a record lie."""
    return record.parent / "answers" / f"{record.stem}.safetensors"


def is_there(record: Path) -> bool:
    """Whether a record is there already; then a person is told, for it is never overwritten."""
    there = record.exists()
    if there:
        say(f"{record} is there already")
    return there


def copy_record(record: Path, folder: Path) -> Path:
    """Copy a record, last, after what lies beside it, unless it is there already; return the new path.

    Raises:
        UsageError: it is damaged, or another process took the name meanwhile.
    """
    to = folder / record.name
    if is_there(to):
        return to
    whole = load_record(record)
    for place in (outcomes_path, answers_path):
        if place(record).exists():
            with replacing(place(to)) as temporary:
                shutil.copyfile(place(record), temporary)
    return whole.save(folder)
