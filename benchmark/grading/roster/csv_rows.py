"""The lines of a CSV file as people, spreadsheets and learning platforms write it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.roster.roster_encoding import decoded, foreign_words
from benchmark.grading.sandbox.answer import one_line
from benchmark.system.terminal import say

MOST = 20_000  # lines
BETWEEN = ',;\t "'
GUARDED = re.compile(r'="([^"]*)"')  # a cell as Excel is told to keep its leading zeros
SEPARATOR = re.compile(r'\s*"?sep=(?P<separator>[,;\t])"?[ \t]*(?=[\r\n]|$)', re.IGNORECASE)


def csv_text(path: Path, what: str) -> tuple[str, str]:
    """The text of a file, and the name of its encoding; empty for UTF-8.

    Raises:
        UsageError: it cannot be read, or plainly is in no known encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); give {what} as CSV") from error
    return decoded(path, content)


def csv_rows(path: Path, text: str, example: str = "id,name") -> list[tuple[int, list[str]]]:
    """Lines that are not empty, with their numbers; the first is the heading.

    Args:
        path: of the file, for messages.
        text: separated by commas, semicolons or tabs.
        example: of a heading.

    Raises:
        UsageError: it is no CSV, empty or too long.
    """
    text, separator = _with_separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [_plain_cell(cell) for cell in cells]))
            if len(rows) > MOST:
                raise UsageError(f"{path} has more than {MOST:,} lines; give the file of one course")
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num} is no CSV ({error}); save it as CSV") from error
    if not rows:
        raise UsageError(f"{path} is empty; give a CSV file with a heading such as {example}")
    return rows


def say_encoding(path: Path, encoding: str, text: str, names: Sequence[str] = ()) -> None:
    """Say which encoding was taken, with a name or a word from which a person sees whether it is the right one."""
    marks = [sign for sign in text if not sign.isascii()]
    example = one_line([*names, *foreign_words(text), *marks][0], 60)
    say(f"{path} is not UTF-8 and is read as {encoding}; if {example!r} looks wrong, save it as CSV in UTF-8")


def _plain_cell(cell: str) -> str:
    """A cell without spaces around it, and without ``="..."`` around an id."""
    guarded = GUARDED.fullmatch(cell.strip())
    return guarded[1].strip() if guarded else cell.strip()


def _with_separator(text: str) -> tuple[str, str]:
    """The text, and what separates its cells: what Excel's first line ``sep=;`` says, or the heading has most of.

    That line becomes an empty one, so that the others keep their numbers.
    """
    said = SEPARATOR.match(text)
    if said is not None:
        return text[said.end() :], said["separator"]
    heading = next((line for line in text.splitlines() if line.strip(BETWEEN)), "")
    return text, max(",;\t", key=heading.count)
