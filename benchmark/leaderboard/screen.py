"""Tables of one task for a terminal: the headline, and at most ten lines on what to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.leaderboard import cells
from benchmark.leaderboard.captions import Note, notes
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.system.markup import single_spaced

if TYPE_CHECKING:
    import rich.table
    from rich.text import Text

LINES = 10


def to_terminal(tables: Sequence[Table]) -> list[rich.table.Table | Text]:
    """The headline tables of one task, then notes about single rows; to be printed by a rich console."""
    from rich.text import Text

    found = [note for table in tables for note in notes(table) if note.rows and note.kind != "Rows"]
    lines = list(dict.fromkeys(single_spaced(note_line(note)) for note in found))
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"{len(lines) - LINES + 1} more notes are in the page and the Markdown"]
    return [*map(_screen, tables), *(Text(text, overflow="ellipsis", no_wrap=True) for text in lines)]


def note_line(note: Note) -> str:
    return f"{note.kind}: {', '.join(note.rows)}: {note.text}"


def _screen(table: Table) -> rich.table.Table:
    import rich.table
    from rich.text import Text

    columns = table.headline_columns
    screen = rich.table.Table(title=Text(f"{table.protocol.task} · {table.label}"))
    for title, side in zip(cells.headers(columns), cells.alignment(columns), strict=True):
        screen.add_column(Text(single_spaced(title).replace("_", " ")), justify=side)
    for row in table.rows:
        screen.add_row(*_cells(table, row), style="dim" if row.rank is None else "")
    return screen


def _cells(table: Table, row: Row) -> list[Text]:
    """Texts, not markup: a name from a record is shown as it is."""
    from rich.text import Text

    found = [Text(single_spaced(text)) for text in cells.texts(table.headline_columns, row)]
    for position, column in enumerate(table.headline_columns, start=cells.FIRST_SCORE):
        if cells.is_best(table, row, column):
            found[position].stylize("bold")
    return found
