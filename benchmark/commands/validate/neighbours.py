"""The records next to one: reference rows, which all who score under its protocol share, and runs of other seeds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.per_sample import PerSample, load_per_sample
from benchmark.records.record import Record
from benchmark.records.store import load_record


class Neighbours:
    """The records of a folder, each read once; one that cannot be read has a line of its own.

    Args:
        folder: of records.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, PerSample | None] = {}

    @cached_property
    def _references(self) -> list[Record]:
        return [record for record in self._readable("*-reference-*.json") if record.reference is not None]

    @cached_property
    def _seeds(self) -> dict[str, dict[int, str]]:
        """Files of runs by their weights' digest and their seed."""
        found: dict[str, dict[int, str]] = {}
        for record in self._readable("*.json"):
            if _has_own_weights(record):
                found.setdefault(record.model.weights_sha256, {})[record.training.seed] = record.file_name
        return found

    def _readable(self, pattern: str) -> Iterator[Record]:
        for path in sorted(self._folder.glob(pattern)):
            try:
                record = load_record(path)
            except UsageError:
                continue
            if record.file_name == path.name:
                yield record

    def of_other_seed(self, record: Record) -> str | None:
        """The file of a run that has a model's weights and another seed, which cannot be; None if there is none."""
        others = self._seeds.get(record.model.weights_sha256, {}) if _has_own_weights(record) else {}
        return next((file for seed, file in others.items() if seed != record.training.seed), None)

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


def _has_own_weights(record: Record) -> bool:
    """True for a run that left weights no other seed has; those of diverged runs may all be NaN."""
    return record.model is not None and record.model.weights_sha256 is not None and record.status != "diverged"
