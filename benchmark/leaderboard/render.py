"""Tables of one task as Markdown, CSV, JSON and text for a terminal; the same tables give the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmark.leaderboard.captions import Note, by_kind, notes, protocol_text
from benchmark.leaderboard.cells import Panel, alignment, headers, is_best, panels, texts
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.system.markdown import escape, one_line

if TYPE_CHECKING:
    import rich.table
    from rich.text import Text

SCHEMA_VERSION = 2
# History: 1 - first version. 2 - "notes" with kind, rows and text instead of "caption".
ALIGN = {"left": "---", "right": "---:"}


def to_markdown(tables: Sequence[Table]) -> str:
    """One page: a section with table, protocol and notes per protocol and budget."""
    head = f"# {tables[0].protocol.task}\n\nMade from the records by `cgan-bench leaderboard`; do not edit.\n"
    return head + "".join(map(_section, tables))


def _section(table: Table) -> str:
    body = "\n\n".join(_panel(table, panel) for panel in panels(table))
    protocol = escape(protocol_text(table.protocol, table.data_names))
    listed = "\n".join(line for kind, same in by_kind(notes(table)).items() for line in _item(kind, same))
    return f"\n## {escape(table.label)} ({table.protocol.id})\n\n{body}\n\n{protocol}\n\n{listed}\n"


def _item(kind: str, same: Sequence[Note]) -> list[str]:
    """One item of the list under a table; several notes of a kind are a list within."""
    lines = [escape(note_line(note)) for note in same]
    head = f"- {escape(kind)}:"
    return [f"{head} {lines[0]}"] if len(lines) == 1 else [head, *(f"  - {_plain_start(line)}" for line in lines)]


def note_line(note: Note) -> str:
    """A note without its kind."""
    return f"{', '.join(note.rows)}: {note.text}" if note.rows else note.text


def _plain_start(text: str) -> str:
    """Text that does not begin as a heading, a quote or another list."""
    return re.sub(r"^(\d+(?=[.)])|(?=[#>+=-]))", r"\1\\", text)


def _panel(table: Table, panel: Panel) -> str:
    titles = [escape(text) for text in headers(panel)]
    lines = [titles, [ALIGN[side] for side in alignment(panel)], *(_cells(table, panel, row) for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(table: Table, panel: Panel, row: Row) -> list[str]:
    cells = [escape(text) for text in texts(panel, row)]
    for position, column in enumerate(panel.columns, start=panel.first_score):
        if is_best(table, row, column):
            cells[position] = f"**{cells[position]}**"
    return cells


def to_json(tables: Sequence[Table]) -> str:
    """One document with unrounded numbers; nothing that the Markdown shows is missing."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "task": tables[0].protocol.task,
        "tables": [_table_document(table) for table in tables],
    }
    return json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _table_document(table: Table) -> dict[str, Any]:
    return {
        "budget": table.budget or None,
        "label": table.label,
        "main_score": table.main_score,
        "notes": [asdict(note) for note in notes(table)],
        "protocol": table.protocol.model_dump(),
        "scores": [asdict(column) for column in table.columns],
        "rows": [asdict(row) for row in table.rows],
    }


def to_csv(tables: Sequence[Table]) -> str:
    """One line per row of any table, unrounded; a score has columns for value, low, high and deviation."""
    import pandas as pd  # a third of a second, which only this format needs

    lines = [_line(table, row) for table in tables for row in table.rows]
    frame = pd.DataFrame(lines, columns=list(dict.fromkeys(key for line in lines for key in line)), dtype=object)
    return frame.to_csv(index=False, lineterminator="\n")


def _line(table: Table, row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"task": table.protocol.task, "protocol": table.protocol.id}
    line |= {"rank": row.rank, "kind": row.kind, "name": one_line(row.name), "status": row.status}
    line |= {
        "reason": row.reason and one_line(row.reason),
        "budget": row.budget,
        "updates": row.total_updates,
    }
    line |= {"seeds": len(row.seeds) or None, "runs": row.runs or None}
    for column in table.columns:
        line |= _score_columns(column.name, row)
    rest = ("images_seen", "train_images_per_second", "sample_images_per_second")
    return line | {key: getattr(row, key) for key in rest}


def _score_columns(name: str, row: Row) -> dict[str, float | None]:
    keys = (name, f"{name}_low", f"{name}_high", f"{name}_deviation")
    if name not in row.scores:
        return dict.fromkeys(keys)
    cell = row.scores[name]
    return dict(zip(keys, (cell.value, *(cell.interval or (None, None)), cell.deviation), strict=True))


FORMATS = {"md": to_markdown, "csv": to_csv, "json": to_json}


def documents(tables: Iterable[Table]) -> dict[str, str]:
    """File name to contents: ``<task>.md``, ``.csv`` and ``.json`` for each task."""
    tasks: dict[str, list[Table]] = {}
    for table in tables:
        tasks.setdefault(table.protocol.task, []).append(table)
    return {f"{task}.{ending}": form(found) for task, found in tasks.items() for ending, form in FORMATS.items()}


def to_terminal(table: Table) -> list[rich.table.Table]:
    """The table's panels, the last with the protocol and a line per kind of note, to be printed by a rich console."""
    from rich.text import Text

    screens = [_screen(table, panel) for panel in panels(table)]
    lines = [
        protocol_text(table.protocol, table.data_names),
        *(f"{kind}: {'; '.join(map(note_line, same))}" for kind, same in by_kind(notes(table)).items()),
    ]
    screens[-1].caption, screens[-1].caption_justify = Text("\n".join(map(one_line, lines))), "left"
    return screens


def _screen(table: Table, panel: Panel) -> rich.table.Table:
    import rich.table
    from rich.text import Text

    heading = f"{table.protocol.task} · {table.label}" + ("" if panel.first else " · more scores")
    screen = rich.table.Table(title=Text(heading))
    for title, side in zip(headers(panel), alignment(panel), strict=True):
        screen.add_column(Text(one_line(title).replace("_", " ")), justify=side)
    for row in table.rows:
        screen.add_row(*_terminal_cells(table, panel, row), style="dim" if row.rank is None else "")
    return screen


def _terminal_cells(table: Table, panel: Panel, row: Row) -> list[Text]:
    """Texts, not markup: a name from a record is shown as it is."""
    from rich.text import Text

    cells = [Text(one_line(text)) for text in texts(panel, row)]
    for position, column in enumerate(panel.columns, start=panel.first_score):
        if is_best(table, row, column):
            cells[position].stylize("bold")
    return cells
