"""The reference rows next to a record, which are the same for everybody who scores under its protocol."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.per_sample import PerSample, load_per_sample
from benchmark.records.record import Record
from benchmark.records.store import load_record


class Neighbours:
    """The reference rows of a folder, each read once; one that cannot be read has a line of its own.

    Args:
        folder: of records.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, PerSample | None] = {}

    @cached_property
    def _references(self) -> list[Record]:
        return list(self._readable())

    def _readable(self) -> Iterator[Record]:
        for path in sorted(self._folder.glob("*-reference-*.json")):
            try:
                record = load_record(path)
            except UsageError:
                continue
            if record.reference is not None and record.file_name == path.name:
                yield record

    def reference(self, record: Record, name: str) -> Record | None:
        """The reference row ``name`` of a record's table; None where it does not lie next to it."""
        rows = (one for one in self._references if one.protocol == record.protocol)
        return next((one for one in rows if one.reference.name == name), None)

    def kept(self, reference: Record | None) -> PerSample | None:
        """Everything known of the single images of a reference row; None where there is none, or it is damaged."""
        if reference is None:
            return None
        name = reference.file_name
        if name not in self._kept:
            try:
                self._kept[name] = load_per_sample(self._folder / name)
            except UsageError:
                self._kept[name] = None
        return self._kept[name]
