"""Decisions of staff, kept with the grades: they hold until others are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.errors import UsageError
from benchmark.grading.decisions.decision_file import Decision, decisions_as_csv, read_decisions
from benchmark.grading.kept.kept_batch import read_book
from benchmark.grading.marking.grades import DecisionEntry, Gradebook
from benchmark.system.files import write_text
from benchmark.system.terminal import say

NAME = "decisions.csv"


@dataclass(frozen=True)
class BatchDecisions:
    """The decisions that hold for a batch."""

    decisions: Sequence[Decision] = ()
    before: Sequence[DecisionEntry] = ()  # as they were applied the last time


def earlier_book(folder: Path) -> Gradebook | None:
    """The grades in a folder; None if there are none, or they are damaged."""
    try:
        return read_book(folder)
    except UsageError:
        return None


def decisions_of(given: Path | None, folders: Sequence[Path], maximum: float) -> BatchDecisions:
    """Decisions that are given, or else those that are kept.

    Args:
        given: file of decisions, which replace the kept ones.
        folders: of grades, in which decisions may be kept; those in the first are replaced.
        maximum: points that can be earned now.

    Raises:
        UsageError: a file of them is wrong, two folders keep other ones, or kept points are of another scale.
    """
    books = {folder: book for folder in folders if (book := earlier_book(folder)) is not None}
    before = [grade.decision for book in reversed(books.values()) for grade in book.submissions if grade.decision]
    if given is not None:
        return BatchDecisions(read_decisions(given), before)
    kept = {folder: read_decisions(folder / NAME) for folder in folders if (folder / NAME).exists()}
    if not kept:
        return BatchDecisions((), before)
    (folder, decisions), *others = kept.items()
    for other in (one for one in books if one not in kept and one != folders[0]):
        say(f"the decisions in {folder / NAME} hold, though {other} keeps none; --decisions gives others, or none")
    if any(other != decisions for _, other in others):
        files = " and ".join(str(folder / NAME) for folder in kept)
        raise UsageError(f"{files} differ; give the one that holds as --decisions")
    if folder in books and any(one.points is not None for one in decisions):
        _check_scale(folder / NAME, books[folder].maximum, maximum)
    return BatchDecisions(decisions, before)


def _check_scale(kept: Path, before: float | None, now: float) -> None:
    """Raise UsageError if kept points are of another maximum; an earlier version did not say it."""
    if before not in (None, now):
        raise UsageError(
            f"the decisions in {kept} are points of {before:g}, and now {now:g} can be earned; give --decisions FILE "
            "with points of that scale"
        )


def keep_decisions(decisions: Sequence[Decision], folder: Path) -> None:
    """Keep decisions with the grades; a file of earlier ones goes where there are none."""
    if decisions:
        write_text(folder / NAME, decisions_as_csv(decisions))
    else:
        (folder / NAME).unlink(missing_ok=True)
