"""Tables of one task as files of several formats; the same tables give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmark.leaderboard.captions import notes
from benchmark.leaderboard.latex import to_latex
from benchmark.leaderboard.markdown import to_markdown
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import Table
from benchmark.system.markup import single_spaced

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 2
# History: 1 - first version. 2 - "notes" with kind, rows and text instead of "caption".


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
        "rows": [asdict(row, dict_factory=_without_unknown) for row in table.rows],
    }


def _without_unknown(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """Everything but the interval over the images of a single seed, which is the interval itself."""
    return {key: value for key, value in items if (key, value) != ("over_images", None)}


def to_csv(tables: Sequence[Table]) -> str:
    """The rows of :func:`to_frame`."""
    return to_frame(tables).to_csv(index=False, lineterminator="\n")


def to_frame(tables: Sequence[Table]) -> pd.DataFrame:
    """One line per row of any table, unrounded; a score has columns for value, low, high and deviation."""
    import pandas as pd  # a third of a second, which only this format needs

    lines = [_line(table, row) for table in tables for row in table.rows]
    return pd.DataFrame(lines, columns=list(dict.fromkeys(key for line in lines for key in line)), dtype=object)


def _line(table: Table, row: Row) -> dict[str, Any]:
    line: dict[str, Any] = {"task": table.protocol.task, "protocol": table.protocol.id}
    line |= {"rank": row.rank, "kind": row.kind, "name": single_spaced(row.name), "status": row.status}
    line |= {
        "reason": row.reason and single_spaced(row.reason),
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


FORMATS = {"md": to_markdown, "csv": to_csv, "json": to_json, "tex": to_latex}


def documents(tables: Iterable[Table]) -> dict[str, str]:
    """File name to contents: ``<task>.md``, ``.csv``, ``.json`` and ``.tex`` for each task."""
    tasks: dict[str, list[Table]] = {}
    for table in tables:
        tasks.setdefault(table.protocol.task, []).append(table)
    return {f"{task}.{ending}": form(found) for task, found in tasks.items() for ending, form in FORMATS.items()}
