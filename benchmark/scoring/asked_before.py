"""``cgan-bench score`` asked once more: if nothing has changed that decides the answer, its records are copied.

What this file imports does without torch, which takes longer to load than the records to copy.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmark.commands.score import record_row
from benchmark.data.listing import fingerprint
from benchmark.records.provenance import code_digest
from benchmark.records.store import copy_record, load_record
from benchmark.system.cache import cache_folder
from benchmark.system.files import replacing_folder
from benchmark.system.machine import cpu_name
from benchmark.training.run_folder import SCORED, is_run


class Question:
    """What was asked, down to the content of every file.

    Args:
        what: a run folder, or pictures.
        data: as on the command line.
        options: the other ones; a file that one of them names counts with its content, and so does its card.
    """

    def __init__(self, what: Path, data: str | None, options: Mapping[str, str | Path | None]) -> None:
        facts = {
            "code": code_digest(),
            "machine": [cpu_name(), os.environ.get("CUDA_VISIBLE_DEVICES")],
            "what": _content(_files_of(what)),
            "data": [data, fingerprint(Path(data)) if data and Path(data).exists() else None],
            "options": {name: str(value) for name, value in options.items()},
            "files": {name: _content(_files_named(str(value))) for name, value in options.items()},
            "fetched": _content(sorted((cache_folder() / "files").glob("*"))),
        }
        key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        self.kept = cache_folder() / "answered" / key

    def answer(self, out: Path) -> list[dict[str, Any]] | None:
        """The rows of the answer, its records now in ``out``; None if this was not asked before."""
        records = sorted(self.kept.glob("*/*.json"))
        return [record_row(copy_record(record, out)) for record in records] or None

    def keep(self, rows: list[dict[str, Any]]) -> None:
        """Keep an answer, unless other code wrote one of its records, which lay there before."""
        records = [Path(row["record"]) for row in rows]
        if self.kept.exists() or any(load_record(record).system.code_sha256 != code_digest() for record in records):
            return
        with replacing_folder(self.kept) as folder:
            for number, record in enumerate(records):
                copy_record(record, folder / str(number))


def _files_of(what: Path) -> list[Path]:
    if is_run(what):
        return [what / name for name in SCORED]
    if not what.is_dir():
        return [what]
    return sorted(path for path in what.rglob("*") if path.stem.isdecimal())  # pictures are called by their index


def _files_named(value: str) -> list[Path]:
    path = Path(value.removeprefix("lbp:"))
    return [path, path.with_suffix(".json")] if path.is_file() else []


def _content(paths: Iterable[Path]) -> list[tuple[str, str]]:
    return [(str(path), _file_digest(path)) for path in paths if path.is_file()]


def _file_digest(path: Path) -> str:
    """sha256 of a file that may be larger than the memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
