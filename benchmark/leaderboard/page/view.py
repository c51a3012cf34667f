"""The page's values: tasks, their tables by protocol, rows and cells, as texts for the template."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import fmean
from typing import Any

from benchmark.leaderboard import cells
from benchmark.leaderboard.captions import (
    Note,
    about_rows,
    about_table,
    above_table,
    by_kind,
    notes,
    protocol_items,
    unique_name,
    unit_in_words,
)
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.page import half_way
from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.page.details import Budget, budget_for, detail
from benchmark.leaderboard.page.glance import bounds, on_other_data, ranked_by, task_cards
from benchmark.leaderboard.page.reported import comparisons
from benchmark.leaderboard.page.row_labels import (
    OWN,
    about_row,
    budget_name,
    chips,
    is_own,
    label,
    length_in_words,
    speed_doubt,
)
from benchmark.leaderboard.page.row_order import position, ranking, rows_of
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.records.better import direction_in_words
from benchmark.records.record import BUSY_CORES
from benchmark.records.rounding import is_fraction

NONE = cells.NONE
ENDS = (
    ("images seen", "Real images shown to the discriminator in training; the mean over the seeds."),
    (
        "train images/s",
        "Real images shown to the discriminator per second of training, on the device in the details. Unsure: "
        f"other programs kept more than {BUSY_CORES:g} processors busy meanwhile, or the record does not say.",
    ),
    ("parameters", "Learned parameters of the generator."),
)
SECOND = (
    "second judge",
    "The score that ranks by a second judge of another architecture, seed and half of the data, minus the first "
    "judge's value. Bold names a difference beyond what the two judges usually have.",
)
REPORTED = ("reported", "The number that the report prints, and the same score here. The budgets may differ.")


def tasks(tables: Sequence[Table], contents: Contents) -> list[dict[str, Any]]:
    """One section per task; the protocol with the most models first, the others apart."""
    budget = budget_for(sum(len(table.rows) for table in tables))
    return [
        task(name, [list(same) for _, same in groupby(of_task, key=lambda table: table.protocol)], contents, budget)
        for name, of_task in groupby(tables, key=lambda table: table.protocol.task)
    ]


def task(name: str, protocols: list[list[Table]], contents: Contents, budget: Budget) -> dict[str, Any]:
    def order(same: list[Table]) -> tuple[bool, int, int]:
        return not is_own(same, contents), same[0].protocol.version, models_in(same)

    protocols.sort(key=order, reverse=True)
    views = [protocol(same, contents, budget) for same in protocols]
    for same, view in zip(protocols, views, strict=True):
        view["on_other_data"] = on_other_data(same, protocols[0])
    return {
        "name": name, "key": f"task-{name}", "best": task_cards(protocols, contents), "bounds": bounds(protocols[0]),
        "ranked_by": ranked_by(protocols[0][0], contents),
        "first": views[0], "others": views[1:],
    }  # fmt: skip


def models_in(same: Iterable[Table]) -> int:
    return sum(row.kind == "model" for table in same for row in table.rows)


def protocol(same: Sequence[Table], contents: Contents, budget: Budget) -> dict[str, Any]:
    """One table on the page: models of every budget under one protocol."""
    columns = list({column.name: column for table in same for column in table.columns}.values())
    shown = {column.name for table in same for column in table.headline_columns}
    columns.sort(key=lambda column: column.name not in shown)
    told = {table.label: about_rows(notes(table)) for table in same}
    rows = rows_of(same)
    whole = replace(same[0], rows=tuple(row for _, row in rows))
    lines = [
        line(table, row, told[table.label].get(unique_name(table, row), []), contents, budget)
        | {"scores": [score(whole, row, column) for column in columns]}
        | position(same, table, row)
        for table, row in rows
    ]
    ends = [
        *([REPORTED] if any(entry["reported"] for entry in lines) else []),
        *([SECOND] if any(entry["second"] for entry in lines) else []),
        *([half_way.heading(same[0])] if any(entry["half_way"] for entry in lines) else []),
        *ENDS,
    ]
    mixed = len({entry["precision"] for entry in lines if entry["precision"]}) > 1
    for entry in lines:
        entry["length"] = length_in_words(entry, mixed=mixed)
    return {
        "id": same[0].protocol.id,
        "data": same[0].data,
        "own": is_own(same, contents),
        "above": above_table(notes(same[0])),
        "several_rankings": len(ranking(same)) > 1,
        "columns": [heading(column, contents, hidden=column.name not in shown) for column in columns],
        "ends": [{"title": title, "help": text} for title, text in ends],
        "rows": lines,
        "filters": filters(lines),
        "protocol": protocol_items(same[0].protocol, same[0].data_names),
        "notes": [(table.label, list(by_kind(about_table(notes(table))).items())) for table in same],
    }


def heading(column: Column, contents: Contents, *, hidden: bool) -> dict[str, Any]:
    """A column's head, and its help: what is measured, unit, direction, source."""
    known = contents.explanations.get(column.name)
    lines = [
        *([known.what] if known else []),
        f"Unit: {unit_in_words(column)}.",
        f"Better: {direction_in_words(column)}.",
    ]
    lines += [f"Source: {known.source}."] if known else []
    highest_first = column.direction == "higher" and column.best_value is None
    return {
        "title": cells.title(column), "help": " ".join(lines), "hidden": hidden, "name": column.name,
        "highest_first": highest_first,
    }  # fmt: skip


