"""Text that spreadsheets take as it is, alone and as a file of CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # at the start of a file, it tells a spreadsheet that the text is UTF-8
WIDE = "\uff1d\uff0b\uff0d\uff20"  # full-width = + - @, which some spreadsheets take for the plain ones
Cell = str | float
START = rf"(?=[=+\-@\t\r\n{WIDE}])"
FORMULA = re.compile(rf"(^|;)([\s\"]*){START}")  # a cell that begins so, quoted or not, is a formula
MADE_SAFE = re.compile(rf"(^|;)'([\s\"]*){START}")


def safe_cell(text: str) -> str:
    """Text of which no spreadsheet takes any part for a formula, also where a semicolon ends a cell."""
    return FORMULA.sub(r"\1'\2", text)


def as_given(text: str) -> str:
    """The text that :func:`safe_cell` made safe, or that staff made so in a spreadsheet."""
    return MADE_SAFE.sub(r"\1\2", text)


def csv_text(rows: Iterable[Sequence[Cell]], *, quoting: int = csv.QUOTE_NONNUMERIC) -> str:
    """A file for spreadsheets in any language: with a byte order mark, without formulas."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")
    for row in rows:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return MARK + text.getvalue()


def columns_of(rows: Iterable[Mapping[str, Cell]]) -> list[str]:
    """The keys of all rows, in the order in which they come up."""
    return list(dict.fromkeys(key for row in rows for key in row))
