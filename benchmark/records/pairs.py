"""Records of two places that are of the same: one task, one model or image set, one budget and one seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.records.record import Record
from benchmark.records.store import first_difference, load_record, load_records


@dataclass(frozen=True)
class Found:
    """A record and the file that it was read from."""

    path: Path
    record: Record


@dataclass(frozen=True)
class Pairs:
    """Everything in two places."""

    both: tuple[tuple[Found, Found], ...]  # under one protocol
    apart: Mapping[str, str]  # what is in both places under several protocols; the first difference
    first: tuple[Found, ...]  # all that lies in the first place
    second: tuple[Found, ...]
    only_first: tuple[str, ...]  # what only one of them has
    only_second: tuple[str, ...]


def pairs_of(first: Path, second: Path) -> Pairs:
    """Records that belong together.

    Args:
        first: a record or a folder of records.
        second: as ``first``. Two single records always belong together, whatever they are of.

    Raises:
        UsageError: there is no record, or one is damaged; or two single records are of several protocols.
    """
    before, after = found_in(first), found_in(second)
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


def found_in(place: Path) -> tuple[Found, ...]:
    """The record of a file, or all of a folder, by file name."""
    if place.is_dir():
        return tuple(Found(place / record.file_name, record) for record in load_records(place))
    return (Found(place, load_record(place)),)


def key_of(record: Record) -> str:
    """Task, model or image set, budget and seed: the name of its file without the protocol."""
    return record.file_name.rpartition("-")[0]


def protocol_difference(one: Found, other: Found) -> str | None:
    """The first field in which the protocols differ, with both values and files; None if they are one."""
    return first_difference((one.record, other.record), lambda record: dict(record.protocol))


def _by_key(records: Iterable[Found]) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {}
    for each in records:
        found.setdefault(key_of(each.record), []).append(each)
    return found
