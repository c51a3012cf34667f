"""The leaderboard's files: written from a folder of records, or checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

from benchmark.leaderboard.readme import with_results
from benchmark.leaderboard.render import FORMATS, documents
from benchmark.leaderboard.tables import MAIN_SCORES, build
from benchmark.records.store import load_records
from benchmark.system.files import write_text

NOT_A_TABLE = {"README.md"}  # written by people


def write(
    records_folder: Path, out_folder: Path, main_scores: Mapping[str, str] = MAIN_SCORES, readme: Path | None = None
) -> list[Path]:
    """Write ``<task>.md``, ``.csv`` and ``.json`` for every task with records; return their paths.

    The headline of all tables goes between the markers of ``readme``, see :mod:`benchmark.leaderboard.readme`.

    Nothing is written unless all of it could be rendered. Tables of tasks without records stay, see
    :func:`check`.

    Raises:
        UsageError: a record is broken, records do not compare, or the folder cannot be written.
    """
    tables = build(load_records(records_folder), main_scores)
    texts = {out_folder / name: text for name, text in documents(tables).items()}
    if readme is not None:
        texts[readme] = with_results(readme, tables)
    for path, text in texts.items():
        write_text(path, text)
    return list(texts)


def check(
    records_folder: Path, out_folder: Path, main_scores: Mapping[str, str] = MAIN_SCORES, readme: Path | None = None
) -> list[str]:
    """Differences of the tables in ``out_folder`` and ``readme`` from the records; one line each, none if all agree.

    Every ``*.md``, ``*.csv`` and ``*.json`` directly in the folder counts as a table, except ``README.md``.

    Raises:
        UsageError: a record is broken, or records do not compare.
    """
    tables = build(load_records(records_folder), main_scores)
    pages = documents(tables)
    found = {path.name for path in out_folder.glob("*") if _is_table(path)}
    missing = [f"missing: {out_folder / name}" for name in sorted(pages.keys() - found)]
    extra = [f"extra: {out_folder / name} has no records; delete it" for name in sorted(found - pages.keys())]
    changed = [line for name in sorted(found & pages.keys()) for line in _changed(out_folder / name, pages[name])]
    if readme is not None:
        changed += _changed(readme, with_results(readme, tables))
    return missing + extra + changed


def _is_table(path: Path) -> bool:
    return path.suffix.lstrip(".") in FORMATS and path.name not in NOT_A_TABLE and path.is_file()


def _changed(path: Path, text: str) -> list[str]:
    """The first line that differs, if any."""
    given, expected = path.read_bytes(), text.encode()
    if given == expected:
        return []
    theirs, ours = given.decode(errors="replace").split("\n"), expected.decode().split("\n")
    for number, (was, should) in enumerate(zip_longest(theirs, ours), start=1):
        if was != should:
            found, wanted = _short(was, should), _short(should, was)
            return [f"changed: {path}, line {number}: {found}; the records give {wanted}"]
    return [f"changed: {path}: not UTF-8"]


def _short(line: str | None, other: str | None) -> str:
    """The line from a little before its first difference."""
    if line is None:
        return "no such line"
    start = next((i for i, (a, b) in enumerate(zip(line, other or "", strict=False)) if a != b), 0)
    return repr(line[max(0, start - 20) : start + 40])
