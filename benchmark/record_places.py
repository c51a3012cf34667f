"""A record's file and what lies beside it: where, and how all of it gets into another folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmark.atomic import replacing
from benchmark.console import say


def outcomes_path(record: Path) -> Path:
    """Where the outcomes behind a record lie."""
    return record.parent / "outcomes" / f"{record.stem}.safetensors"


def answers_path(record: Path) -> Path:
    """Where the answers behind a record lie."""
    return record.parent / "answers" / f"{record.stem}.safetensors"


def is_there(record: Path) -> bool:
    """Whether a record is there already; then a person is told, for it is never overwritten."""
    if record.exists():
        say(f"{record} is there already")
    return record.exists()


def copy_record(record: Path, folder: Path) -> Path:
    """Copy a record, last, after what lies beside it, unless it is there already; return the new path."""
    to = folder / record.name
    if is_there(to):
        return to
    for place in (outcomes_path, answers_path):
        if place(record).exists():
            _copy(place(record), place(to))
    _copy(record, to)
    return to


def _copy(file: Path, to: Path) -> None:
    with replacing(to) as temporary:
        shutil.copyfile(file, temporary)
