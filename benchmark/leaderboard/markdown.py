"""Tables of one task as Markdown: the headline, then folded parts for more scores, notes and the protocol."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from benchmark.leaderboard import cells
from benchmark.leaderboard.captions import Note, about_rows, about_table, above_table, by_kind, notes, protocol_items
from benchmark.leaderboard.cells import alignment, headers, is_best, texts
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.system.markup import escape_markdown

ALIGN = {"left": "---", "right": "---:"}


def to_markdown(tables: Sequence[Table]) -> str:
    """One page: a section per protocol and budget, of which only the headline table is unfolded."""
    head = f"# {tables[0].protocol.task}\n\nMade from the records by `cgan-bench leaderboard`; do not edit.\n"
    return head + "".join(map(_section, tables))


def _section(table: Table) -> str:
    found = notes(table)
    parts = [
        *map(_plain_start, above_table(found)),
        _headline(table),
        *([_folded("More scores", _more_scores(table))] if table.columns[table.headline :] else []),
        _folded("Notes", "\n".join([*_by_kind(about_table(found)), *_by_row(about_rows(found))])),
        _folded("Protocol", _grid(("", "value"), ("left", "left"), protocol_items(table.protocol, table.data_names))),
    ]
    return f"\n## {escape_markdown(table.label)} ({table.protocol.id})\n\n" + "\n\n".join(parts) + "\n"


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _headline(table: Table) -> str:
    columns = table.headline_columns
    return _grid(headers(columns), alignment(columns), [_cells(table, row) for row in table.rows], escaped=True)


def _cells(table: Table, row: Row) -> list[str]:
    found = [escape_markdown(text) for text in texts(table.headline_columns, row)]
    for position, column in enumerate(table.headline_columns, start=cells.FIRST_SCORE):
        found[position] = _bold(found[position], best=is_best(table, row, column))
    return found


def _bold(text: str, *, best: bool) -> str:
    return f"**{text}**" if best else text


def _more_scores(table: Table) -> str:
    """One line per score, one column per row of the table."""
    titles = ["Score", *map(cells.name, table.rows)]
    lines = [
        [escape_markdown(cells.title(column)), *(_score(table, row, column) for row in table.rows)]
        for column in table.columns[table.headline :]
    ]
    return _grid(titles, ["left", *["right"] * len(table.rows)], lines, escaped=True)


def _score(table: Table, row: Row, column: Column) -> str:
    return _bold(escape_markdown(cells.score_or_refused(row, column)), best=is_best(table, row, column))


def _grid(titles: Iterable[str], sides: Iterable[str], lines: Iterable[Sequence[str]], *, escaped: bool = False) -> str:
    body = lines if escaped else [[escape_markdown(cell) for cell in line] for line in lines]
    rows = [[escape_markdown(text) for text in titles], [ALIGN[side] for side in sides], *body]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _by_kind(found: Iterable[Note]) -> list[str]:
    return [line for kind, same in by_kind(found).items() for line in _item(kind, [note.text for note in same])]


def _by_row(found: dict[str, list[Note]]) -> list[str]:
    return [
        line for name, same in found.items() for line in _list(name, [f"{note.kind}: {note.text}" for note in same])
    ]


def _item(kind: str, lines: Sequence[str]) -> list[str]:
    """One item of a list; several notes of a kind are a list within."""
    return [f"- {escape_markdown(kind)}: {escape_markdown(lines[0])}"] if len(lines) == 1 else _list(kind, lines)


def _list(head: str, lines: Iterable[str]) -> list[str]:
    return [f"- {_plain_start(head)}:", *(f"  - {_plain_start(line)}" for line in lines)]


def _plain_start(text: str) -> str:
    """Text that does not begin as a heading, a quote or another list."""
    return re.sub(r"^(\d+(?=[.)])|(?=[#>+=-]))", r"\1\\", escape_markdown(text))
