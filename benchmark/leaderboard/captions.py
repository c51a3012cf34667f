"""Notes below a table: the protocol, the intervals, the ranks."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.leaderboard.cells import number
from benchmark.leaderboard.rows import ALARMS, is_fraction
from benchmark.leaderboard.tables import Column, Table
from benchmark.records.record import Protocol


def caption(table: Table) -> list[str]:
    """Sentences for one paragraph; the same records give the same text, whenever and wherever."""
    return [
        protocol_sentence(table.protocol, table.data_names),
        "Brackets are 95 % intervals over the images. " + ", ".join(map(column_note, table.columns)) + ".",
        *seeds_sentence(table),
        rank_sentence(table),
        *(f"{row.name}: {row.description.rstrip('.')}." for row in table.rows if row.description),
        *(f"{row.name} is {row.status}: {row.reason}." for row in table.rows if row.status != "valid"),
        *doubts(table),
        *alarms(table),
        *refusals(table),
        *([f"Trained on {', '.join(table.devices)}."] if table.devices else []),
    ]


def doubts(table: Table) -> list[str]:
    """Rows in doubt: one sentence each with the second judge's numbers."""
    found = []
    for row in table.rows:
        gaps = [
            f"{column.name} {number(row.second[column.name], column)} instead of "
            f"{number(row.scores[column.name].value, column)}"
            for column in table.columns
            if column.name in row.second
        ]
        if gaps:
            found.append(
                f"The second judge differs on {row.name} by more than the judges usually do: {', '.join(gaps)}."
            )
    return found


def alarms(table: Table) -> list[str]:
    """Models that draw the same image again and again, or their training images."""
    found = []
    for row in table.rows:
        for name in row.alarms:
            cell = row.scores[name]
            low, high = (f"{100 * end:.1f}" for end in cell.interval)
            found.append(
                f"Alarm: {100 * cell.value:.1f} % [{low}, {high}] of {row.name}'s images are {ALARMS[name]}, "
                f"by {name}; real images: about 1 %."
            )
    return found


def refusals(table: Table) -> list[str]:
    """Why scores were refused: one sentence for all rows of the same reason."""
    rows: dict[str, list[str]] = {}
    for row in table.rows:
        for reason in row.refused.values():
            rows.setdefault(reason, []).append(row.name)
    return [f"Refused for {', '.join(names)}: {reason}." for reason, names in rows.items()]


def protocol_sentence(protocol: Protocol, data_names: Sequence[str]) -> str:
    judge = f"judge {protocol.judge_sha256[:12]}" if protocol.judge_sha256 else "no judge"
    backbone = f"backbone {protocol.backbone_sha256[:12]}" if protocol.backbone_sha256 else "no backbone"
    detector = f", face detector {protocol.detector_sha256[:12]}" if protocol.detector_sha256 else ""
    inception = f", Inception {protocol.inception_sha256[:12]}" if protocol.inception_sha256 else ""
    return (
        f"Protocol {protocol.id}: {protocol.n_generated:,} generated and {protocol.n_real:,} real images "
        f"({protocol.reference_split}) of {', '.join(data_names)} ({protocol.data_digest[:12]}), "
        f"{judge}, {backbone}{inception}{detector}, resizer {protocol.resizer}."
    )


def column_note(column: Column) -> str:
    """Version, unit and how the intervals were made."""
    intervals = f"interval: {', '.join(column.methods)}" if column.methods else "no interval"
    unit = f"{column.unit}, in %" if is_fraction(column.unit) else column.unit
    return f"{column.name} v{column.version} ({unit}; {intervals})"


def seeds_sentence(table: Table) -> list[str]:
    """Only where a row has several seeds."""
    if all(len(row.seeds) < 2 for row in table.rows):
        return []
    return [
        "Several seeds: mean ± standard deviation over the seeds; their interval is Student's t over the "
        "seeds, or the mean interval over the images where that is wider."
    ]


def rank_sentence(table: Table) -> str:
    if all(row.rank is None for row in table.rows):
        return "Nothing here is ranked."
    return (
        f"Ranks are groups on {table.main_score}: from the best down, a row shares the rank of the group's "
        "first row if their intervals overlap, else it starts the next group (no paired tests yet). "
        "Bold: best of several ranked rows, unless they are all the same or there is an alarm about that row. "
        "References are not ranked."
    )
