"""The end of a first run: tables, a page with the published rows, a sheet of samples, and ten lines on the screen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmark.commands.leaderboard import render
from benchmark.commands.model_run import scorer_for
from benchmark.commands.run_job import REAL, RunJob
from benchmark.commands.sheet import FirstRow, rows_of, write_sheet
from benchmark.leaderboard import cells, output_files
from benchmark.leaderboard.columns import Column
from benchmark.leaderboard.rows import Row
from benchmark.leaderboard.tables import EMBEDDED, Table
from benchmark.system.terminal import say
from benchmark.tasks import UPDATES
from benchmark.training.sample_grids import first_row_height, grid_plan, real_plan

PUBLISHED = Path("results/records")
SHEET = "sheet.png"
TABLES = "leaderboards"
NEXT = (
    "nox -s benchmark -- --profile short --tasks anime-faces --models modern_cgan   # 1,500 updates: hours on a CPU",
    "nox -s benchmark -- --profile hour                                             # all models, as far as they get",
    "nox -s benchmark -- --tasks anime-faces --data faces.zip --profile short       # your own images",
)


def write_first(records: Path, folder: Path, trained: Sequence[RunJob]) -> list[Path]:
    """Write tables, sheet and page into the folder of the runs; return the paths, the page's last."""
    say("writing the tables, the sheet of samples, and the page with the published rows")
    written = output_files.write(records, folder / TABLES)
    sheet = write_sheet(first_rows(folder, trained), folder / SHEET)
    page = folder / render.PAGE
    render.write_page_beside(PUBLISHED, records, page)
    return [*written, sheet, page]


def first_rows(folder: Path, trained: Sequence[RunJob]) -> list[FirstRow]:
    """Real images of each task, then those of its trained models on their way."""
    found = []
    for made_of in dict.fromkeys(job.made_of for job in trained):
        scorer = scorer_for(made_of)
        task, data, size = scorer.task, scorer.data, scorer.data.images.shape[-1]
        real = first_row_height(real_plan(task, data), size)
        found.append(FirstRow(f"{task.name}: real images", folder / task.name / REAL, real))
        height = first_row_height(grid_plan(task, data), size)
        for job in trained:
            if job.task == task.name:
                found += rows_of(folder / job.folder, f"{task.name}: {job.model}", height)
    return found


def first_lines(records: Path, trained: Sequence[RunJob], failed: Mapping[str, str], place: str) -> list[str]:
    """The last lines of the screen: the best models, failed runs, paths of the results, and the next commands."""
    own = output_files.load_tables(records)
    published = output_files.load_tables(PUBLISHED) if any(PUBLISHED.glob("*.json")) else []
    names = {job.model for job in trained}
    tasks = dict.fromkeys(table.protocol.task for table in own)
    failures = "; ".join(f"{folder} {reason}" for folder, reason in failed.items())
    return [
        *(line for task in tasks for line in best_lines(task, own, published, names)),
        f"failed: {failures or 'none'}",
        f"tables: {place}{TABLES}; samples: {place}{SHEET}",
        *(f"next: {command}" for command in NEXT),
        f"page: {place}{render.PAGE}",
    ]


def best_lines(task: str, own: Sequence[Table], published: Sequence[Table], names: set[str]) -> list[str]:
    """A line for each budget and data set of a task: its best model in this run, and the best published model."""
    tables = [table for table in own if table.protocol.task == task and table.budget != "smoke"]
    found = [(table, best_row(table, names)) for table in tables]
    lines = [best_line(table, *leader, published) for table, leader in found if leader]
    return lines or [f"{task}: no model was trained here; all had {UPDATES['smoke']} updates, which is no result"]


def best_line(table: Table, row: Row, column: Column, published: Sequence[Table]) -> str:
    """The best row of a table, and the best published row on the same data with the nearest number of updates."""
    status = "" if row.status == "valid" else f" ({row.status})"
    place = f"{table.protocol.task}, {table.data}" if own_data_names(table) else table.protocol.task
    line = f"{place}: {row.name}, {row.total_updates:,} updates{status}: {cells.title(column)} {shown(row, column)}"
    same = (table.protocol.task, own_data_names(table))
    theirs = [one for one in published if (one.protocol.task, own_data_names(one)) == same]
    others = [found for one in theirs if (found := best_row(one, published_names(one), column.name))]
    if not others:
        return line
    other, column = min(others, key=lambda pair: abs(math.log(pair[0].total_updates / row.total_updates)))
    return f"{line}; published, of more images: {other.name}, {other.total_updates:,} updates: {shown(other, column)}"


def own_data_names(table: Table) -> str:
    """The names of a table's data; empty for embedded data, however many images were rendered."""
    return "" if all(name.partition(":")[0] == EMBEDDED for name in table.data_names) else table.data


def published_names(table: Table) -> set[str]:
    """The names of a table's valid rows."""
    return {row.name for row in table.rows if row.status == "valid"}


def best_row(table: Table, names: set[str], score: str | None = None) -> tuple[Row, Column] | None:
    """The best of the named models by the table's first score or a given one, and that score; None if there is none."""
    column = next((column for column in table.columns if score in (None, column.name)), None)
    models = [row for row in table.rows if row.kind == "model" and row.name in names]
    scored = [row for row in models if column and column.name in row.scores]
    if not scored:
        return None
    choose = max if column.direction == "higher" else min
    return choose(scored, key=lambda row: row.scores[column.name].value), column


def shown(row: Row, column: Column) -> str:
    return cells.score(row.scores[column.name], column)
