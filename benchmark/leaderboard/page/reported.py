"""Numbers that the reports print, next to the same scores here."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from benchmark.leaderboard import cells
from benchmark.leaderboard.averages import Cell
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.rows import Row
from benchmark.records.rounding import is_fraction


@cache
def reported_numbers() -> list[dict[str, Any]]:
    """The entries of ``reported.toml``."""
    return tomllib.loads(files(__package__).joinpath("reported.toml").read_text(encoding="utf-8"))["reported"]


def comparisons(row: Row, columns: Sequence[Column]) -> list[dict[str, str]]:
    """For each number that a report prints of this row: the score, the number as printed, and ours."""
    found = [entry for entry in reported_numbers() if entry["model"] == row.name and row.kind == "model"]
    known = {column.name: column for column in columns}
    scored = [entry for entry in found if has_score(row, entry)]
    return [comparison(entry, row.scores[entry["score"]], known[entry["score"]]) for entry in scored]


def has_score(row: Row, entry: dict[str, Any]) -> bool:
    cell = row.scores.get(entry["score"])
    return cell is not None and (entry.get("group") is None or entry["group"] in cell.groups)


def comparison(entry: dict[str, Any], cell: Cell, column: Column) -> dict[str, str]:
    group = entry.get("group")
    name = column.name if group is None else f"{column.name} ({group})"
    ours = with_unit(cell.value if group is None else cell.groups[group], cell, column)
    theirs = with_unit(entry["value"], cell, column)
    return {"score": name, "reported": entry["reported"], "theirs": theirs, "ours": ours, "report": entry["report"]}


def with_unit(value: float, cell: Cell, column: Column) -> str:
    """A number with its unit: a share in per cent, any other number without a unit."""
    return f"{cells.number(value, column, cell)} %" if is_fraction(column.unit) else f"{value:.4g}"
