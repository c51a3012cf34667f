"""The file of decisions: CSV with a line for each person whose points or flags staff decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.marking.grades import FLAGS
from benchmark.grading.output.spreadsheet import as_given
from benchmark.grading.output.spreadsheet import csv_text as spreadsheet_text
from benchmark.grading.roster.csv_rows import csv_rows, csv_text, say_encoding
from benchmark.grading.sandbox.answer import one_line

REQUIRED = ("id", "points", "reason")
COLUMNS = (*REQUIRED, "clear_flags", "note_for_participant", "counts")
POINTS = re.compile(r"\d{1,7}(\.\d{1,4})?")
BETWEEN_FLAGS = re.compile(r"[\s,;]+")
LONGEST = 500  # letters of a reason or a note


@dataclass(frozen=True)
class Decision:
    """One line of the file."""

    id: str  # of a row of the gradebook, or of a student
    points: float | None  # None: those of the scheme
    reason: str
    clear_flags: tuple[str, ...] = ()
    note_for_participant: str = ""
    counts: bool = False  # of several submissions of one person, this one does
    where: str = field(default="", compare=False)  # file and line, for messages


def read_decisions(path: Path, *, says_encoding: bool = True) -> list[Decision]:
    """The decisions in a CSV file, separated by commas, semicolons or tabs.

    Args:
        path: of the file.
        says_encoding: False to be silent about an encoding other than UTF-8, where the file is read again.

    Raises:
        UsageError: the file cannot be read, has other columns, or a line decides nothing, or a thing that there is not.
    """
    text, encoding = csv_text(path, "decisions")
    (_, titles), *rows = csv_rows(path, text, ",".join(REQUIRED))
    columns = _columns(path, titles)
    lines: dict[str, int] = {}  # by id
    decisions = []
    for line, cells in rows:
        if any(cells[len(columns) :]):
            raise UsageError(f"{path}, line {line} has more cells than the heading; put text with commas in quotes")
        decision = _decision(f"{path}, line {line}", dict(zip(columns, cells, strict=False)))
        if decision.id in lines:
            first = lines[decision.id]
            raise UsageError(f"{path}: the id {decision.id!r} stands in lines {first} and {line}; give each once")
        lines[decision.id] = line
        decisions.append(decision)
    if encoding and says_encoding:
        say_encoding(path, encoding, text)
    return decisions


def _columns(path: Path, titles: Sequence[str]) -> list[str]:
    """The heading in the names of :data:`COLUMNS`."""
    columns = ["_".join(title.casefold().split()) for title in titles]
    while columns and not columns[-1]:  # a spreadsheet keeps the place of a column that was emptied
        columns.pop()
    unknown = next((name for name in columns if name not in COLUMNS), None)
    missing = next((name for name in REQUIRED if name not in columns), None)
    twice = next((name for name in columns if columns.count(name) > 1), None)
    fault = (
        f"has a column {one_line(unknown, 60)!r}" if unknown is not None
        else f"has no column {missing}" if missing is not None
        else f"has the column {twice} twice" if twice is not None
        else ""
    )  # fmt: skip
    if fault:
        raise UsageError(f"{path} {fault}; give {', '.join(REQUIRED)}, and if needed {', '.join(COLUMNS[3:])}")
    return columns


def _decision(where: str, cells: Mapping[str, str]) -> Decision:
    if not cells.get("id"):
        raise UsageError(f"{where} has no id; give one, or leave the line out")
    if not cells.get("reason"):
        raise UsageError(f"{where} has no reason; say why, for whoever reads it later")
    points, flags = cells.get("points", ""), tuple(filter(None, BETWEEN_FLAGS.split(cells.get("clear_flags", ""))))
    if points and not POINTS.fullmatch(points):
        given = one_line(points, 40)
        raise UsageError(
            f"{where}: points is {given!r}; give a number from 0 with a decimal point, such as 85.5, or nothing for "
            "the scheme's"
        )
    if cells.get("counts", "").casefold() not in ("", "yes"):
        raise UsageError(f"{where}: counts is {one_line(cells['counts'], 40)!r}; give yes or nothing")
    if not points and not any(map(cells.get, COLUMNS[3:])):
        raise UsageError(f"{where} decides nothing; give points, {', '.join(COLUMNS[3:-1])} or {COLUMNS[-1]}")
    if unknown := [name for name in flags if name not in FLAGS]:
        raise UsageError(f"{where}: there is no flag {one_line(unknown[0], 60)!r}; give some of {', '.join(FLAGS)}")
    reason, note = (_text(where, name, cells.get(name, "")) for name in ("reason", "note_for_participant"))
    row = one_line(as_given(cells["id"]), 300)
    return Decision(row, float(points) if points else None, reason, flags, note, bool(cells.get("counts")), where)


def _text(where: str, name: str, cell: str) -> str:
    """A text of staff in one line, as it was before a spreadsheet was kept from taking it for a formula."""
    text = one_line(" ".join(as_given(cell).split()), len(cell) + 1)
    if len(text) > LONGEST:
        raise UsageError(f"{where}: {name} has {len(text)} letters; give at most {LONGEST}")
    return text


def decisions_as_csv(decisions: Sequence[Decision]) -> str:
    """The file that :func:`read_decisions` reads, as spreadsheets read it, too."""
    rows = [
        [one.id, "" if one.points is None else one.points, one.reason, " ".join(one.clear_flags),
         one.note_for_participant, "yes" if one.counts else ""]
        for one in decisions
    ]  # fmt: skip
    return spreadsheet_text([COLUMNS, *rows])
