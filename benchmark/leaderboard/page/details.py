"""Details of an opened row, as plain JSON; the more rows there are, the fewer details each has."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.leaderboard.captions import Note
from benchmark.leaderboard.page.contents import Contents, Mistakes
from benchmark.leaderboard.page.reported import comparisons
from benchmark.leaderboard.page.row_labels import about_row
from benchmark.leaderboard.repeat import budget_option, repeating_commands
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.records.record import Record
from benchmark.records.rounding import is_fraction
from benchmark.records.score_curve import Point, interval_of, starts_with_reference
from benchmark.records.training_log import COUNTERS, thin_lines

REFERENCE_START = "At update 0 it is the untrained generator of the table's floor, not this model's own."


@dataclass(frozen=True)
class Budget:
    """Limits on the images that a row may show."""

    points: int  # of each curve
    wrong: int  # images
    confused: int  # pairs
    draws: int  # of each condition list


def budget_for(rows: int) -> Budget:
    """All details for up to 60 rows; for more rows so few that a page of 500 rows stays below 3 MB."""
    return Budget(120, 12, 8, 10) if rows <= 60 else Budget(24, 4, 4, 0)


def detail(table: Table, row: Row, notes: Sequence[Note], contents: Contents, budget: Budget) -> dict[str, Any]:
    """One row's details; keys of empty parts are left out."""
    records = [contents.records[name] for name in row.records if name in contents.records]
    first = row.records[0] if row.records else ""
    answers = contents.answers.get(first)
    found = {
        "name": row.name,
        "about": about_row(row, contents),
        "notes": [[note.kind, note.text] for note in notes],
        "reported": comparisons(row, table.columns),
        "losses": losses(contents.losses.get(first, ()), budget.points),
        "curve": curve(contents.curves.get(first, ()), table, records),
        "classes": list(answers.classes) if answers else [],
        "confused": list(answers.confused[: budget.confused]) if answers else [],
        "lists": lists(answers.lists, budget.draws) if answers else [],
        "wrong": mistake_rows(answers.wrong[: budget.wrong], contents.strips.get(first)) if answers else [],
        "costs": costs(table, records),
        "settings": settings(records[0]) if records else {},
        "facts": facts(row, records),
        "command": command(records),
        "records": [link(record, contents.link_of(record.file_name)) for record in records],
    }
    return {key: value for key, value in found.items() if value}


def lists(found: Sequence[tuple[str, str, Sequence[str]]], draws: int) -> list[list[Any]]:
    """Condition list, score of all its draws, and of the first so many."""
    return [[name, whole, list(each[:draws])] for name, whole, each in found]


def mistake_rows(found: Sequence[tuple[str, str, str]], mistakes: Mistakes | None) -> list[list[Any]]:
    """File, requested, detected, and the place of the image in the strip; None where the strip lacks it."""
    places = {file: place for place, file in enumerate(mistakes.strip.files)} if mistakes else {}
    return [[file, requested, detected, places.get(file)] for file, requested, detected in found]


def costs(table: Table, records: Sequence[Record]) -> list[list[float]]:
    """Seconds, images seen, and the score that ranks with its interval, of each trained run that has one."""
    found = []
    for record in records:
        score = record.scores.get(table.main_score)
        if record.training and score and record.status != "invalid":
            factor = 100 if is_fraction(score.unit) else 1
            ends = (score.value, *(score.interval or (score.value, score.value)))
            numbers = [record.training.seconds, record.training.images_seen, *(factor * end for end in ends)]
            found.append([round_for_curve(number) for number in numbers])
    return found


def losses(lines: Sequence[Mapping[str, float | None]], points: int) -> dict[str, Any]:
    """Each loss at evenly spread updates, the last among them."""
    chosen = thin_lines(lines, points)
    names = dict.fromkeys(name for line in chosen for name in line if name not in COUNTERS)
    series = {name: [round_for_curve(line.get(name)) for line in chosen] for name in names}
    return {"steps": [line["step"] for line in chosen], "series": series} if series else {}


def round_for_curve(number: float | None) -> float | None:
    """Four significant digits are enough for a curve."""
    return None if number is None else float(f"{number:.4g}")


def curve(points: Sequence[Point], table: Table, records: Sequence[Record]) -> dict[str, Any]:
    """The score that ranks over generator updates, at the snapshots of the first record's run that have it.

    With its interval; shares in %.
    """
    score, column = table.main_score, table.main_column
    known = [point for point in points if point.get(score) is not None]
    if not known:
        return {}
    factor = 100 if column and is_fraction(column.unit) else 1
    triples = [(point[score], *(interval_of(point, score) or (point[score],) * 2)) for point in known]
    scaled = [[round_for_curve(factor * number) for number in of_kind] for of_kind in zip(*triples, strict=True)]
    numbers = dict(zip(("value", "low", "high"), scaled, strict=True))
    name = f"{score} (%)" if factor == 100 else score
    start = {"start": REFERENCE_START} if records and starts_with_reference(known, records[0]) else {}
    return {"score": name, "steps": [int(point["generator_updates"]) for point in known], **numbers, **start}


def settings(record: Record) -> dict[str, Any]:
    """Of model and training."""
    if record.model is None:
        return {}
    training = record.training
    facts = {"batch_size": training.batch_size, "precision": training.precision}
    return record.model.config | training.config | facts


def facts(row: Row, records: Sequence[Record]) -> list[tuple[str, str]]:
    """Sizes, times and the machine."""
    trained = [record for record in records if record.training]
    found = [(f"{name} parameters", f"{count:,}") for name, count in (row.parameters or {}).items()]
    if trained:
        found += [
            ("seeds", ", ".join(str(record.training.seed) for record in trained)),
            ("training", ", ".join(duration(record.training.seconds) for record in trained)),
            ("device", ", ".join(dict.fromkeys(record.system.device for record in trained))),
            ("scored", ", ".join(dict.fromkeys(record.system.created[:10] for record in trained))),
        ]
    return found


def duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.1f} min"


def command(records: Sequence[Record]) -> str:
    """The commands that repeat a row's runs; empty for references and for images drawn elsewhere."""
    return "\n".join(line for record in records if record.training for line in commands_of_run(record))


def commands_of_run(record: Record) -> list[str]:
    name, seed = record.model.full_name.replace(":", "-"), record.training.seed
    return repeating_commands(record, shlex.quote(f"runs/{name}-{budget_option(record)}-seed{seed}"), "records")


def link(record: Record, folder: str) -> dict[str, str | None]:
    """The record's place, and the digest of what it scored."""
    digest = next(iter(record.content.values()), None)
    return {"file": record.file_name, "href": f"{folder}{record.file_name}", "digest": digest}
