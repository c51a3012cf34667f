"""The batch whose grades a folder holds already: that of other homework is not replaced."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ValidationError

from benchmark.errors import UsageError
from benchmark.grading.sandbox.answer import one_line

MOST_NAMED = 3
MISSING = "missing"  # handed in nothing: the row of the roster's person


class _Row(BaseModel):
    id: str
    status: str


class _Book(BaseModel):
    """The part of ``grades.json`` that every version has."""

    task: str
    submissions: list[_Row]


def check_same_homework(out: Path, task: str, names: Collection[str], remedy: str) -> None:
    """Raise UsageError if a folder holds grades of another task, or of submissions of which none is given now.

    Args:
        out: folder for the grades.
        task: what is graded.
        names: ids of the submissions.
        remedy: what to do instead.
    """
    book = _book_in(out)
    if book is None:
        return
    before = [row.id for row in book.submissions if row.status != MISSING]
    if before and book.task != task:
        raise UsageError(f"--out {out} holds grades of {book.task}, and these are submissions to {task}; {remedy}")
    if before and not set(before) & set(names):
        raise UsageError(
            f"--out {out} holds the grades of {_in_words(before)}, and none of the submissions given now is among "
            f"them ({_in_words(sorted(names))}); {remedy}"
        )


def _book_in(out: Path) -> _Book | None:
    """The grades in a folder; None if there are none, or they are damaged, so that nobody can read them."""
    try:
        return _Book.model_validate_json((out / "grades.json").read_bytes())
    except (OSError, ValidationError):
        return None


def _in_words(names: Collection[str]) -> str:
    """The number of submissions, and the names of the first."""
    some = [one_line(name, 60) for name in list(names)[:MOST_NAMED]] + (["..."] if len(names) > MOST_NAMED else [])
    return f"{len(names)} submission{'' if len(names) == 1 else 's'}: {', '.join(some)}" if names else "none"