def line(table: Table, row: Row, found: Sequence[Note], contents: Contents, budget: Budget) -> dict[str, Any]:
    """One row of the page, without its scores and its position among the rows of other budgets."""
    told = [note for note in found if note.kind.lower() not in (row.status, "rows")]
    return {
        "name": row.name,
        "kind": row.kind,
        "about": about_row(row, contents),
        "precision": precision(row, contents),
        "label": OWN if row.kind == "model" and set(row.records) & contents.own else label(row),
        "rank": NONE if row.rank is None else str(row.rank),
        "chips": [] if row.kind == "reference" else chips(row, told),
        "budget": NONE if row.total_updates is None else budget_name(table),
        "updates": row.total_updates,
        "updates_text": cells.updates(row),
        "seeds": cells.seeds(row),
        "report": contents.reports.get(row.name.partition(":")[0], NONE) if row.kind == "model" else NONE,
        "data": ", ".join(table.data_names),
        "status": row.status if row.kind == "model" else row.kind,
        "reported": reported_text(row, table),
        "second": second_judge_difference(row, table, contents),
        "half_way": half_way.training_to_half_way(table, row, contents.curves),
        "unsure": speed_doubt(found) if row.train_images_per_second is not None else "",
        "numbers": [row.images_seen, row.train_images_per_second, (row.parameters or {}).get("generator")],
        "record": row.records[0] if row.records else "",
        "detail": detail(table, row, [note for note in found if note.kind != "Rows"], contents, budget),
    }


def precision(row: Row, contents: Contents) -> str:
    """The number format of the row's runs; empty for images that were not trained here."""
    records = [contents.records[name] for name in row.records if name in contents.records]
    return ", ".join(dict.fromkeys(record.training.precision for record in records if record.training))


def score(whole: Table, row: Row, column: Column) -> dict[str, Any]:
    """One cell: number, interval, a bar for a share, the number to sort by, and True for the best of all budgets.

    Args:
        whole: the rows of all budgets under one protocol.
        row: one of them.
        column: of the score.
    """
    cell = row.scores.get(column.name)
    if column.name in row.refused or cell is None:
        refused = column.name in row.refused
        text = cells.REFUSED if refused else NONE
        return {
            "text": text,
            "why": row.refused.get(column.name, ""),
            "order": "",
            "interval": "",
            "bar": None,
            "best": False,
        }
    deviation = "" if cell.deviation is None else f" ± {cells.number(cell.deviation, column, cell)} ({len(row.seeds)})"
    return {
        "text": cells.number(cell.value, column, cell) + deviation,
        "why": "",
        "interval": cells.interval(cell, column),
        "bar": round(100 * cell.value, 1) if is_fraction(column.unit) else None,
        "best": cells.is_best(whole, row, column),
        "order": f"{cell.value:.6g}",
    }


def reported_text(row: Row, table: Table) -> str:
    return "; ".join(f"{one['reported']}, here {one['ours']} {one['score']}" for one in comparisons(row, table.columns))


def second_judge_difference(row: Row, table: Table, contents: Contents) -> dict[str, Any] | None:
    """The second judge's difference from the first in the score that ranks."""
    name = table.main_score
    entries = [contents.records[file].scores.get(name) for file in row.records if file in contents.records]
    gaps = [-entry.second.gap for entry in entries if entry and entry.second]
    if not gaps or row.status == "invalid":
        return None
    column = table.columns[0]
    text = cells.number(fmean(gaps), column)
    return {"text": text if text.startswith("-") else f"+{text}", "doubt": name in row.second}


def filters(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The filters of the table, each with its values; a filter with a single value is left out."""
    found = []
    for key in ("report", "budget", "data", "status"):
        values = list(dict.fromkeys(entry[key] for entry in lines if entry[key] != NONE))
        values = sorted(values) if key in ("report", "data") else values
        if len(values) > 1:
            found.append({"key": key, "values": values})
    return found
