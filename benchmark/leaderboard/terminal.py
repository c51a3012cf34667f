"""A leaderboard table for the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.leaderboard.captions import caption
from benchmark.leaderboard.cells import Panel, alignment, headers, is_best, panels, texts
from benchmark.leaderboard.render import one_line
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table

if TYPE_CHECKING:
    import rich.table
    from rich.text import Text


def to_terminal(table: Table) -> list[rich.table.Table]:
    """The table's panels, the last with the caption, to be printed by a rich console."""
    from rich.text import Text

    screens = [_screen(table, panel) for panel in panels(table)]
    screens[-1].caption = Text(one_line(" ".join(caption(table))))
    return screens


def _screen(table: Table, panel: Panel) -> rich.table.Table:
    import rich.table
    from rich.text import Text

    heading = f"{table.protocol.task} · {table.label}" + ("" if panel.first else " · more scores")
    screen = rich.table.Table(title=Text(heading))
    for title, side in zip(headers(panel), alignment(panel), strict=True):
        screen.add_column(Text(one_line(title).replace("_", " ")), justify=side)
    for row in table.rows:
        screen.add_row(*_cells(table, panel, row), style="dim" if row.rank is None else "")
    return screen


def _cells(table: Table, panel: Panel, row: Row) -> list[Text]:
    """Texts, not markup: a name from a record is shown as it is."""
    from rich.text import Text

    cells = [Text(one_line(text)) for text in texts(panel, row)]
    for position, column in enumerate(panel.columns, start=panel.first_score):
        if is_best(table, row, column):
            cells[position].stylize("bold")
    return cells
