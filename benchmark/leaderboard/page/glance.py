"""The cards at the top of the page: of each task the best rows, and the references to hold them against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmark.leaderboard import cells
from benchmark.leaderboard.captions import about_rows, notes, unique_name
from benchmark.leaderboard.headline import best_first
from benchmark.leaderboard.page.contents import Contents
from benchmark.leaderboard.page.row_labels import OWN, chips, is_own, label
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table

ALARM, DOUBT = "alarm", "in doubt"  # chips that stand in a card, too; the second only if it is of the score there
MOST = 3  # models of one protocol in a card


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
    """The best models, one row each, in the order of README's table; models without a rank only if none has one."""
    rows = best_first(same)
    ranked = [one for one in rows if one[1].rank is not None]
    scored = [one for one in rows if one[1].kind == "model" and one[0].main_score in one[1].scores]
    found = (ranked or scored)[:MOST]
    return [
        card(*one) | {"leads": one is found[0], "ties": place > 0 and shares_rank(one, found[place - 1])}
        for place, one in enumerate(found)
    ]


def shares_rank(one: tuple[Table, Row], other: tuple[Table, Row]) -> bool:
    """True for rows of one budget that paired tests did not tell apart."""
    return one[0] is other[0] and one[1].rank is not None and one[1].rank == other[1].rank


def card(table: Table, row: Row) -> dict[str, Any]:
    """A row in a card: its name, its score, and chips for its status, its alarms and doubts about that score."""
    column, found = table.columns[0], about_rows(notes(table)).get(unique_name(table, row), [])
    told = [note for note in found if note.kind.lower() != row.status]  # the status has a chip of its own
    serious = {ALARM, row.status, *([DOUBT] if column.name in row.second else [])}
    return {
        "budget": f"{cells.updates(row)} updates", "ranked": row.rank is not None, "name": cells.name(row),
        "score": cells.title(column), "value": cells.score(row.scores[column.name], column),
        "record": row.records[0] if row.records else "",
        "chips": [chip for chip in chips(row, told) if chip["kind"] in serious],
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
