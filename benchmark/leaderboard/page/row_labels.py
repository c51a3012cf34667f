"""Short words for a row: its budget, its kind, and chips with their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmark.leaderboard import cells
from benchmark.leaderboard.captions import by_kind
from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table

OWN = "this run"
CHIPS = {"Refused": "scores refused"}
SPEED = "Speed"  # kind of notes that stand in the cell of the speed instead


def budget_name(table: Table) -> str:
    """A short name, other for each table of a protocol."""
    return f"custom {table.total_updates:,}" if table.budget == "custom" else table.budget


def about_row(row: Row, contents: Contents) -> str:
    """A row in words: a model and the changes of its variants, or a reference's images and why it lacks scores."""
    if row.kind == "model":
        model, *variants = row.name.split(":")
        texts = (contents.models.get(key, "") for key in (model, *(f"{model}:{variant}" for variant in variants)))
        return " ".join(filter(None, texts))
    refused = [f"It has no {score}: {reason.rstrip('.')}." for score, reason in row.refused.items()]
    return " ".join([f"{row.description.rstrip('.')}.", *refused]) if row.description else " ".join(refused)


def length_in_words(entry: Mapping[str, Any], *, mixed: bool) -> str:
    """The updates of a row of the page, and its precision where rows of its table differ in it."""
    if entry["updates"] is None:
        return ""
    return f"{entry['updates_text']} updates" + (f", {entry['precision']}" if mixed and entry["precision"] else "")


def label(row: Row) -> str:
    """One or two words on a row that is no model; empty for a model."""
    bound = "ceiling" if cells.is_real(row) else "floor"
    return {"reference": f"reference, {bound}", "images": "images"}.get(row.kind, "")


def chips(row: Row, told: Sequence[Any]) -> list[dict[str, str]]:
    """The status, then a chip for each kind of note on the row: its kind, its text and its reason."""
    status = {"kind": row.status, "text": cells.status(row), "reason": row.reason or "no reason is given"}
    kinds = by_kind(note for note in told if note.kind != SPEED).items()
    return ([] if row.status == "valid" else [status]) + [
        {
            "kind": kind.lower(),
            "text": CHIPS.get(kind, kind.lower()),
            "reason": "; ".join(note.text for note in same),
        }
        for kind, same in kinds
    ]


def speed_doubt(told: Iterable[Any]) -> str:
    """The reason why a row's speed may be too low; empty where it was measured alone."""
    return "; ".join(note.text for note in told if note.kind == SPEED)


def is_own(same: Iterable[Table], contents: Contents) -> bool:
    """True for the tables of the run that the page is of."""
    return any(file in contents.own for table in same for row in table.rows for file in row.records)
