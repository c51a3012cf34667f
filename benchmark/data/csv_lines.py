"""One line of a comma-separated file, so that a stray quote spoils no other line."""

from __future__ import annotations

import csv

from benchmark.errors import UsageError


def csv_fields(line: str, where: str) -> list[str]:
    """The fields of one line without blanks around them; none for an empty line.

    Raises:
        UsageError: a quote is opened and not closed, or text follows a closed one; the message begins with ``where``.
    """
    try:
        row = next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise UsageError(f"{where} is {line!r:.80} ({error}); fix its quotes") from error
    return [text.strip(" ") for text in row]
