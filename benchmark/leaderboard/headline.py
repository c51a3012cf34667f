"""The short table of results: each model after its longest ranked training, with real images and the better floor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import groupby

from benchmark.leaderboard import cells
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.leaderboard.versions import changes_since
from benchmark.records.better import sort_key
from benchmark.system.markup import escape_markdown

HEAD = "| task | model | updates | score that ranks | value | remarks |\n| --- | --- | ---: | --- | --- | --- |\n"


def headline(tables: Iterable[Table]) -> str:
    """Markdown: one line for each model of each protocol, the best first; variants stand in the tables themselves."""
    protocols = groupby(tables, key=lambda table: table.protocol.id)
    return HEAD + "".join(line for _, same in protocols for line in lines_of(list(same)))


def lines_of(same: Sequence[Table]) -> list[str]:
    """The lines of one protocol: real images, then models, then the better floor.

    Args:
        same: the protocol's tables, one for each budget.
    """
    references = [(same[0], row) for row in same[0].rows if row.kind == "reference"]
    real = [one for one in references if cells.is_real(one[1])]
    floors = sorted((one for one in references if one not in real), key=main_sort_key)
    return [line(*one) for one in [*real, *best_first(same), *floors[:1]]]


def best_first(same: Iterable[Table]) -> list[tuple[Table, Row]]:
    """The rows that stand for their models under one protocol, with their tables, by the score that ranks.

    Rows of all budgets are in one order. The cards of the page have the first of them.
    """
    return sorted(longest(same), key=main_sort_key)


def longest(same: Iterable[Table]) -> list[tuple[Table, Row]]:
    """One row of each model, and of each set of images from elsewhere, with its table: see :func:`preference`."""
    found: dict[tuple[str, str], list[tuple[Table, Row]]] = {}
    for table in same:
        for row in table.rows:
            if row.kind != "reference":
                found.setdefault(whose(row), []).append((table, row))
    return [max(rows, key=preference) for rows in found.values()]


def whose(row: Row) -> tuple[str, str]:
    """A key that the rows of one model share; the name of images from elsewhere is a person's own, without variants."""
    return row.kind, row.name.partition(":")[0] if row.kind == "model" else row.name


def preference(one: tuple[Table, Row]) -> tuple[bool, bool, int]:
    """A key that is greatest for the row that stands for its model: no variant, then ranked, then most updates."""
    _, row = one
    return ":" not in row.name, row.rank is not None, row.total_updates or 0


def main_sort_key(one: tuple[Table, Row]) -> tuple[bool, float]:
    """A key that sorts rows by the score that ranks, best first; models without a rank come last."""
    table, row = one
    unranked, column = row.kind != "reference" and row.rank is None, table.main_column
    cell = row.scores.get(column.name) if column else None
    return unranked, math.inf if cell is None else sort_key(column, cell.value)


def line(table: Table, row: Row) -> str:
    """One row of the short table."""
    column = table.main_column
    value = cells.NONE if column is None else cells.score(row.scores.get(column.name), column)
    task = f"{table.protocol.task}, {table.data}" if table.data else table.protocol.task
    title = table.main_score if column is None else cells.title(column)
    texts = (task, cells.name(row), cells.updates(row), title, value, ", ".join(remarks(table, row)))
    return "| " + " | ".join(map(escape_markdown, texts)) + " |\n"


def remarks(table: Table, row: Row) -> list[str]:
    """A model's status if it is not valid, an alarm, a doubt about its main score; and an older version of the task."""
    trained = row.kind != "reference"
    marks = {
        row.status: trained and row.status != "valid",
        "alarm": trained and bool(row.alarms),
        "in doubt": trained and table.main_score in row.second,
        "older version": bool(changes_since(table.protocol)),
    }
    return [mark for mark, holds in marks.items() if holds]
