"""A leaderboard table for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.leaderboard.captions import caption
from benchmark.leaderboard.cells import headers, is_best, texts
from benchmark.leaderboard.render import FIRST_SCORE, one_line
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table

if TYPE_CHECKING:
    import rich.table
    from rich.text import Text


def to_terminal(table: Table) -> rich.table.Table:
    """The table with its caption, to be printed by a rich console."""
    import rich.table
    from rich.text import Text

    heading = f"{table.protocol.task} · {table.label}"
    screen = rich.table.Table(title=Text(heading), caption=Text(one_line(" ".join(caption(table)))))
    for position, title in enumerate(headers(table)):
        screen.add_column(Text(one_line(title).replace("_", " ")), justify="left" if position in {1, 2} else "right")
    for row in table.rows:
        screen.add_row(*_cells(table, row), style="dim" if row.rank is None else "")
    return screen


def _cells(table: Table, row: Row) -> list[Text]:
    """Texts, not markup: a name from a record is shown as it is."""
    from rich.text import Text

    cells = [Text(one_line(text)) for text in texts(table, row)]
    for position, column in enumerate(table.columns, start=FIRST_SCORE):
        if is_best(table, row, column):
            cells[position].stylize("bold")
    return cells
