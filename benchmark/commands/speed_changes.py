"""Changes of speeds between two records: only where one machine measured both, without other work."""

from __future__ import annotations

from benchmark.commands.score_changes import Change
from benchmark.records.pairs import RecordFile
from benchmark.records.record import BUSY_CORES, Record

SPEEDS = {  # by field, with the field of what else ran
    "train_images_per_second": ("training, images/s", "other_cores"),
    "sample_images_per_second": ("sampling, images/s", "sample_other_cores"),
}


def speed_changes(first: RecordFile, second: RecordFile, tolerance: float) -> tuple[list[Change], dict[str, str]]:
    """Changes of the speeds that both records have, and the reasons why others do not compare.

    Args:
        first: a record.
        second: another one of the same protocol.
        tolerance: share of the first speed that may be lost. A speed has no interval.
    """
    records, changes, left_out = (first.record, second.record), [], {}
    for field, (words, load) in SPEEDS.items():
        one, other = (getattr(record.throughput, field) for record in records)
        if not one or not other:
            continue
        if reason := _other_machine(*records) or _other_work(*(getattr(record.throughput, load) for record in records)):
            left_out[words] = reason
            continue
        half = tolerance * one
        changes.append(
            Change(
                name=words,
                first=one,
                second=other,
                interval=(other - one - half, other - one + half),
                method=f"{tolerance:.0%} on either side",
                direction="higher",
                unit="images/s",
                allowed=0.0,
            )
        )
    return changes, left_out


def _other_machine(first: Record, second: Record) -> str | None:
    """The first difference between two machines, or in what they computed in; None if there is none."""
    for name, (one, other) in _machine(first, second).items():
        if one is None or other is None:
            return f"a record does not say its {name}"
        if one != other:
            return f"{name}: {_in_words(one)} and {_in_words(other)}"
    return None


def _machine(*records: Record) -> dict[str, tuple[object, ...]]:
    """All that decides how fast a machine is, in words, of each record."""
    systems = [record.system for record in records]
    found = {
        "device": [system.device for system in systems],
        "processor": [system.cpu for system in systems],
        "instruction sets": [system.instruction_sets for system in systems],
        "threads": [system.threads for system in systems],
        "precision": [record.training.precision if record.training else "" for record in records],
    }
    return {name: tuple(values) for name, values in found.items()}


def _in_words(value: object) -> str:
    return ", ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _other_work(*cores: float | None) -> str | None:
    """The reason why a speed that was measured next to so much other work says little; None if there was none."""
    if any(each is None for each in cores):
        return "a record does not say what else ran"
    return "one of them was measured next to other work" if max(cores) > BUSY_CORES else None
