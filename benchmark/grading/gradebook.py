"""The files that a batch ends in: ``gradebook.csv``, ``grades.json`` and, on request, Gradescope's ``results.json``."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas

from benchmark.grading.grades import Grade, Gradebook
from benchmark.grading.gradescope import results
from benchmark.grading.page import page_name
from benchmark.grading.scheme import Scheme
from benchmark.system.files import write_text

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # at the start of a file, it tells a spreadsheet that the text is UTF-8
WIDE = "\uff1d\uff0b\uff0d\uff20"  # full-width = + - @, which some spreadsheets take for the plain ones
FORMULA = re.compile(rf"(^|;)(\s*)(?=[=+\-@\t\r\n{WIDE}])")  # a cell that begins so is a formula to a spreadsheet


def write(book: Gradebook, out: Path, *, scheme: Scheme, hidden: Collection[str] = (), gradescope: bool) -> None:
    """Write all files, each whole or not at all.

    Args:
        book: all grades.
        out: folder.
        scheme: by which they were graded.
        hidden: names of the lists that participants do not see.
        gradescope: also write Gradescope's files.
    """
    write_text(out / "grades.json", book.model_dump_json(indent=2) + "\n")
    write_text(out / "gradebook.csv", table(book))
    written = []
    for grade in book.submissions if gradescope else ():
        document = json.dumps(results(grade, scheme, hidden), indent=2, sort_keys=True)
        written.append(out / "gradescope" / f"{page_name(grade.id)}.json")
        write_text(written[-1], document + "\n")
    remove_others(out / "gradescope", ".json", written)


def table(book: Gradebook) -> str:
    """The gradebook as CSV that spreadsheets read in any language: with a byte order mark, all text in quotes."""
    rows = pandas.DataFrame([_row(grade) for grade in book.submissions])
    text = io.StringIO()
    rows.rename(columns=safe_cell).to_csv(text, index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    return MARK + text.getvalue()


def remove_others(folder: Path, ending: str, written: Sequence[Path]) -> None:
    """Remove the files of an earlier batch whose submissions are no longer there."""
    for path in folder.glob(f"*{ending}"):
        if path not in written:
            path.unlink()


def summary(book: Gradebook, out: Path) -> dict[str, Any]:
    """Rows for the command line."""
    counts = Counter(grade.status for grade in book.submissions)
    flagged = sum(bool(grade.flags) for grade in book.submissions)
    return {
        "gradebook": str(out / "gradebook.csv"),
        "grades": str(out / "grades.json"),
        "pages": str(out / "pages"),
        "submissions": len(book.submissions),
        **{status: counts[status] for status in ("graded", "rejected", "failed")},
        "flagged": flagged,
        "not checked": "; ".join(book.not_checked) or "-",
    }


def _row(grade: Grade) -> dict[str, Any]:
    """One line of the gradebook."""
    row: dict[str, Any] = {
        "id": safe_cell(grade.id),
        "status": grade.status,
        "points": grade.points,
        "verdict": grade.verdict,
        "flags": "; ".join(dict.fromkeys(flag.name for flag in grade.flags)),
        "reason": safe_cell(grade.reason or "; ".join(grade.remarks)),
        "kind": grade.kind or "",
    }
    for list_name, scores in grade.scores.items():
        for name, entry in scores.items():
            row[f"{list_name} {name}"] = round(entry.value, 4)
            row[f"{list_name} {name} low"], row[f"{list_name} {name} high"] = (round(end, 4) for end in entry.interval)
    return row


def safe_cell(text: str) -> str:
    """Text of which no spreadsheet takes any part for a formula, also where a semicolon ends a cell."""
    return FORMULA.sub(r"\1'\2", text)
