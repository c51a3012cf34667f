"""The gradebook as a workbook of Excel's, of text and numbers alone: ``gradebook.xlsx``.

Source: https://xlsxwriter.readthedocs.io/worksheet.html: ``write_string`` never makes a formula or a link of a text,
and cuts it where Excel would, after 32,767 characters.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.util import find_spec

from benchmark.errors import UsageError
from benchmark.grading.output.spreadsheet import Cell, columns_of

NAME = "gradebook.xlsx"
MADE = datetime(1980, 1, 1)  # in every workbook, so that the same grades give the same bytes
WIDEST = 400  # pixels of a column


def check_xlsx() -> None:
    """Raise UsageError where workbooks cannot be written."""
    if find_spec("xlsxwriter") is None:
        raise UsageError("--xlsx needs the extra 'xlsx'; python3 -m pip install xlsxwriter")


def workbook(rows: Sequence[Mapping[str, Cell]]) -> bytes:
    """One sheet with a heading; a column for every key, empty where a row lacks it."""
    from xlsxwriter import Workbook

    content = io.BytesIO()
    columns = columns_of(rows)
    with Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": MADE})
        sheet = book.add_worksheet("gradebook")
        bold = book.add_format({"bold": True})
        for column, title in enumerate(columns):
            sheet.write_string(0, column, title, bold)
            for line, row in enumerate(rows, start=1):
                _write(sheet, line, column, row.get(title, ""))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), max(0, len(columns) - 1))
        sheet.autofit(WIDEST)
    return content.getvalue()


def _write(sheet, line: int, column: int, cell: Cell) -> None:  # noqa: ANN001 - of an extra
    if isinstance(cell, str):
        sheet.write_string(line, column, cell)
    else:
        sheet.write_number(line, column, cell)
