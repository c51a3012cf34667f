"""The leaderboard's files: written from a folder of records, or checked against it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import UsageError
from benchmark.leaderboard.readme import with_results
from benchmark.leaderboard.render import FORMATS, documents, to_frame
from benchmark.leaderboard.tables import Table, build
from benchmark.leaderboard.versions import check_versions
from benchmark.records.divergence import with_images_of_logs
from benchmark.records.outcomes import load_outcomes
from benchmark.records.record import Record
from benchmark.records.store import load_records, per_sample_faults
from benchmark.system.files import write_text
from benchmark.system.rendered import changed, differences
from benchmark.system.terminal import say

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NOT_A_TABLE = {"README.md"}  # written by people


def load_tables(records_folder: Path) -> list[Table]:
    """All tables of a folder of records.

    Raises:
        UsageError: a record is broken, or records do not compare.
    """
    return tables_of(load_records(records_folder), records_folder)


def tables_of(records: Sequence[Record], folder: Path) -> list[Table]:
    """The tables of records that lie in a folder, ranked by what single images did.

    Raises:
        UsageError: a score is of a version that is not known here, or records do not compare.
    """
    check_versions(records)
    return build(with_images_of_logs(records, folder), partial(intact_outcomes, folder))


def intact_outcomes(folder: Path, record: Record, score: str) -> np.ndarray | None:
    """As :func:`load_outcomes`; None for a damaged or missing file, which :func:`per_sample_faults` reports."""
    try:
        return load_outcomes(folder, record, score)
    except UsageError:
        return None


def write(
    records_folder: Path, out_folder: Path, *, readme: Path | None = None, speeds: str | None = None
) -> list[Path]:
    """Write ``<task>.md``, ``.csv``, ``.json`` and ``.tex`` for every task with records; return their paths.

    The headline of all tables and the ``speeds`` go between the markers of ``readme``, see
    :mod:`benchmark.leaderboard.readme`.

    Nothing is written unless all of it could be rendered. Tables of tasks without records stay, see
    :func:`check`.

    The tables follow from the records alone; faults of the files next to them are printed and do not stop the writing.

    Raises:
        UsageError: a record is broken, records do not compare, or the folder cannot be written.
    """
    records = load_records(records_folder)
    tables = tables_of(records, records_folder)
    texts = {out_folder / name: text for name, text in documents(tables).items()}
    if readme is not None:
        texts[readme] = with_results(readme, tables, speeds)
    for path, text in texts.items():
        write_text(path, text)
    for fault in per_sample_faults(records_folder, records):
        say(fault)
    return list(texts)


def frame(records_folder: Path) -> pd.DataFrame:
    """All tables as one frame, see :func:`benchmark.leaderboard.render.to_frame`.

    Raises:
        UsageError: a record is broken, or records do not compare.
    """
    return to_frame(load_tables(records_folder))


def check(
    records_folder: Path, out_folder: Path, *, readme: Path | None = None, speeds: str | None = None
) -> list[str]:
    """Differences of the tables in ``out_folder`` and ``readme`` from the records; one line each, none if all agree.

    A file about single images that is missing next to its record, or is another one, counts as a difference. Every
    ``*.md``, ``*.csv``, ``*.json`` and ``*.tex`` directly in the folder counts as a table, except ``README.md``.

    Raises:
        UsageError: a record is broken, or records do not compare.
    """
    records = load_records(records_folder)
    tables = tables_of(records, records_folder)
    found = differences(out_folder, documents(tables), _is_table) + per_sample_faults(records_folder, records)
    if readme is not None:
        found += changed(readme, with_results(readme, tables, speeds))
    return found


def _is_table(path: Path) -> bool:
    return path.suffix.lstrip(".") in FORMATS and path.name not in NOT_A_TABLE and path.is_file()
