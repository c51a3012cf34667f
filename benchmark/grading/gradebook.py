"""The files that a batch ends in: ``gradebook.csv``, ``grades.json`` and, on request, Gradescope's ``results.json``."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas

from benchmark.grading.grades import Grade, Gradebook
from benchmark.grading.page import page_name
from benchmark.system.atomic import write_text

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take a cell that begins so for a formula


def write(book: Gradebook, out: Path, *, gradescope: bool, most_points: float) -> None:
    """Write all files, each whole or not at all."""
    write_text(out / "grades.json", book.model_dump_json(indent=2) + "\n")
    table = pandas.DataFrame([_row(grade) for grade in book.submissions])
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    write_text(out / "gradebook.csv", text.getvalue())
    written = []
    for grade in book.submissions if gradescope else ():
        document = json.dumps(_gradescope(grade, most_points), indent=2, sort_keys=True)
        written.append(out / "gradescope" / f"{page_name(grade.id)}.json")
        write_text(written[-1], document + "\n")
    remove_others(out / "gradescope", ".json", written)


def remove_others(folder: Path, ending: str, written: Sequence[Path]) -> None:
    """Remove the files of an earlier batch whose submissions are no longer there."""
    for path in folder.glob(f"*{ending}"):
        if path not in written:
            path.unlink()


def summary(book: Gradebook, out: Path) -> dict[str, Any]:
    """What the command line shows."""
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
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _gradescope(grade: Grade, most_points: float) -> dict[str, Any]:
    """One submission as Gradescope's autograder output: https://gradescope-autograders.readthedocs.io/en/latest/specs/."""
    tests = [
        {
            "name": f"{list_name}: {name}",
            "output": f"{entry.value:.4f} [{entry.interval[0]:.4f}, {entry.interval[1]:.4f}]",
        }
        for list_name, scores in grade.scores.items()
        for name, entry in scores.items()
    ]
    output = grade.reason or "; ".join([grade.verdict, *grade.remarks])
    points = {"name": "points", "score": grade.points, "max_score": most_points}
    return {"score": grade.points, "output": output, "output_format": "text", "tests": [points, *tests]}
