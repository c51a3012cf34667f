"""Publishing: the records of a benchmark's runs, copied with what lies next to them into ``results``, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmark.commands.leaderboard import render
from benchmark.commands.run_job import REAL, RECORDS, RunResult
from benchmark.commands.unpublished import check_table
from benchmark.records.protocol import Protocol
from benchmark.records.store import copy_record, curve_path, existing_copy, grid_path, load_record, records_in
from benchmark.system.files import replacing
from benchmark.system.terminal import say

RESULTS = Path("results")
THE_REST = "README.md, results/cards and results/reports are rendered by 'nox -s leaderboard -- --write'"


def publish_records(folder: Path, results: Sequence[RunResult], tasks: Iterable[str]) -> None:
    """Copy the records of runs, with grids and curves, into ``results/`` and render its tables.

    The reference rows of their protocols are copied where there are none. Nothing that is published is overwritten.

    Raises:
        UsageError: a record is damaged, has the name of a published one, or cannot stand in its table. Nothing is
            copied then.
    """
    target = RESULTS / RECORDS
    new = [path for path in rows_of(folder, results) if existing_copy(path, target) is None]
    check_table([*records_in(target), *map(load_record, new)])
    for path in new:
        copy_record(path, target)
    collect(folder, RESULTS, results, tasks, keep=True)
    render.write(target, RESULTS / "leaderboards", page=RESULTS / render.PAGE)
    say(f"published {len(new)} records into {target} and rendered {RESULTS / 'leaderboards'}; {THE_REST}")


def rows_of(folder: Path, results: Sequence[RunResult]) -> list[Path]:
    """The records of runs, and the reference rows of their protocols; a folder may have records of other runs, too."""
    models = sorted({folder / result.record for result in results})
    protocols = {load_record(path).protocol for path in models}
    references = sorted((folder / RECORDS).glob("*-reference-*.json"))
    return [*models, *(path for path in references if is_reference_of(path, protocols))]


def is_reference_of(path: Path, protocols: set[Protocol]) -> bool:
    """True for a reference row of one of the protocols."""
    record = load_record(path)
    return record.kind == "reference" and record.protocol in protocols


def collect(folder: Path, to: Path, results: Sequence[RunResult], tasks: Iterable[str], *, keep: bool = False) -> None:
    """Copy grids and curves to where the page looks for them: next to the records, by the names of those.

    Args:
        folder: of the runs.
        to: with the folder of records.
        results: of the runs.
        tasks: of the runs.
        keep: leave files that are there as they are.
    """
    protocols = {load_record(folder / result.record).protocol for result in results}
    files = [
        (folder / task / REAL, grid_path(to / RECORDS / path.name))
        for task in tasks
        for path in sorted((folder / RECORDS).glob(f"{task}-reference-real-*.json"))
        if is_reference_of(path, protocols)  # a folder may have records of other data, too
    ]
    for result in results:
        record = to / result.record
        if result.grid:
            files.append((folder / result.grid, grid_path(record)))
        if result.curve:
            ends = (".csv", ".png")
            files += [((folder / result.curve).with_suffix(end), curve_path(record).with_suffix(end)) for end in ends]
    for path, copied in files:
        if not (keep and copied.exists()):
            copy(path, copied)


def copy(path: Path, to: Path) -> None:
    """Copy a file; it appears whole or not at all."""
    with replacing(to) as temporary:
        shutil.copy(path, temporary)
