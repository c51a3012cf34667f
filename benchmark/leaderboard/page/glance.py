"""The cards at the top of the page: of each task the best rows, and the references to hold them against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from benchmark.leaderboard import cells
from benchmark.leaderboard.captions import about_rows, notes, unique_name
from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.page.row_labels import OWN, chips, is_own, label
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.records.better import sort_key

ALARM, DOUBT = "alarm", "in doubt"  # chips that stand in a card, too; the second only if it is of the score there


def task_cards(protocols: list[list[Table]], contents: Contents) -> list[dict[str, Any]]:
    """The cards of one task.

    They show the first protocol, the run that the page is about, and other data with the value of its real images.
    """
    found = []
    for same in protocols:
        of_this_run, other = is_own(same, contents), on_other_data(same, protocols[0])
        if same is protocols[0] or of_this_run or other:
            origin = (f"{OWN}, " if of_this_run else "") + (f"{same[0].data}, " if other else "")
            real = real_value(same) if other else ""
            found += [one | {"budget": origin + one["budget"], "real": real} for one in protocol_cards(same)]
    return found


def on_other_data(same: Sequence[Table], first: Sequence[Table]) -> bool:
    """True for tables of the same task version as the first ones, on other data that has a name."""
    return same[0].data not in ("", first[0].data) and same[0].protocol.version == first[0].protocol.version


def protocol_cards(same: Sequence[Table]) -> list[dict[str, Any]]:
    """A card for the first rank of each budget; for a budget without ranks, a card for each trained row.

    The best value comes first, whatever its budget; unranked rows come last. Another budget is left out if only one
    model was trained for it, for then there is nothing to lead, and if each model of its first rank has a longer ranked
    run: that one says more.
    """
    found = []
    for table in sorted(same, key=least_sort_key):
        leaders = first_ranked(table)
        if found and len(models_of(table)) < 2:
            continue
        if leaders and all(has_longer_run(row, same) for row in leaders):
            continue
        found += [card(table, leaders)] if leaders else [card(table, [row]) for row in unranked_trained_rows(table)]
    return found


def models_of(table: Table) -> set[str]:
    """The models that a table has trained rows of, whatever their variants."""
    return {row.name.partition(":")[0] for row in table.rows if row.kind == "model"}


def has_longer_run(row: Row, same: Sequence[Table]) -> bool:
    """True if a ranked row of the same model had more updates."""
    others = (other for table in same for other in table.rows if other.rank is not None and other.name == row.name)
    return row.total_updates is not None and any((other.total_updates or 0) > row.total_updates for other in others)


def first_ranked(table: Table) -> list[Row]:
    """The rows of a table's first rank."""
    return [row for row in table.rows if row.rank == 1]


def least_sort_key(table: Table) -> float:
    """The sort key of a table's first rank by the score that ranks; infinite where none is ranked."""
    column = table.main_column
    return min(
        (sort_key(column, row.scores[column.name].value) for row in first_ranked(table)),
        default=math.inf,
    )


def unranked_trained_rows(table: Table) -> list[Row]:
    """The trained rows with the score that ranks, at most three."""
    return [row for row in table.rows if row.kind == "model" and table.main_score in row.scores][:3]


def card(table: Table, rows: Sequence[Row]) -> dict[str, Any]:
    """The card of rows that share a rank: their names, their score, and chips for alarms, doubts and status."""
    column, notes_by_row = table.columns[0], about_rows(notes(table))
    serious: dict[str, dict[str, Any]] = {}
    for row in rows:
        whose = f"{row.name}: " if len(rows) > 1 else ""
        for chip in chips(row, notes_by_row.get(unique_name(table, row), [])):
            if chip["kind"] in (ALARM, row.status) or (chip["kind"] == DOUBT and column.name in row.second):
                serious.setdefault(chip["text"], chip | {"reasons": []})["reasons"].append(whose + chip["reason"])
    return {
        "budget": f"{cells.updates(rows[0])} updates", "ranked": rows[0].rank is not None,
        "names": ", ".join(map(cells.name, rows)),
        "score": cells.title(column), "value": ", ".join(cells.score(row.scores[column.name], column) for row in rows),
        "record": rows[0].records[0] if rows[0].records else "",
        "chips": [chip | {"reason": "; ".join(chip["reasons"])} for chip in serious.values()],
    }  # fmt: skip


def ranked_by(table: Table, contents: Contents) -> str:
    """One sentence on what the ranking score measures; empty if the score has no explanation."""
    known = contents.explanations.get(table.main_score)
    return known.what if known else ""


def bounds(same: Sequence[Table]) -> list[tuple[str, str]]:
    """The references' values of the score that ranks."""
    return [(f"{row.name} ({label(row).removeprefix('reference, ')})", value) for row, value in references(same)]


def real_value(same: Sequence[Table]) -> str:
    """The real images' value of the score that ranks; empty where it is unknown."""
    return next((value for row, value in references(same) if cells.is_real(row)), "")


def references(same: Sequence[Table]) -> list[tuple[Row, str]]:
    """The references that have the score that ranks, with its value."""
    column = same[0].columns[0] if same[0].columns else None
    rows = [row for row in same[0].rows if row.kind == "reference" and column and column.name in row.scores]
    found = [(row, row.scores[column.name]) for row in rows]
    return [(row, cells.number(cell.value, column, cell)) for row, cell in found]
