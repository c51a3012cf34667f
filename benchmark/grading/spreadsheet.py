"""Text that spreadsheets take as it is."""

from __future__ import annotations

import re

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # at the start of a file, it tells a spreadsheet that the text is UTF-8
WIDE = "\uff1d\uff0b\uff0d\uff20"  # full-width = + - @, which some spreadsheets take for the plain ones
FORMULA = re.compile(rf"(^|;)(\s*)(?=[=+\-@\t\r\n{WIDE}])")  # a cell that begins so is a formula to a spreadsheet


def safe_cell(text: str) -> str:
    """Text of which no spreadsheet takes any part for a formula, also where a semicolon ends a cell."""
    return FORMULA.sub(r"\1'\2", text)
