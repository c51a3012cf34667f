"""The headline of all tables, and the speeds, in a document that people write, each between two markers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.leaderboard import cells
from benchmark.leaderboard.rows import Row, is_of_budget
from benchmark.leaderboard.tables import Table
from benchmark.system.markdown import escape

RESULTS, SPEEDS = "results", "speeds"  # sections of the document
HEAD = "| task | rank | model | updates | score that ranks | value |\n| --- | ---: | --- | ---: | --- | --- |\n"


def with_results(path: Path, tables: Iterable[Table], speeds: str | None = None) -> str:
    """The document's text with one row per model and reference between its markers.

    Args:
        path: of the document.
        tables: of all records.
        speeds: goes between the markers of speeds, in a document that has them; None where no throughput is kept.

    Raises:
        UsageError: the document is missing, or does not have each marker once, in order; or it has a place for speeds
            that are not there.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        begin, end = markers(RESULTS)
        raise UsageError(f"{path} cannot be read ({error}); give a Markdown document with {begin} and {end}") from error
    text = with_section(text, path, RESULTS, headline_rows(tables))
    if not is_marked(text, SPEEDS):
        return text
    if speeds is None:
        begin, end = markers(SPEEDS)
        raise UsageError(
            f"{path} has {begin}, but no throughput is kept next to the records; "
            f"measure it with 'nox -s bench', or remove {begin} and {end}"
        )
    return with_section(text, path, SPEEDS, speeds)


def markers(name: str) -> tuple[str, str]:
    """The lines before and after a section."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def is_marked(text: str, name: str) -> bool:
    """True where one of a section's markers stands in a text."""
    return any(marker in text for marker in markers(name))


def with_section(text: str, path: Path, name: str, content: str) -> str:
    """A document's text with other content between the markers of a section.

    Raises:
        UsageError: the document does not have each marker once, in order.
    """
    begin, end = markers(name)
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise UsageError(f"{path} needs {begin} and, after it, {end}, each once; add them around its table of {name}")
    before, rest = text.split(begin)
    return f"{before}{begin}\n{content}{end}{rest.split(end)[1]}"


def headline_rows(tables: Iterable[Table]) -> str:
    """Markdown: the main score of every row; a reference stands once per protocol, not once per budget."""
    lines = {}
    for place, table in enumerate(tables):
        for row in table.rows:
            key = (table.protocol.id, row.kind, row.name, row.status, place if is_of_budget(row) else "")
            lines.setdefault(key, _line(table, row))
    return HEAD + "".join(lines.values())


def _line(table: Table, row: Row) -> str:
    column = next((column for column in table.columns if column.name == table.main_score), None)
    value = cells.NONE if column is None else cells.score(row.scores.get(column.name), column)
    marks = {"alarm": bool(row.alarms), "in doubt": table.main_score in row.second} if row.rank is not None else {}
    rank = ", ".join([cells.rank(row), *(mark for mark, holds in marks.items() if holds)])
    task = f"{table.protocol.task}, {table.data}" if table.data else table.protocol.task
    title = table.main_score if column is None else cells.title(column)
    texts = (task, rank, cells.name(row), cells.updates(row), title, value)
    return "| " + " | ".join(map(escape, texts)) + " |\n"
