"""Pairs of records from two places with the same task, model or image set, budget and seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import field_difference, load_record, load_records


@dataclass(frozen=True)
class RecordFile:
    """A record and the file that it was read from."""

    path: Path
    record: Record


@dataclass(frozen=True)
class Pairs:
    """The records of two places, paired where both places have a record of the same run."""

    both: tuple[tuple[RecordFile, RecordFile], ...]  # pairs under one protocol
    apart: Mapping[str, str]  # keys of runs whose protocols differ, with the first difference
    first: tuple[RecordFile, ...]  # all records of the first place
    second: tuple[RecordFile, ...]
    only_first: tuple[str, ...]  # keys of runs that only the first place has
    only_second: tuple[str, ...]


def record_pairs(first: Path, second: Path) -> Pairs:
    """The records of two places in pairs.

    Args:
        first: a record or a folder of records.
        second: as ``first``. Two single records are always a pair, even of different runs.

    Raises:
        UsageError: there is no record, or one is damaged; or two single records are of several protocols.
    """
    before, after = record_files(first), record_files(second)
    if not first.is_dir() and not second.is_dir():
        if difference := protocol_difference(before[0], after[0]):
            raise UsageError(f"two records do not compare: {difference}; score both under one protocol")
        return Pairs(((before[0], after[0]),), {}, before, after, (), ())
    ours, theirs = _by_key(before), _by_key(after)
    both, apart = [], {}
    for key in (key for key in ours if key in theirs):
        same = [(a, b) for a in ours[key] for b in theirs[key] if a.record.protocol == b.record.protocol]
        both += same
        if not same:
            apart[key] = protocol_difference(ours[key][0], theirs[key][0])
    only = [tuple(key for key in some if key not in others) for some, others in ((ours, theirs), (theirs, ours))]
    return Pairs(tuple(both), apart, before, after, *only)


def record_files(place: Path) -> tuple[RecordFile, ...]:
    """The record of a file, or all of a folder, by file name."""
    if not place.exists():
        raise UsageError(f"{place} does not exist; give a record's file, or a folder of records")
    if place.is_dir():
        return tuple(RecordFile(place / record.file_name, record) for record in load_records(place))
    return (RecordFile(place, load_record(place)),)


def key_of(record: Record) -> str:
    """Task, model or image set, budget and seed: the name of its file without the protocol."""
    return record.file_name.rpartition("-")[0]


def protocol_difference(one: RecordFile, other: RecordFile) -> str | None:
    """The first field in which the protocols differ, with both values and files; None if they are one."""
    return field_difference((one.record, other.record), lambda record: dict(record.protocol))


def _by_key(records: Iterable[RecordFile]) -> dict[str, list[RecordFile]]:
    by_key: dict[str, list[RecordFile]] = {}
    for file in records:
        by_key.setdefault(key_of(file.record), []).append(file)
    return by_key
