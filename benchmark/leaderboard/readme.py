"""The headline of all tables, between two markers of a document that people write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.leaderboard import cells
from benchmark.leaderboard.rows import Row, is_of_budget
from benchmark.leaderboard.tables import Table
from benchmark.system.markdown import escape

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
HEAD = "| task | rank | model | updates | score that ranks | value |\n| --- | ---: | --- | ---: | --- | --- |\n"


def with_results(path: Path, tables: Iterable[Table]) -> str:
    """The document's text with one row per model and reference between its markers.

    Raises:
        UsageError: the document is missing, or does not have each marker once, in order.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}); give a Markdown document with {BEGIN} and {END}") from error
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise UsageError(f"{path} needs {BEGIN} and, after it, {END}, each once; add them around its table of results")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{headline(tables)}{END}{rest.split(END)[1]}"


def headline(tables: Iterable[Table]) -> str:
    """Markdown: the score that ranks, for every row; what is of no budget stands once under each protocol."""
    lines = {}
    for place, table in enumerate(tables):
        for row in table.rows:
            key = (table.protocol.id, row.kind, row.name, row.status, place if is_of_budget(row) else "")
            lines.setdefault(key, _line(table, row))
    return HEAD + "".join(lines.values())


def _line(table: Table, row: Row) -> str:
    column = next((column for column in table.columns if column.name == table.main_score), None)
    value = cells.NONE if column is None else cells.score(row.scores.get(column.name), column)
    rank = cells.rank(row) + (", alarm" if row.alarms and row.rank is not None else "")
    task = f"{table.protocol.task}, {table.data}" if table.data else table.protocol.task
    title = table.main_score if column is None else cells.title(column)
    texts = (task, rank, cells.name(row), cells.updates(row), title, value)
    return "| " + " | ".join(map(escape, texts)) + " |\n"
